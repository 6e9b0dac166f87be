/**
 * Names that want to be more than names: keys of trees, options and headers that reach for prototypes, and texts that reach for the code
 * that is made.
 *
 * @module
 */
import { grad, io, jit, nn, ops, optim, primitive, random, type Tensor, tensor, tree, vmap } from "../../mod.ts";
import { exportOnnx, importOnnx } from "../../io/onnx/mod.ts";
import { onAllDevices } from "../ops/golden.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";

const keys = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf"];

/** An object with an own property of any name. */
const own = <T>(name: string, value: T): Record<string, T> =>
  JSON.parse(`{${JSON.stringify(name)}:0}`, (k, v) => k === name ? value : v);

/** Fails if the prototype of all objects has got something. */
function assertClean(): void {
  for (const name of ["polluted", "a", "weight", "shape", "threads"]) {
    assertEquals(({} as Record<string, unknown>)[name], undefined);
  }
  assertEquals(Object.keys(Object.prototype), []);
}

Deno.test("keys of trees that are names of prototypes are keys like others, in trees, transforms and optimisers", () => {
  for (const name of keys) {
    const params = own(name, tensor([1, 2]));
    assertEquals(Object.keys(params), [name]);
    const f = (p: typeof params) => ops.sum(ops.square(Object.getOwnPropertyDescriptor(p, name)!.value as Tensor));
    for (const g of [grad(f), jit(grad(f))]) {
      const slopes = g(params);
      assertEquals(Object.keys(slopes), [name]);
      assertEquals(tree.leaves(slopes)[0].dataSync(), new Float32Array([2, 4]));
    }
    assertEquals(tree.paths(tree.map((t) => ops.add(t, 1), { a: params })), [`a.${name}`]);
    assertEquals(vmap((p: typeof params) => tree.leaves(p)[0])(params).shape, [2]);
    const optimizer = optim.adam({ learningRate: 1 });
    const [updates] = optimizer.update(grad(f)(params), optimizer.init(params), params);
    assertEquals(Object.keys(optim.applyUpdates(params, updates)), [name]);
    const entry = Object.keys(optim.normsByPath({ a: params }));
    assertEquals(entry, [`a.${name}`]);
    assertClean();
  }
});

Deno.test("options in __proto__ are no options, and unknown ones whatever their name", () => {
  for (const name of keys.filter((name) => name !== "__proto__")) {
    assertThrows(() => ops.sum(tensor([1]), own(name, 1) as never), TypeError, "sum: unknown option");
  }
  assertThrows(() => ops.sum(tensor([1]), own("__proto__", { axis: 0 }) as never), TypeError, "sum: unknown option");
  assertThrows(() => nn.linear(1, 1, own("constructor", true) as never), TypeError, "linear: unknown option");
  assertClean();
});

Deno.test("headers of files with names of prototypes are read as names, or refused", async () => {
  for (const name of keys) {
    const header = `{${JSON.stringify(name)}:{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"__metadata__":{${
      JSON.stringify(name)
    }:"polluted"}}`;
    const json = new TextEncoder().encode(header);
    const bytes = new Uint8Array(8 + json.length + 4);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
    bytes.set(json, 8);
    if (name === "__proto__") {
      assertThrows(() => io.decodeSafetensors(bytes), TypeError, "not allowed");
    } else {
      const { tensors, metadata } = io.decodeSafetensors(bytes);
      assertEquals([Object.keys(tensors), Object.keys(metadata)], [[name], [name]]);
      assertEquals(tensors[name].shape, [1]);
      const again = io.decodeSafetensors(await io.encodeSafetensors({ a: tensors }), { into: { a: tensors } });
      assertEquals(Object.keys(again.tensors.a), [name]);
    }
    const npy = new TextEncoder().encode(`{'descr': '<f4', 'fortran_order': False, 'shape': (), '${name}': 'x', }`);
    const file = Uint8Array.from([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, npy.length, 0, ...npy, 0, 0, 0, 0]);
    assertThrows(() => io.decodeNpy(file), TypeError, "decodeNpy");
    // Parameters of a model, and the names of its inputs.
    const params = own(name, tensor([1, 2]));
    const f = (p: typeof params, x: Tensor) => ops.mul(tree.leaves(p)[0], x);
    if (name === "__proto__") continue;
    const model = importOnnx(exportOnnx(f, params, [tensor([1, 2])], { inputNames: [`${name}2`] }));
    assertEquals(Object.keys(model.params), [name]);
    assertEquals(await (model.apply(model.params, tensor([3, 4])) as Tensor).toArray(), [3, 8]);
    const text = io.exportStableHlo((p: typeof params, x: Tensor) => f(p, x), [params, tensor([1, 2])]).text;
    assertEquals(await io.importStableHlo(text)(tensor([1, 2]), tensor([3, 4]))[0].toArray(), [3, 8]);
  }
  assertClean();
});

const hostile = ['"} fn evil() {', "*/ @compute", "a\nb", "`${x}`", "%0", "</script>", "\u2028", "a\0b"];

onAllDevices("texts of the user never get into the code that is made", async () => {
  // Names of primitives do, and are words.
  const softly = (name: string) =>
    primitive.operation(primitive.elementwise(name, { kind: "float", lower: (x) => x.mul(2), partials: () => [null] }));
  for (const name of hostile) assertThrows(() => softly(name), TypeError, "the name must be a word");
  // Words of the shading language and of JavaScript among them.
  for (const name of ["fn", "var", "loop", "main", "a.b", "__proto__", "storage"]) {
    assertEquals(await softly(name)(tensor([1, 2])).toArray(), [2, 4]);
    assertEquals(await jit((x: Tensor) => ops.add(softly(name)(x), 1))(tensor([1, 2])).toArray(), [3, 5]);
  }
  // Keys of trees, labels, names of layers and static texts do not.
  for (const name of hostile) {
    const f = jit((p: Record<string, Tensor>, label: string) => ops.mul(tree.leaves(p)[0], label.length), {
      static: [1],
    });
    assertEquals(await f({ [name]: tensor([1, 2]) }, name).toArray(), [name.length, 2 * name.length]);
    const layer = nn.module({ [name]: nn.lambda((x) => ops.add(x, 1), { name }) }, (use, x) => use[name](x), { name });
    assertEquals(await layer.apply(layer.init(random.key(0)), tensor([1])).toArray(), [2]);
  }
});

Deno.test("texts of the user are escaped in StableHLO, or refused", async () => {
  for (const name of hostile) {
    const params = { [name]: tensor([1, 2]) };
    const f = (p: typeof params) => ops.mul(p[name], 2);
    const { text } = io.exportStableHlo(f, [params]);
    assertEquals(await io.importStableHlo(text)(tensor([3, 4]))[0].toArray(), [6, 8]);
    assert(!text.includes("fn evil() {\n"), text);
    try {
      const named = io.exportStableHlo(f, [params], { name }).text;
      assertEquals(await io.importStableHlo(named)(tensor([3, 4]))[0].toArray(), [6, 8]);
    } catch (error) {
      assert(error instanceof TypeError && error.message.startsWith("exportStableHlo: "), String(error));
    }
  }
});
