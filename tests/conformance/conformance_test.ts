import { deviceNames } from "../support/devices.ts";
import { contractionRows } from "./contractions.ts";
import { controlRows } from "./control.ts";
import { declaredNames, exportedPrimitives, modules, primitiveFiles } from "./declared.ts";
import { elementwiseRows } from "./elementwise.ts";
import { check, graphOf, primitivesOf, type Row } from "./harness.ts";
import { reductionRows } from "./reductions.ts";
import { structureRows } from "./structure.ts";
import { assert, assertEquals, assertGreater } from "@std/assert";

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

for (const device of deviceNames) {
  if (device === "reference") continue;
  for (const row of table) {
    Deno.test(`${row.primitive} gives on ${device} what it gives on reference`, () => {
      let applied = false, count = 0;
      for (const c of row.cases()) {
        applied ||= primitivesOf(graphOf(c)).has(row.primitive);
        check(row.primitive, c, device);
        count++;
      }
      assert(applied, `no case of ${row.primitive} applies it`);
      assertGreater(count, 1);
    });
  }
}
