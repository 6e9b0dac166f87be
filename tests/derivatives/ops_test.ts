import { checkGrads, grad, jvp, ops, type Tensor } from "../../mod.ts";
import { assertClose } from "../support/close.ts";
import { apart, opsTable } from "./ops_table.ts";
import { assertEquals } from "@std/assert";

const names = Object.entries(ops).filter(([, value]) => typeof value === "function").map(([name]) => name);

Deno.test("every public operation has an entry in the table of derivatives, and every entry an operation", () => {
  const entries = Object.keys(opsTable);
  assertEquals(names.filter((name) => !entries.includes(name)), [], "operations without an entry");
  assertEquals(entries.filter((name) => !names.includes(name)), [], "entries without an operation");
});

for (const [name, entry] of Object.entries(opsTable)) {
  if ("points" in entry) {
    Deno.test(`the first and second derivatives of ${name}() are those of finite differences`, () => {
      for (const { f, args } of entry.points) checkGrads(f, args, { order: 2 });
    });
  } else if ("flat" in entry) {
    Deno.test(`${name}() has no derivative and stops none on the way`, () => {
      const f = (x: Tensor): Tensor => ops.sum(ops.mul(ops.cast(entry.flat(x), "float64"), x));
      const x = apart([6]);
      const factor = Array.from(ops.broadcastTo(ops.cast(entry.flat(x), "float64"), [6]).dataSync());
      assertClose(grad(f)(x).dataSync(), factor);
      assertClose(jvp(f, [x], [ops.onesLike(x)])[1].dataSync()[0], factor.reduce((a, b) => a + b));
    });
  }
}
