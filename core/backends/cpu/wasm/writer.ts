/** A function being written: its code, its locals, and the vector constants that are set once at its start. */
import type { DType } from "../../../dtype.ts";
import { Bytes, Simd, Type, type ValueType } from "./assembler.ts";
import { moves } from "./tables.ts";

/** The JavaScript functions a kernel may call, by their position among a module's imports; all on float64. */
export const imports = [
  { name: "exp", parameters: 1 },
  { name: "expm1", parameters: 1 },
  { name: "log", parameters: 1 },
  { name: "log1p", parameters: 1 },
  { name: "sin", parameters: 1 },
  { name: "cos", parameters: 1 },
  { name: "tan", parameters: 1 },
  { name: "tanh", parameters: 1 },
  { name: "erf", parameters: 1 },
  { name: "erfInv", parameters: 1 },
  { name: "pow", parameters: 2 },
  { name: "atan2", parameters: 2 },
  { name: "rem", parameters: 2 },
] as const;

const importIndex = /* @__PURE__ */ new Map<string, number>(/* @__PURE__ */ imports.map((f, i) => [f.name, i]));

// Functions are written one after the other, each in the same buffers, which are dear to allocate.
const codeBytes = /* @__PURE__ */ new Bytes();
const prologueBytes = /* @__PURE__ */ new Bytes();
const bodyBytes = /* @__PURE__ */ new Bytes();

export class Writer {
  readonly code = codeBytes.clear();
  /** Deeper than 0: inside a loop. */
  depth = 0;
  /** Whether an imported function is called. */
  calls = false;

  private readonly prologue = prologueBytes.clear();
  private readonly types: ValueType[] = [];
  private readonly free = new Map<ValueType, number[]>();
  private readonly constants = new Map<string, number>();

  constructor(readonly parameters: number) {}

  /** A new local that is never reused. */
  local(type: ValueType): number {
    this.types.push(type);
    return this.parameters + this.types.length - 1;
  }

  /** A local until `release`. */
  borrow(type: ValueType): number {
    const free = this.free.get(type);
    return free && free.length > 0 ? free.pop()! : this.local(type);
  }

  release(type: ValueType, local: number): void {
    const free = this.free.get(type);
    if (free) free.push(local);
    else this.free.set(type, [local]);
  }

  constant(type: DType, value: number): void {
    if (type === "float32") this.code.f32Const(value);
    else if (type === "float64") this.code.f64Const(value);
    else this.code.i32Const(type === "bool" ? (value ? 1 : 0) : value);
  }

  /**
   * A constant in all lanes. V8 neither hoists one out of a loop nor keeps it in memory but builds it anew through general
   * registers, so inside a loop it comes from a local that the start of the function sets.
   */
  wideConstant(type: DType, value: number): void {
    if (type === "bool") return this.splat(this.code, "int32", value ? -1 : 0);
    if (this.depth === 0 || Object.is(value, 0)) return this.splat(this.code, type, value);
    const key = (type === "uint32" ? "int32" : type) + (Object.is(value, -0) ? "-0" : value);
    let local = this.constants.get(key);
    if (local === undefined) {
      local = this.local(Type.v128);
      this.constants.set(key, local);
      this.splat(this.prologue, type, value);
      this.prologue.set(local);
    }
    this.code.get(local);
  }

  private splat(to: Bytes, type: DType, value: number): void {
    if (Object.is(value, 0) || (value === -1 && type === "int32")) {
      to.simd(Simd.const);
      for (let i = 0; i < 16; i++) to.byte(value === 0 ? 0 : 0xff);
      return;
    }
    if (type === "float32") to.f32Const(value);
    else if (type === "float64") to.f64Const(value);
    else to.i32Const(value);
    to.simd(moves[type].splat);
  }

  /** Calls an imported function on what is on the stack. */
  call(name: string): void {
    const index = importIndex.get(name);
    if (index === undefined) throw new Error(`WebAssembly has no instruction and no function for ${name}`);
    this.calls = true;
    this.code.byte(0x10);
    this.code.u32(index);
  }

  /** The whole body: the declarations of locals (neighbours of one type together), the constants, the code, `end`. */
  finish(): Uint8Array<ArrayBuffer> {
    const runs: [number, ValueType][] = [];
    for (const type of this.types) {
      const last = runs[runs.length - 1];
      if (last && last[1] === type) last[0]++;
      else runs.push([1, type]);
    }
    const out = bodyBytes.clear();
    out.u32(runs.length);
    for (const [count, type] of runs) {
      out.u32(count);
      out.byte(type);
    }
    out.append(this.prologue.view());
    out.append(this.code.view());
    out.byte(0x0b);
    return out.take();
  }
}
