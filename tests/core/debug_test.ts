import {
  CheckError,
  checkpoint,
  cond,
  customVjp,
  debugCheck,
  debugNans,
  debugPrint,
  explain,
  forLoop,
  grad,
  jit,
  jvp,
  linearize,
  NanError,
  nn,
  ops,
  random,
  scan,
  type Tensor,
  tensor,
  valueAndGrad,
  vjp,
  vmap,
  whileLoop,
  zeros,
} from "../../mod.ts";
import { onDevices } from "../ops/golden.ts";
import { allDeviceNames } from "../support/devices.ts";
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";

/** The line of the caller in this file. */
function here(offset = 0): string {
  const line = Number(/debug_test\.ts:(\d+)/.exec(new Error().stack!.split("\n")[2])![1]) + offset;
  return `debug_test.ts:${line}:`;
}

async function nan(f: () => Promise<unknown>): Promise<NanError> {
  return await assertRejects(f, NanError) as NanError;
}

onDevices("debugNans() names the first operation, its inputs, the place and the line", async () => {
  let line = "";
  const f = (x: Tensor): Tensor => {
    const y = ops.sub(x, 2);
    line = here(1);
    const z = ops.log(y);
    return ops.sum(ops.mul(z, 3));
  };
  for (const g of [f, jit(f), jit(jit(f)), vmap(f), checkpoint(f)]) {
    const x = tensor([[3, 1], [5, 4]]);
    const error = await nan(() => debugNans(g)(x));
    assertEquals(error.primitive, "log");
    assertStringIncludes(error.line!, line);
    assertStringIncludes(error.message, "holds NaN: log makes NaN at index [0, 1] of [2, 2] of -1 of float32 [2, 2]");
    assertStringIncludes(error.message, `called at ${error.line}`);
    assertEquals(error.operands.map(({ shape, values }) => [shape, [...values]]), [[[2, 2], [1, -1, 3, 2]]]);
  }
});

onDevices("debugNans() lets finite results pass, in their structure, and masked infinities", async () => {
  const safe = (p: { x: Tensor }) => ({ y: [ops.where(ops.greater(p.x, 0), ops.log(p.x), 0)], n: ops.argmax(p.x) });
  const { y, n } = await debugNans(jit(safe))({ x: tensor([1, 0]) });
  assertEquals([[...y[0].dataSync()], n.dataSync()[0]], [[0, 0], 0]);
});

onDevices("debugNans() finds what the derivative makes, and says whose derivative it is", async () => {
  let line = "";
  const loss = (x: Tensor): Tensor => {
    line = here(1);
    return ops.sum(ops.where(ops.greater(x, 0), ops.sqrt(x), 0));
  };
  for (
    const f of [
      grad(loss),
      jit(grad(loss)),
      (x: Tensor) => valueAndGrad(loss)(x)[1],
      (x: Tensor) => vjp(loss, x)[1](tensor(1))[0],
    ]
  ) {
    const error = await nan(() => debugNans(f)(tensor([1, 0])));
    assertStringIncludes(error.line!, line);
    assertStringIncludes(error.line!, "(its derivative)");
    assertStringIncludes(error.message, "holds NaN: div makes NaN at index [1] of [2] of 0 of float32 [2]"); // 0 / 0
  }
  const along = (x: Tensor): Tensor => jvp((x: Tensor) => ops.sqrt(x), [x], [ops.onesLike(x)])[1];
  assertStringIncludes((await nan(() => debugNans(along)(tensor([0])))).line!, "(its derivative)");
});

