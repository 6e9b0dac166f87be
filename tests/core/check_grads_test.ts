import {
  checkGrads,
  customVjp,
  GradError,
  nn,
  ops,
  random,
  stopGradient,
  type Tensor,
  tensor,
  zeros,
} from "../../mod.ts";
import { bind1 } from "../../core/graph.ts";
import { elementwise } from "../../core/primitives/algebra.ts";
import { deviceNames } from "../support/devices.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";

const reverse = { modes: ["reverse"] } as const;

/** x² with a cotangent of one's own. */
function square(backward: (x: Tensor, c: Tensor) => Tensor): (x: Tensor) => Tensor {
  const f = (x: Tensor): Tensor => ops.mul(x, x);
  return customVjp(f, (x) => [f(x), x] as const, (x, c) => [backward(x, c)]);
}

function messageOf(f: () => void): string {
  return assertThrows(f, Error).message;
}

for (const device of deviceNames) {
  const at = (values: number[]): Tensor => tensor(values, { device });

  Deno.test(`checkGrads() accepts right derivatives of both orders, of trees (${device})`, () => {
    assert(checkGrads(ops.tanh, [at([0.5, -1, 2])], { order: 2 }).ok);
    const loss = (p: { w: Tensor; layers: readonly [Tensor, Tensor] }, n: Tensor) =>
      ops.sum(ops.mul(ops.sin(ops.mul(p.w, p.layers[0])), ops.add(p.layers[1], ops.take(p.w, n))));
    const p = { w: at([0.5, -1]), layers: [at([2, 3]), tensor(0.3, { device })] as const };
    checkGrads(loss, [p, tensor(1, { dtype: "int32", device })], { order: 2 });
  });

  Deno.test(`checkGrads() names the leaf, the index, the mode and both values (${device})`, () => {
    const half = square((x, c) => ops.mul(x, c));
    const f = (p: { layers: readonly { weight: Tensor }[] }) =>
      ops.add(ops.sum(p.layers[0].weight), ops.sum(half(p.layers[1].weight)));
    const layers = [{ weight: at([1, 2]) }, { weight: tensor([[0, 0], [0, 3]], { device }) }];
    const message = messageOf(() => checkGrads(f, [{ layers }], reverse));
    assertStringIncludes(message, "wrong derivative of the result by argument 0.layers.1.weight, index [1, 1]");
    const [, given, expected] = message.match(/reverse mode gives (\S+), finite differences give (\S+)/)!;
    assertEquals(Number(given), 3);
    assert(Math.abs(Number(expected) - 6) < 1e-6, expected);
  });
}

Deno.test("checkGrads() finds a wrong sign, a wrong factor, a missing term and a swapped cotangent", () => {
  const x = tensor([1, -2, 0.5]);
  checkGrads(square((x, c) => ops.mul(ops.mul(2, x), c)), [x], reverse);
  for (
    const wrong of [
      (x: Tensor, c: Tensor) => ops.mul(ops.mul(-2, x), c),
      (x: Tensor, c: Tensor) => ops.mul(ops.mul(2.0001, x), c),
      (x: Tensor, c: Tensor) => ops.add(ops.mul(ops.mul(2, x), c), 1e-4),
      (x: Tensor) => ops.mul(2, x),
      (_: Tensor, c: Tensor) => ops.zerosLike(c),
    ]
  ) {
    assertThrows(() => checkGrads(square(wrong), [x], reverse), Error, "checkGrads: wrong derivative");
  }
  const product = customVjp(ops.mul, (x: Tensor, y: Tensor) => [ops.mul(x, y), [x, y]] as const, ([x, y], c) => [
    ops.mul(x as Tensor, c),
    ops.mul(y as Tensor, c),
  ]);
  assertThrows(() => checkGrads(product, [x, tensor([1, 5, 0.5])], reverse), Error, "by argument 0, index [1]");
});

