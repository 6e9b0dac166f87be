import { assert, assertEquals } from "@std/assert";
import { assemble, instantiate } from "../../../core/backends/cpu/wasm/module.ts";
import { contract, type ContractAxis, type Contraction } from "../../../core/backends/cpu/loops/contract.ts";
import { packing } from "../../../core/backends/cpu/loops/contract_pack.ts";
import type { Target } from "../../../core/compile/loop.ts";
import type { DType } from "../../../core/dtype.ts";
import { arrays } from "../../support/buffers.ts";

const target: Target = { lanes: 4, registers: 15, checked: true };

/** A repeatable source of numbers below 1. */
function source(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = Math.imul(state ^ state >>> 15, 0x2c1b3c6d) + 0x9e3779b9 >>> 0;
    return ((state ^ state >>> 13) >>> 0) / 2 ** 32;
  };
}

type Values = Float32Array | Float64Array | Int32Array | Uint32Array;

/** The lowest and the highest element that an operand with these strides touches, relative to its offset. */
function range(axes: readonly ContractAxis[], stride: (axis: ContractAxis, i: number) => number): [number, number] {
  let low = 0;
  let high = 0;
  axes.forEach((axis, i) => {
    const reach = stride(axis, i) * Math.max(0, axis.size - 1);
    if (reach < 0) low += reach;
    else high += reach;
  });
  return [low, high];
}

/** A contraction with offsets that make it start at its operands' first elements, and the sizes of these. */
function place(c: Omit<Contraction, "aOffset" | "bOffset" | "outOffset">): { c: Contraction; sizes: number[] } {
  const ranges = (["a", "b", "out"] as const).map((k) => range(c.axes, (axis) => axis[k]));
  const [aOffset, bOffset, outOffset] = ranges.map(([low]) => -low);
  const extras = c.extras?.map((e) => ({
    ...e,
    offset: -range(c.axes, (axis, i) => axis.out === 0 ? 0 : e.strides[i])[0],
  }));
  const sizes = ranges.map(([low, high]) => high - low + 1);
  c.extras?.forEach((e) => {
    const [low, high] = range(c.axes, (axis, i) => axis.out === 0 ? 0 : e.strides[i]);
    sizes.push(high - low + 1);
  });
  return { c: { ...c, extras, aOffset, bOffset, outOffset }, sizes };
}

/** Runs a contraction; the output is surrounded by canaries. */
function run(c: Contraction, buffers: Values[], t = target): Values[] {
  const kernel = contract(c, t);
  const memory = new WebAssembly.Memory({ initial: 64 });
  const [f] = instantiate(assemble([kernel], { shared: false }), memory);
  let at = 64;
  const views = kernel.parameters.map((p, i) => {
    const view = new arrays[p.type](memory.buffer as ArrayBuffer, at, buffers[i].length);
    view.set(buffers[i]);
    at += Math.ceil(view.byteLength / 16) * 16 + 16;
    return view;
  });
  const before = new Uint8Array(memory.buffer).slice();
  f(...views.map((v) => v.byteOffset));
  const after = new Uint8Array(memory.buffer);
  const inside = (k: number) => views.slice(2).some((v) => k >= v.byteOffset && k < v.byteOffset + v.byteLength);
  for (let k = 0; k < at + 256; k++) if (!inside(k)) assert(after[k] === before[k], "wrote outside of the output");
  return views.map((v) => v.slice());
}

/** The contraction in double precision (wrapping for integers), in any order. */
function naive(c: Contraction, buffers: Values[]): { sums: Map<number, number>; magnitudes: Map<number, number> } {
  const [a, b, out] = buffers;
  const sums = new Map<number, number>();
  const magnitudes = new Map<number, number>();
  const visit = (depth: number, pa: number, pb: number, po: number) => {
    if (depth < c.axes.length) {
      const axis = c.axes[depth];
      for (let i = 0; i < axis.size; i++) visit(depth + 1, pa + i * axis.a, pb + i * axis.b, po + i * axis.out);
      return;
    }
    const term = c.type === "int32" ? Math.imul(a[pa], b[pb]) : a[pa] * b[pb];
    sums.set(po, (sums.get(po) ?? 0) + term);
    magnitudes.set(po, (magnitudes.get(po) ?? 0) + Math.abs(term));
  };
  visit(0, c.aOffset, c.bOffset, c.outOffset);
  if (c.accumulate) { for (const [po, sum] of sums) sums.set(po, sum + out[po]); }
  return { sums, magnitudes };
}

