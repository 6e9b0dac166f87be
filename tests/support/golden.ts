/**
 * Golden values: results of other frameworks, checked in as `tests/golden/NAME.json`.
 *
 * A file holds any nesting of objects and arrays; an object with the keys `shape`, `dtype` and `data` is an array of
 * numbers, row-major, in which the texts "NaN", "Infinity" and "-Infinity" stand for what JSON cannot say.
 *
 * @module
 */

/** An array of a golden file. */
export interface GoldenArray {
  shape: number[];
  /** The dtype that the reference had, such as `float32`. */
  dtype: string;
  /** The values, row-major; float64 holds those of every dtype exactly. */
  data: Float64Array;
}

const special: Record<string, number> = { "NaN": NaN, "Infinity": Infinity, "-Infinity": -Infinity };

function numberOf(value: unknown, path: string): number {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return Number(value);
  if (typeof value === "string" && value in special) return special[value];
  throw new TypeError(`golden: ${path} holds ${JSON.stringify(value)}, which is no number`);
}

/** Turns what `JSON.parse` gave into golden values: arrays are decoded, everything else stays as it is. */
export function decodeGolden(value: unknown, path = "$"): unknown {
  if (Array.isArray(value)) return value.map((item, i) => decodeGolden(item, `${path}[${i}]`));
  if (typeof value !== "object" || value === null) return value;
  const { shape, dtype, data } = value as Record<string, unknown>;
  if (!Array.isArray(shape) || typeof dtype !== "string" || data === undefined) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, decodeGolden(item, `${path}.${key}`)]));
  }
  const flat = (Array.isArray(data) ? data.flat(Infinity) : [data]).map((item, i) =>
    numberOf(item, `${path}.data[${i}]`)
  );
  const size = (shape as number[]).reduce((product, length) => product * length, 1);
  if (flat.length !== size) {
    throw new RangeError(`golden: ${path} has shape [${shape}] but ${flat.length} values instead of ${size}`);
  }
  return { shape: shape as number[], dtype, data: Float64Array.from(flat) } satisfies GoldenArray;
}

/**
 * Reads `tests/golden/NAME.json`. The caller says what is in it:
 * `loadGolden<{ x: GoldenArray; cases: { options: ConvOptions; out: GoldenArray }[] }>("conv2d")`.
 */
export function loadGolden<T = Record<string, GoldenArray>>(name: string): T {
  const text = Deno.readTextFileSync(new URL(`../golden/${name}.json`, import.meta.url));
  return decodeGolden(JSON.parse(text)) as T;
}
