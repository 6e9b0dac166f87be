/** Kernels made before: a deep network repeats its blocks, and equal work gives one kernel without lowering it anew. */
import { valuesOf } from "../../../compile/fuse.ts";
import type { Buffer } from "../../../compile/home.ts";
import type { Kernel, Target } from "../../../compile/loop.ts";
import type { Nest } from "../../../compile/nest.ts";
import { identityOf, paramsKey } from "../../../primitive.ts";
import { contract, type Contraction } from "./contract.ts";
import { type Packing, packing } from "./contract_pack.ts";
import { type LoweredNest, lowerNest } from "./lower_nest.ts";
import { lowerTransposition } from "./transpose.ts";

const limit = 4096; // forget the oldest beyond: an exploring session stays bounded

function remembered<T>(memo: Map<string, T>, key: string, make: () => T): T {
  if (memo.has(key)) return memo.get(key)!;
  const made = make();
  if (memo.size >= limit) memo.delete(memo.keys().next().value!);
  memo.set(key, made);
  return made;
}

/** A lowered nest whose buffers are numbered in the order in which its values and roots name them. */
interface NestShape {
  readonly kernel: Kernel;
  readonly order: readonly (number | "lanes")[];
  readonly repeats: boolean;
}

/** Remembers the kernels for one target. */
export class KernelMemo {
  private readonly contractions = new Map<string, Kernel>();
  private readonly packings = new Map<string, Packing | undefined>();
  private readonly nests = new Map<string, NestShape>();

  constructor(readonly target: Target) {}

  contraction(c: Contraction, epilogue?: Nest): Kernel {
    const key = JSON.stringify(c) + (epilogue ? describe(epilogue).key : "");
    return remembered(this.contractions, key, () => contract(c, this.target));
  }

  packing(c: Contraction): Packing | undefined {
    return remembered(this.packings, JSON.stringify(c), () => packing(c, this.target));
  }

  nest(nest: Nest, accumulate: ReadonlySet<Buffer>, name: string): LoweredNest {
    const { key, buffers, numbers } = describe(nest, accumulate);
    const { kernel, order, repeats } = remembered(this.nests, key, () => {
      const given = [nest, this.target, accumulate, name] as const;
      const lowered = lowerTransposition(...given) ?? lowerNest(...given);
      const order = lowered.buffers.map((b) => b === "lanes" ? b : numbers.get(b)!);
      return { kernel: lowered.kernel, order, repeats: lowered.repeats };
    });
    return { kernel, buffers: order.map((n) => n === "lanes" ? n : buffers[n]), repeats };
  }
}

/** What a nest computes, with its buffers numbered in the order in which its values and roots name them. */
function describe(
  nest: Nest,
  accumulate: ReadonlySet<Buffer> = new Set(),
): { key: string; buffers: Buffer[]; numbers: ReadonlyMap<Buffer, number> } {
  const buffers: Buffer[] = [];
  const numbers = new Map<Buffer, number>();
  const number = (buffer: Buffer): string => {
    let n = numbers.get(buffer);
    if (n === undefined) {
      numbers.set(buffer, n = buffers.length);
      buffers.push(buffer);
    }
    return `${n}${buffer.dtype}${accumulate.has(buffer) ? "+" : ""}`;
  };
  const ids = new Map<number, number>();
  let key = `${nest.extents.join()}/${nest.rows ? [...nest.rows].join() : "-"}`;
  for (const value of valuesOf(nest)) {
    ids.set(value.id, ids.size);
    key += `;${value.kind}${value.dtype}`;
    if (value.home) key += number(value.home.buffer);
    if (value.index) key += `[${value.index.join()}]`;
    if (value.node) {
      const { primitive, params, outputs } = value.node;
      key += identityOf(primitive!) + paramsKey(params) + outputs[0].dtype;
    }
    if (value.number !== undefined) key += paramsKey(value.number);
    if (value.op) key += value.op;
    for (const arg of value.args) key += `,${ids.get(arg.id)}`;
  }
  for (const { value, home, index } of nest.roots) {
    key += `>${ids.get(value.id)}:${number(home.buffer)}[${index.join()}]`;
  }
  return { key, buffers, numbers };
}
