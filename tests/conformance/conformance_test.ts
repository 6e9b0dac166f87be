import { allDeviceNames, guardedNames, withoutWebGpu } from "../support/devices.ts";
import { contractionRows } from "./contractions.ts";
import { controlRows } from "./control.ts";
import { declaredNames, exportedPrimitives, modules, primitiveFiles } from "./declared.ts";
import { elementwiseRows } from "./elementwise.ts";
import { check, graphOf, hasEndlessLoop, hasFloat64, primitivesOf, type Row } from "./harness.ts";
import { reductionRows } from "./reductions.ts";
import { structureRows } from "./structure.ts";
import { assert, assertEquals, assertGreater, assertRejects } from "@std/assert";

const table: readonly Row[] = [
  ...elementwiseRows,
  ...structureRows,
  ...reductionRows,
  ...contractionRows,
  ...controlRows,
];

Deno.test("every primitive has one row in the table of conformance, and every row a primitive", () => {
  const rows = table.map((row) => row.primitive);
  assertEquals(rows.filter((name, i) => rows.indexOf(name) !== i), [], "primitives with two rows");
  const declared = declaredNames();
  assertGreater(declared.size, 55);
  assertEquals([...declared].filter((name) => !rows.includes(name)), [], "primitives without a row");
  assertEquals(rows.filter((name) => !declared.has(name)), [], "rows without a primitive");
  for (const primitive of exportedPrimitives()) assert(declared.has(primitive.name));
});

Deno.test("the table of conformance knows every file of primitives", () => {
  const known = Object.keys(modules);
  assertEquals(primitiveFiles().filter((path) => !known.includes(path)), []);
});

if (withoutWebGpu !== undefined) {
  console.warn(`${table.length} rows of the table are left out on webgpu: ${withoutWebGpu}`);
}

for (const device of [...allDeviceNames, ...guardedNames]) {
  if (device === "reference") continue;
  for (const row of table) {
    Deno.test(`${row.primitive} gives on ${device} what it gives on reference`, async () => {
      let applied = false, count = 0;
      const pending: Promise<void>[] = [];
      for (const c of row.cases()) {
        const graph = graphOf(c);
        applied ||= primitivesOf(graph).has(row.primitive);
        // WGSL has no float64: such a case is refused by name.
        if (device === "webgpu" && hasFloat64(graph)) {
          await assertRejects(() => check(row.primitive, c, device), TypeError, "no float64");
        } else if (device === "webgpu" && hasEndlessLoop(graph)) {
          // Nor can it decide in the middle of a program when to end.
          await assertRejects(() => check(row.primitive, c, device), TypeError, "webgpu cannot decide");
        } else pending.push(check(row.primitive, c, device));
        count++;
        // Reading from a GPU takes its time, so some cases are read together.
        if (pending.length >= 16) await Promise.all(pending.splice(0));
      }
      await Promise.all(pending);
      assert(applied, `no case of ${row.primitive} applies it`);
      assertGreater(count, 1);
    });
  }
}
