import { setDefaultDevice, type Tensor, tensor } from "../../mod.ts";
import type { DType } from "../../core/dtype.ts";
import { call, trace } from "../../core/graph.ts";
import { sizeOf } from "../../core/shape.ts";
import { deviceNames, guardedNames } from "../support/devices.ts";
import { type Code, imageSizes, type Instruction, interpret, runsOf } from "../support/programs.ts";
import { tameValues } from "../support/random.ts";
import { graphKit } from "./graph_kit.ts";
import { assertAgree, layouts, type Value } from "./harness.ts";
import { AssertionError } from "@std/assert";
import fc from "fast-check";

interface Program extends Code {
  /** Sizes of the inputs. */
  readonly sizes: readonly number[];
  /** How each input stands in memory. */
  readonly stored: readonly number[];
}

const programs: fc.Arbitrary<Program> = fc.record({
  sizes: imageSizes(7),
  stored: fc.array(fc.nat(2 * layouts.length), { minLength: 4, maxLength: 4 }),
  lines: fc.array(fc.array(fc.nat(9999), { minLength: 8, maxLength: 8 }), { minLength: 1, maxLength: 16, size: "max" }),
});

function inputsOf(dtype: DType, [n, c, h, w]: readonly number[]): Value[] {
  const shapes = [[n, 2 * c, h, w], [4, c, 2, 3], [n, h], [h]];
  return shapes.map((shape, i) => ({ dtype, shape, data: tameValues(dtype, sizeOf(shape), i + 1) }));
}

/** The largest number on the way, which rounding errors are relative to. */
function magnitude(results: readonly Tensor[]): number {
  return results.reduce((most, t) => Math.max(most, ...t.dataSync().map(Math.abs)), 1);
}

function agrees(kit: readonly Instruction[], dtype: DType, program: Program, device: string): void {
  const inputs = inputsOf(dtype, program.sizes);
  const chosen = inputs.map((v, i) => {
    const layout = layouts[program.stored[i] - layouts.length];
    return layout?.fits(v.shape) ? layout : undefined;
  });
  const stored = inputs.map((v, i) => chosen[i]?.store(v) ?? v);
  let text = "";
  const run = (xs: readonly Tensor[]): Tensor[] => {
    const outcome = interpret(kit, program, xs.map((x, i) => chosen[i]?.view(x, inputs[i].shape) ?? x));
    text = outcome.text;
    return outcome.outputs;
  };
  try {
    const place = (on: string): Tensor[] => stored.map(({ data, shape }) => tensor(data, { shape, dtype, device: on }));
    setDefaultDevice("reference");
    const expected = run(place("reference"));
    setDefaultDevice(device);
    const graph = trace("conformance", stored.map((_, i) => place("reference")[i].aval), run);
    const actual = call(graph, place(device));
    const rounding = { float64: 1e-12, float32: 1e-4, int32: 0, uint32: 0, bool: 0 }[dtype];
    actual.forEach((t, i) =>
      assertAgree(t, expected[i], { atol: rounding * magnitude(expected) }, undefined, `output ${i}`)
    );
  } catch (error) {
    const { message, stack } = error as Error;
    const why = error instanceof AssertionError ? message : stack;
    throw new AssertionError(`${why}\n${text}\nstored ${chosen.map((l) => l?.name ?? "plainly").join(", ")}`);
  } finally {
    setDefaultDevice("cpu");
  }
}

for (const device of [...deviceNames, ...guardedNames]) {
  if (device === "reference") continue;
  for (const [dtype, numRuns] of [["int32", 150], ["float64", 60], ["float32", 60], ["uint32", 30]] as const) {
    Deno.test(`random graphs of ${dtype} give on ${device} what they give on reference`, () => {
      const kit = graphKit(dtype);
      fc.assert(fc.property(programs, (program) => agrees(kit, dtype, program, device)), runsOf(numRuns));
    });
  }
}
