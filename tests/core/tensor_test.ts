import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { tensor, zeros } from "../../core/creation.ts";
import { bind1 } from "../../core/graph.ts";
import { add, neg } from "../../core/primitives/algebra.ts";
import { isTensor, Tensor } from "../../core/tensor.ts";
import { grad, jit } from "../../core/transforms/mod.ts";
import { allDeviceNames } from "../support/devices.ts";

for (const device of allDeviceNames) {
  const single = device === "webgpu"; // no float64, and no reading at once
  Deno.test(`a tensor tells what it is (${device})`, () => {
    const x = zeros([2, 3, 4], { device });
    assertEquals([x.shape, x.dtype, x.size, x.ndim, x.device], [[2, 3, 4], "float32", 24, 3, device]);
    const scalar = tensor(true, { device });
    assertEquals([scalar.shape, scalar.dtype, scalar.size, scalar.ndim], [[], "bool", 1, 0]);
    assert(isTensor(x) && x instanceof Tensor && !isTensor({}) && !isTensor(null));
  });

  Deno.test(`data(), dataSync(), item() and toArray() read values (${device})`, async () => {
    const x = tensor([[1.5, -0], [NaN, Infinity]], { device });
    assertEquals(await x.data(), Float32Array.of(1.5, -0, NaN, Infinity));
    if (single) assertThrows(() => x.dataSync(), TypeError, "await t.data()");
    else assertEquals(x.dataSync(), await x.data());
    assertEquals(await x.toArray(), [[1.5, -0], [NaN, Infinity]]);
    if (!single) assertEquals(await tensor(0.1, { device, dtype: "float64" }).item(), 0.1);
    assertEquals(await tensor([[[7]]], { device }).item(), 7);
    const dtypes = {
      float32: Float32Array,
      float64: Float64Array,
      int32: Int32Array,
      uint32: Uint32Array,
      bool: Uint8Array,
    };
    for (const [dtype, array] of Object.entries(dtypes)) {
      if (single && dtype === "float64") continue;
      const data = await zeros([2], { device, dtype: dtype as "bool" }).data();
      assert(data instanceof array, dtype);
    }
    assertEquals(await tensor([[true], [false]], { device }).toArray(), [[true], [false]]);
    assertEquals(await zeros([2, 0, 3], { device }).toArray(), [[], []]);
    assertEquals(await zeros([0, 2], { device }).toArray(), []);
  });

  Deno.test(`item() refuses what has not one element (${device})`, async () => {
    await assertRejects(() => zeros([2], { device }).item(), TypeError, "item: needs one element, got shape [2]");
    await assertRejects(() => zeros([0], { device }).item(), TypeError, "shape [0]");
  });

  Deno.test(`console.log shows shape, dtype and the first values (${device})`, () => {
    const shown = (x: Tensor) => Deno.inspect(x);
    if (single) {
      // Values of that device are read with await.
      assertEquals(shown(tensor([[1, 2.5]], { device })), "Tensor [1, 2] float32 (webgpu)");
      return;
    }
    assertEquals(
      shown(tensor([[1, 2.5], [NaN, -Infinity]], { device })),
      "Tensor [2, 2] float32 [1, 2.5, NaN, -Infinity]",
    );
    assertEquals(shown(tensor([true, false], { device })), "Tensor [2] bool [true, false]");
    assertEquals(shown(tensor(1 / 3, { device })), "Tensor [] float32 [0.33333]");
    assertEquals(shown(zeros([0], { device })), "Tensor [0] float32 []");
    assertEquals(shown(zeros([13], { device })), `Tensor [13] float32 [${Array(12).fill(0).join(", ")}, …]`);
    assertEquals(`${tensor([1], { device })}`, "Tensor [1] float32 [1]");
    assert(Deno.inspect({ params: [zeros([2], { device })] }).includes("Tensor [2] float32 [0, 0]"));
  });

  Deno.test(`to() moves values to each device (${device})`, async () => {
    const x = tensor([[1, 2]], { device });
    if (single) assertThrows(() => x.to("cpu"), TypeError, "tensor(await t.data()");
    for (const target of single ? [] : allDeviceNames) {
      const moved = x.to(target);
      assertEquals([moved.device, moved.shape, await moved.toArray()], [target, [1, 2], [[1, 2]]]);
      assertEquals(moved === x, target === device);
    }
    assertStrictEquals(x.to(x.owner), x);
    assertThrows(() => x.to("gpu0"), TypeError, 'unknown device "gpu0"');
  });

  Deno.test(`dispose() ends a tensor, and says so afterwards (${device})`, async () => {
    const x = tensor([1, 2], { device });
    x.dispose();
    x.dispose(); // twice does no harm
    assertEquals(String(x), "Tensor [2] float32 (disposed)");
    await assertRejects(() => x.data(), TypeError, "data: a tensor of shape [2] was used after it was disposed");
    assertThrows(() => x.dataSync(), TypeError, "disposed");
    assertThrows(
      () => bind1(neg, [x], undefined),
      TypeError,
      "neg: a tensor of shape [2] was used after it was disposed",
    );
    assertEquals(x.shape, [2]); // what it was is still known
    let kept: Tensor;
    {
      using y = tensor([1], { device });
      kept = y;
      assertEquals(await y.toArray(), [1]);
    }
    await assertRejects(() => kept.data(), TypeError, "disposed");
  });

  Deno.test(`results of operations are tensors of their own (${device})`, async () => {
    const x = tensor([1, 2], { device });
    const y = add(x, x);
    assertEquals(y.device, device);
    x.dispose();
    assertEquals(await y.toArray(), [2, 4]);
  });
}

Deno.test("operations refuse operands of different devices", () => {
  const x = tensor([1], { device: "cpu" });
  const y = tensor([1], { device: "reference" });
  assertThrows(() => add(x, y), TypeError, 'arguments are on cpu and reference; move one with .to("cpu")');
});

Deno.test("a traced value can be read in grad() and not in jit()", () => {
  const seen: unknown[] = [];
  grad((x: Tensor) => {
    const y = add(x, x);
    seen.push(y.dataSync()[0], String(y), y.device);
    return y;
  })(tensor(3));
  assertEquals(seen, [6, "Tensor [] float32 [6]", "traced"]);
  jit((x: Tensor) => {
    assertThrows(
      () => x.dataSync(),
      TypeError,
      "dataSync(): the value of a traced tensor of shape [] is not known inside jit",
    );
    assertThrows(() => x.to("reference"), TypeError, "to: a traced value has no device");
    assertEquals(String(x), "Tensor [] float32 (traced)");
    return x;
  })(tensor(3));
});

Deno.test("a traced value kept beyond its call says so", () => {
  let kept: Tensor | undefined;
  grad((x: Tensor) => {
    kept = add(x, x);
    return kept;
  })(tensor(1));
  assertThrows(() => kept!.dataSync(), TypeError, "was used after that call had ended");
  assertThrows(() => add(kept!, kept!), TypeError, "was used after that call had ended");
});
