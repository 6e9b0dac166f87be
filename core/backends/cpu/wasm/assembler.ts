/**
 * A small WebAssembly binary assembler: a growable array of bytes with the encodings of the format, the instruction
 * codes a kernel needs, and the sections of a module. It knows nothing of the loop IR.
 * Format: https://webassembly.github.io/spec/core/binary/
 */

/** Value types, by their codes. */
export const Type = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;
export type ValueType = (typeof Type)[keyof typeof Type];

/** Instructions of one byte. */
export const Op = {
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  return: 0x0f,
  call: 0x10,
  drop: 0x1a,
  select: 0x1b,
  get: 0x20,
  set: 0x21,
  tee: 0x22,
  i32Load: 0x28,
  f32Load: 0x2a,
  f64Load: 0x2b,
  i32Store: 0x36,
  f32Store: 0x38,
  f64Store: 0x39,
  i32Const: 0x41,
  f32Const: 0x43,
  f64Const: 0x44,
  i32Eqz: 0x45,
  i32Eq: 0x46,
  i32Ne: 0x47,
  i32LtS: 0x48,
  i32LtU: 0x49,
  i32GtS: 0x4a,
  i32GtU: 0x4b,
  i32LeS: 0x4c,
  i32LeU: 0x4d,
  i32GeS: 0x4e,
  i32GeU: 0x4f,
  f32Eq: 0x5b,
  f32Ne: 0x5c,
  f32Lt: 0x5d,
  f32Gt: 0x5e,
  f32Le: 0x5f,
  f32Ge: 0x60,
  f64Eq: 0x61,
  f64Ne: 0x62,
  f64Lt: 0x63,
  f64Gt: 0x64,
  f64Le: 0x65,
  f64Ge: 0x66,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32Mul: 0x6c,
  i32DivS: 0x6d,
  i32DivU: 0x6e,
  i32RemS: 0x6f,
  i32RemU: 0x70,
  i32And: 0x71,
  i32Or: 0x72,
  i32Xor: 0x73,
  i32Shl: 0x74,
  i32ShrS: 0x75,
  i32ShrU: 0x76,
  f32Abs: 0x8b,
  f32Neg: 0x8c,
  f32Ceil: 0x8d,
  f32Floor: 0x8e,
  f32Trunc: 0x8f,
  f32Nearest: 0x90,
  f32Sqrt: 0x91,
  f32Add: 0x92,
  f32Sub: 0x93,
  f32Mul: 0x94,
  f32Div: 0x95,
  f32Min: 0x96,
  f32Max: 0x97,
  f64Abs: 0x99,
  f64Neg: 0x9a,
  f64Ceil: 0x9b,
  f64Floor: 0x9c,
  f64Trunc: 0x9d,
  f64Nearest: 0x9e,
  f64Sqrt: 0x9f,
  f64Add: 0xa0,
  f64Sub: 0xa1,
  f64Mul: 0xa2,
  f64Div: 0xa3,
  f64Min: 0xa4,
  f64Max: 0xa5,
  f32ConvertI32S: 0xb2,
  f32ConvertI32U: 0xb3,
  f32DemoteF64: 0xb6,
  f64ConvertI32S: 0xb7,
  f64ConvertI32U: 0xb8,
  f64PromoteF32: 0xbb,
  i32ReinterpretF32: 0xbc,
  f32ReinterpretI32: 0xbe,
} as const;

/** Instructions behind the prefix 0xfc. */
export const Bulk = {
  i32TruncSatF32S: 0,
  i32TruncSatF32U: 1,
  i32TruncSatF64S: 2,
  i32TruncSatF64U: 3,
  fill: 11,
} as const;