onDevices("debugNans() tells of overflow, of captured values, of arguments, and of layers", async () => {
  const over = await nan(() => debugNans(jit((x: Tensor) => ops.exp(ops.mul(x, 100))))(tensor([0, 1])));
  assertStringIncludes(over.message, "exp makes Infinity at index [1] of [2] of 100 of float32 [2] (0 to 100)");
  const minus = await nan(() => debugNans((x: Tensor) => ops.sub(ops.exp(x), ops.exp(x)))(tensor([1000])));
  assertEquals(minus.primitive, "sub");
  assertStringIncludes(minus.message, "the Infinity comes from there: exp makes Infinity");
  await assertRejects(
    () => debugNans(ops.sin)(tensor([1, NaN])),
    Error,
    "leaf 0 of the arguments holds NaN at index [1]",
  );
  const k = tensor([NaN]);
  await assertRejects(
    () => debugNans((x: Tensor) => ops.mul(x, k))(tensor([1])),
    Error,
    "a tensor that the function captures",
  );
  const model = nn.sequential(nn.linear(2, 2), nn.lambda(ops.log), nn.linear(2, 1));
  const params = model.init(random.key(0));
  const line = here(1);
  const net = (p: typeof params, x: Tensor): Tensor => ops.sum(model.apply(p, x));
  const inside = await nan(() => debugNans(jit(grad(net)))(params, tensor([[1, -3]])));
  assertEquals(inside.primitive, "log");
  assertStringIncludes(inside.line!, line);
});

onDevices("debugNans() looks into loops and branches: the operation, its operands and the turn", async () => {
  const xs = tensor([1, 1, 1, 1, 1]);
  const turn = (s: Tensor, x: Tensor): readonly [Tensor, Tensor] => [ops.sub(s, x), ops.log(ops.sub(s, x))];
  const logs = (s: Tensor, reverse = false): Tensor => scan(turn, s, xs, { reverse })[1];
  const cases: [
    f: (s: Tensor) => Tensor,
    s: Tensor,
    primitive: string,
    turns: [string, number][],
    operand: number[],
  ][] = [
    [logs, tensor(3.5), "log", [["scan", 3]], [-0.5]],
    [jit(logs), tensor(3.5), "log", [["scan", 3]], [-0.5]],
    [(s) => logs(s, true), tensor(3.5), "log", [["scan", 1]], [-0.5]], // the slice that the fourth turn takes
    [vmap((s: Tensor) => logs(s)), tensor([10, 3.5]), "log", [["scan", 3]], [6, -0.5]],
    // A carry that goes on as NaN, and one that is NaN since another one is.
    [(s) => forLoop(0, 20, (_, s: Tensor) => ops.sqrt(ops.sub(s, 1)), s), tensor(5), "sqrt", [["scan", 3]], [-1]],
    [
      (s) =>
        forLoop(
          0,
          9,
          (_, [s, t]: [Tensor, Tensor]) => [ops.log(s), ops.add(s, t)] as [Tensor, Tensor],
          [s, s] as [Tensor, Tensor],
        )[1],
      tensor(0.5),
      "log",
      [["scan", 1]],
      [Math.fround(Math.log(0.5))],
    ],
    [
      (s) =>
        whileLoop(([i]) => ops.less(i, 9), ([i, s]) => [ops.add(i, 1), ops.sqrt(ops.sub(s, 1))], [
          zeros([], { dtype: "int32" }),
          s,
        ])[1],
      tensor(5),
      "sqrt",
      [["while", 3]],
      [-1],
    ],
    [
      (s) =>
        forLoop(
          0,
          3,
          (i, s: Tensor) => cond(ops.equal(i, 2), (s: Tensor) => ops.log(ops.neg(s)), (s: Tensor) => s, s),
          s,
        ),
      tensor(4),
      "log",
      [["scan", 2], ["switch", 1]],
      [-4],
    ],
    [grad((s) => ops.sum(ops.sqrt(scan(turn, s, xs)[0]))), tensor(5), "div", [], [0.5]],
    [
      grad((s) =>
        ops.sum(scan((s: Tensor, x: Tensor) => [ops.sub(s, x), ops.sqrt(s)], s, xs, { checkpointEvery: 2 })[1])
      ),
      tensor(4),
      "div",
      [],
      [0.5, 0],
    ],
  ];
  for (const [f, s, primitive, turns, operand] of cases) {
    const error = await nan(() => debugNans(f)(s));
    assertEquals(error.primitive, primitive, error.message);
    if (turns.length > 0) {
      assertEquals(error.turns.map(({ primitive, index }) => [primitive, index]), turns, error.message);
      assertEquals([...error.operands[0].values], operand);
    }
    for (const { primitive, index } of error.turns) {
      assertStringIncludes(error.message, `in ${primitive === "switch" ? "branch" : "turn"} ${index} of ${primitive}`);
    }
    assertMatch(error.line!, /debug_test\.ts/);
  }
  const both = await nan(() =>
    debugNans((s: Tensor) =>
      forLoop(
        0,
        9,
        (_, [s]: [Tensor, Tensor]) => [ops.mul(s, s), ops.sub(s, s)] as [Tensor, Tensor],
        [s, s] as [Tensor, Tensor],
      )[1]
    )(tensor(5))
  );
  assertMatch(
    both.message,
    /sub makes NaN .* in turn 6 of scan.*; the Infinity comes from there: mul makes Infinity .* in turn 5 of scan/,
  );
  await assertRejects(
    () => debugNans((s: Tensor) => logs(s))(tensor(NaN)),
    Error,
    "leaf 0 of the arguments holds NaN to begin with",
  );
});

