import { type Tensor, tensor } from "../../mod.ts";
import * as ops from "../../ops/mod.ts";
import { type GoldenArray, loadGolden } from "../support/golden.ts";
import {
  assertGolden,
  dtypeOf,
  gradients,
  isSingle,
  onAllDevices,
  onDevices,
  type Options,
  tight,
  toTensor,
} from "./golden.ts";
import { withoutWebGpu } from "../support/devices.ts";
import { assert, assertEquals } from "@std/assert";

interface Case {
  kind: string;
  fn: string;
  options: Options;
  x: GoldenArray;
  y?: GoldenArray;
  value: GoldenArray;
  d1: GoldenArray;
  d2: GoldenArray;
  dx: GoldenArray;
  dy: GoldenArray;
  dxx?: GoldenArray;
  dxy: GoldenArray;
  dyy: GoldenArray;
}

const { cases } = loadGolden<{ cases: Case[] }>("elementwise");
const ofKind = (...kinds: string[]): Case[] => cases.filter(({ kind }) => kinds.includes(kind));

// deno-lint-ignore no-explicit-any
const table = ops as unknown as Record<string, (...args: any[]) => Tensor>;

/** The function of a case, of one or two tensors. */
function functionOf({ fn, options }: Case): (...xs: Tensor[]) => Tensor {
  if (fn === "clip") return (x) => ops.clip(x, options.min, options.max);
  if (options && Object.keys(options).length > 0) return (x) => table[fn](x, options);
  return (...xs) => table[fn](...xs);
}

const labelOf = ({ kind, fn, options }: Case): string => `${fn} ${JSON.stringify(options ?? {})} (${kind})`;

const first = (f: (...xs: Tensor[]) => Tensor, wanted: number) => (...xs: Tensor[]): Tensor =>
  gradients(f, xs, ops.onesLike(xs[0]), [wanted])[0];

/** elu has no second derivative at 0; where PyTorch says 0 ours is that from below. */
function secondOf({ fn, options, x, d2 }: Case): GoldenArray {
  return fn === "elu" ? { ...d2, data: d2.data.map((v, i) => x.data[i] === 0 ? options.alpha : v) } : d2;
}

type Fn = (...xs: Tensor[]) => Tensor;

/** What is compared with a case of one tensor: the function, its derivatives, and their golden values. */
function unaryParts(c: Case): [string, Fn, GoldenArray][] {
  const f = functionOf(c), slope = first(f, 0);
  const parts: [string, Fn, GoldenArray][] = [["value", f, c.value]];
  if (c.d1) parts.push(["first derivative", slope, c.d1]);
  if (c.d2) parts.push(["second derivative", first(slope, 0), secondOf(c)]);
  return parts;
}

/** The same for a case of two tensors. */
function binaryParts(c: Case): [string, Fn, GoldenArray][] {
  const f = functionOf(c), [dx, dy] = [first(f, 0), first(f, 1)];
  const parts: [string, Fn, GoldenArray][] = [["value", f, c.value], ["d/dx", dx, c.dx], ["d/dy", dy, c.dy]];
  if (!c.dxx) return parts;
  return [
    ...parts,
    ["d²/dx²", first(dx, 0), c.dxx],
    ["d²/dxdy", first(dx, 1), c.dxy],
    ["d²/dy²", first(dy, 1), c.dyy],
  ];
}

const withParts = [
  ...ofKind("unary", "nonfinite", "infinite").map((c) => ({ c, parts: unaryParts(c) })),
  ...ofKind("binary").map((c) => ({ c, parts: binaryParts(c) })),
];

for (const { c, parts } of withParts) {
  onDevices(`ops.${labelOf(c)} has PyTorch's values and derivatives`, () => {
    const inputs = [c.x, c.y].filter((v) => v !== undefined).map(toTensor);
    for (const [part, f, expected] of parts) assertGolden(f(...inputs), expected, part);
  });
}

/**
 * The golden inputs are doubles. A device without them is asked at the nearest float32, and held to what the CPU, which has the golden
 * values, says there in float64: where that and the derivatives it goes through are numbers of a float32 at all.
 */
if (withoutWebGpu === undefined) {
  for (const { c, parts } of withParts) {
    Deno.test(`ops.${labelOf(c)} has the values and derivatives of float64 (webgpu)`, async () => {
      const rounded = [c.x, c.y].filter((v) => v !== undefined).map(({ data }) => Float32Array.from(data));
      const pending = parts.map(async ([part, f]) => {
        const single = await f(...rounded.map((data) => tensor(data, { device: "webgpu" }))).data();
        const same = await f(...rounded.map((data) => tensor(data, { device: "cpu" }))).data();
        const double = await f(...rounded.map((data) => tensor(Float64Array.from(data), { device: "cpu" }))).data();
        double.forEach((expected, i) => {
          const at = rounded.map((data) => data[i % data.length]);
          const message = `${part} at ${at}: ${single[i]}, expected ${expected}; cpu in float32: ${same[i]}`;
          // What is lost in float32 is lost on the CPU too.
          const lost = Math.abs(same[i] - expected);
          const limit = 1e-6 * Math.abs(expected) + 4 * (Number.isFinite(lost) ? lost : 0) + 2 ** -125;
          const near = Object.is(single[i], same[i]) || Math.abs(single[i] - expected) <= limit ||
            single[i] === Math.fround(expected);
          assert(near, message);
        });
      });
      await Promise.all(pending);
    });
  }
}

/** Whether an array is the same in float32. */
const isExact = (array: GoldenArray | undefined): boolean =>
  array?.dtype !== "float64" || array.data.every((v) => Object.is(Math.fround(v), v));

for (const c of ofKind("nonfinitePair", "compare", "predicate", "integer")) {
  const on = isExact(c.x) && isExact(c.y) ? onAllDevices : onDevices;
  on(`ops.${labelOf(c)} has NumPy's values for ${c.x.dtype}`, () => {
    const result = functionOf(c)(...[c.x, c.y].filter((v) => v !== undefined).map(toTensor));
    assertEquals(result.dtype, dtypeOf(c.value.dtype));
    assertGolden(result, c.value, "value", tight);
  });
}

onAllDevices("ops.cast() converts as NumPy", () => {
  for (const c of ofKind("cast")) {
    if (isSingle() && !(isExact(c.x) && isExact(c.value))) continue;
    const result = ops.cast(toTensor(c.x), dtypeOf(c.value.dtype));
    assertEquals(result.dtype, dtypeOf(c.value.dtype));
    assertGolden(result, c.value, `${c.x.dtype} to ${c.value.dtype}`, { rtol: 0, atol: 0 });
  }
});