Deno.test("checkGrads() finds a wrong forward rule and leaves a right reverse rule alone", () => {
  const sine = elementwise("sine", { kind: "float", lower: (x) => x.sin(), partials: (_, x) => [ops.cos(x)] });
  const wrong = { ...sine, jvp: (...given: Parameters<typeof sine.jvp>) => [ops.mul(sine.jvp(...given)[0]!, 1.01)] };
  const f = (x: Tensor): Tensor => bind1(wrong, [x], undefined);
  checkGrads(f, [tensor([0.3, 2])], reverse);
  const message = messageOf(() => checkGrads(f, [tensor([0.3, 2])]));
  assertStringIncludes(message, "of the result, index [0] by argument 0, index [0]: forward mode gives");
});

Deno.test("checkGrads() finds the one wrong element among thousands", () => {
  const x = tensor(Float64Array.from({ length: 3000 }, (_, i) => Math.sin(i + 1)), { shape: [30, 100] });
  const mark = ops.where(ops.equal(ops.oneHot(tensor(1234, { dtype: "int32" }), 3000), 1), 3, 2);
  const f = square((x, c) => ops.mul(ops.mul(ops.reshape(mark, [30, 100]), x), c));
  assertThrows(() => checkGrads(f, [x], reverse), Error, "of the result, index [12, 34] by argument 0, index [12, 34]");
  checkGrads((x: Tensor) => ops.mul(x, x), [x], { order: 2 });
});

Deno.test("checkGrads() says where the function has a kink or a jump, or ends", () => {
  const kink = messageOf(() => checkGrads(ops.relu, [tensor([1, 0, -1])]));
  assertStringIncludes(kink, "argument 0, index [1]: forward mode gives 0, finite differences give 0.5");
  assertStringIncludes(
    kink,
    "one-sided differences disagree (0 below, 1 above): the function has a kink at this point",
  );
  const near = tensor(Float64Array.of(1e-11));
  assertStringIncludes(messageOf(() => checkGrads(ops.relu, [near], reverse)), "has a kink at this point or within");
  assertStringIncludes(messageOf(() => checkGrads(ops.sign, [tensor(0)])), "the function has a jump at this point");
  assertStringIncludes(messageOf(() => checkGrads(ops.sqrt, [tensor([1, 0])])), "is not finite on both sides");
  const smooth = messageOf(() => checkGrads(square((x, c) => ops.mul(x, c)), [tensor(3)], reverse));
  assert(!/kink|jump|finite on/.test(smooth), smooth);
});

Deno.test("checkGrads() works close to a kink, close to the end of the domain, and at large and small values", () => {
  checkGrads(ops.relu, [tensor(Float64Array.of(1e-4, -1e-6, 3e-8))]);
  checkGrads(ops.log, [tensor([1e-5, 1, 1e5])], { order: 2 });
  checkGrads(ops.erfInv, [tensor([0.9999, -0.99])]);
  checkGrads(ops.sin, [tensor([1e6])], { order: 2 });
  checkGrads(ops.exp, [tensor([-30, 20])], { order: 2 });
  checkGrads((x: Tensor) => ops.add(ops.mul(x, 1e-6), 1), [tensor([1e-9])]);
});

Deno.test("checkGrads() finds a wrong second derivative behind a right first one", () => {
  const f = square((x, c) => ops.mul(ops.mul(2, stopGradient(x)), c));
  checkGrads(f, [tensor([1, -2])], reverse);
  const message = messageOf(() => checkGrads(f, [tensor([1, -2])], { ...reverse, order: 2 }));
  assertStringIncludes(message, "wrong derivative of the gradient by argument 0, index [");
  assertStringIncludes(message, ": reverse mode gives 0, finite differences give");
  const g = (x: Tensor): Tensor => ops.mul(x, stopGradient(ops.zerosLike(x)));
  checkGrads(g, [tensor([1, -2])], { order: 2 });
});

