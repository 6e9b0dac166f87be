/**
 * Random programs of public operations, and what a property says when it fails.
 *
 * @module
 */
import { setDefaultDevice, type Tensor, tensor } from "../../mod.ts";
import type { DType } from "../../core/dtype.ts";
import { sizeOf } from "../../core/shape.ts";
import { type Code, floating, imageSizes, interpret, runsOf } from "../support/programs.ts";
import { tameValues } from "../support/random.ts";
import { opsKit } from "./kit.ts";
import { AssertionError } from "@std/assert";
import fc from "fast-check";

/** A program before it is read. */
export interface Recipe extends Code {
  readonly sizes: readonly number[];
  readonly seed: number;
}

/** Programs of up to so many operations. */
export function recipes(maxLength = 12): fc.Arbitrary<Recipe> {
  return fc.record({
    sizes: imageSizes(6),
    seed: fc.nat(999),
    lines: fc.array(fc.array(fc.nat(9999), { minLength: 8, maxLength: 8 }), { minLength: 1, maxLength, size: "max" }),
  });
}

/** A program with inputs: as a function of its floating inputs, of which it uses all. */
export interface Program {
  readonly inputs: Tensor[];
  /** Floating inputs to floating outputs. */
  readonly f: (...xs: Tensor[]) => Tensor[];
  text(): string;
}

/** Inputs of a recipe: images, a kernel, a matrix, a vector, a scalar, and indices. */
export function inputsOf(
  { sizes: [n, c, h, w], seed }: Recipe,
  dtype: DType,
  device: string,
  batch: readonly number[] = [],
): { xs: Tensor[]; indices: Tensor } {
  const shapes = [[n, 2 * c, h, w], [4, c, 2, 3], [h, w], [w], []];
  const make = (dtype: DType, shape: readonly number[], k: number): Tensor => {
    const all = [...batch, ...shape];
    return tensor(tameValues(dtype, sizeOf(all), 10 * seed + k), { shape: all, dtype, device });
  };
  return {
    xs: shapes.map((shape, k) => make(dtype, shape, k)),
    indices: tensor(Int32Array.of(3, 0, 1, 3), { device }),
  };
}

/** The program of a recipe. */
export function programOf(recipe: Recipe, dtype: DType, device = "cpu", batch: readonly number[] = []): Program {
  const { xs, indices } = inputsOf(recipe, dtype, device, batch);
  let text = "";
  return {
    inputs: xs,
    f: (...inputs) => {
      const outcome = interpret(opsKit, recipe, [...inputs, indices]);
      text = outcome.text;
      const outputs = floating(outcome.outputs);
      return outputs.length > 0 ? outputs : [inputs[0]];
    },
    text: () => text,
  };
}

/** Fails unless the values are close, relative to the largest among them. */
export function assertNear(
  actual: readonly Tensor[],
  expected: readonly Tensor[],
  tolerance: number,
  what: string,
): void {
  if (actual.length !== expected.length) {
    throw new AssertionError(`${what}: ${actual.length} results instead of ${expected.length}`);
  }
  actual.forEach((t, i) => {
    if (String(t.shape) !== String(expected[i].shape) || t.dtype !== expected[i].dtype) {
      throw new AssertionError(
        `${what}: result ${i} is ${t.dtype} [${t.shape}], not ${expected[i].dtype} [${expected[i].shape}]`,
      );
    }
    const [a, b] = [t.dataSync(), expected[i].dataSync()];
    let limit = tolerance;
    for (const v of b) limit = Math.max(limit, tolerance * Math.abs(v));
    for (let k = 0; k < b.length; k++) {
      if (Object.is(a[k], b[k]) || Math.abs(a[k] - b[k]) <= limit) continue;
      throw new AssertionError(`${what}: element ${k} of result ${i} is ${a[k]}, expected ${b[k]} (allowed: ${limit})`);
    }
  });
}

/** Declares a test that a property holds of random programs, the same ones each time; a failure shows the smallest it can find. */
export function property(name: string, numRuns: number, holds: (recipe: Recipe) => void, maxLength?: number): void {
  Deno.test(name, () => {
    const check = (recipe: Recipe): void => {
      try {
        holds(recipe);
      } catch (error) {
        const why = error instanceof AssertionError
          ? error.message
          : error instanceof Error
          ? error.stack
          : `thrown: ${error?.constructor?.name}`;
        throw new AssertionError(`${why}\n${textOf(recipe)}`);
      }
    };
    fc.assert(fc.property(recipes(maxLength), check), runsOf(numRuns));
  });
}

function textOf(recipe: Recipe): string {
  const program = programOf(recipe, "float64", "reference");
  try {
    setDefaultDevice("reference");
    program.f(...program.inputs);
    return program.text();
  } catch (error) {
    return `(the program does not run on reference: ${error})`;
  } finally {
    setDefaultDevice("cpu");
  }
}

/** A number for each output, that depends on all of its elements alike but not in the same way. */
export function weights(outputs: readonly Tensor[], seed: number, device = "cpu"): Tensor[] {
  return outputs.map((t, i) =>
    tensor(tameValues(t.dtype, t.size, seed + i), { shape: t.shape, dtype: t.dtype, device })
  );
}