/** Vector instructions, behind the prefix 0xfd; those from 0x100 on belong to the relaxed set. */
export const Simd = {
  load: 0x00,
  load32Splat: 0x09,
  load64Splat: 0x0a,
  store: 0x0b,
  const: 0x0c,
  shuffle: 0x0d,
  i32x4Splat: 0x11,
  f32x4Splat: 0x13,
  f64x2Splat: 0x14,
  i32x4Extract: 0x1b,
  i32x4Replace: 0x1c,
  f32x4Extract: 0x1f,
  f32x4Replace: 0x20,
  f64x2Extract: 0x21,
  f64x2Replace: 0x22,
  i32x4Eq: 0x37,
  i32x4Ne: 0x38,
  i32x4LtS: 0x39,
  i32x4LtU: 0x3a,
  i32x4GtS: 0x3b,
  i32x4GtU: 0x3c,
  i32x4LeS: 0x3d,
  i32x4LeU: 0x3e,
  i32x4GeS: 0x3f,
  i32x4GeU: 0x40,
  f32x4Eq: 0x41,
  f32x4Ne: 0x42,
  f32x4Lt: 0x43,
  f32x4Gt: 0x44,
  f32x4Le: 0x45,
  f32x4Ge: 0x46,
  f64x2Eq: 0x47,
  f64x2Ne: 0x48,
  f64x2Lt: 0x49,
  f64x2Gt: 0x4a,
  f64x2Le: 0x4b,
  f64x2Ge: 0x4c,
  not: 0x4d,
  and: 0x4e,
  andNot: 0x4f,
  or: 0x50,
  xor: 0x51,
  bitselect: 0x52,
  anyTrue: 0x53,
  load32Lane: 0x56,
  load64Lane: 0x57,
  store32Lane: 0x5a,
  store64Lane: 0x5b,
  load32Zero: 0x5c,
  load64Zero: 0x5d,
  f32x4DemoteF64x2: 0x5e,
  f64x2PromoteF32x4: 0x5f,
  f32x4Ceil: 0x67,
  f32x4Floor: 0x68,
  f32x4Trunc: 0x69,
  f32x4Nearest: 0x6a,
  f64x2Ceil: 0x74,
  f64x2Floor: 0x75,
  f64x2Trunc: 0x7a,
  f64x2Nearest: 0x94,
  i32x4Abs: 0xa0,
  i32x4Neg: 0xa1,
  i32x4Shl: 0xab,
  i32x4ShrS: 0xac,
  i32x4ShrU: 0xad,
  i32x4Add: 0xae,
  i32x4Sub: 0xb1,
  i32x4Mul: 0xb5,
  i32x4MinS: 0xb6,
  i32x4MinU: 0xb7,
  i32x4MaxS: 0xb8,
  i32x4MaxU: 0xb9,
  i64x2ExtendLowS: 0xc7,
  f32x4Abs: 0xe0,
  f32x4Neg: 0xe1,
  f32x4Sqrt: 0xe3,
  f32x4Add: 0xe4,
  f32x4Sub: 0xe5,
  f32x4Mul: 0xe6,
  f32x4Div: 0xe7,
  f32x4Min: 0xe8,
  f32x4Max: 0xe9,
  f64x2Abs: 0xec,
  f64x2Neg: 0xed,
  f64x2Sqrt: 0xef,
  f64x2Add: 0xf0,
  f64x2Sub: 0xf1,
  f64x2Mul: 0xf2,
  f64x2Div: 0xf3,
  f64x2Min: 0xf4,
  f64x2Max: 0xf5,
  i32x4TruncSatF32x4S: 0xf8,
  i32x4TruncSatF32x4U: 0xf9,
  f32x4ConvertI32x4S: 0xfa,
  f32x4ConvertI32x4U: 0xfb,
  i32x4TruncSatF64x2S: 0xfc,
  i32x4TruncSatF64x2U: 0xfd,
  f64x2ConvertI32x4S: 0xfe,
  f64x2ConvertI32x4U: 0xff,
  f32x4RelaxedMadd: 0x105,
  f32x4RelaxedNmadd: 0x106,
  f64x2RelaxedMadd: 0x107,
  f64x2RelaxedNmadd: 0x108,
  i32x4RelaxedLaneselect: 0x10b,
  i64x2RelaxedLaneselect: 0x10c,
} as const;

const scratch = /* @__PURE__ */ new DataView(/* @__PURE__ */ new ArrayBuffer(8));

/** A growable array of bytes with the encodings of the binary format. */
export class Bytes {
  private data = new Uint8Array(1024);
  private at = 0;

  /** Forgets what was written, and keeps the room. */
  clear(): this {
    this.at = 0;
    return this;
  }

  get length(): number {
    return this.at;
  }

  private grow(room: number): void {
    if (this.at + room <= this.data.length) return;
    const next = new Uint8Array(Math.max(this.data.length * 2, this.at + room));
    next.set(this.data);
    this.data = next;
  }

  byte(value: number): void {
    if (this.at === this.data.length) this.grow(1);
    this.data[this.at++] = value;
  }

  /** Unsigned LEB128. */
  u32(value: number): void {
    value >>>= 0;
    while (value >= 0x80) {
      this.byte(value & 0x7f | 0x80);
      value >>>= 7;
    }
    this.byte(value);
  }

  /** Signed LEB128. */
  i32(value: number): void {
    value |= 0;
    while (value < -64 || value > 63) {
      this.byte(value & 0x7f | 0x80);
      value >>= 7;
    }
    this.byte(value & 0x7f);
  }

  f32(value: number): void {
    scratch.setFloat32(0, value, true);
    for (let i = 0; i < 4; i++) this.byte(scratch.getUint8(i));
  }

  f64(value: number): void {
    scratch.setFloat64(0, value, true);
    for (let i = 0; i < 8; i++) this.byte(scratch.getUint8(i));
  }

  append(bytes: Uint8Array): void {
    this.grow(bytes.length);
    this.data.set(bytes, this.at);
    this.at += bytes.length;
  }