Deno.test("checkGrads() takes what grad takes: several outputs, integers beside them, branches on values, numbers", () => {
  const x = tensor([0.5, -1, 2]);
  checkGrads((x: Tensor) => ({ y: [ops.sum(x), ops.argmax(x)], z: 3, n: null }), [x], { order: 2 });
  checkGrads((x: Tensor) => x.dataSync()[0] > 0 ? ops.mul(x, x) : ops.sin(x), [x], { order: 2 });
  checkGrads((x: Tensor, rate: number) => ops.mul(ops.exp(x), rate), [x, 3], { order: 2 });
  checkGrads((x: Tensor, i: Tensor) => ops.take(x, i), [x, tensor(new Int32Array([0, 2, 2]))], { order: 2 });
  checkGrads(ops.sin, [zeros([0, 3])], { order: 2 });
  checkGrads((x: Tensor) => ops.sum(x), [zeros([0])], { order: 2 });
});

Deno.test("checkGrads() gives float32 arguments to the function as float64", () => {
  const seen = new Set<string>();
  checkGrads((x: Tensor, k: Tensor) => (seen.add(x.dtype), seen.add(k.dtype), ops.mul(x, ops.cast(k, x.dtype))), [
    tensor([1, 2]),
    tensor([1, 2], { dtype: "int32" }),
  ]);
  assertEquals([...seen].sort(), ["float64", "int32"]);
});

Deno.test("checkGrads() refuses what it cannot check, and says why", () => {
  const x = tensor([1]);
  const refuses = (f: () => void, kind: new () => Error, text: string) => void assertThrows(f, kind, text);
  // deno-lint-ignore no-explicit-any
  const any = (value: unknown): any => value;
  refuses(() => checkGrads((x: Tensor) => ops.cast(x, "float32"), [x]), TypeError, "the result is float32");
  refuses(() => checkGrads((x: Tensor) => ({ a: ops.cast(x, "float32") }), [x]), TypeError, "result a is float32");
  refuses(() => checkGrads(ops.abs, [tensor([1], { dtype: "int32" })]), TypeError, "no argument has a floating leaf");
  refuses(() => checkGrads((x: Tensor) => ops.argmax(x), [x]), TypeError, "gives no floating tensor");
  refuses(() => checkGrads(ops.log, [tensor([1, -1])]), Error, "the result, index [1] is NaN at these arguments");
  refuses(() => checkGrads(any(3), [x]), TypeError, "needs a function, got 3");
  refuses(() => checkGrads(ops.sin, any(x)), TypeError, "the arguments must be an array");
  refuses(() => checkGrads(ops.sin, [x], any({ mode: ["forward"] })), TypeError, 'did you mean "modes"?');
  refuses(() => checkGrads(ops.sin, [x], { modes: any(["backward"]) }), TypeError, '"reverse" and "forward"');
  refuses(() => checkGrads(ops.sin, [x], { modes: [] }), TypeError, "modes must be an array");
  refuses(() => checkGrads(ops.sin, [x], { order: any(4) }), RangeError, "order must be 1, 2 or 3, got 4");
  refuses(() => checkGrads(ops.sin, [x], { eps: 0 }), RangeError, "eps must be above 0");
  refuses(() => checkGrads(any(async (x: Tensor) => await x), [x]), TypeError, "the function is async");
  let calls = 0;
  const changing = (x: Tensor): Tensor => ops.mul(x, calls++);
  refuses(() => checkGrads(changing, [x]), Error, "does the function depend on more than its arguments?");
});

Deno.test("checkGrads() says that a function with a custom reverse rule has no forward one", () => {
  const f = square((x, c) => ops.mul(ops.mul(2, x), c));
  assertThrows(() => checkGrads(f, [tensor([1])]), TypeError, "custom reverse rule and no forward one");
});

const cubeWrongThird = customVjp(
  (x: Tensor) => ops.pow(x, 4),
  (x: Tensor) => [ops.pow(x, 4), x] as const,
  (x, c) => [ops.mul(ops.mul(c, 4), secondWrong(x))],
);

/** x³ with the right derivative, whose own derivative is wrong. */
const secondWrong = customVjp(
  (x: Tensor) => ops.pow(x, 3),
  (x: Tensor) => [ops.pow(x, 3), x] as const,
  (x, c) => [ops.mul(ops.mul(c, 3), ops.mul(x, stopGradient(x)))],
);