function fill(type: DType, size: number, random: () => number): Values {
  const values = new arrays[type](Math.max(size, 0));
  for (let i = 0; i < values.length; i++) {
    values[i] = type === "int32" ? Math.floor(random() * 200 - 100) : random() * 2 - 1;
  }
  return values;
}

function check(
  given: Omit<Contraction, "aOffset" | "bOffset" | "outOffset">,
  random: () => number,
  t = target,
): Values {
  const { c, sizes } = place(given);
  const types: DType[] = [c.type, c.type, c.type, ...(c.extras ?? []).map((e) => e.type)];
  const buffers = sizes.map((size, i) => fill(types[i], size, random));
  const result = run(c, buffers, t)[2];
  const { sums, magnitudes } = naive(c, buffers);
  const epsilon = c.type === "float32" ? 2 ** -23 : c.type === "float64" ? 2 ** -52 : 0;
  const steps = c.axes.reduce((n, axis) => axis.out === 0 ? n * axis.size : n, 1) + 2;
  result.forEach((value, i) => {
    const expected = sums.get(i) ?? buffers[2][i];
    const bound = epsilon * steps * ((magnitudes.get(i) ?? 0) + Math.abs(buffers[2][i]));
    const right = c.type === "int32" ? value === (expected | 0) : Math.abs(value - expected) <= bound;
    assert(right, `output ${i} is ${value}, not ${expected}: ${JSON.stringify(c)}`);
  });
  return result;
}

/** A matmul [m, k] · [k, n]. */
function matmul(m: number, k: number, n: number): ContractAxis[] {
  return [{ size: m, a: k, b: 0, out: n }, { size: n, a: 0, b: 1, out: 1 }, { size: k, a: 1, b: n, out: 0 }];
}

Deno.test("contract: matmul of all small and odd sizes", () => {
  const random = source(1);
  for (const m of [1, 2, 5, 7, 13]) {
    for (const n of [1, 3, 4, 5, 6, 7, 8, 9, 11, 14, 18, 31]) {
      for (const k of [1, 2, 17, 40]) {
        for (const accumulate of [false, true]) {
          check({ type: "float32", axes: matmul(m, k, n), accumulate }, random);
        }
      }
    }
  }
});

Deno.test("contract: other types", () => {
  const random = source(2);
  for (const type of ["float64", "int32"] as DType[]) {
    for (const n of [1, 2, 3, 5, 8, 13]) {
      for (const accumulate of [false, true]) check({ type, axes: matmul(5, 9, n), accumulate }, random);
    }
  }
});

Deno.test("contract: empty axes", () => {
  const random = source(3);
  for (const accumulate of [false, true]) {
    check({ type: "float32", axes: matmul(0, 3, 4), accumulate }, random);
    check({ type: "float32", axes: matmul(3, 4, 0), accumulate }, random);
    const { c } = place({ type: "float32", axes: matmul(2, 0, 5), accumulate });
    const out = run(c, [new Float32Array(1), new Float32Array(1), new Float32Array(10).fill(7)])[2];
    assertEquals([...out], new Array(10).fill(accumulate ? 7 : 0));
    check({ type: "float32", axes: [], accumulate }, random);
  }
});

