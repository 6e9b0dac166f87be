/**
 * Choices by lists of small numbers, and graphs of primitives made by them: any list is a program that fits its types and shapes, so
 * that a failing one can be made smaller without a thought. Programs of public functions: `tests/fuzz/`.
 *
 * @module
 */
import type { Tensor } from "../../core/tensor.ts";
import { environmentNumber } from "./environment.ts";
import fc from "fast-check";

/** A value of a program. */
export interface Slot {
  readonly tensor: Tensor;
  readonly name: string;
  /** Made of inputs without rounding: the same bits on every way, so that comparing and sorting it is safe. */
  readonly exact: boolean;
  used: boolean;
}

/** What an operation chooses from: the values so far, and numbers. */
export class Choices<S extends { readonly tensor: Tensor } = Slot> {
  readonly picked: S[] = [];
  readonly numbers: number[] = [];
  private next = 1;

  constructor(private readonly slots: readonly S[], private readonly code: readonly number[]) {}

  private take(count: number): number {
    return (this.code[this.next++] ?? 0) % Math.max(1, count);
  }

  /** A number below `count`. */
  int(count: number): number {
    const n = this.take(count);
    this.numbers.push(n);
    return n;
  }

  /** One of a list. */
  of<T>(list: readonly T[]): T {
    return list[this.int(list.length)];
  }

  /** A value that fits, a late one rather than an early one. */
  slot(fits: (t: Tensor, slot: S) => boolean): S | undefined {
    const list = this.slots.filter((s) => fits(s.tensor, s));
    if (list.length === 0) return undefined;
    const slot = list[list.length - 1 - this.take(list.length)];
    this.picked.push(slot);
    return slot;
  }

  value(fits: (t: Tensor, slot: S) => boolean): Tensor | undefined {
    return this.slot(fits)?.tensor;
  }
}

/** An operation of a kit: nothing where the choices do not fit. */
export interface Instruction {
  readonly name: string;
  /** Whether exact operands give an exact result. */
  readonly exact?: boolean;
  readonly apply: (choose: Choices) => Tensor | undefined;
}

/** A random program before it is read. */
export interface Code {
  readonly lines: readonly (readonly number[])[];
}

/** What a program did. */
export interface Outcome {
  /** Values that nothing uses, the last ones. */
  readonly outputs: Tensor[];
  readonly text: string;
}

const outputLimit = 4;

/** Runs a program on inputs, concrete or traced; results of more than `sizeLimit` elements are left out. */
export function interpret(
  kit: readonly Instruction[],
  { lines }: Code,
  inputs: readonly Tensor[],
  sizeLimit = 6000,
): Outcome {
  const slots: Slot[] = inputs.map((tensor, i) => ({ tensor, name: `in${i}`, exact: true, used: false }));
  const text = slots.map(({ tensor, name }) => `${name}: ${tensor.dtype} [${tensor.shape}]`);
  lines.forEach((code, i) => {
    const instruction = kit[code[0] % kit.length];
    const choose = new Choices(slots, code);
    const tensor = instruction.apply(choose);
    if (!tensor || tensor.size > sizeLimit || tensor.ndim > 6) return;
    for (const slot of choose.picked) slot.used = true;
    const name = `%${i}`;
    slots.push({ tensor, name, exact: !!instruction.exact && choose.picked.every((s) => s.exact), used: false });
    const args = [...choose.picked.map((s) => s.name), ...choose.numbers.map((n) => `#${n}`)].join(", ");
    text.push(`${name} = ${instruction.name}(${args}): ${tensor.dtype} [${tensor.shape}]`);
  });
  const made = slots.slice(inputs.length);
  const free = made.filter((s) => !s.used);
  const outputs = (free.length > 0 ? free : slots.slice(0, 1)).slice(-outputLimit);
  text.push(`outputs ${outputs.map((s) => s.name).join(", ")}`);
  return { outputs: outputs.map((s) => s.tensor), text: text.join("\n") };
}

/** Examples, channels, height and width: small ones, and planes of 16 × 16, which stand in memory in a way of their own. */
export function imageSizes(most: number): fc.Arbitrary<number[]> {
  const small = fc.integer({ min: 1, max: most });
  return fc.oneof(
    { weight: 4, arbitrary: fc.tuple(small, small, small, small) },
    {
      weight: 1,
      arbitrary: fc.tuple(
        fc.integer({ min: 1, max: 2 }),
        fc.integer({ min: 1, max: 3 }),
        fc.constant(16),
        fc.constant(16),
      ),
    },
  ) as fc.Arbitrary<number[]>;
}

/** Whether shapes broadcast. */
export function broadcasts(a: readonly number[], b: readonly number[]): boolean {
  const rank = Math.min(a.length, b.length);
  for (let i = 1; i <= rank; i++) {
    const [m, n] = [a[a.length - i], b[b.length - i]];
    if (m !== n && m !== 1 && n !== 1) return false;
  }
  return true;
}

/**
 * How often a property is tried: the same cases each time. `COTANGENT_FUZZ=50` tries others, 50 times as many.
 */
export function runsOf(numRuns: number): { seed: number; numRuns: number } {
  const more = environmentNumber("COTANGENT_FUZZ");
  return more > 0 ? { seed: Date.now() | 0, numRuns: Math.round(numRuns * more) } : { seed: 7, numRuns };
}
