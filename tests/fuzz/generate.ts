/**
 * Random well-typed programs: lists of small numbers, from which each line chooses what to call on what; any list is a program, so that
 * a failing one can be made smaller without a thought. Lines whose values say nothing are left out.
 *
 * @module
 */
import { type DType, setDefaultDevice, type Tensor } from "../../mod.ts";
import { Choices } from "../support/programs.ts";
import { callChoices } from "./calls.ts";
import { arrayChoices } from "./arrays.ts";
import { transformChoices } from "./transforms.ts";
import { meaningful } from "./meaningful.ts";
import {
  type Argument,
  type Body,
  calls,
  eachRefOf,
  type Input,
  inputsOf,
  type Line,
  type Program,
  ref,
  runLines,
} from "./program.ts";
import { watched } from "./unrolled.ts";
import fc from "fast-check";

/** A line before it is read: small numbers that choose, and the lines of bodies that it may have. */
export interface Step {
  readonly picks: readonly number[];
  readonly bodies: readonly (readonly Step[])[];
}

/** A program before it is read. */
export interface Recipe {
  readonly sizes: readonly number[];
  /** Which dtypes the inputs have, which of them are empty or large. */
  readonly kind: number;
  readonly first: number;
  readonly steps: readonly Step[];
}

/** A value of a program, as the reference device computes it. */
export interface Value {
  readonly id: number;
  readonly tensor: Tensor;
}

/** What lines choose from, and what they make. */
export class Builder extends Choices<Value> {
  constructor(
    readonly values: Value[],
    readonly lines: Line[],
    private readonly ids: { next: number },
    readonly step: Step,
    readonly sizeLimit: number,
  ) {
    super(values, step.picks);
  }

  /** A call, if its result says something: its values. */
  call(call: string, args: readonly Argument[], on?: readonly Argument[]): Value[] | undefined {
    const scope = new Map(this.values.map(({ id, tensor }) => [id, tensor]));
    const line: Line = { call, args, results: [], ...on && { on } };
    let results: readonly Tensor[] = [];
    const watch = (seen: Line, args: readonly unknown[], made: readonly Tensor[]): void => {
      if (!meaningful(seen.call, args, made)) throw new Meaningless();
      if (seen === line) results = made;
    };
    try {
      runLines([line], scope, { meaning: watched, watch });
    } catch (error) {
      // What an operation refuses by its own words is no program.
      const refused = error instanceof RangeError && error.message.startsWith(call.replace("ops.", ""));
      if (error instanceof Meaningless || refused) return undefined;
      throw Object.assign(new Error(`${call}(${JSON.stringify(args)}) does not run on reference`), { cause: error });
    }
    if (results.some((t) => t.size > this.sizeLimit || t.ndim > 6)) return undefined;
    const made = results.map((tensor) => ({ id: this.ids.next++, tensor }));
    this.lines.push({ ...line, results: made.map(({ id }) => id) });
    this.values.push(...made);
    return made;
  }

  /** A call with one result. */
  one(call: string, ...args: Argument[]): Value | undefined {
    return this.call(call, args)?.[0];
  }

  /** A function made of the k-th body of this step: of parameters with sample values, to what `result` chooses. */
  body(
    k: number,
    samples: readonly Tensor[],
    result: (inner: Builder, parameters: Value[]) => Argument | undefined,
  ): Body | undefined {
    const parameters = samples.map((tensor) => ({ id: this.ids.next++, tensor }));
    const lines: Line[] = [], values = [...this.values, ...parameters];
    for (const step of this.step.bodies[k % Math.max(1, this.step.bodies.length)] ?? []) {
      addStep(new Builder(values, lines, this.ids, step, this.sizeLimit));
    }
    const inner = new Builder(values, lines, this.ids, { picks: [], bodies: [] }, this.sizeLimit);
    const given = result(inner, parameters);
    if (given === undefined) return undefined;
    const patterns = parameters.map(({ id }) => ref(id));
    const body = { parameters: patterns, lines, result: given };
    return { ...body, lines: alive(lines, usedIn(given)) };
  }
}

class Meaningless extends Error {}

const usedIn = (a: Argument): number[] => {
  const used: number[] = [];
  eachRefOf({ call: "", args: [a], results: [] }, (id) => used.push(id));
  return used;
};

/** The lines that some values need. */
function alive(lines: readonly Line[], wanted: readonly number[]): Line[] {
  const needed = new Set(wanted);
  return lines.toReversed().filter((line) => {
    if (!line.results.some((id) => needed.has(id))) return false;
    eachRefOf(line, (id) => needed.add(id));
    return true;
  }).reverse();
}