/** A stride-s, dilated, grouped convolution of a padded input. */
function convolution(
  { n, groups, co, ci, h, w, kh, kw, stride, dilation }: Record<string, number>,
): ContractAxis[] {
  const height = (h - 1) * stride + (kh - 1) * dilation + 1;
  const width = (w - 1) * stride + (kw - 1) * dilation + 1;
  const plane = height * width;
  return [
    { size: n, a: groups * ci * plane, b: 0, out: groups * co * h * w },
    { size: groups, a: ci * plane, b: co * ci * kh * kw, out: co * h * w },
    { size: co, a: 0, b: ci * kh * kw, out: h * w },
    { size: h, a: stride * width, b: 0, out: w },
    { size: w, a: stride, b: 0, out: 1 },
    { size: ci, a: plane, b: kh * kw, out: 0 },
    { size: kh, a: dilation * width, b: kw, out: 0 },
    { size: kw, a: dilation, b: 1, out: 0 },
  ];
}

Deno.test("contract: convolutions forward", () => {
  const random = source(4);
  const base = { n: 2, groups: 1, co: 7, ci: 3, h: 5, w: 9, kh: 3, kw: 3, stride: 1, dilation: 1 };
  const cases = [
    base,
    { ...base, groups: 3, co: 8, w: 7 },
    { ...base, stride: 2 },
    { ...base, stride: 3, w: 5 },
    { ...base, dilation: 2, kh: 5, kw: 2 },
    { ...base, kh: 1, kw: 1 },
    { ...base, groups: 6, co: 1, ci: 1, w: 14 }, // depthwise
    { ...base, kh: 7, kw: 7, ci: 2 },
    { ...base, h: 3, w: 3, co: 12 },
    { ...base, h: 1, w: 1 },
  ];
  for (const c of cases) {
    for (const accumulate of [false, true]) check({ type: "float32", axes: convolution(c), accumulate }, random);
  }
});

Deno.test("contract: a kernel's gradient with lanes over the outputs", () => {
  const random = source(5);
  const [n, ci, co, h, w, kh, kw] = [2, 5, 10, 6, 7, 3, 3];
  const width = w + kw - 1;
  const plane = width * (h + kh - 1);
  const axes: ContractAxis[] = [
    { size: ci, a: plane, b: 0, out: kh * kw * co },
    { size: kh, a: width, b: 0, out: kw * co },
    { size: kw, a: 1, b: 0, out: co },
    { size: co, a: 0, b: 1, out: 1 },
    { size: n, a: ci * plane, b: h * w * co, out: 0 },
    { size: h, a: width, b: w * co, out: 0 },
    { size: w, a: 1, b: co, out: 0 },
  ];
  for (const accumulate of [false, true]) check({ type: "float32", axes, accumulate }, random);
});

Deno.test("contract: random axes, strides of both signs, batches, broadcasts", () => {
  const random = source(6);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)];
  for (let trial = 0; trial < 400; trial++) {
    const type = pick<DType>(["float32", "float32", "float64", "int32"]);
    const kinds = Array.from(
      { length: 1 + Math.floor(random() * 5) },
      () => pick(["row", "column", "sum", "batch", "sumA", "fill"]),
    );
    const strides = { a: 1, b: 1, out: 1 };
    const next = (operand: "a" | "b" | "out", size: number) => {
      const sign = random() < 0.2 ? -1 : 1;
      const stride = strides[operand] * sign;
      strides[operand] *= size + (random() < 0.3 ? 1 : 0);
      return stride;
    };
    // The output's finest axis comes first; the operands' as chance has it.
    const axes = kinds.map((kind): ContractAxis => {
      const size = pick([1, 2, 3, 4, 5, 6, 7, 9, 12, 13]);
      return {
        size,
        a: kind === "column" || kind === "fill" ? 0 : next("a", size),
        b: kind === "row" || kind === "sumA" || kind === "fill" ? 0 : next("b", size),
        out: kind === "sum" || kind === "sumA" ? 0 : next("out", size),
      };
    });
    if (axes.reduce((n, axis) => n * axis.size, 1) > 20000) continue;
    axes.sort(() => random() - 0.5);
    check({ type, axes, accumulate: random() < 0.5 }, random);
  }
});

