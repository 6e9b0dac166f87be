import { cases } from "../derivatives/primitives_table.ts";
import { checkRule } from "../derivatives/rules.ts";
import { killedBy, mutantsOf, primitives, withRule } from "./mutants.ts";
import { equivalents, survey } from "./survey.ts";
import { assert, assertEquals, assertGreater, assertStringIncludes, assertThrows } from "@std/assert";

Deno.test("every primitive of the table of rules is found, and has mutants", () => {
  const known = primitives();
  assertEquals(Object.keys(cases).filter((name) => !known.has(name)), []);
  for (const name of ["mul", "sum", "gather"]) {
    for (const rule of ["jvp", "vjp", "batch"] as const) {
      assertGreater(mutantsOf(known.get(name)!, rule, () => checkRule(name, rule)).length, 1);
    }
  }
});

Deno.test("mutants of rules die: signs, factors, axes and exchanged operands of some primitives", () => {
  // All of them: deno task mutate.
  const names = ["div", "tan", "sum", "transpose", "select", "concat", "floor", "cumsum", "dot", "atan2"];
  let killed = 0;
  for (const { name, rule, change, death, equivalent } of survey(names)) {
    if (equivalent) continue;
    assert(death !== undefined, `${name}, ${rule}: ${change} survived`);
    killed++;
  }
  assertGreater(killed, 200);
});

Deno.test("a mutant that no check sees is told as alive, and rules are as they were afterwards", () => {
  const mul = primitives().get("mul")!;
  const before = mul.vjp;
  const mutants = mutantsOf(mul, "vjp", () => checkRule("mul", "vjp"));
  assertEquals(killedBy(mutants[0], () => {}), undefined);
  assertStringIncludes(killedBy(mutants[0], () => checkRule("mul", "vjp"))!, "derivative");
  assertThrows(() => withRule(mul, "vjp", () => [], () => assert(false)));
  assertEquals(mul.vjp, before);
});

Deno.test("what is called an equivalent mutant is one", () => {
  for (const name of ["pow", "atan2"]) {
    const known = primitives().get(name)!;
    for (const rule of ["jvp", "vjp"] as const) {
      const check = () => checkRule(name, rule);
      for (const mutant of mutantsOf(known, rule, check)) {
        if (equivalents[`${name}, ${rule}: ${mutant.change}`]) assertEquals(killedBy(mutant, check), undefined);
      }
    }
  }
});