function addStep(builder: Builder): void {
  // The first number says what is called; transforms where the step has bodies.
  const list = builder.step.bodies.length > 0 ? transformChoices : [...callChoices, ...arrayChoices];
  const [first] = builder.step.picks, before = builder.lines.length;
  for (let k = 0; k < 4 && builder.lines.length === before; k++) list[(first + 37 * k) % list.length](builder);
}

const floats: readonly (readonly [DType, DType])[] = [
  ["float64", "float64"],
  ["float32", "float32"],
  ["float64", "float64"],
  ["float32", "float32"],
  ["float32", "float64"],
];

/** The inputs of a recipe: images, a kernel, matrices, a vector, scalars, integers, flags. */
function inputsFor({ sizes: [n, c, h, w], kind, first }: Recipe): Input[] {
  const [float, other] = floats[kind % floats.length];
  const large = kind % 8 === 3, empty = kind % 16 === 5;
  const shapes: [DType, number[]][] = [
    [float, large ? [32 * n, 2 * c, 16, 16] : [n, 2 * c, h, w]],
    [other, [4, c, 2, 3]],
    [float, [h, w]],
    [float, [w]],
    [float, []],
    ["int32", [h, w]],
    ["uint32", [w]],
    ["bool", [h, w]],
    ...(empty ? [[float, [0, w]] as [DType, number[]]] : []),
  ];
  let next = first;
  return shapes.map(([dtype, shape], id) => {
    const input = { id, dtype, shape, first: next };
    next += shape.reduce((n, extent) => n * extent, 1);
    return input;
  });
}

const outputLimit = 4;

/** What a program needs for some outputs. */
export function pruned(program: Program, outputs: readonly number[]): Program {
  const lines = alive(program.lines, outputs), needed = new Set(outputs);
  for (const line of lines) eachRefOf(line, (id) => needed.add(id));
  return { inputs: program.inputs.filter(({ id }) => needed.has(id)), lines, outputs };
}

/** The program of a recipe. */
export function programOf(recipe: Recipe): Program {
  setDefaultDevice("reference");
  try {
    const inputs = inputsFor(recipe);
    const tensors = inputsOf({ inputs, lines: [], outputs: [] }, "reference");
    const values = inputs.map(({ id }, i) => ({ id, tensor: tensors[i] }));
    const lines: Line[] = [], ids = { next: inputs.length };
    const largest = Math.max(...tensors.map((t) => t.size));
    for (const step of recipe.steps) addStep(new Builder(values, lines, ids, step, Math.max(3000, 2 * largest)));
    const used = new Set<number>();
    for (const line of lines) eachRefOf(line, (id) => used.add(id));
    const free = lines.flatMap(({ results }) => results).filter((id) => !used.has(id));
    return pruned({ inputs, lines, outputs: [] }, free.length > 0 ? free.slice(-outputLimit) : [0]);
  } finally {
    setDefaultDevice("cpu");
  }
}

/** Recipes of programs of up to so many steps, with bodies in bodies: the more, the larger `nested`. */
export function recipes(maxLength = 10, nested = 1): fc.Arbitrary<Recipe> {
  const picks = fc.array(fc.nat(9999), { minLength: 12, maxLength: 12 });
  const { step } = fc.letrec<{ block: Step[]; step: Step }>((tie) => ({
    block: fc.array(tie("step"), { minLength: 1, maxLength: 3, depthIdentifier: "steps" }),
    step: fc.oneof(
      { depthIdentifier: "steps", depthSize: 0.3, maxDepth: 3 },
      { weight: 4, arbitrary: fc.record({ picks, bodies: fc.constant([]) }) },
      {
        weight: nested,
        arbitrary: fc.record({ picks, bodies: fc.array(tie("block"), { minLength: 2, maxLength: 3 }) }),
      },
    ),
  }));
  const size = fc.integer({ min: 1, max: 5 });
  return fc.noBias(fc.record({
    sizes: fc.tuple(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 3 }),
      size,
      fc.integer({ min: 1, max: 7 }),
    ),
    kind: fc.nat(9999),
    first: fc.nat(9999),
    steps: fc.array(step, { minLength: Math.min(3, maxLength), maxLength, size: "max" }),
  }));
}

/** Whether a program can be differentiated in reverse mode. */
export const reversible = (program: Program): boolean => !calls(program, "whileLoop");
