import { grad, jit, ops, setDefaultDevice, type Tensor, tensor, valueAndGrad, vmap, zeros } from "../../../mod.ts";
import { findBackend } from "../../../core/devices.ts";
import type { Backend } from "../../../core/backends/backend.ts";
import { onDevices } from "../../ops/golden.ts";
import { assert, assertEquals, assertNotStrictEquals, assertStrictEquals, assertThrows } from "@std/assert";

const list = (...values: number[]): Tensor => tensor(Float64Array.from(values));
const read = (t: Tensor): number[] => Array.from(t.dataSync());
// deno-lint-ignore no-explicit-any
const any = (value: unknown): any => value;

/** A function that counts how often it is traced. */
function counted<A extends readonly unknown[], R>(
  f: (...args: A) => R,
): { f: (...args: A) => R; traces: () => number } {
  let traces = 0;
  return { f: (...args) => (traces++, f(...args)), traces: () => traces };
}

onDevices("jit() gives what the function gives, for trees of arguments and results", () => {
  const f = (p: { a: Tensor; b: [Tensor, null] }, k: number) => ({
    sum: ops.add(p.a, ops.mul(p.b[0], k)),
    list: [p.a],
    no: null,
  });
  const args = [{ a: tensor([1, 2]), b: [tensor([3, 4]), null] as [Tensor, null] }, 10] as const;
  for (let i = 0; i < 2; i++) {
    const out = jit(f)(...args);
    assertEquals([read(out.sum), read(out.list[0]), out.no], [[31, 42], [1, 2], null]);
  }
});

onDevices("jit() traces once for each shape, dtype, structure and static value", () => {
  const { f, traces } = counted((p: { x: Tensor; y?: Tensor }, mode: string) =>
    mode === "double" ? ops.mul(p.x, 2) : ops.add(p.x, p.y ?? 1)
  );
  const g = jit(f, { static: [1] });
  const seen: number[] = [];
  const run = (p: { x: Tensor; y?: Tensor }, mode: string): number[] => {
    const result = read(g(p, mode));
    seen.push(traces());
    return result;
  };
  assertEquals(run({ x: tensor([1, 2]) }, "double"), [2, 4]);
  assertEquals(run({ x: tensor([5, 6]) }, "double"), [10, 12]); // the same kind
  assertEquals(run({ x: tensor([1, 2]) }, "other"), [2, 3]); // another static value
  assertEquals(run({ x: tensor([1, 2, 3]) }, "double"), [2, 4, 6]); // another shape
  assertEquals(run({ x: list(1, 2) }, "double"), [2, 4]); // another dtype
  assertEquals(run({ x: tensor([1, 2]), y: tensor([3, 4]) }, "other"), [4, 6]); // another structure
  assertEquals(run({ x: tensor([7, 8]), y: undefined }, "other"), [8, 9]); // an entry without a value
  for (const x of [tensor([1, 2]), tensor([1, 2, 3]), list(3, 4)]) run({ x }, "double");
  assertEquals(seen, [1, 1, 2, 3, 4, 5, 6, 6, 6, 6]);
});

onDevices("static values are compared by what they hold, functions by identity", () => {
  const { f, traces } = counted((x: Tensor, options: { axis: number[]; f: (x: Tensor) => Tensor }) =>
    options.f(ops.sum(x, options.axis))
  );
  const g = jit(f, { static: [1] });
  const x = tensor([[1, 2], [3, 4]]);
  const double = (x: Tensor): Tensor => ops.mul(x, 2);
  assertEquals(read(g(x, { axis: [0], f: double })), [8, 12]);
  assertEquals(read(g(x, { axis: [0], f: double })), [8, 12]);
  assertEquals(traces(), 1);
  assertEquals(read(g(x, { axis: [1], f: double })), [6, 14]);
  assertEquals(read(g(x, { axis: [1], f: ops.neg })), [-3, -7]);
  assertEquals(traces(), 3);
});