Deno.test("debugNans() goes through customVjp, branches on values and jitted functions that were traced before", async () => {
  const f = customVjp(
    ops.sqrt,
    (x: Tensor) => [ops.sqrt(x), x] as const,
    (x, c) => [ops.div(c, ops.mul(2, ops.sqrt(x)))],
  );
  const error = await nan(() => debugNans(grad((x: Tensor) => ops.sum(f(x))))(tensor([4, 0])));
  assertEquals(error.primitive, "div");
  const branching = (x: Tensor): Tensor => x.dataSync()[0] > 0 ? ops.log(ops.neg(x)) : x;
  assertEquals((await nan(() => debugNans(branching)(tensor([1])))).primitive, "log");
  let line = "";
  const jitted = jit((x: Tensor) => {
    line = here(1);
    return ops.log(x);
  });
  jitted(tensor([1]));
  assertStringIncludes((await nan(() => debugNans(jitted)(tensor([-1])))).line!, line);
  assertThrows(() => jit(debugNans(ops.sin))(tensor([1])), TypeError, "wrap the whole: debugNans(jit(f))");
});

Deno.test("debugNans() and the lines of explain() work on webgpu, debugPrint() says that it does not", {
  ignore: !allDeviceNames.includes("webgpu"),
}, async () => {
  const x = tensor([1, -1], { device: "webgpu" });
  const roots = (x: Tensor): Tensor => forLoop(0, 9, (_, x: Tensor) => ops.sqrt(ops.sub(x, 1)), x);
  const inLoop = await nan(() => debugNans(jit(roots))(tensor([5, 2], { device: "webgpu" })));
  assertEquals([inLoop.primitive, inLoop.turns], ["sqrt", [{ primitive: "scan", index: 2 }]]);
  const error = await nan(() => debugNans(jit(grad((x: Tensor) => ops.sum(ops.log(ops.log(x))))))(x));
  assertEquals(error.primitive, "log");
  assertStringIncludes(error.line!, "debug_test.ts");
  const told = explain((x: Tensor) => ops.sum(ops.exp(x)))(x);
  assert(told.program.kernels.some(({ lines }) => lines?.[0].includes("debug_test.ts")));
  assertThrows(() => jit((x: Tensor) => debugPrint("x", ops.mul(x, 2)))(x), TypeError, "webgpu: debugPrint");
  assertThrows(() => debugPrint("x", x), TypeError, "debugPrint: a tensor on webgpu cannot be read at once");
});

function printed(f: (write: (text: string) => void) => unknown): string[] {
  const lines: string[] = [];
  f((text) => lines.push(text));
  return lines;
}

