/**
 * The ways on which a program must give one result. The oracle is the program in plain JavaScript, operation by operation, on the
 * reference device; how far rounding may take a result from it is measured, not assumed.
 *
 * @module
 */
import { checkpoint, grad, io, jit, jvp, ops, setDefaultDevice, type Tensor, tensor, vjp, vmap } from "../../mod.ts";
import { isFloat } from "../../core/dtype.ts";
import { CpuBackend } from "../../core/backends/cpu/mod.ts";
import { findBackend } from "../../core/devices.ts";
import { assertSameBits } from "../support/bits.ts";
import { deviceNames, plainNames, withoutWebGpu } from "../support/devices.ts";
import { reversible } from "./generate.ts";
import {
  allLines,
  calls,
  functionOf,
  inputsOf,
  type Meaning,
  numberAt,
  type Precision,
  type Program,
  published,
} from "./program.ts";
import { unrolled } from "./unrolled.ts";
import { AssertionError } from "@std/assert";

type F = (...xs: Tensor[]) => Tensor[];

/** A program on the way to its results: the function itself, its gradient, its batch. */
type Making = (f: F, inputs: readonly Tensor[]) => readonly Tensor[];

const plain: Making = (f, inputs) => f(...inputs);

/** Runs with a device as the default. */
function on<T>(device: string, run: () => T): T {
  setDefaultDevice(device as "cpu");
  try {
    return run();
  } finally {
    setDefaultDevice("cpu");
  }
}

/** What must come out, and how far from it a result may be. */
interface Expected {
  readonly values: readonly Tensor[];
  readonly allowed: number;
}

const singles = 2 ** -24, doubles = 2 ** -53;

/** A program with what is known of it. */
export class Subject {
  private readonly known = new Map<string, Expected>();

  /** `meaning`: what the program calls, the oracle apart; other than the public functions to plant a mistake. */
  constructor(readonly program: Program, readonly seed = 0, private readonly meaning: Meaning = published) {}

  get doubleOnly(): boolean {
    return this.program.inputs.every(({ dtype }) => dtype !== "float32") &&
      [...allLines(this.program.lines)].every(({ args }) => !JSON.stringify(args).includes("float32"));
  }

  /** Results on the oracle. */
  private plainly(make: Making, precision: Precision): readonly Tensor[] {
    const f = functionOf(this.program, { meaning: unrolled, precision });
    return on("reference", () => make(f, inputsOf(this.program, "reference", precision)));
  }

  /** Results on a device. */
  on(device: string, make: Making, precision: Precision = "given"): readonly Tensor[] {
    const f = functionOf(this.program, { meaning: this.meaning, precision });
    return on(device, () => make(f, inputsOf(this.program, device, precision)));
  }

  /** Its values. */
  get values(): Expected {
    return this.expected("values", plain);
  }

  /** Its gradient. */
  get gradient(): Expected {
    return this.expected("gradient", gradientOf);
  }

  /** What must come out of it in this precision. Rounding is measured: as the difference of results in float32 and float64. */
  expected(name: string, make: Making, precision: Precision = "given"): Expected {
    const key = `${name}, ${precision}`;
    let found = this.known.get(key);
    if (!found) {
      const values = this.plainly(make, precision);
      const wide = precision === "float64" || precision === "given" && this.doubleOnly;
      const other = this.plainly(make, wide ? "float32" : "float64");
      let noise = 0, largest = 1;
      values.forEach((t, i) => {
        if (!isFloat(t.dtype)) return;
        const [a, b] = [t.dataSync(), other[i].dataSync()];
        for (let k = 0; k < a.length; k++) {
          if (!Number.isFinite(a[k])) continue;
          largest = Math.max(largest, Math.abs(a[k]));
          noise = Math.max(noise, Math.abs(a[k] - b[k]) || 0);
        }
      });
      const unit = wide ? doubles : singles;
      // Long sums are exact in float32, not in float64.
      const steps = wide ? Math.sqrt(elements(this)) : 0;
      const allowed = 32 * Math.max(noise * unit / singles, (8 + steps) * unit * largest);
      this.known.set(key, found = { values, allowed });
    }
    return found;
  }
}

