import { checkpoint, jit, setDefaultDevice, type Tensor } from "../../mod.ts";
import type { DType } from "../../core/dtype.ts";
import { deviceNames } from "../support/devices.ts";
import { assertNear, programOf, property, type Recipe } from "./harness.ts";
import { assertEquals } from "@std/assert";

/** The results on the oracle. */
function oracle(recipe: Recipe, dtype: DType): Tensor[] {
  setDefaultDevice("reference");
  try {
    const { f, inputs } = programOf(recipe, dtype, "reference");
    return f(...inputs);
  } finally {
    setDefaultDevice("cpu");
  }
}

for (const device of deviceNames) {
  if (device === "reference") continue;
  for (const [dtype, tolerance, runs] of [["float64", 1e-11, 60], ["float32", 1e-4, 40]] as const) {
    property(`programs of ${dtype} give the same at once, compiled and on reference (${device})`, runs, (recipe) => {
      const expected = oracle(recipe, dtype);
      const { f, inputs } = programOf(recipe, dtype, device);
      assertNear(f(...inputs), expected, tolerance, "at once");
      assertNear(jit(f)(...inputs), expected, tolerance, "compiled");
    });
  }

  property(`compiled programs give the same bits each time, compiled twice too (${device})`, 30, (recipe) => {
    const { f, inputs } = programOf(recipe, "float32", device);
    const compiled = jit(f);
    const bits = (list: readonly Tensor[]): Uint8Array[] => list.map((t) => new Uint8Array(t.dataSync().buffer));
    const first = bits(compiled(...inputs));
    assertEquals(bits(compiled(...inputs)), first);
    assertEquals(bits(jit((...xs: Tensor[]) => f(...xs))(...inputs)), first);
  });

  property(`parts of a program may be compiled or checkpointed by themselves (${device})`, 30, (recipe) => {
    const { f, inputs } = programOf(recipe, "float64", device);
    const expected = f(...inputs);
    assertNear(checkpoint(f)(...inputs), expected, 1e-11, "checkpoint");
    assertNear(jit(checkpoint(f))(...inputs), expected, 1e-11, "jit(checkpoint)");
    assertNear(jit((...xs: Tensor[]) => jit(f)(...xs))(...inputs), expected, 1e-11, "jit(jit)");
  });
}
