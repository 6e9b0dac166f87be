/** The vector instructions that the emitter uses, as the numbers of which an encoding is made. */

/**
 * Where the operands stand. `rvm`: register, second register, register or memory; `rm`: register, register or memory; `mr`: the first
 * is register or memory, the second the register; `vm`: the first is the second register of the encoding, an opcode digit takes its place.
 */
export type Form = "rvm" | "rm" | "mr" | "vm";

/** By what a byte of displacement counts in EVEX: the vector (or the element that is broadcast), an element, half a vector, 16 bytes. */
export type Tuple = "full" | "vector" | "one" | "half" | "sixteen";

/** A vector instruction. */
export interface Instruction {
  readonly name: string;
  readonly form: Form;
  /** Opcode map: 1 for 0F, 2 for 0F38, 3 for 0F3A. */
  readonly map: number;
  /** The prefix that the encoding folds in: 0 none, 1 66, 2 F3, 3 F2. */
  readonly prefix: number;
  readonly code: number;
  /** W of the VEX encoding; −1: there is none. */
  readonly vex: number;
  /** W of the EVEX encoding; −1: there is none. */
  readonly evex: number;
  readonly tuple: Tuple;
  /** Bytes of an element. */
  readonly element: number;
  /** The digit in place of a register, for `vm`. */
  readonly digit: number;
  /** Followed by a byte: an immediate, or (`fourth`) a register. */
  readonly immediate: boolean;
  readonly fourth: boolean;
  /** Always with a scalar's length, whatever the vectors. */
  readonly scalar: boolean;
  /** Whether the first operand is read too. */
  readonly tied: boolean;
  /** Whether the first two sources may be exchanged. */
  readonly commutes: boolean;
  /** Whether the result is a mask register, in EVEX. */
  readonly toMask: boolean;
  /** Whether the registers of the operands must all differ. */
  readonly distinct: boolean;
}

type Options = Partial<Omit<Instruction, "name" | "map" | "prefix" | "code">>;

function make(name: string, map: number, prefix: number, code: number, o: Options): Instruction {
  return {
    name,
    form: "rvm",
    map,
    prefix,
    code,
    vex: 0,
    evex: 0,
    tuple: "full",
    element: 4,
    digit: 0,
    immediate: false,
    fourth: false,
    scalar: false,
    tied: false,
    commutes: false,
    toMask: false,
    distinct: false,
    ...o,
  };
}

/** Packed and scalar forms of a floating-point operation, by their one opcode. */
function floats(name: string, map: number, code: number, o: Options = {}, own = false) {
  // In the first map the prefix tells the four apart; in the others 66 stands for all, and W or the opcode tells.
  const prefixes = own ? [1, 1, 1, 1] : [0, 1, 2, 3];
  const w = own ? 1 : 0;
  return {
    ps: make(`${name}ps`, map, prefixes[0], code, { ...o }),
    pd: make(`${name}pd`, map, prefixes[1], code, { ...o, element: 8, evex: 1, vex: w }),
    ss: make(`${name}ss`, map, prefixes[2], code + (own ? 1 : 0), { ...o, tuple: "one", scalar: true }),
    sd: make(`${name}sd`, map, prefixes[3], code + (own ? 1 : 0), {
      ...o,
      tuple: "one",
      scalar: true,
      element: 8,
      evex: 1,
      vex: w,
    }),
  };
}

const simple = (name: string, map: number, prefix: number, code: number, o: Options = {}) =>
  make(name, map, prefix, code, o);

const move = { form: "rm", tuple: "vector" } as const;
const only512 = { vex: -1 } as const;
const only256 = { evex: -1 } as const;

/** Arithmetic in four forms. */
export const add = floats("vadd", 1, 0x58, { commutes: true });
export const mul = floats("vmul", 1, 0x59, { commutes: true });
export const sub = floats("vsub", 1, 0x5c);
export const min = floats("vmin", 1, 0x5d);
export const div = floats("vdiv", 1, 0x5e);
export const max = floats("vmax", 1, 0x5f);
const sqrtPacked = floats("vsqrt", 1, 0x51, { form: "rm" });
const sqrtScalar = floats("vsqrt", 1, 0x51);
export const sqrt = { ps: sqrtPacked.ps, pd: sqrtPacked.pd, ss: sqrtScalar.ss, sd: sqrtScalar.sd };

const fused = { tied: true } as const;
/** d = a · d + b, d = a · b + d, and with the product negated. */
export const fma213 = floats("vfmadd213", 2, 0xa8, fused, true);
export const fma231 = floats("vfmadd231", 2, 0xb8, fused, true);
export const fnma213 = floats("vfnmadd213", 2, 0xac, fused, true);
export const fnma231 = floats("vfnmadd231", 2, 0xbc, fused, true);

