/** A kernel as WGSL without its bindings, and what it takes; `link` adds the bindings where the places of its buffers are known. */
import type { Buffer } from "../../../compile/home.ts";
import { prelude } from "./expression.ts";

/** A buffer that a kernel takes. */
export interface Parameter {
  readonly buffer: Buffer;
  readonly writes: boolean;
  /** Whether the kernel takes four elements at a time somewhere. */
  readonly wide: boolean;
  /** Whether it is better bound as a uniform buffer, where it is an input and small. */
  readonly uniform: boolean;
  /** Where the kernel's element 0 is, in elements of the buffer. */
  readonly offset: number;
}

/** A kernel and one use of it. */
export interface Dispatch {
  readonly name: string;
  /**
   * Declarations, and `fn main_(wg: u32, li: u32)` for workgroup `wg` and invocation `li` of it. Buffers are read by `ldN(i)`, written by
   * `stN(i, word)`; four words from a multiple of four by `ldvN(i)` and `stvN(i, words)` where the parameter is wide.
   */
  readonly body: string;
  readonly invocations: number;
  readonly groups: number;
  readonly parameters: readonly Parameter[];
  readonly flops: number;
  readonly bytes: number;
  /** The most iterations that the loops of one invocation make together. */
  readonly iterations: number;
  /** Where its numbers of workgroups are found when its turn comes: three words, from word `at` of a buffer. */
  readonly indirect?: { readonly buffer: Buffer; readonly at: number };
  /** The lines of the user's program that it comes from, where they were asked for. */
  readonly lines?: readonly string[];
}

/** No invocation may loop more often in total: a software driver ends its loops there, without a word. */
export const iterationLimit = 65535;

/** Workgroups folded into two dimensions, evenly, so that few are left over. */
export function gridOf(groups: number, most = 65535): readonly [number, number] {
  const folds = Math.max(1, Math.ceil(groups / most));
  return [Math.ceil(groups / folds), folds];
}

/** Collects the parameters of a kernel. */
export class Parameters {
  readonly list: { buffer: Buffer; writes: boolean; wide: boolean; uniform: boolean; offset: number }[] = [];

  private position(buffer: Buffer, offset: number): number {
    let i = this.list.findIndex((p) => p.buffer === buffer && p.offset === offset);
    if (i < 0) i = this.list.push({ buffer, writes: false, wide: false, uniform: false, offset }) - 1;
    return i;
  }

  read(buffer: Buffer, offset = 0): number {
    return this.position(buffer, offset);
  }

  write(buffer: Buffer, offset = 0): number {
    const i = this.position(buffer, offset);
    this.list[i].writes = true;
    return i;
  }

  /** Lets the kernel take four elements at a time, from a multiple of four. */
  widen(i: number): number {
    if (this.list[i].offset % 4 !== 0) throw new Error(`an offset of ${this.list[i].offset} is not a multiple of four`);
    this.list[i].wide = true;
    return i;
  }
}

/** The module of a kernel: `slots` gives the binding of each parameter, `access` the kind of each binding. */
export function link({ body, invocations, parameters }: Dispatch, slots: readonly number[], access: string): string {
  const members = ["z: u32", "groups: u32", ...slots.map((_, i) => `o${i}: u32`)];
  // Uniform buffers hold vectors of four, of a number that is known.
  const wide = [...access].map((a, k) => a === "u" || parameters.some((p, i) => p.wide && slots[i] === k));
  const bindings = [...access].map((a, k) => {
    const size = Math.max(...parameters.map((p, i) => slots[i] === k ? Math.ceil(p.buffer.size / 4) : 0));
    const space = a === "u" ? "uniform" : a === "w" ? "storage, read_write" : "storage, read";
    const type = a === "u" ? `array<vec4<u32>, ${size}>` : wide[k] ? "array<vec4<u32>>" : "array<u32>";
    return `@group(0) @binding(${k + 1}) var<${space}> b${k}: ${type};`;
  });
  const functions = parameters.flatMap((p, i) => {
    const b = `b${slots[i]}`, at = `p.o${i} + u32(i)`;
    const element = wide[slots[i]] ? `${b}[(${at}) >> 2u][(${at}) & 3u]` : `${b}[${at}]`;
    return [
      `fn ld${i}(i: i32) -> u32 { return ${element}; }`,
      ...p.writes ? [`fn st${i}(i: i32, v: u32) { ${element} = v; }`] : [],
      ...p.wide ? [`fn ldv${i}(i: i32) -> vec4<u32> { return ${b}[(${at}) >> 2u]; }`] : [],
      ...p.wide && p.writes ? [`fn stv${i}(i: i32, v: vec4<u32>) { ${b}[(${at}) >> 2u] = v; }`] : [],
    ];
  });
  return [
    `struct P { ${members.join(", ")} }`,
    "@group(0) @binding(0) var<uniform> p: P;",
    ...bindings,
    prelude,
    ...functions,
    body,
    `@compute @workgroup_size(${invocations})
fn main(@builtin(workgroup_id) w: vec3<u32>, @builtin(num_workgroups) n: vec3<u32>, @builtin(local_invocation_index) li: u32) {
  zz = p.z;
  main_(w.y * n.x + w.x, li);
}`,
  ].join("\n");
}