onDevices("number leaves may change without a new trace, at any depth", () => {
  const { f, traces } = counted((x: Tensor, o: { rate: number; list: number[] }) =>
    ops.mul(ops.add(x, o.list[1]), o.rate)
  );
  const g = jit(f);
  for (let i = 0; i < 5; i++) {
    assertEquals(read(g(tensor([1, 2]), { rate: i, list: [0, i] })), [(1 + i) * i, (2 + i) * i]);
  }
  assertEquals(traces(), 1);
  assertEquals(g(list(1), { rate: 0.1, list: [0, 0.2] }).dtype, "float64");
  assertEquals(read(jit((x: number) => ops.mul(x, 2) as Tensor)(3)), [6]);
  assertEquals(read(jit((x: Tensor, k: number) => ops.mul(x, k))(tensor([1]), NaN)), [NaN]);
});

onDevices("tensors that the function captures are frozen at the first trace", () => {
  let k = tensor([10, 20]);
  const g = jit((x: Tensor) => ops.mul(x, k));
  assertEquals(read(g(tensor([1, 2]))), [10, 40]);
  k = tensor([0, 0]);
  assertEquals(read(g(tensor([1, 2]))), [10, 40]);
  assertEquals(read(g(tensor([[1, 2]]))), [0, 0]); // another shape: traced anew
  let rate = 2;
  const h = jit((x: Tensor) => ops.mul(x, rate));
  assertEquals(read(h(tensor([3]))), [6]);
  rate = 5;
  assertEquals(read(h(tensor([3]))), [6]);
});

onDevices("a trace that captured a traced value is not kept", () => {
  const inner = (k: Tensor) => {
    const g = jit((x: Tensor) => ops.mul(x, k));
    return ops.add(g(tensor(2)), g(tensor(2)));
  };
  assertEquals(read(grad(inner)(tensor(3))), [4]);
  assertEquals(read(jit(inner)(tensor(3))), [12]);
  let g: ((x: Tensor) => Tensor) | undefined;
  const outer = (k: Tensor): Tensor => {
    g ??= jit((x: Tensor) => ops.mul(x, k));
    return g(k);
  };
  assertEquals(read(grad(outer)(tensor(3))), [6]);
});

onDevices("jit() may return its input, the same output twice, a constant, a captured tensor, a number", () => {
  const captured = tensor([9]);
  const f = jit((x: Tensor) => {
    const y = ops.add(x, 1);
    return { x, y, z: y, one: tensor([1]), made: zeros([2]), captured, n: 5 };
  });
  for (let i = 0; i < 2; i++) {
    const input = tensor([1, 2]);
    const out = f(input);
    assertEquals([read(out.x), read(out.y), read(out.z), read(out.one), read(out.made), read(out.captured)], [
      [1, 2],
      [2, 3],
      [2, 3],
      [1],
      [0, 0],
      [9],
    ]);
    assertEquals(read(any(out.n)), [5]);
    assertNotStrictEquals(out.x, input);
    out.y.dispose();
    assertEquals([read(out.z), read(out.x), read(input)], [[2, 3], [1, 2], [1, 2]]);
  }
  assertEquals(read(jit(() => tensor([4]))()), [4]);
  assertEquals(jit((p: object) => p)({}), {});
});

onDevices("jit() of views, empty tensors and integers keeps their values", () => {
  const f = jit((
    x: Tensor,
  ) => [
    ops.transpose(x),
    ops.slice(x, [0, 1], [2, 2]),
    ops.reshape(x, [3, 2]),
    ops.slice(x, [0, 3], [2, 3]),
    ops.cast(x, "int32"),
    ops.greater(x, 2),
  ]);
  const out = f(tensor([[1, 2, 3], [4, 5, 6]]));
  assertEquals(out.map(read), [[1, 4, 2, 5, 3, 6], [2, 5], [1, 2, 3, 4, 5, 6], [], [1, 2, 3, 4, 5, 6], [
    0,
    0,
    1,
    1,
    1,
    1,
  ]]);
  assertEquals([[...out[3].shape], out[4].dtype, out[5].dtype], [[2, 0], "int32", "bool"]);
  assertEquals(read(jit((x: Tensor) => ops.mul(x, 2))(zeros([0]))), []);
});