const roundTo = { immediate: true } as const;
/** Rounding by an immediate; EVEX has it as vrndscale. */
export const round = {
  ps: simple("vroundps", 3, 1, 0x08, { ...roundTo, form: "rm" }),
  pd: simple("vroundpd", 3, 1, 0x09, { ...roundTo, form: "rm", element: 8, evex: 1 }),
  ss: simple("vroundss", 3, 1, 0x0a, { ...roundTo, tuple: "one", scalar: true }),
  sd: simple("vroundsd", 3, 1, 0x0b, { ...roundTo, tuple: "one", scalar: true, element: 8, evex: 1 }),
};

/** Comparisons by a predicate; in EVEX the result is a mask register. */
const compares = floats("vcmp", 1, 0xc2, { immediate: true });
export const compare = {
  ps: { ...compares.ps, toMask: true },
  pd: { ...compares.pd, toMask: true },
  ss: { ...compares.ss, toMask: true },
  sd: { ...compares.sd, toMask: true },
};

export const I = {
  // Bits.
  and: simple("vandps", 1, 0, 0x54, { commutes: true }),
  andNot: simple("vandnps", 1, 0, 0x55),
  or: simple("vorps", 1, 0, 0x56, { commutes: true }),
  xor: simple("vxorps", 1, 0, 0x57, { commutes: true }),
  /** Zero: a register with itself, which depends on nothing. */
  zero: simple("vxorps", 1, 0, 0x57),
  // Moves: loads, stores, registers.
  load: simple("vmovups", 1, 0, 0x10, move),
  store: simple("vmovups", 1, 0, 0x11, { ...move, form: "mr" }),
  copy: simple("vmovaps", 1, 0, 0x28, move),
  loadSs: simple("vmovss", 1, 2, 0x10, { form: "rm", tuple: "one", scalar: true }),
  loadSd: simple("vmovsd", 1, 3, 0x10, { form: "rm", tuple: "one", scalar: true, element: 8, evex: 1 }),
  storeSs: simple("vmovss", 1, 2, 0x11, { form: "mr", tuple: "one", scalar: true }),
  storeSd: simple("vmovsd", 1, 3, 0x11, { form: "mr", tuple: "one", scalar: true, element: 8, evex: 1 }),
  broadcastSs: simple("vbroadcastss", 2, 1, 0x18, { form: "rm", tuple: "one" }),
  broadcastSd: simple("vbroadcastsd", 2, 1, 0x19, { form: "rm", tuple: "one", element: 8, evex: 1 }),
  /** Two of one double: the broadcast begins at 256 bits. */
  broadcastPair: simple("vmovddup", 1, 3, 0x12, { form: "rm", tuple: "one", scalar: true, element: 8, evex: 1 }),
  // Between general registers and vectors: the general one is the operand of the memory form.
  moveD: simple("vmovd", 1, 1, 0x6e, { form: "rm", tuple: "one", scalar: true }),
  moveQ: simple("vmovq", 1, 1, 0x6e, { form: "rm", tuple: "one", scalar: true, vex: 1, evex: 1, element: 8 }),
  takeD: simple("vmovd", 1, 1, 0x7e, { form: "mr", tuple: "one", scalar: true }),
  broadcastR: simple("vpbroadcastd", 2, 1, 0x7c, { ...only512, form: "rm" }),
  // Integers.
  addI: simple("vpaddd", 1, 1, 0xfe, { commutes: true }),
  subI: simple("vpsubd", 1, 1, 0xfa),
  mulI: simple("vpmulld", 2, 1, 0x40, { commutes: true }),
  minS: simple("vpminsd", 2, 1, 0x39, { commutes: true }),
  minU: simple("vpminud", 2, 1, 0x3b, { commutes: true }),
  maxS: simple("vpmaxsd", 2, 1, 0x3d, { commutes: true }),
  maxU: simple("vpmaxud", 2, 1, 0x3f, { commutes: true }),
  absI: simple("vpabsd", 2, 1, 0x1e, { form: "rm" }),
  shlI: simple("vpslld", 1, 1, 0x72, { form: "vm", digit: 6, immediate: true }),
  shrI: simple("vpsrld", 1, 1, 0x72, { form: "vm", digit: 2, immediate: true }),
  sarI: simple("vpsrad", 1, 1, 0x72, { form: "vm", digit: 4, immediate: true }),
  shlV: simple("vpsllvd", 2, 1, 0x47),
  shrV: simple("vpsrlvd", 2, 1, 0x45),
  sarV: simple("vpsravd", 2, 1, 0x46),
  equalI: simple("vpcmpeqd", 1, 1, 0x76, { ...only256, commutes: true }),
  greaterI: simple("vpcmpgtd", 1, 1, 0x66, only256),
  compareS: simple("vpcmpd", 3, 1, 0x1f, { ...only512, immediate: true, toMask: true }),
  compareU: simple("vpcmpud", 3, 1, 0x1e, { ...only512, immediate: true, toMask: true }),
  // Masks and choices.
  maskToVector: simple("vpmovm2d", 2, 2, 0x38, { ...only512, form: "rm", tuple: "vector" }),
  maskToVectorQ: simple("vpmovm2q", 2, 2, 0x38, { ...only512, form: "rm", tuple: "vector", evex: 1 }),
  vectorToMask: simple("vpmovd2m", 2, 2, 0x39, { ...only512, form: "rm", tuple: "vector", toMask: true }),
  blendPs: simple("vblendmps", 2, 1, 0x65, only512),
  blendPd: simple("vblendmpd", 2, 1, 0x65, { ...only512, element: 8, evex: 1 }),
  choosePs: simple("vblendvps", 3, 1, 0x4a, { ...only256, immediate: true, fourth: true }),
  choosePd: simple("vblendvpd", 3, 1, 0x4b, { ...only256, immediate: true, fourth: true }),
  // Conversions.
  floatOfInt: simple("vcvtdq2ps", 1, 0, 0x5b, { form: "rm" }),
  floatOfUint: simple("vcvtudq2ps", 1, 3, 0x7a, { ...only512, form: "rm" }),
  intOfFloat: simple("vcvttps2dq", 1, 2, 0x5b, { form: "rm" }),
  uintOfFloat: simple("vcvttps2udq", 1, 0, 0x78, { ...only512, form: "rm" }),
  doublesOfFloats: simple("vcvtps2pd", 1, 0, 0x5a, { form: "rm", tuple: "half" }),
  floatsOfDoubles: simple("vcvtpd2ps", 1, 1, 0x5a, { form: "rm", element: 8, evex: 1 }),
  doublesOfInts: simple("vcvtdq2pd", 1, 2, 0xe6, { form: "rm", tuple: "half" }),
  doubleOfFloat: simple("vcvtss2sd", 1, 2, 0x5a, { tuple: "one", scalar: true }),
  floatOfDouble: simple("vcvtsd2ss", 1, 3, 0x5a, { tuple: "one", scalar: true, element: 8, evex: 1 }),
  floatOfLong: simple("vcvtsi2ss", 1, 2, 0x2a, { tuple: "one", scalar: true, vex: 1, evex: 1, element: 8 }),
  doubleOfLong: simple("vcvtsi2sd", 1, 3, 0x2a, { tuple: "one", scalar: true, vex: 1, evex: 1, element: 8 }),
  longOfDouble: simple("vcvttsd2si", 1, 3, 0x2c, {
    form: "rm",
    tuple: "one",
    scalar: true,
    vex: 1,
    evex: 1,
    element: 8,
  }),
  widenMask: simple("vpmovsxdq", 2, 1, 0x25, { form: "rm", tuple: "half" }),
  // Lanes.
  shuffle: simple("vshufps", 1, 0, 0xc6, { immediate: true }),
  permuteLanes: simple("vpermilps", 3, 1, 0x04, { form: "rm", immediate: true }),
  permuteHalves: simple("vpermilpd", 3, 1, 0x05, { form: "rm", immediate: true, element: 8, evex: 1 }),
  upper128: simple("vextractf128", 3, 1, 0x19, { ...only256, form: "mr", immediate: true }),
  part128: simple("vextractf32x4", 3, 1, 0x19, { ...only512, form: "mr", immediate: true, tuple: "sixteen" }),
  part256: simple("vextractf64x4", 3, 1, 0x1b, {
    ...only512,
    form: "mr",
    immediate: true,
    evex: 1,
    tuple: "half",
    element: 8,
  }),
  /** Of two vectors by a vector of lane numbers: the first vector becomes the result. */
  permuteTwo: simple("vpermt2ps", 2, 1, 0x7f, { ...only512, tied: true }),
  /** Of one vector of 256 bits, or of 128, by a vector of lane numbers: before the vector, or after it. */
  permute256: simple("vpermps", 2, 1, 0x16, only256),
  permute128: simple("vpermilps", 2, 1, 0x0c, only256),
  blendBy: simple("vblendps", 3, 1, 0x0c, { ...only256, immediate: true }),
  gatherPs: simple("vgatherdps", 2, 1, 0x92, { tied: true, tuple: "one", distinct: true }),
  testSs: simple("vucomiss", 1, 0, 0x2e, { form: "rm", tuple: "one", scalar: true }),
  testSd: simple("vucomisd", 1, 1, 0x2e, { form: "rm", tuple: "one", scalar: true, element: 8, evex: 1 }),
  signs: simple("vmovmskps", 1, 0, 0x50, { ...only256, form: "rm" }),
} as const;