onDevices("debugPrint() prints values in order, each run, inside every transform", () => {
  const run = (wrap: (f: (x: Tensor) => Tensor) => (x: Tensor) => unknown, times = 1, x = tensor([1, 2])) =>
    printed((write) => {
      const g = wrap((x: Tensor) => {
        debugPrint("x", x, write);
        const y = debugPrint("y", ops.mul(x, 2), write);
        debugPrint("sum", ops.sum(ops.square(y)), write);
        return ops.sum(y);
      });
      for (let i = 0; i < times; i++) g(x);
    });
  const lines = ["x: float32 [2] [1, 2]", "y: float32 [2] [2, 4]", "sum: float32 [] [20]"];
  assertEquals(run((f) => f), lines);
  assertEquals(run((f) => jit(f), 2), [...lines, ...lines]);
  assertEquals(run((f) => grad(f)), lines);
  assertEquals(run((f) => jit(grad(f))), lines);
  assertEquals(run((f) => jit(valueAndGrad(jit(f)))), lines);
  assertEquals(run((f) => (x) => jvp(f, [x], [x])), lines);
  assertEquals(run((f) => (x) => vjp(f, x)), lines);
  assertEquals(run((f) => (x) => linearize(f, x)), lines);
  assertEquals(run((f) => checkpoint(f)), lines);
  assertEquals(run((f) => jit((x) => ops.sin(f(x)))), lines);
  assertEquals(run((f) => jit(vmap(f)), 1, tensor([[1, 2], [3, 4]])), [
    "x: float32 [2, 2] [1, 2, 3, 4] (a batch of 2)",
    "y: float32 [2, 2] [2, 4, 6, 8] (a batch of 2)",
    "sum: float32 [2] [20, 100] (a batch of 2)",
  ]);
  assertEquals(run((f) => jit(vmap(grad(f))), 1, tensor([[1, 2]])).length, 3);
});

onDevices("debugPrint() takes trees, numbers, constants and every dtype, and changes no result", () => {
  const lines = printed((write) => {
    const f = jit((p: { w: Tensor; n: Tensor }) => {
      debugPrint("p", { ...p, k: 3, b: ops.greater(p.w, 0) }, write);
      debugPrint("constant", ops.onesLike(p.w), write);
      return ops.sum(p.w);
    });
    assertEquals(
      f({ w: tensor([0.1, -2]), n: tensor(Int32Array.of(7)) }).dataSync()[0],
      Math.fround(Math.fround(0.1) - 2),
    );
  });
  assertEquals(lines.sort(), [
    "constant: float32 [2] [1, 1]",
    "p.b: bool [2] [true, false]\np.k: 3\np.n: int32 [1] [7]\np.w: float32 [2] [0.1, -2]",
  ]);
});

Deno.test("debugPrint() within a network that runs in stripes on several threads prints once", () => {
  const model = nn.sequential(
    nn.conv2d(3, 8, { kernelSize: 3, padding: 1 }),
    nn.relu(),
    nn.conv2d(8, 8, { kernelSize: 3 }),
  );
  const params = model.init(random.key(0));
  const x = random.normal(random.key(1), [32, 3, 16, 16]);
  const step = (write?: (text: string) => void) =>
    jit(grad((p: typeof params, x: Tensor) => {
      const y = model.apply(p, x);
      if (write) debugPrint("mean", ops.mean(y), write);
      return ops.mean(ops.square(y));
    }));
  const plain = step()(params, x);
  let watched: typeof params | undefined;
  const lines = printed((write) => watched = step(write)(params, x));
  assertEquals(lines.length, 1);
  assertMatch(lines[0], /^mean: float32 \[\] \[-?[\d.e-]+\]$/);
  const [a, b] = [plain[0].weight.dataSync(), watched![0].weight.dataSync()];
  a.forEach((v, i) => assert(Math.abs(v - b[i]) < 1e-6 + 1e-4 * Math.abs(v)));
});

