import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { ones, tensor, zeros } from "../../core/creation.ts";
import type { Tensor } from "../../core/tensor.ts";
import { grad } from "../../core/transforms/mod.ts";
import * as tree from "../../core/tree.ts";
import { deviceNames } from "../support/devices.ts";

const a = tensor([1, 2]);
const b = tensor([[3]], { dtype: "float64" });
const c = tensor(4, { dtype: "int32" });

Deno.test("leaves() walks objects by sorted keys and arrays in order", () => {
  assertEquals(tree.leaves({ z: a, m: [b, { y: c, x: a }] }), [b, a, c, a]);
  assertEquals(tree.leaves({ "10": a, "9": b }), [a, b]); // as texts, whatever JavaScript's own order
  assertEquals(tree.leaves(a), [a]);
  assertEquals(tree.leaves([]), []);
  assertEquals(tree.leaves({ x: null, y: undefined, z: {} }), []);
});

Deno.test("paths() names the leaves in the order of leaves()", () => {
  assertEquals(tree.paths({ z: a, layers: [b, { weight: c, bias: a }] }), [
    "layers.0",
    "layers.1.bias",
    "layers.1.weight",
    "z",
  ]);
  assertEquals(tree.paths(a), [""]);
  assertEquals(tree.paths([[a]]), ["0.0"]);
});

Deno.test("unflatten() of leaves() and structure() is the tree again", () => {
  for (
    const value of [a, [], {}, { x: null, y: undefined }, [a, [b, [c]]], { k: [{ l: a }, null], m: b }, null, undefined]
  ) {
    const again = tree.unflatten(tree.structure(value), tree.leaves(value));
    assertEquals(again, value);
  }
  const shared = { x: a, y: a };
  assertStrictEquals(tree.unflatten(tree.structure(shared), tree.leaves(shared)).y, a);
});

Deno.test("unflatten() refuses another number of leaves", () => {
  const structure = tree.structure([a, b]);
  assertThrows(() => tree.unflatten(structure, [a]), TypeError, "1 leaves are too few");
  assertThrows(() => tree.unflatten(structure, [a, b, c]), TypeError, "3 leaves are too many for a structure of 2");
});

Deno.test("structureKey() tells structures apart", () => {
  const trees = [
    a,
    null,
    undefined,
    [],
    {},
    [a],
    [[a]],
    { x: a },
    { y: a },
    { x: [a] },
    { x: a, y: a },
    [a, a],
    [null],
    [undefined],
  ];
  const keys = trees.map((t) => tree.structureKey(tree.structure(t)));
  assertEquals(new Set(keys).size, trees.length);
  // Names that look like structure do not confuse it.
  const key = (t: unknown) => tree.structureKey(tree.structure(t));
  assert(key({ 'x":*,"y': a }) !== key({ x: a, y: a }));
  assertEquals(key({ p: a, q: b }), key({ q: c, p: a }));
});

Deno.test("map() applies to each leaf and keeps the structure", () => {
  const params = { layers: [{ w: a }, { w: b }] as const, step: c, none: null };
  assertEquals(tree.map((t) => t.dtype, params), {
    layers: [{ w: "float32" }, { w: "float64" }],
    step: "int32",
    none: null,
  });
  const pairs = tree.map((t, u: Tensor) => [t.size, u.size], { x: a, y: b }, { y: c, x: a });
  assertEquals(pairs, { x: [2, 2], y: [1, 1] });
});

Deno.test("map() refuses trees of other structures", () => {
  assertThrows(() => tree.map((t) => t, { x: a }, { y: a }), TypeError, "tree 2 has another structure");
  assertThrows(() => tree.map((t) => t, [a], [a], [a, a]), TypeError, "tree 3 has another structure");
  assertThrows(() => tree.map((t) => t, [a], { 0: a }), TypeError, "another structure");
});

Deno.test("a wrong leaf is named by its path", async (t) => {
  class Layer {}
  const wrong: [string, unknown, string][] = [
    ["number", { layers: [{ weight: a }, { weight: 3 }] }, "3 at layers.1.weight is no tensor"],
    ["text", ["x"], '"x" at 0'],
    ["function", { f: Math.sin }, "a function (sin) at f"],
    ["class", { m: new Layer() }, "an object (Layer) at m"],
    ["typed array", { m: [new Float32Array(2)] }, "an object (Float32Array) at m.0"],
    ["map", new Map(), "an object (Map) at (root)"],
    ["boolean", true, "true at (root)"],
  ];
  for (const [name, value, text] of wrong) {
    await t.step(name, () => {
      for (const f of [tree.leaves, tree.structure, tree.paths, tree.ravel]) {
        assertThrows(() => f(value), TypeError, text);
      }
      assertThrows(() => tree.map((x) => x, value), TypeError, `tree.map: ${text}`);
    });
  }
});

Deno.test("a tree that contains itself is an error, not an endless walk", () => {
  const loop: Record<string, unknown> = {};
  loop.self = loop;
  assertThrows(() => tree.leaves(loop), TypeError, "does it contain itself");
});

Deno.test("trees do not touch prototypes", () => {
  const hostile = JSON.parse('{"__proto__": {"polluted": null}, "constructor": null}');
  const again = tree.unflatten(tree.structure(hostile), []);
  assertEquals(Object.keys(again).sort(), ["__proto__", "constructor"]);
  assertStrictEquals(Object.getPrototypeOf(again), Object.prototype);
  assert(!("polluted" in {}));
  // Inherited properties are no leaves.
  assertEquals(tree.leaves(Object.assign(Object.create(null), { x: a })), [a]);
  const inherits = Object.create({ x: a });
  assertThrows(() => tree.leaves(inherits), TypeError);
});

for (const device of deviceNames) {
  Deno.test(`ravel() gives one vector, and the way back (${device})`, async () => {
    const on = (t: Tensor) => t.to(device);
    const params = {
      w: on(tensor([[1, 2], [3, 4]])),
      b: [on(tensor(5, { dtype: "float64" })), on(tensor([6], { dtype: "int32" }))],
    };
    const [flat, unravel] = tree.ravel(params);
    assertEquals(flat.dtype, "float64");
    assertEquals(await flat.toArray(), [5, 6, 1, 2, 3, 4]); // b before w
    const back = unravel(flat);
    assertEquals(await back.w.toArray(), [[1, 2], [3, 4]]);
    assertEquals([back.w.dtype, back.b[0].dtype, back.b[1].dtype], ["float32", "float64", "int32"]);
    assertEquals(await back.b[1].toArray(), [6]);
  });
}

Deno.test("ravel() keeps empty leaves and the dtype of one", async () => {
  const [flat, unravel] = tree.ravel({ x: zeros([0, 3]), y: ones([2]) });
  assertEquals(flat.dtype, "float32");
  assertEquals(unravel(flat).x.shape, [0, 3]);
  assertEquals(await unravel(flat).y.toArray(), [1, 1]);
});

Deno.test("ravel() refuses trees without leaves and vectors of another length", () => {
  assertThrows(() => tree.ravel({ x: [] }), TypeError, "no leaves");
  const [, unravel] = tree.ravel([a]);
  assertThrows(() => unravel(zeros([3])), TypeError, "must have shape [2], got [3]");
  assertThrows(() => unravel(zeros([1, 2])), TypeError, "must have shape [2], got [1, 2]");
});

Deno.test("a wrong leaf in a transform's argument is named by its path", () => {
  const f = (p: { w: Tensor; deep: unknown[] }) => p.w;
  assertThrows(() => grad(f)({ w: tensor(1), deep: [{ x: "y" }] }), TypeError, "deep.0.x");
});
