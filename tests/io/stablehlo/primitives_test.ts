import { assert, assertThrows } from "@std/assert";
import { programs } from "../../golden/stablehlo/programs.ts";
import { modulesOf, rows } from "../../support/stablehlo/cases.ts";
import { TypeMistake } from "../../../io/stablehlo/infer.ts";
import { ParseError } from "../../../io/stablehlo/parse.ts";
import { verifyModule } from "../../../io/stablehlo/verify.ts";

// That their values are right too is for `deno task test:xla` to say, which needs Python.
for (const row of rows) {
  Deno.test(`${row.primitive}, its derivatives and their StableHLO have the right types`, () => {
    let count = 0;
    for (const { text, signature } of modulesOf(row)) {
      const { body } = verifyModule(text);
      assert(body.arguments.length === signature.inputs.length && body.returned.length === signature.outputs.length);
      count++;
    }
    assert(count > 0, `no module applies ${row.primitive}`);
  });
}

Deno.test("verifyModule() finds a type, a name and an attribute that are wrong", () => {
  const { text } = programs.convolutions();
  const wrong: [RegExp, string][] = [
    [/stride = \[2, 2\]/, "stride = [1, 2]"],
    [/pad = \[\[1, 1\]/, "pad = [[1, 2]"],
    [/feature_group_count = 6/, "feature_group_count = 3"],
    [/-> tensor<2x3x4x4xf32>/, "-> tensor<2x4x3x4xf32>"],
    [/return %(\d+)/, "return %9999"],
    [/stablehlo\.concatenate/, "stablehlo.concatenated"],
    [/dim = 1/, "dim = 2"],
    [/ 0:3\]? ?/, " 0:9"],
  ];
  let applied = 0;
  for (const [pattern, replacement] of wrong) {
    const changed = text.replace(pattern, replacement);
    if (changed === text) continue;
    applied++;
    assertThrows(() => verifyModule(changed), TypeMistake);
  }
  assert(applied >= 6, `only ${applied} of the mistakes could be made`);
  assertThrows(() => verifyModule(text.replace("func.func", "func")), ParseError);
});

Deno.test("verifyModule() finds what is wrong with a loop and a branch", () => {
  const { text } = programs.control();
  const wrong: [RegExp, string, string][] = [
    [/(\^bb0\(%\w+: tensor<i32>, %\w+: )tensor<3xf32>/, "$1tensor<4xf32>", "while: "],
    [
      /stablehlo\.return (%\w+) : tensor<i1>/,
      "stablehlo.return $1, $1 : tensor<i1>, tensor<i1>",
      "the condition gives no truth",
    ],
    [/stablehlo\.return (%\w+), %\w+, /, "stablehlo.return $1, $1, ", "not tensor<"],
    [/sizes = \[1, 2, 3\]/, "sizes = [2, 2, 3]", "dynamic_slice: gives"],
    [/sizes = \[1, /, "sizes = [9, ", "is larger than its operand"],
    [/(dynamic_update_slice %\w+, %\w+), %\w+, /, "$1, ", "operands"],
    [/"stablehlo\.case"\((%\w+)\) \(\{/, '"stablehlo.case"($1) ({\n^bb0(%a: tensor<i32>):', "a branch takes arguments"],
    [/(: \()tensor<i32>(\) -> tensor<3xf32>)/, "$1tensor<i1>$2", "not tensor<i1>"],
    [
      /stablehlo\.(return %\w+) : tensor<3xf32>\n(\s*)\}, \{/,
      "stablehlo.$1, %arg2 : tensor<3xf32>, tensor<3xf32>\n$2}, {",
      "branches give other types",
    ],
  ];
  for (const [pattern, replacement, message] of wrong) {
    const changed = text.replace(pattern, replacement);
    assert(changed !== text, `the mistake ${pattern} cannot be made`);
    assertThrows(() => verifyModule(changed), TypeMistake, message);
  }
  // A name of a region is not known outside of it.
  const [, inner] = /\n\s*(%\w+) = stablehlo\.dynamic_slice/.exec(text)!;
  assertThrows(
    () => verifyModule(text.replace(/return (%\w+(?:#\d+)?),(?=.*\n {2}\}\n\})/, `return ${inner},`)),
    TypeMistake,
    "is not defined",
  );
  assertThrows(() => verifyModule(text.replace(/\}\) : /, "} : ")), ParseError, "the region does not end");
});