  /** A name: its length and its ASCII characters. */
  name(text: string): void {
    this.u32(text.length);
    for (let i = 0; i < text.length; i++) this.byte(text.charCodeAt(i));
  }

  // Instructions.

  /** A vector instruction, with its prefix. */
  simd(code: number): void {
    this.byte(0xfd);
    this.u32(code);
  }

  bulk(code: number): void {
    this.byte(0xfc);
    this.u32(code);
  }

  get(local: number): void {
    this.byte(Op.get);
    this.u32(local);
  }

  set(local: number): void {
    this.byte(Op.set);
    this.u32(local);
  }

  tee(local: number): void {
    this.byte(Op.tee);
    this.u32(local);
  }

  i32Const(value: number): void {
    this.byte(Op.i32Const);
    this.i32(value);
  }

  f32Const(value: number): void {
    this.byte(Op.f32Const);
    this.f32(value);
  }

  f64Const(value: number): void {
    this.byte(Op.f64Const);
    this.f64(value);
  }

  /** The immediate of a memory access: an alignment hint as a power of two, and the constant part of the address. */
  memory(align: number, offset: number): void {
    this.byte(align);
    this.u32(offset);
  }

  /** A copy of what was written. */
  take(): Uint8Array<ArrayBuffer> {
    return this.data.slice(0, this.at);
  }

  /** What was written, until the next write. */
  view(): Uint8Array<ArrayBuffer> {
    return this.data.subarray(0, this.at);
  }
}

/** The imported memory: its limits must cover those of the memory given at instantiation. */
export interface MemoryImport {
  readonly shared: boolean;
  /**
   * The size it is known to have at least, in pages of 64 KiB. Where V8 checks bounds by instructions, as it does in Deno, a
   * constant in an address below this size spares one of the two comparisons of each access.
   */
  readonly minimum?: number;
  /** In pages of 64 KiB; a shared memory always has one. */
  readonly maximum?: number;
}

/** An imported function of `parameters` float64 values to one float64. */
export interface FunctionImport {
  readonly name: string;
  readonly parameters: number;
}

/** A function of `parameters` int32 values that gives nothing; `body` is its locals and its code, ending with `end`. */
export interface ModuleFunction {
  readonly parameters: number;
  readonly body: Uint8Array;
}

/**
 * The bytes of a module. Memory comes from `env.memory`, imported functions from `env.NAME`; function i is exported under
 * the name of its decimal number.
 */
export function encodeModule(
  memory: MemoryImport,
  imports: readonly FunctionImport[],
  functions: readonly ModuleFunction[],
): Uint8Array<ArrayBuffer> {
  const out = new Bytes();
  for (const byte of [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]) out.byte(byte);
  const section = (id: number, write: (bytes: Bytes) => void) => {
    const bytes = new Bytes();
    write(bytes);
    out.byte(id);
    out.u32(bytes.length);
    out.append(bytes.view());
  };

  // Types are found by their number of parameters, imports (with a result) and kernels (without) apart.
  const types = new Map<string, number>();
  const typeOf = (result: boolean, parameters: number): number => {
    const key = `${result}${parameters}`;
    if (!types.has(key)) types.set(key, types.size);
    return types.get(key)!;
  };
  const importTypes = imports.map((f) => typeOf(true, f.parameters));
  const functionTypes = functions.map((f) => typeOf(false, f.parameters));
  section(1, (bytes) => {
    bytes.u32(types.size);
    for (const key of types.keys()) {
      const result = key.startsWith("true");
      const parameters = Number(key.slice(result ? 4 : 5));
      bytes.byte(0x60);
      bytes.u32(parameters);
      for (let i = 0; i < parameters; i++) bytes.byte(result ? Type.f64 : Type.i32);
      bytes.u32(result ? 1 : 0);
      if (result) bytes.byte(Type.f64);
    }
  });
  section(2, (bytes) => {
    bytes.u32(imports.length + 1);
    imports.forEach((f, i) => {
      bytes.name("env");
      bytes.name(f.name);
      bytes.byte(0);
      bytes.u32(importTypes[i]);
    });
    bytes.name("env");
    bytes.name("memory");
    bytes.byte(2);
    bytes.byte((memory.shared ? 2 : 0) + (memory.maximum === undefined ? 0 : 1));
    bytes.u32(memory.minimum ?? 0);
    if (memory.maximum !== undefined) bytes.u32(memory.maximum);
  });
  section(3, (bytes) => {
    bytes.u32(functions.length);
    for (const type of functionTypes) bytes.u32(type);
  });
  section(7, (bytes) => {
    bytes.u32(functions.length);
    functions.forEach((_, i) => {
      bytes.name(String(i));
      bytes.byte(0);
      bytes.u32(imports.length + i);
    });
  });
  section(10, (bytes) => {
    bytes.u32(functions.length);
    for (const f of functions) {
      bytes.u32(f.body.length);
      bytes.append(f.body);
    }
  });
  return out.take();
}
