import { type Tensor } from "../../mod.ts";
import * as ops from "../../ops/mod.ts";
import { type GoldenArray, loadGolden } from "../support/golden.ts";
import { assertGolden, dtypeOf, gradients, onAllDevices, type Options, tight, toTensor } from "./golden.ts";
import { assertEquals } from "@std/assert";

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

for (const c of ofKind("unary", "nonfinite", "infinite")) {
  onAllDevices(`ops.${labelOf(c)} has PyTorch's values and derivatives`, () => {
    const f = functionOf(c);
    const x = toTensor(c.x);
    assertGolden(f(x), c.value, "value");
    if (c.d1) assertGolden(first(f, 0)(x), c.d1, "first derivative");
    if (c.d2) assertGolden(first(first(f, 0), 0)(x), secondOf(c), "second derivative");
  });
}

for (const c of ofKind("binary")) {
  onAllDevices(`ops.${labelOf(c)} has PyTorch's values and derivatives`, () => {
    const f = functionOf(c);
    const [x, y] = [toTensor(c.x), toTensor(c.y!)];
    assertGolden(f(x, y), c.value, "value");
    const [dx, dy] = [first(f, 0), first(f, 1)];
    assertGolden(dx(x, y), c.dx, "d/dx");
    assertGolden(dy(x, y), c.dy, "d/dy");
    if (!c.dxx) return;
    assertGolden(first(dx, 0)(x, y), c.dxx, "d²/dx²");
    assertGolden(first(dx, 1)(x, y), c.dxy, "d²/dxdy");
    assertGolden(first(dy, 1)(x, y), c.dyy, "d²/dy²");
  });
}

for (const c of ofKind("nonfinitePair", "compare", "predicate", "integer")) {
  onAllDevices(`ops.${labelOf(c)} has NumPy's values for ${c.x.dtype}`, () => {
    const result = functionOf(c)(...[c.x, c.y].filter((v) => v !== undefined).map(toTensor));
    assertEquals(result.dtype, dtypeOf(c.value.dtype));
    assertGolden(result, c.value, "value", tight);
  });
}

onAllDevices("ops.cast() converts as NumPy", () => {
  for (const c of ofKind("cast")) {
    const result = ops.cast(toTensor(c.x), dtypeOf(c.value.dtype));
    assertEquals(result.dtype, c.value.dtype);
    assertGolden(result, c.value, `${c.x.dtype} to ${c.value.dtype}`, { rtol: 0, atol: 0 });
  }
});
