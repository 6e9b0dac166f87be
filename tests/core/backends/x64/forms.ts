/**
 * Every form of every instruction that the assembler encodes, as text for another assembler and as a call of ours.
 *
 * @module
 */
import {
  type Address,
  Arithmetic,
  Assembler,
  Condition,
  type Encoding,
  R,
  Shift,
} from "../../../../core/backends/cpu/x64/assembler.ts";
import * as table from "../../../../core/backends/cpu/x64/instructions.ts";
import type { Instruction } from "../../../../core/backends/cpu/x64/instructions.ts";

/** One form. */
export interface Form {
  readonly text: string;
  readonly write: (asm: Assembler) => void;
}

const names64 = ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di"];
const r64 = (n: number): string => n < 8 ? `r${names64[n]}` : `r${n}`;
const r32 = (n: number): string => n < 8 ? `e${names64[n]}` : `r${n}d`;
const vector = (n: number, bytes: number): string => `${bytes <= 16 ? "x" : bytes === 32 ? "y" : "z"}mm${n}`;

const addresses: readonly Address[] = [
  { base: R.ax, index: -1, scale: 0, displacement: 0 },
  { base: R.bp, index: R.cx, scale: 2, displacement: 0 },
  { base: R.sp, index: -1, scale: 0, displacement: 64 },
  { base: R.r13, index: R.r14, scale: 3, displacement: -128 },
  { base: R.r12, index: R.dx, scale: 0, displacement: 4 },
  { base: R.si, index: R.r9, scale: 1, displacement: 100_000 },
];

function addressText({ base, index, scale, displacement }: Address, indexName?: string): string {
  const second = index < 0 ? "" : `+${indexName ?? r64(index)}*${2 ** scale}`;
  return `[${r64(base)}${second}${displacement < 0 ? displacement : `+${displacement}`}]`;
}

/** The instructions whose operands are not all vectors of one length: the kinds of the first and of the last one. */
const kinds: Readonly<Record<string, readonly [first: string, last: string]>> = {
  vbroadcastss: ["v", "x"],
  vbroadcastsd: ["v", "x"],
  vcvtps2pd: ["v", "half"],
  vcvtdq2pd: ["v", "half"],
  vpmovsxdq: ["v", "half"],
  vcvtpd2ps: ["half", "v"],
  vextractf128: ["x", "v"],
  vextractf32x4: ["x", "v"],
  vextractf64x4: ["y", "v"],
  vcvtsi2ss: ["v", "r64"],
  vcvtsi2sd: ["v", "r64"],
  vcvttsd2si: ["r64", "v"],
  vmovmskps: ["r32", "v"],
  vpbroadcastd: ["v", "r32"],
  vpmovm2d: ["v", "k"],
  vpmovm2q: ["v", "k"],
  vpmovd2m: ["k", "v"],
};

/** Only between registers, or only with memory; and lengths that there are. */
const onlyRegisters = new Set(["vmovq", "vmovmskps", "vpbroadcastd", "vpmovm2d", "vpmovm2q", "vpmovd2m"]);
const onlyMemory = new Set(["vgatherdps"]);