/** Fails unless results are what is expected. */
function assertNear(actual: readonly Tensor[], { values, allowed }: Expected, what: string): void {
  if (actual.length !== values.length) {
    throw new AssertionError(`${what}: ${actual.length} results, expected ${values.length}`);
  }
  actual.forEach((t, i) => {
    const wanted = values[i];
    if (t.shape.join() !== wanted.shape.join() || t.dtype !== wanted.dtype) {
      throw new AssertionError(
        `${what}: result ${i} is ${t.dtype} [${t.shape}], expected ${wanted.dtype} [${wanted.shape}]`,
      );
    }
    const [a, b] = [t.dataSync(), wanted.dataSync()];
    const limit = isFloat(t.dtype) ? allowed : 0;
    for (let k = 0; k < b.length; k++) {
      if (a[k] === b[k] || Object.is(a[k], b[k]) || Math.abs(a[k] - b[k]) <= limit) continue;
      throw new AssertionError(
        `${what}: element ${k} of result ${i} is ${a[k]}, expected ${b[k]} (allowed: ${limit})`,
      );
    }
  });
}

/** Weights for results, cotangents and tangents: numbers without pattern. */
export const weightsFor = (ts: readonly Tensor[], seed: number): Tensor[] =>
  ts.map((t, i) => {
    const data = Array.from({ length: t.size }, (_, k) => numberAt(4099 * (seed + i) + k, t.dtype));
    return tensor(data, { shape: t.shape, dtype: t.dtype });
  });

const floats = (ts: readonly Tensor[]): Tensor[] => ts.filter((t) => isFloat(t.dtype));

/** The places of the inputs that are differentiated. */
const places = (inputs: readonly Tensor[]): number[] => inputs.flatMap((t, i) => isFloat(t.dtype) ? [i] : []);

/** A scalar that depends on every floating result. */
const lossOf = (f: F) => (...xs: Tensor[]): Tensor => {
  const results = floats(f(...xs));
  return weightsFor(results, 3).map((w, i) => ops.sum(ops.mul(results[i], w))).reduce((a, b) => ops.add(a, b));
};

/** What a program is differentiated in, as a function of that alone. */
const inFloats = (f: F, inputs: readonly Tensor[]): [f: F, primals: Tensor[]] => {
  const at = places(inputs);
  return [
    (...xs) => floats(f(...inputs.map((x, i) => at.includes(i) ? xs[at.indexOf(i)] : x))),
    at.map((i) => inputs[i]),
  ];
};

const gradient = (wrap: (f: F) => F = (f) => f, outer: (f: F) => F = (f) => f): Making => (f, inputs) => {
  const argnums = places(inputs);
  const g = grad(lossOf(wrap(f)), { argnums }) as F;
  return outer(g)(...inputs);
};

const gradientOf = gradient();

/** The gradient as one program. */
export const compiledGradient = gradient(undefined, jit as never);

const compiled: Making = (f, inputs) => jit(f)(...inputs);

const product = (a: readonly Tensor[], b: readonly Tensor[]): number =>
  a.reduce((sum, t, i) => {
    const [x, y] = [t.dataSync(), b[i].dataSync()];
    for (let k = 0; k < x.length; k++) sum += x[k] * y[k];
    return sum;
  }, 0);

/** Whether there is something to differentiate. */
export const smooth = ({ program }: Subject): boolean => {
  if (!reversible(program)) return false;
  return program.inputs.some(({ dtype }) => isFloat(dtype)) &&
    new Subject(program).on("reference", plain).some((t) => isFloat(t.dtype));
};

/** Whether this way is for a program. */
type Fits = (s: Subject) => boolean;

/** A way: it throws where results differ. */
export interface Way {
  readonly name: string;
  readonly fits: Fits;
  readonly check: (s: Subject) => void | Promise<void>;
}

const always: Fits = () => true;

const elements = ({ program }: Subject): number =>
  program.inputs.reduce((n, { shape }) => n + shape.reduce((m, extent) => m * extent, 1), 0);

const cpus = deviceNames.filter((name) => name !== "reference");

const values = (s: Subject, device: string, make: Making, what: string): void =>
  assertNear(s.on(device, make), s.values, `${what} on ${device}`);

