import { grad, io, jit, jvp, ops, setDefaultDevice, type Tensor, tensor, vmap } from "../../mod.ts";
import { sizeOf } from "../../core/shape.ts";
import { deviceNames } from "../support/devices.ts";
import { runsOf } from "../support/programs.ts";
import { tameValues } from "../support/random.ts";
import { type Flow, programs, run, type Step, structured, unrolled } from "./control.ts";
import { assertNear } from "./harness.ts";
import fc from "fast-check";

const shapes = [[3], [3], [4, 3], [3, 3]];

/** Tensors of some shapes, the same each time. */
const values = (shapes: readonly (readonly number[])[], seed: number, device: string): Tensor[] =>
  shapes.map((shape, k) => tensor(tameValues("float64", sizeOf(shape), seed + k), { shape, dtype: "float64", device }));

type Results = Record<string, readonly Tensor[]>;

/** What a transform gives on a device; the unrolled program is the oracle, on reference. */
type Ways = (f: (...xs: Tensor[]) => Tensor[], device: string, compiled: boolean) => Results;

const argnums = [0, 1, 2, 3];

function property(name: string, numRuns: number, reverse: boolean, ways: Ways): void {
  for (const device of deviceNames) {
    Deno.test(`${name} (${device})`, () => {
      const of = (program: readonly Step[], flow: Flow, device: string): Results => {
        setDefaultDevice(device as "cpu");
        try {
          return ways((...xs) => run(program, flow, reverse, xs), device, flow === structured);
        } finally {
          setDefaultDevice("cpu");
        }
      };
      fc.assert(
        fc.property(programs, (program) => {
          const expected = of(program, unrolled, "reference"), actual = of(program, structured, device);
          for (const [what, list] of Object.entries(actual)) {
            assertNear(list, expected[what.split(", ")[0]], 1e-8, what);
          }
        }),
        runsOf(numRuns),
      );
    });
  }
}

/** What a function gives after its way through StableHLO. */
const throughText = (f: (...xs: Tensor[]) => Tensor[], inputs: readonly Tensor[]): Tensor[] =>
  io.importStableHlo(io.exportStableHlo(f, inputs).text)(...inputs);

/** The loss of a program: all its outputs, weighted. */
const lossOf = (f: (...xs: Tensor[]) => Tensor[], device: string) => (...xs: Tensor[]): Tensor => {
  const outputs = f(...xs);
  const weights = values(outputs.map((t) => t.shape.slice(-2)), 40, device);
  return outputs.map((t, i) => ops.sum(ops.mul(t, weights[i]))).reduce((a, b) => ops.add(a, b));
};

property(
  "loops and branches give what their turns give one by one, with tangents and in batches",
  25,
  false,
  (f, device, compiled) => {
    const inputs = values(shapes, 1, device), tangents = values(shapes, 11, device);
    const batch = values(shapes.map((shape) => [2, ...shape]), 21, device);
    const inAxes = [0, null, 0, null];
    const given = batch.map((t, i) => inAxes[i] === null ? inputs[i] : t);
    return {
      values: f(...inputs),
      ...compiled && { "values, compiled": jit(f)(...inputs), "values, as text": throughText(f, inputs) },
      tangents: jvp(f, inputs, tangents)[1],
      batch: vmap(f)(...batch),
      "batch of some": vmap(f, { inAxes })(...given),
      ...compiled && { "batch, compiled": jit(vmap(f))(...batch) },
    };
  },
);

property(
  "loops and branches have the gradients of their turns, in batches and twice",
  15,
  true,
  (f, device, compiled) => {
    const inputs = values(shapes, 1, device), tangents = values(shapes, 11, device);
    const batch = values(shapes.map((shape) => [2, ...shape]), 21, device);
    const loss = lossOf(f, device);
    const gradient = grad(loss, { argnums });
    const slope = (...xs: Tensor[]): Tensor =>
      gradient(...xs).map((g: Tensor, i: number) => ops.sum(ops.mul(g, tangents[i]))).reduce((a: Tensor, b: Tensor) =>
        ops.add(a, b)
      );
    return {
      gradient: gradient(...inputs),
      ...compiled && {
        "gradient, compiled": jit(gradient)(...inputs),
        "gradient, as text": throughText(gradient, inputs),
      },
      "gradients of a batch": vmap(gradient)(...batch),
      "gradient of a batch": grad((...xs: Tensor[]) => ops.sum(vmap(loss)(...xs)), { argnums })(...batch),
      "forward over reverse": jvp(gradient, inputs, tangents)[1],
      "reverse over reverse": grad(slope, { argnums })(...inputs),
    };
  },
);
