/**
 * Numbers that look random and are the same each time.
 *
 * @module
 */
import type { DType, TypedArray } from "../../core/dtype.ts";
import { allocate, isFloat } from "../../core/dtype.ts";

/** Numbers in [0, 1) (Mulberry32). */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6D2B79F5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Elements of a dtype: floats of all magnitudes from 2⁻¹⁶ to 2¹⁶, most of them around 1; integers small and large. */
export function randomValues(dtype: DType, size: number, seed: number): TypedArray {
  const next = uniform(seed);
  const values = allocate(dtype, size);
  for (let i = 0; i < size; i++) {
    const sign = next() < 0.5 ? -1 : 1;
    if (dtype === "bool") values[i] = Number(sign > 0);
    else if (isFloat(dtype)) {
      values[i] = sign * (next() < 0.7 ? 3 * next() : (1 + next()) * 2 ** Math.floor(next() * 32 - 16));
    } else if (dtype === "uint32") values[i] = next() < 0.7 ? Math.floor(next() * 20) : Math.floor(next() * 2 ** 32);
    else values[i] = next() < 0.7 ? sign * Math.floor(next() * 20) : Math.floor(next() * 2 ** 32) | 0;
  }
  return values;
}

/** Floats in [−1, 1), small integers, booleans: nothing overflows or cancels badly. */
export function tameValues(dtype: DType, size: number, seed: number): TypedArray {
  const next = uniform(seed);
  const values = allocate(dtype, size);
  for (let i = 0; i < size; i++) {
    const u = next();
    values[i] = isFloat(dtype)
      ? 2 * u - 1
      : dtype === "bool"
      ? Number(u < 0.5)
      : dtype === "uint32"
      ? Math.floor(u * 9)
      : Math.floor(u * 17) - 8;
  }
  return values;
}

/** The corners of a dtype. */
export function specialValues(dtype: DType): number[] {
  switch (dtype) {
    case "float32":
    case "float64": {
      const single = dtype === "float32";
      const positive = [
        ...[
          0,
          single ? 2 ** -149 : 5e-324,
          single ? 1e-40 : 1e-310,
          single ? 2 ** -126 : 2 ** -1022,
          single ? 3.4028234663852886e38 : 1.7976931348623157e308,
        ],
        ...[
          1e-20,
          0.25,
          0.5,
          0.75,
          1,
          1 + (single ? 2 ** -23 : 2 ** -52),
          1.5,
          2,
          2.5,
          3,
          7,
          10,
          88,
          89,
          104,
          709,
          1e6,
          2 ** 31,
          2 ** 32,
          1e15,
          1e30,
          Infinity,
        ],
      ];
      return [NaN, ...positive, ...positive.map((v) => -v)];
    }
    case "int32":
      return [0, 1, -1, 2, -2, 3, -7, 31, 255, 65535, 65536, -65537, 2 ** 31 - 1, -(2 ** 31), -(2 ** 31) + 1];
    case "uint32":
      return [0, 1, 2, 3, 7, 31, 255, 65535, 65536, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32 - 1];
    case "bool":
      return [0, 1];
  }
}
