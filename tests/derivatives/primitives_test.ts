import { checkGrads, customVjp, grad, type Tensor } from "../../mod.ts";
import { bind1 } from "../../core/graph.ts";
import * as a from "../../core/primitives/algebra.ts";
import { less } from "../../core/primitives/comparison.ts";
import { declaredNames } from "../conformance/declared.ts";
import { apart, at } from "./ops_table.ts";
import { batches, cases, flat, forward } from "./primitives_table.ts";
import { checkBatches, checkDerivatives, checkFlat, checkForward } from "./rules.ts";
import { assertEquals, assertThrows } from "@std/assert";

for (const [name, points] of Object.entries(forward)) {
  Deno.test(`the forward rule of the primitive ${name} gives the derivatives of finite differences, and reverse mode is refused`, () => {
    checkForward(name);
    for (const { f, args } of points) {
      assertThrows(() => grad((x: Tensor) => a.sum(f(x) as Tensor, [0]))(args[0]), TypeError, "has no reverse mode");
    }
  });
}

Deno.test("every primitive is in the table of derivatives or in that of those without", () => {
  const known = [...Object.keys(cases), ...Object.keys(flat), ...Object.keys(forward)];
  assertEquals([...declaredNames()].filter((name) => !known.includes(name)), [], "primitives without an entry");
  assertEquals(known.filter((name) => !declaredNames().has(name)), [], "entries without a primitive");
});

for (const name of Object.keys(cases)) {
  Deno.test(`the rules of the primitive ${name} give the derivatives of finite differences, twice`, () => {
    checkDerivatives(name);
  });
}

for (const name of Object.keys(flat)) {
  Deno.test(`the primitive ${name} has no derivative and stops none on the way`, () => checkFlat(name));
}

for (const name of new Set([cases, flat, forward, batches].flatMap(Object.keys))) {
  Deno.test(`a batch of the primitive ${name} gives what its examples give one by one`, () => checkBatches(name));
}

Deno.test("a customVjp rule that is right passes, in both orders", () => {
  const square = (x: Tensor): Tensor => a.mul(x, x);
  const f = customVjp(square, (x) => [square(x), x] as const, (x, c) => [a.scale(a.mul(x, c), 2)]);
  checkGrads(f, [at([3])], { order: 2, modes: ["reverse"] });
});

Deno.test("a jvp by a bound primitive and its vjp agree on an operand that is given twice", () => {
  checkGrads((x: Tensor) => bind1(a.selectPrimitive, [less(x, a.zerosLike(x)), x, a.scale(x, 3)], undefined), [
    apart([6]),
  ], { order: 2 });
});