function vectorForms(i: Instruction, key: string): Form[] {
  if (key === "zero") return [];
  const forms: Form[] = [];
  const { name } = i;
  const moves = key === "moveD" || key === "takeD" || key === "moveQ";
  const loads = key.startsWith("loadS") || key.startsWith("storeS");
  const [first, last] = moves
    ? (key === "takeD" ? ["r32", "v"] : ["v", key === "moveQ" ? "r64" : "r32"])
    : kinds[name] ?? ["v", "v"];
  const lengths = i.scalar ? [16] : [16, 32, 64].filter((bytes) => {
    if (name === "vextractf128") return bytes === 32;
    if (name === "vextractf32x4") return bytes >= 32;
    if (name === "vextractf64x4") return bytes === 64;
    if (name === "vpermps") return bytes === 32;
    if (name === "vbroadcastsd") return bytes >= 32;
    return true;
  });
  const named = (kind: string, n: number, bytes: number): string => {
    if (kind === "r64") return r64(n & 15);
    if (kind === "r32") return r32(n & 15);
    if (kind === "k") return `k${n & 7}`;
    if (kind === "x") return vector(n, 16);
    if (kind === "y") return vector(n, 32);
    return vector(n, kind === "half" ? Math.max(16, bytes / 2) : bytes);
  };
  for (const bytes of lengths) {
    for (const [d, a, b] of [[1, 2, 3], [9, 10, 11], [17, 26, 31], [3, 20, 5]]) {
      const three = i.form === "rvm" && !loads;
      const high = Math.max(d, b, three ? a : 0) > 15;
      for (const evex of [false, true]) {
        const usesMask = i.toMask && first === "v";
        if (evex ? i.evex < 0 : i.vex < 0 || bytes === 64 || high) continue;
        if (evex && !high && bytes < 64 && i.vex >= 0 && !usesMask) continue; // the shorter one is taken
        const general = (kind: string, n: number): number => kind[0] === "r" ? n & 15 : kind === "k" ? n & 7 : n;
        const masked = usesMask && evex;
        const firstKind = masked ? "k" : first;
        const encoding: Encoding = { bytes, evex, ...(i.immediate || i.fourth) && { immediate: i.fourth ? 4 : 5 } };
        const tail = i.fourth ? `, ${vector(4, bytes)}` : i.immediate ? ", 5" : "";
        const d1 = general(firstKind, d), last1 = general(last, b);
        const write =
          (reg: number, second: number, rm: number | Address, more: Partial<Encoding> = {}) => (asm: Assembler) =>
            asm.vector(i, reg, second, rm, { ...encoding, ...more });
        const texts = (rm: string, decoration = ""): string => {
          const name = evex ? i.name.replace("vround", "vrndscale") : i.name;
          const to = named(firstKind, d, bytes) + decoration;
          if (i.form === "mr") return `${name} ${rm}, ${named(last, b, bytes)}${tail}`;
          if (i.form === "vm") return `${name} ${to}, ${rm}${tail}`;
          return three ? `${name} ${to}, ${vector(a, bytes)}, ${rm}${tail}` : `${name} ${to}, ${rm}${tail}`;
        };
        const vsib = name === "vgatherdps";
        // Where the length of the memory does not follow from the registers.
        const sized = name === "vcvtpd2ps"
          ? `${bytes === 16 ? "x" : bytes === 32 ? "y" : "z"}mmword ptr `
          : name.startsWith("vcvtsi2")
          ? "qword ptr "
          : "";
        const memory = (at: Address): string => sized + addressText(at);
        if (!onlyMemory.has(name) && !loads) {
          if (i.form === "mr") {
            forms.push({ text: texts(named(first, d, bytes)), write: write(last1, -1, general(first, d)) });
          } else {
            forms.push({ text: texts(named(last, b, bytes)), write: write(d1, three ? a : -1, last1) });
          }
        }
        if (onlyRegisters.has(name) || i.form === "vm") continue;
        if (vsib) {
          const at: Address = { base: R.r9, index: b, scale: 2, displacement: 32 };
          const rm = addressText(at, vector(b, bytes));
          if (evex) {
            forms.push({
              text: `vgatherdps ${vector(d, bytes)}{k1}, ${rm}`,
              write: write(d, -1, at, { mask: 1 }),
            });
          } else {forms.push({
              text: `vgatherdps ${vector(d, bytes)}, ${rm}, ${vector(a, bytes)}`,
              write: write(d, a, at),
            });}
          continue;
        }
        for (const at of addresses.slice(1, 4)) {
          if (i.form === "mr") forms.push({ text: texts(memory(at)), write: write(last1, -1, at) });
          else forms.push({ text: texts(memory(at)), write: write(d1, three ? a : -1, at) });
        }
        if (evex && !i.scalar && i.tuple === "full" && !masked) {
          const count = bytes / i.element;
          forms.push({
            text: texts(`${addressText(addresses[4])}{1to${count}}`),
            write: write(d1, three ? a : -1, addresses[4], { broadcast: true }),
          });
          forms.push({
            text: texts(named(last, b, bytes), "{k3}{z}"),
            write: write(d1, three ? a : -1, last1, { mask: 3, zero: true }),
          });
          forms.push({
            text: texts(memory(addresses[2]), "{k1}"),
            write: write(d1, three ? a : -1, addresses[2], { mask: 1 }),
          });
        }
      }
    }
  }
  return forms;
}