Deno.test("checkGrads() finds a wrong third derivative behind two right ones", () => {
  const x = tensor([1, -2]);
  checkGrads(ops.exp, [x], { order: 3 });
  checkGrads((x: Tensor) => ops.softmax(ops.sin(x)), [x], { order: 3 });
  assert(checkGrads(cubeWrongThird, [x], { ...reverse, order: 2 }).ok);
  const message = messageOf(() => checkGrads(cubeWrongThird, [x], { ...reverse, order: 3 }));
  assertStringIncludes(message, "wrong derivative of the gradient by argument 0");
});

Deno.test("checkGrads() reports what it checked, how far off it was, and what was allowed", () => {
  const p = { w: tensor([0.5, -1]), b: tensor(new Float64Array(100).fill(0.3)) };
  const report = checkGrads((p: { w: Tensor; b: Tensor }) => ops.add(ops.sum(ops.tanh(p.w)), ops.mean(ops.sin(p.b))), [
    p,
  ], { order: 2 });
  assertEquals([report.ok, report.dtype, report.failures, report.kinks], [true, "float64", [], []]);
  const first = report.checks.filter(({ order }) => order === 1);
  assertEquals(first.map(({ mode, by, count, along }) => [mode, by, count, along]), [
    ["reverse", "argument 0.b", 2, "directions"],
    ["forward", "argument 0.b", 2, "directions"],
    ["reverse", "argument 0.w", 2, "elements"],
    ["forward", "argument 0.w", 2, "elements"],
  ]);
  for (const { error, allowed, noise } of report.checks) assert(error <= allowed && noise <= allowed && allowed < 1e-5);
  assert(report.checks.some(({ of }) => of === "the gradient") && report.calls >= 40);
  const text = String(report);
  assertStringIncludes(text, "checkGrads: ok, 24 derivatives in float64");
  assertStringIncludes(text, "order  mode     by                 checked");
});

Deno.test("checkGrads() collects all that is wrong, if asked to, and throws its report otherwise", () => {
  const half = square((x, c) => ops.mul(x, c));
  const f = (a: Tensor, b: Tensor, c: Tensor) => ops.stack([ops.sum(half(a)), ops.sum(b), ops.sum(half(c))]);
  const args = [tensor([1, 2]), tensor([1]), tensor([3])] as const;
  const report = checkGrads(f, args, { ...reverse, collect: true });
  assertEquals(report.ok, false);
  assertEquals(report.failures.length, 3);
  ["argument 0, index [0]", "argument 0, index [1]", "argument 2, index [0]"].forEach((place, i) =>
    assertStringIncludes(report.failures[i], `by ${place}`)
  );
  assertStringIncludes(String(report), "checkGrads: 3 wrong");
  const error = assertThrows(() => checkGrads(f, args, reverse), GradError);
  assertEquals([error.report.ok, error.report.failures], [false, [error.message]]);
});

Deno.test("checkGrads() by elements looks at each, by directions through all leaves together and then tracks down", () => {
  const big = tensor(new Float64Array(60).map((_, i) => Math.sin(i)));
  const elements = checkGrads(ops.sin, [big], { probe: "elements", modes: ["reverse"] });
  assertEquals(elements.checks.map(({ count, along }) => [count, along]), [[60, "elements"]]);
  const model = nn.sequential(nn.conv2d(1, 8, { kernelSize: 3 }), nn.lambda(ops.tanh), nn.scConv(8), nn.flatten());
  const params = model.init(random.key(0));
  const x = random.normal(random.key(1), [2, 1, 6, 6]);
  const report = checkGrads((p: typeof params, x: Tensor) => ops.sum(ops.square(model.apply(p, x))), [params, x], {
    probe: "directions",
    directions: 3,
    order: 2,
  });
  assertEquals(report.checks.slice(0, 2).map(({ by, count }) => [by, count]), [["all arguments", 3], [
    "all arguments",
    3,
  ]]);
  const mark = ops.where(ops.equal(ops.oneHot(tensor(41, { dtype: "int32" }), 60), 1), 3, 2);
  const wrong = square((x, c) => ops.mul(ops.mul(mark, x), c));
  const f = (a: Tensor, b: Tensor) => ops.add(ops.sum(a), ops.sum(wrong(b)));
  assertThrows(
    () => checkGrads(f, [tensor([1, 2]), big], { probe: "directions", ...reverse }),
    Error,
    "wrong derivative of the result by argument 1, index [41]",
  );
});