onDevices("nested jit is inlined: one program, the same values, donate ignored inside", () => {
  const { f, traces } = counted((x: Tensor) => ops.exp(x));
  const inner = jit(f, { donate: [0] });
  const outer = jit((x: Tensor) => ops.add(inner(x), inner(ops.mul(x, 1))));
  const x = tensor([0, 0]);
  assertEquals([read(outer(x)), read(outer(x)), read(x)], [[2, 2], [2, 2], [0, 0]]);
  assertEquals(traces(), 1);
  assertEquals(read(grad((x: Tensor) => ops.sum(inner(x)))(x)), [1, 1]);
  assertEquals(read(vmap(inner)(x)), [1, 1]);
});

onDevices("a donated tensor used again throws, and says donated; the result may take its buffer", () => {
  const step = jit(
    (state: { w: Tensor; n: Tensor }, x: Tensor) => ({ w: ops.add(state.w, x), n: ops.add(state.n, 1) }),
    { donate: [0] },
  );
  let state = { w: tensor([1, 2]), n: tensor(0) };
  const first = state.w;
  for (let i = 0; i < 3; i++) state = step(state, tensor([1, 1]));
  assertEquals([read(state.w), read(state.n)], [[4, 5], [3]]);
  for (
    const use of [
      () => ops.add(first, 1),
      () => first.dataSync(),
      () => step({ w: first, n: tensor(0) }, tensor([1, 1])),
      () => grad((x: Tensor) => ops.sum(x))(first),
      () => first.to("cpu").dataSync(),
    ]
  ) {
    assertThrows(
      use,
      TypeError,
      "a tensor of shape [2] was used after it was donated: its buffer was donated to a jitted function",
    );
  }
  assert(String(first).includes("(donated)"));
});

onDevices("a tensor is not donated twice, nor donated and passed elsewhere; nothing is lost then", () => {
  const f = jit((a: Tensor, b: Tensor, c: [Tensor]) => ops.add(ops.add(a, b), c[0]), { donate: [0, 2] });
  const [x, y] = [tensor([1]), tensor([2])];
  assertThrows(() => f(x, y, [x]), TypeError, "a tensor of shape [1] is donated twice");
  assertThrows(() => f(x, x, [y]), TypeError, "a tensor of shape [1] is donated and also passed as argument 1");
  assertEquals([read(x), read(y)], [[1], [2]]);
  assertEquals(read(f(x, tensor([5]), [y])), [8]);
});

onDevices("a donated tensor that the program returns as it is keeps its value", () => {
  const f = jit((x: Tensor, y: Tensor) => [x, ops.add(x, y), ops.transpose(ops.reshape(x, [2, 1]))], { donate: [0] });
  assertEquals(f(tensor([1, 2]), tensor([10, 20])).map(read), [[1, 2], [11, 22], [1, 2]]);
  const swap = jit((x: Tensor, y: Tensor) => [y, x], { donate: [0, 1] });
  assertEquals(swap(tensor([1, 2]), tensor([3, 4])).map(read), [[3, 4], [1, 2]]);
});