function allVectors(): Form[] {
  const { I, ...groups } = table;
  const forms = Object.entries(I).flatMap(([key, i]) => vectorForms(i, key));
  for (const group of Object.values(groups)) {
    for (const [key, i] of Object.entries(group)) forms.push(...vectorForms(i as Instruction, key));
  }
  return forms;
}

const pairs = [[R.ax, R.cx], [R.r9, R.di], [R.si, R.r15], [R.r12, R.r13]] as const;

function generalForms(): Form[] {
  const forms: Form[] = [];
  const add = (text: string, write: (asm: Assembler) => void) => forms.push({ text, write });
  for (const [a, b] of pairs) {
    add(`mov ${r64(a)}, ${r64(b)}`, (x) => x.move(a, b));
    add(`mov ${r32(a)}, ${r32(b)}`, (x) => x.move(a, b, false));
    add(`xor ${r32(a)}, ${r32(a)}`, (x) => x.set(a, 0));
    add(`mov ${r32(a)}, 305419896`, (x) => x.set(a, 305419896));
    add(`mov ${r64(a)}, -7`, (x) => x.set(a, -7));
    add(`movsxd ${r64(a)}, ${r32(b)}`, (x) => x.loadSigned(a, b));
    for (const [name, operation] of Object.entries(Arithmetic)) {
      const mnemonic = name === "compare" ? "cmp" : name;
      // Ours have the register first.
      add(`${mnemonic}.s ${r64(a)}, ${r64(b)}`, (x) => x.arithmetic(operation, a, b));
      add(`${mnemonic}.s ${r32(a)}, ${r32(b)}`, (x) => x.arithmetic(operation, a, b, false));
      add(`${mnemonic} ${r64(b)}, 9`, (x) => x.arithmeticConstant(operation, b, 9));
      add(`${mnemonic} ${r32(b)}, 100000`, (x) => x.arithmeticConstant(operation, b, 100000, false));
    }
    add(`imul ${r64(a)}, ${r64(b)}`, (x) => x.multiply(a, b));
    add(`imul ${r64(a)}, ${r64(b)}, 12`, (x) => x.multiplyConstant(a, b, 12));
    add(`imul ${r64(a)}, ${r64(b)}, 1000`, (x) => x.multiplyConstant(a, b, 1000));
    add(`neg ${r64(a)}`, (x) => x.negate(a));
    add(`not ${r64(a)}`, (x) => x.invert(a));
    add(`shl ${r32(a)}, 9`, (x) => x.shift(Shift.left, a, 9));
    add(`shr ${r64(a)}, 9`, (x) => x.shift(Shift.right, a, 9, true));
    add(`sar ${r32(a)}, 31`, (x) => x.shift(Shift.signed, a, 31));
    add(`shlx ${r32(a)}, ${r32(b)}, ${r32(a)}`, (x) => x.shiftBy(Shift.left, a, b, a));
    add(`shrx ${r32(a)}, ${r32(b)}, ${r32(a)}`, (x) => x.shiftBy(Shift.right, a, b, a));
    add(`sarx ${r32(b)}, ${r32(a)}, ${r32(a)}`, (x) => x.shiftBy(Shift.signed, b, a, a));
    add(`test ${r32(a)}, ${r32(b)}`, (x) => x.test(a, b));
    add(`call ${r64(a)}`, (x) => x.call(a));
    add(`push ${r64(a)}`, (x) => x.push(a));
    add(`pop ${r64(b)}`, (x) => x.pop(b));
    add(`kmovw ${r32(a)}, k1`, (x) => x.takeMask(a, 1));
    add(`kmovw k1, ${r32(b)}`, (x) => x.setMask(1, b));
    const suffixes = Object.entries(
      {
        below: "b",
        notBelow: "ae",
        equal: "e",
        notEqual: "ne",
        notAbove: "be",
        above: "a",
        less: "l",
        notLess: "ge",
        notGreater: "le",
        greater: "g",
      } as const,
    );
    for (const [key, suffix] of suffixes) {
      const condition = Condition[key as keyof typeof Condition];
      add(`cmov${suffix} ${r64(a)}, ${r64(b)}`, (x) => x.moveIf(condition, a, b));
    }
  }
  add("sete sil\nmovzx esi, sil", (x) => x.setIf(Condition.equal, R.si));
  add("setl r10b\nmovzx r10d, r10b", (x) => x.setIf(Condition.less, R.r10));
  add("seta al\nmovzx eax, al", (x) => x.setIf(Condition.above, R.ax));
  for (const at of addresses) {
    const m = addressText(at);
    add(`mov r11, ${m}`, (x) => x.loadInt(R.r11, at, true));
    add(`mov edx, ${m}`, (x) => x.loadInt(R.dx, at, false));
    add(`movsxd rbx, dword ptr ${m}`, (x) => x.loadSigned(R.bx, at));
    add(`mov ${m}, r8`, (x) => x.storeInt(at, R.r8, true));
    add(`mov ${m}, ecx`, (x) => x.storeInt(at, R.cx, false));
    add(`mov dword ptr ${m}, -5`, (x) => x.storeConstant(at, -5, false));
    add(`mov qword ptr ${m}, 77`, (x) => x.storeConstant(at, 77, true));
    add(`lea r14, ${m}`, (x) => x.address(R.r14, at));
    add(`add rdi, ${m}`, (x) => x.arithmetic(Arithmetic.add, R.di, at));
    add(`cmp qword ptr ${m}, 1`, (x) => x.arithmeticConstant(Arithmetic.compare, at, 1));
    add(`imul r9, ${m}`, (x) => x.multiply(R.r9, at));
    add(`imul r9, ${m}, 5`, (x) => x.multiplyConstant(R.r9, at, 5));
    add(`lock xadd ${m}, eax`, (x) => x.exchangeAdd(at, R.ax));
    add(`lock xadd ${m}, r10`, (x) => x.exchangeAdd(at, R.r10, true));
    add(`lock cmpxchg ${m}, edx`, (x) => x.compareExchange(at, R.dx));
    add(`xchg ${m}, r13d`, (x) => x.exchange(at, R.r13));
    add(`fld qword ptr ${m}`, (x) => x.pushDouble(at));
    add(`fstp qword ptr ${m}`, (x) => x.popDouble(at));
  }
  add("kortestw k1, k1", (x) => x.testMask(1));
  add("vzeroupper", (x) => x.zeroUpper());
  add("ret", (x) => x.return());
  add("pause", (x) => x.pause());
  add("syscall", (x) => x.systemCall());
  add("rdtsc", (x) => x.timestamp());
  add("cpuid", (x) => x.identify());
  add("xgetbv", (x) => x.savedState());
  add("fprem", (x) => x.partialRemainder());
  add("fnstsw ax\nsahf", (x) => x.floatFlags());
  add("fstp st(1)", (x) => x.dropSecond());
  // Jumps, near and far, and what stands at a label.
  const loop = (jump: (x: Assembler, label: number) => void) => (x: Assembler): void => {
    const label = x.label();
    x.place(label);
    x.pause();
    jump(x, label);
  };
  add("1: pause\njmp 1b", loop((x, label) => x.jump(label)));
  add("1: pause\njl 1b", loop((x, label) => x.jumpIf(Condition.less, label)));
  const ahead = (jump: (x: Assembler, label: number) => void) => (x: Assembler): void => {
    const label = x.label();
    jump(x, label);
    x.pause();
    x.place(label);
    x.pause();
  };
  add("{disp32} jmp 1f\npause\n1: pause", ahead((x, label) => x.jump(label)));
  add("{disp32} jne 1f\npause\n1: pause", ahead((x, label) => x.jumpIf(Condition.notEqual, label)));
  add("lea rax, 1f[rip]\npause\n1: pause", ahead((x, label) => x.addressOf(R.ax, label)));
  add(
    "vaddps ymm1, ymm2, 1f[rip]\npause\n1: pause",
    ahead((x, label) =>
      x.vector(table.add.ps, 1, 2, { base: -1, index: -1, scale: 0, displacement: 0, label }, { bytes: 32 })
    ),
  );
  add(
    "vcmpps ymm1, ymm2, 1f[rip], 4\npause\n1: pause",
    ahead((x, label) =>
      x.vector(table.compare.ps, 1, 2, { base: -1, index: -1, scale: 0, displacement: 0, label }, {
        bytes: 32,
        immediate: 4,
      })
    ),
  );
  return forms;
}

/** All forms, each text once. */
export function forms(): Form[] {
  const seen = new Map<string, Form>();
  for (const form of [...allVectors(), ...generalForms()]) if (!seen.has(form.text)) seen.set(form.text, form);
  return [...seen.values()];
}