Deno.test("checkGrads() tells of kinks nearby where the derivative is right on this side", () => {
  for (const distance of [1e-6, 3e-5, -2e-5]) {
    const report = checkGrads(ops.relu, [tensor(Float64Array.of(1, distance))]);
    assertEquals(report.kinks.length, 1);
    const [, kind, place] = report.kinks[0].match(
      /has a (\w+) within (\S+) of this point along argument 0, index \[1\]/,
    )!;
    assertEquals(kind, "kink");
    assert(Math.abs(Number(place) - Math.abs(distance)) < 1e-7 + 0.1 * Math.abs(distance), place);
  }
  const jump = checkGrads((x: Tensor) => ops.add(ops.sign(x), x), [tensor(Float64Array.of(2e-5))]);
  assertStringIncludes(jump.kinks[0], "has a jump within 0.00002 of this point");
  const many = ops.add(ops.mul(tensor(new Float64Array(100).map((_, i) => Math.sin(i + 1))), 1), 0);
  const network = checkGrads((x: Tensor) => ops.sum(ops.relu(x)), [
    ops.concat([many, tensor(Float64Array.of(1e-7))], 0),
  ]);
  assertStringIncludes(network.kinks[0], "along a random direction of argument 0");
  for (const f of [ops.exp, ops.sin, (x: Tensor) => ops.sin(ops.mul(x, 300)), ops.tanh]) {
    assertEquals(checkGrads(f, [tensor([0.3, -2])]).kinks, []);
  }
});

Deno.test("checkGrads() in float32 accepts right rules, finds wrong ones, and measures its noise", () => {
  const single = { dtype: "float32" } as const;
  const seen = new Set<string>();
  checkGrads((x: Tensor) => (seen.add(x.dtype), ops.tanh(x)), [tensor(Float64Array.of(0.5, -1))], single);
  assertEquals([...seen], ["float32"]);
  const x = tensor([0.5, -1, 2]);
  const right: ((x: Tensor) => Tensor)[] = [ops.sin, ops.exp, ops.softmax, ops.logSumExp, ops.square];
  for (const f of [...right, (x: Tensor) => ops.mul(x, 1e4)]) {
    assert(checkGrads(f, [x], { ...single, order: 2 }).ok);
  }
  assert(checkGrads((x: Tensor) => ops.cast(ops.sin(ops.cast(x, "float32")), "float32"), [x], single).ok);
  for (const factor of [1.99, 2.01, -2, 0]) {
    assertThrows(
      () => checkGrads(square((x, c) => ops.mul(ops.mul(factor, x), c)), [x], { ...reverse, ...single }),
      GradError,
    );
  }
  // Heavy cancellation: hardly a digit is left, and the report says so instead of accusing the rule.
  const noisy = (x: Tensor): Tensor => ops.sub(ops.add(x, 3e4), 3e4);
  const report = checkGrads(noisy, [x], single);
  assert(report.ok && report.checks.every(({ noise }) => noise > 1e-2));
  assert(checkGrads(noisy, [x]).checks.every(({ noise }) => noise < 1e-4));
  assertStringIncludes(String(report), "in float32");
  const model = nn.scConv(16);
  const params = model.init(random.key(0));
  const loss = (p: typeof params, x: Tensor): Tensor => ops.mean(ops.square(model.apply(p, x)));
  const image = random.normal(random.key(1), [2, 16, 5, 5]);
  assert(checkGrads(loss, [params, image], { ...single, probe: "directions" }).ok);
});