Deno.test("JavaScript control flow under jit() is an error that says what to use", () => {
  const f = (x: Tensor): Tensor => x.dataSync()[0] > 0 ? x : ops.neg(x);
  const advice =
    "is not known inside jit(f); use ops.where (or ops.maximum and the like) instead of if, return the value and look at it outside";
  assertThrows(
    () => jit(f)(tensor([1, 2])),
    TypeError,
    `dataSync(): the value of a traced tensor of shape [2] ${advice}`,
  );
  assertThrows(
    () => jit((x: Tensor) => grad((x: Tensor) => ops.sum(f(x)))(x))(tensor([1])),
    TypeError,
    "use ops.where",
  );
  assertEquals(read(jit((x: Tensor) => ops.where(ops.greater(x, 0), x, ops.neg(x)))(tensor([1, -2]))), [1, 2]);
  assertEquals(jit((x: Tensor) => (String(x), x))(tensor([1])).shape, [1]); // showing it is allowed: shape and dtype
});

Deno.test("jit() refuses arguments and options that it cannot take", () => {
  const f = (...args: unknown[]): Tensor => args[0] as Tensor;
  const x = tensor([1]);
  assertThrows(
    () => jit(f)(x, "text"),
    TypeError,
    'argument 1 holds "text", which is no tensor and no number; list its position in static: jit(f, { static: [1] })',
  );
  assertThrows(() => jit(f)(x, { deep: [() => 1] }), TypeError, "argument 1 holds a function");
  assertThrows(() => jit(f, { static: [0] })(x), TypeError, "jit: argument 0 is static but is a tensor");
  assertThrows(() => jit(f, { static: [1], donate: [1] }), TypeError, "jit: argument 1 is both donated and static");
  assertThrows(() => jit(f, { donate: any(0) }), TypeError, "jit: donate must be a list of argument positions, got 0");
  assertThrows(() => jit(f, { static: [-1] }), RangeError, "jit: static holds -1");
  assertThrows(() => jit(f, any({ statics: [0] })), TypeError, 'did you mean "static"?');
  assertThrows(
    () => jit(f)(tensor([1], { device: "cpu" }), tensor([1], { device: "reference" })),
    TypeError,
    "arguments are on cpu and reference",
  );
  assertThrows(() => jit(any((x: Tensor) => new Map([[1, x]])))(x), TypeError, "an object (Map)");
});

Deno.test("an error while tracing leaves no broken program behind", () => {
  let broken = true;
  const g = jit((x: Tensor) => {
    if (broken) throw new RangeError("mine");
    return ops.add(x, 1);
  });
  assertThrows(() => g(tensor([1])), RangeError, "mine");
  broken = false;
  assertEquals(read(g(tensor([1]))), [2]);
});

/** A device that counts how many programs it compiles. */
function counting(): { device: Backend; compiled: () => number } {
  let compiled = 0;
  const cpu = findBackend("cpu");
  const device: Backend = Object.create(cpu, {
    compile: { value: (graph: Parameters<Backend["compile"]>[0]) => (compiled++, cpu.compile(graph)) },
  });
  return { device, compiled: () => compiled };
}

Deno.test("numbers that change from step to step do not compile anew, at once or under grad", () => {
  const { device, compiled } = counting();
  setDefaultDevice(device);
  try {
    let w = tensor([1, 2, 3]);
    const steps = (from: number, to: number): void => {
      for (let i = from; i < to; i++) {
        const [, g] = valueAndGrad((w: Tensor) => ops.sum(ops.mul(ops.square(w), 0.37 + i / 1000)))(w);
        w = ops.sub(w, ops.mul(g, 0.01 / (i + 1)));
      }
    };
    steps(0, 3);
    const before = compiled();
    steps(3, 40);
    assertEquals(compiled(), before);
    assert(before < 12, `${before} programs`);
  } finally {
    setDefaultDevice("cpu");
  }
});

Deno.test("functions that compute the same share one program", () => {
  const { device, compiled } = counting();
  const x = tensor([1, 2, 3], { device });
  for (let i = 0; i < 5; i++) assertEquals(read(jit((x: Tensor) => ops.sum(ops.mul(x, x)))(x)), [14]);
  assertEquals(compiled(), 1);
  assertStrictEquals(x.owner, device);
});