Deno.test("packing: the packed operand gives the same bits", () => {
  const random = source(9);
  const batched = matmul(40, 20, 1024);
  const matrices: ContractAxis[] = [{ size: 3, a: 800, b: 20 * 1024, out: 40 * 1024 }, ...batched];
  const swapped = matmul(40, 300, 70).map(({ size, a, b, out }) => ({ size, a: b, b: a, out }));
  const strided = matmul(9, 11, 13).map(({ size, a, b, out }) => ({ size, a, b: 2 * b, out }));
  for (const axes of [matmul(50, 17, 300), matmul(64, 40, 512), matrices, swapped, strided]) {
    const { c, sizes } = place({ type: "float32", axes, accumulate: false });
    const way = packing(c, target);
    if (axes === swapped) {
      assertEquals(way, undefined); // rows of 70 elements are near enough
      continue;
    }
    assert(way, JSON.stringify(axes));
    const buffers = sizes.map((size) => fill("float32", size, random));
    const plain = run(c, buffers)[2];
    const memory = new WebAssembly.Memory({ initial: 64 });
    const [pack] = instantiate(assemble([way.kernel], { shared: false }), memory);
    const operand = way.operand === "a" ? 0 : 1;
    new Float32Array(memory.buffer, 64).set(buffers[operand]);
    const at = 64 + 4 * Math.ceil(buffers[operand].length / 4) * 4;
    pack(64, at);
    const copies = buffers.slice();
    copies[operand] = new Float32Array(memory.buffer, at, way.size).slice();
    assertEquals(run({ ...c, packed: way.operand }, copies)[2], plain);
  }
  const { c } = place({ type: "float32", axes: matmul(2, 40, 512), accumulate: false });
  assertEquals(packing(c, target), undefined); // two rows do not pay for it
});

Deno.test("contract: scalars, vectors and tiles of any shape give the same bits", () => {
  for (
    const axes of [
      matmul(7, 50, 13),
      convolution({ n: 1, groups: 2, co: 5, ci: 4, h: 5, w: 11, kh: 3, kw: 3, stride: 1, dilation: 1 }),
    ]
  ) {
    for (const accumulate of [false, true]) {
      const results = [{ lanes: 4, registers: 16 }, { lanes: 1, registers: 16 }, { lanes: 4, registers: 32 }, {
        lanes: 2,
        registers: 8,
      }]
        .map((t) => check({ type: "float32", axes, accumulate }, source(7), t));
      for (const result of results) assertEquals(result, results[0]);
    }
  }
});

Deno.test("contract: an epilogue reads and writes extra buffers", () => {
  for (const w of [8, 9, 14, 3]) {
    const shape = { n: 2, groups: 1, co: 5, ci: 3, h: 4, w, kh: 1, kw: 1, stride: 1, dilation: 1 };
    const axes = convolution(shape);
    const { h, co, n } = shape;
    const bias = [0, 0, 1, 0, 0, 0, 0, 0];
    const like = axes.map((axis) => axis.out);
    const alongRow = [0, 0, 0, 0, 2, 0, 0, 0];
    const { c, sizes } = place({
      type: "float32",
      axes,
      accumulate: false,
      extras: [
        { type: "float32", offset: 0, strides: bias },
        { type: "float32", offset: 0, strides: like },
        { type: "float32", offset: 0, strides: alongRow },
        { type: "float32", offset: 0, strides: like },
      ],
      epilogue: (value, at) => {
        const sum = at.builder.let(value.add(at.load(0)).add(at.load(1)).mul(at.load(2)));
        at.store(3, sum);
        return sum.max(0);
      },
    });
    const random = source(8);
    const buffers = sizes.map((size) => fill("float32", size, random));
    const { sums } = naive(c, buffers);
    const result = run(c, buffers);
    for (let i = 0; i < n * co * h * w; i++) {
      const channel = Math.floor(i / (h * w)) % co;
      const expected = (sums.get(i)! + buffers[3][channel] + buffers[4][i]) * buffers[5][2 * (i % w)];
      assert(Math.abs(result[6][i] - expected) < 1e-5, `${i}: ${result[6][i]}, not ${expected}`);
      assertEquals(result[2][i], Math.max(result[6][i], 0));
    }
  }
});