/** The same bits on every cpu, and for any number of threads. */
function sameBits(s: Subject): void {
  const expected = s.values;
  let first: readonly Tensor[] | undefined;
  const compare = (results: readonly Tensor[], how: string): void => {
    if (!first) return void (first = results);
    results.forEach((t, i) => assertSameBits(t.dataSync(), first![i].dataSync(), `${how}, result ${i}`));
  };
  for (const device of cpus) {
    s.on(device, (f, inputs) => {
      const g = jit(f);
      const results = g(...inputs);
      assertNear(results, expected, `compiled on ${device}`);
      compare(results, `bits of ${device}`);
      // Less work than this stays on the caller's thread.
      const backend = findBackend(device);
      if (elements(s) > 4000 && backend instanceof CpuBackend) {
        for (const threads of [1, 8, 2]) {
          backend.configure({ threads });
          compare(g(...inputs), `bits of ${device} with ${threads} threads`);
        }
      }
      return results;
    });
  }
}

/** A batch: the inputs, and others so near that they take the same branches. */
function batch(s: Subject, make: Making): void {
  const meant = functionOf(s.program, { meaning: unrolled, precision: "float64" });
  s.on("cpu", (f, inputs) => {
    const kind = (i: number): number => (s.seed >> 2 * i) & 3;
    const inAxes = inputs.map((x, i) =>
      i > 0 && kind(i) === 0 ? null : kind(i) === 1 ? -1 : kind(i) === 2 && x.ndim > 0 ? 1 : 0
    );
    const moves = (x: Tensor, i: number): boolean => inAxes[i] !== null && isFloat(x.dtype);
    const examples = [0, 1, 2].map((b) => inputs.map((x, i) => moves(x, i) ? ops.mul(x, 1 + b * 2 ** -20) : x));
    const batched = inputs.map((x, i) =>
      inAxes[i] === null ? x : ops.stack(examples.map((xs) => xs[i]), { axis: inAxes[i]! })
    );
    const results = examples.map((xs) => make(meant, xs));
    const expected = {
      values: results[0].map((_, i) => ops.stack(results.map((r) => r[i]))),
      allowed: s.expected(make === plain ? "values" : "gradient", make, "float64").allowed,
    };
    const mapped = vmap((...xs: Tensor[]) => [...make(f, xs)], { inAxes }) as F;
    assertNear(mapped(...batched), expected, "vmap against a loop");
    assertNear(jit(mapped)(...batched), expected, "jit(vmap) against a loop");
    return [];
  }, "float64");
}

/** The tangents of jvp and the cotangents of vjp have one inner product. */
function transposed(s: Subject): void {
  const allowed = s.expected("gradient", gradientOf, "float64").allowed;
  s.on("cpu", (whole, inputs) => {
    const [f, primals] = inFloats(whole, inputs);
    const directions = weightsFor(primals, 11);
    const [out, tangents] = jvp(f, primals, directions);
    const cotangents = weightsFor(out, 12);
    const pulled = vjp(f, ...primals)[1](cotangents) as Tensor[];
    const [forward, reverse] = [product(tangents, cotangents), product(directions, pulled)];
    const size = Math.sqrt(product(tangents, tangents) * product(cotangents, cotangents)) +
      Math.sqrt(product(directions, directions) * product(pulled, pulled));
    if (!(Math.abs(forward - reverse) <= 1e-11 * size + 100 * allowed) && Number.isFinite(size)) {
      throw new AssertionError(`jvp gives ${forward}, vjp ${reverse}`);
    }
    return [];
  }, "float64");
}

/** The slope along a direction is that of differences, in float64. */
function differences(s: Subject): void {
  const unit = s.expected("values", plain, "float64").allowed;
  s.on("cpu", (whole, inputs) => {
    const [f, primals] = inFloats(whole, inputs);
    const directions = weightsFor(primals, 21);
    const loss = jit(lossOf(f) as never as F) as never as (...xs: Tensor[]) => Tensor;
    const slope = product(grad(lossOf(f), { argnums: primals.map((_, i) => i) })(...primals) as Tensor[], directions);
    const along = (t: number): number =>
      (loss(...primals.map((x, i) => ops.add(x, ops.mul(directions[i], t)))) as Tensor).dataSync()[0];
    const difference = (h: number): number => (along(h) - along(-h)) / (2 * h);
    const h = 2 ** -20;
    const [coarse, fine] = [difference(h), difference(h / 2)];
    const count = f(...primals).reduce((n, t) => n + t.size, 0);
    const allowed = 20 * Math.abs(coarse - fine) + 1e-6 * (1 + Math.abs(slope)) + 4 * unit * Math.sqrt(count) / h;
    if (!(Math.abs(slope - fine) <= allowed) && Number.isFinite(slope)) {
      throw new AssertionError(
        `grad gives a slope of ${slope}, differences ${coarse} and ${fine} (allowed: ${allowed})`,
      );
    }
    return [];
  }, "float64");
}