onDevices("debugCheck() throws where a condition fails, in every transform, and says where", () => {
  let line = "";
  const f = (x: Tensor): Tensor => {
    line = here(1);
    debugCheck(ops.greater(x, 0), "x must be positive", x);
    return ops.sum(ops.log(x));
  };
  const bad = tensor([1, -2, -3]);
  for (const g of [f, jit(f), grad(f), jit(grad(f)), checkpoint(f)]) {
    g(tensor([1, 2, 3]));
    const { message } = assertThrows(() => g(bad), CheckError);
    assertStringIncludes(
      message,
      "debugCheck: x must be positive: false at index [1] of [3], where -2 is, and at 1 more (checked at ",
    );
    assertStringIncludes(message, line);
  }
  assertThrows(() => jit(vmap(f))(tensor([[1], [-1]])), CheckError, "false at index [1, 0] of [2, 1], where -1 is");
  const scalar = jit((x: Tensor) => (debugCheck(ops.all(ops.isFinite(x)), "not finite"), x));
  assertThrows(() => scalar(tensor([NaN])), CheckError, "debugCheck: not finite (checked at");
  assertThrows(() => debugCheck(1 > 2, "no"), CheckError, "debugCheck: no");
  assertThrows(() => debugCheck(3 as unknown as boolean, "no"), TypeError, "must be a tensor or a boolean, got 3");
  // The device goes on after a failed check.
  assertEquals(jit(f)(tensor([1])).dataSync()[0], 0);
});

Deno.test("errors of the library inside a traced function say which line of yours it was", () => {
  let line = "";
  const wrong = (x: Tensor): Tensor => {
    const y = ops.add(x, 1);
    line = here(1);
    return ops.matmul(y, tensor([[1, 2]]));
  };
  const x = tensor([[1, 2], [3, 4]]);
  for (
    const f of [
      jit(wrong),
      grad(wrong),
      checkpoint(wrong),
      jit(grad(jit(wrong))),
    ]
  ) {
    const { message } = assertThrows(() => f(x), TypeError);
    assertStringIncludes(message, "(called at file://");
    assertStringIncludes(message, line);
    assertEquals(message.split("called at").length, 2);
  }
  const model = nn.sequential(nn.linear(2, 3), nn.linear(4, 1));
  const params = model.init(random.key(0));
  const place = here(1);
  const { message } = assertThrows(() => jit((x: Tensor) => model.apply(params, x))(x), TypeError);
  assertStringIncludes(message, place);
  // What your own code throws stays as it is.
  const mine = (x: Tensor): Tensor => {
    if (x) throw new TypeError("mine");
    return x;
  };
  assertEquals(assertThrows(() => jit(mine)(x), TypeError).message, "mine");
});

Deno.test("explain() marks each kernel and each operation with your line, and plain traces take none", () => {
  const f = (x: Tensor, w: Tensor): Tensor => {
    const y = ops.matmul(x, w);
    const z = ops.softmax(ops.relu(y));
    return ops.sum(ops.cumsum(z, 1));
  };
  const [product, soft] = [here(-4), here(-3)].map((text) => text.slice(0, -1));
  const [x, w] = [random.normal(random.key(0), [64, 32]), random.normal(random.key(1), [32, 16])];
  const jitted = jit(grad(f));
  jitted(x, w);
  const told = explain(jitted)(x, w);
  const named = told.program.kernels.filter(({ name }) => !["fill", "combine", "copy"].includes(name));
  assert(named.length > 0 && named.every(({ lines }) => lines && lines.every((l) => l.includes("debug_test.ts"))));
  assert(
    told.program.kernels.some(({ lines }) => lines?.some((l) => l.includes(product) && l.includes("(its derivative)"))),
  );
  assertStringIncludes(told.graph, `# ${soft}`);
  assertStringIncludes(String(told), "called at");
});
