/**
 * Stable sorting of positions along an axis: a merge sort with one kernel a width. An element finds its place in the merged run by
 * itself, from its own place and a binary search in the run beside it.
 */
import type { Home } from "../../compile/home.ts";
import { flatKernel, type Rows, type Scratch } from "./loops.ts";
import { fromWord, literal } from "./wgsl/expression.ts";
import { type Dispatch, Parameters } from "./wgsl/kernel.ts";

/** The kernels of argsort: ascending, NaN last. */
export function argsortKernels({ outer, extent, inner }: Rows, x: Home, out: Home, scratch: Scratch): Dispatch[] {
  const type = x.buffer.dtype, total = outer * extent * inner;
  const place = `let row = id / ${extent}; let k = id % ${extent}; let start = row / ${inner} * ${
    extent * inner
  } + row % ${inner};`;
  const rounds = Math.ceil(Math.log2(Math.max(extent, 1)));
  // Positions stand row after row between the rounds, and where they belong after the last one.
  const halves = rounds > 1 ? [scratch("int32", total), rounds > 2 ? scratch("int32", total) : undefined] : [];
  const dispatches: Dispatch[] = [];
  if (rounds === 0) {
    const p = new Parameters();
    const to = p.write(out.buffer, out.offset);
    return [flatKernel("argsort", total, p, `  st${to}(id, ${literal("uint32", 0)});`, 0, 4 * total)];
  }
  for (let round = 0; round < rounds; round++) {
    const width = 2 ** round, last = round === rounds - 1;
    const p = new Parameters();
    const values = p.read(x.buffer, x.offset);
    const from = round === 0 ? undefined : p.read(halves[(round - 1) % 2]!);
    const to = last ? p.write(out.buffer, out.offset) : p.write(halves[round % 2]!);
    const position = (k: string): string => from === undefined ? k : `bitcast<i32>(ld${from}(row * ${extent} + ${k}))`;
    const value = (at: string): string => fromWord(type, `ld${values}(start + ${at} * ${inner})`);
    const less = type === "float32"
      ? (a: string, b: string) => `(flt_(${a}, ${b}) || (isnan_(${b}) && !isnan_(${a})))`
      : type === "bool"
      ? (a: string, b: string) => `(!${a} && ${b})`
      : (a: string, b: string) => `(${a} < ${b})`;
    // An element of the left run goes before equal ones of the right run.
    const code = `  ${place}
  let mine = ${position("k")}; let v = ${value("mine")};
  let base = k / ${2 * width} * ${2 * width}; let middle = min(base + ${width}, ${extent}); let end = min(base + ${
      2 * width
    }, ${extent});
  let isLeft = k < middle;
  var low = select(base, middle, isLeft); var high = select(middle, end, isLeft);
  let other = low;
  while (low < high) {
    let half = (low + high) / 2;
    let at = ${position("half")}; let w = ${value("at")};
    if (select(!${less("v", "w")}, ${less("w", "v")}, isLeft)) { low = half + 1; } else { high = half; }
  }
  let place = base + (k - select(middle, base, isLeft)) + (low - other);
  st${to}(${last ? `start + place * ${inner}` : `row * ${extent} + place`}, bitcast<u32>(mine));`;
    dispatches.push(flatKernel("argsort", total, p, code, round + 1, 16 * total));
  }
  return dispatches;
}
