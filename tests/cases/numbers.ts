/**
 * Numbers for the cases, and the tests that they become: one for each device.
 *
 * @module
 */
import { type Tensor, tensor } from "../../mod.ts";
import { sizeOf } from "../../core/shape.ts";
import { onAllDevices } from "../ops/golden.ts";
import { uniform } from "../support/random.ts";
import { runsOf } from "../support/programs.ts";
import { assertEquals } from "@std/assert";
import fc from "fast-check";

/** Whole numbers from −3 to 3: sums of their products are exact in float32, whatever the order. */
export function whole(size: number, seed = 1): Float32Array {
  const next = uniform(seed);
  return Float32Array.from({ length: size }, () => Math.floor(next() * 7) - 3);
}

/** A tensor of such numbers, in float32, on the device of the test. */
export const wholes = (shape: readonly number[], seed = 1): Tensor => tensor(whole(sizeOf(shape), seed), { shape });

/** Where an element of a shape stands, row-major. */
export const strided = (shape: readonly number[]) => (...index: number[]): number =>
  index.reduce((at, i, axis) => at * shape[axis] + i, 0);

/** The name of the device on which the test runs. */
export const here = (): string => tensor(0).device;

/** Fails unless a tensor holds exactly these numbers. A zero has no sign here. */
export async function assertExactly(actual: Tensor, expected: ArrayLike<number>, message?: string): Promise<void> {
  assertEquals(Array.from(await actual.data(), (v) => v + 0), Array.from(expected, (v) => v + 0), message);
}

const counted = { report: new Set<number>(), kind: new Set<number>() };

const numbered = (word: keyof typeof counted, numbers: readonly number[]): string => {
  for (const n of numbers) counted[word].add(n);
  return `${word}${numbers.length > 1 ? "s" : ""} ${numbers.join(", ")}`;
};

/** Declares the test of one of the reports, for each device. */
export function report(number: number, name: string, body: () => void | Promise<void>): void {
  onAllDevices(`${numbered("report", [number])}: ${name}`, body);
}

/** Declares the property of which some reports are cases, for each device: the same inputs each time, fewer where each shape is compiled by a driver. */
export function kind<T>(
  numbers: readonly number[],
  name: string,
  inputs: fc.Arbitrary<T>,
  holds: (input: T) => void | Promise<void>,
  runs = 20,
): void {
  onAllDevices(
    `${numbered("kind", numbers)}: ${name}`,
    () =>
      fc.assert(
        fc.asyncProperty(inputs, async (input) => void await holds(input)),
        runsOf(here() === "webgpu" ? Math.ceil(runs / 4) : runs),
      ),
  );
}

/** Declares the test that none of the reports is missing. */
export function completeness(word: keyof typeof counted): void {
  Deno.test(`all 24 public reports have their ${word}`, () => {
    assertEquals([...counted[word]].sort((a, b) => a - b), Array.from({ length: 24 }, (_, i) => i + 1));
  });
}