const gradientWay = (name: string, make: Making, device: string): Way => ({
  name: `${name} on ${device}`,
  fits: smooth,
  check: (s) => assertNear(s.on(device, make), s.gradient, `${name} on ${device}`),
});

/** Second derivatives along a direction, in two ways. */
const second =
  (make: (loss: (...xs: Tensor[]) => Tensor, primals: Tensor[], directions: Tensor[]) => Tensor[]): Making =>
  (whole, inputs) => {
    const [f, primals] = inFloats(whole, inputs);
    return make(lossOf(f), primals, weightsFor(primals, 31));
  };

const argnumsOf = (xs: readonly Tensor[]): { argnums: number[] } => ({ argnums: xs.map((_, i) => i) });
const forwardOverReverse = second((loss, xs, ts) => jvp(grad(loss, argnumsOf(xs)) as F, xs, ts)[1]);
const reverseOverForward = second((loss, xs, ts) =>
  grad((...ys: Tensor[]) => jvp(loss as never as F, ys, ts)[1] as never as Tensor, argnumsOf(xs))(...xs) as Tensor[]
);

/** All ways. */
export const ways: readonly Way[] = [
  { name: "the same bits, compiled", fits: always, check: sameBits },
  { name: "at once", fits: always, check: (s) => values(s, cpus[s.seed % cpus.length], plain, "at once") },
  ...plainNames.map((name): Way => ({ name, fits: always, check: (s) => values(s, name, compiled, "compiled") })),
  {
    name: "checkpoint and jit around it",
    fits: always,
    check: (s) =>
      values(s, "cpu", (f, inputs) => jit((...xs: Tensor[]) => checkpoint(f)(...xs))(...inputs), "jit(checkpoint)"),
  },
  {
    name: "as StableHLO",
    fits: always,
    check: (s) =>
      values(
        s,
        "cpu",
        (f, inputs) => io.importStableHlo(io.exportStableHlo(f, [...inputs]).text)(...inputs),
        "as text",
      ),
  },
  { name: "vmap", fits: always, check: (s) => batch(s, plain) },
  { name: "vmap(grad)", fits: smooth, check: (s) => batch(s, gradientOf) },
  gradientWay("grad", gradientOf, "cpu"),
  ...[...cpus, ...plainNames].map((device) => gradientWay("jit(grad)", compiledGradient, device)),
  gradientWay("grad(jit)", gradient(jit as never), "cpu"),
  gradientWay("jit(grad(checkpoint))", gradient(checkpoint as never, jit as never), "cpu"),
  { name: "jvp against vjp", fits: smooth, check: transposed },
  {
    name: "grad against differences",
    fits: (s) => smooth(s) && !calls(s.program, "ops.stopGradient"),
    check: differences,
  },
  {
    name: "second derivatives",
    fits: smooth,
    check(s) {
      const expected = s.expected("second", forwardOverReverse, "float64");
      assertNear(s.on("cpu", forwardOverReverse, "float64"), expected, "jvp(grad)");
      assertNear(s.on("cpu", reverseOverForward, "float64"), expected, "grad(jvp)");
    },
  },
  ...withoutWebGpu === undefined
    ? [{
      name: "webgpu",
      fits: always,
      async check(s: Subject) {
        const results = s.on("webgpu", compiled, "float32");
        const read = await Promise.all(results.map((t) => t.data()));
        const { values, allowed } = s.expected("values", plain, "float32");
        const back = results.map((t, i) => tensor(read[i], { shape: t.shape, dtype: t.dtype }));
        assertNear(back, { values, allowed: 16 * allowed }, "webgpu");
      },
    }]
    : [],
];

/** Some of the ways, others for each seed; webgpu seldom, because a software adapter takes its time. */
export function someOf(list: readonly Way[], count: number, seed: number): Way[] {
  const rest = list.filter(({ name }) => name !== "webgpu" || list.length === 1 || seed % 12 === 0);
  const chosen: Way[] = [];
  for (let k = 0; k < count && rest.length > 0; k++) chosen.push(...rest.splice((seed >> k) % rest.length, 1));
  return chosen;
}
