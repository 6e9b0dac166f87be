import { grad, nn, ops, random, type Tensor, tensor, tree, zeros } from "@cotangent/cotangent";
import { assert, assertEquals } from "@std/assert";
import { assertClose } from "../../support/close.ts";
import { allDeviceNames } from "../../support/devices.ts";

/** Eq. 11 of the paper. */
function parametersOf(c1: number, c2: number, alpha: number, r: number, g: number, k: number): number {
  const [up, low] = [alpha * c1, (1 - alpha) * c1];
  return (up * up) / r + (k * k * up * c2) / (g * r) + (up * c2) / r + (low * low) / r + (low / r) * (c2 - low / r);
}

Deno.test("scConv() has the parameters and multiplications of eq. 11", () => {
  const rows = [
    [64, 64, 1 / 2, 2, 2, 3],
    [64, 128, 1 / 2, 2, 2, 3],
    [64, 32, 1 / 4, 4, 4, 5],
  ];
  for (const [c1, c2, alpha, squeezeRatio, groupSize, groupKernelSize] of rows) {
    const layer = nn.scConv(c1, { outChannels: c2, alpha, squeezeRatio, groupSize, groupKernelSize });
    const { rows, totals } = nn.summary(layer, [1, c1, 8, 8]);
    const expected = parametersOf(c1, c2, alpha, squeezeRatio, groupSize, groupKernelSize);
    assertEquals(totals.parameters, expected + c2 + 2 * c1); // and the bias, scale and shift
    assertEquals(totals.macs, 64 * expected);
    assertEquals(rows.map((row) => row.name), ["sru", "cru"]);
  }
  assertEquals(parametersOf(64, 64, 1 / 2, 2, 2, 3), 1.8125 * 64 * 64);
});

Deno.test("scConv() makes its parameters in PyTorch's shapes", () => {
  const shapes = (layer: nn.ScConv) =>
    tree.map((leaf) => leaf.shape, layer.init(random.key(0, { device: "reference" })));
  assertEquals(shapes(nn.scConv(32)) as unknown, {
    sru: { norm: { weight: [32, 1, 1], bias: [32, 1, 1] } },
    cru: {
      squeeze1: { weight: [8, 16, 1, 1] },
      squeeze2: { weight: [8, 16, 1, 1] },
      gwc: { weight: [32, 4, 3, 3], bias: [32] },
      pwc1: { weight: [32, 8, 1, 1] },
      pwc2: { weight: [24, 8, 1, 1] },
    },
  });
  assertEquals(shapes(nn.scConv(32, { norm: "groupNorm" })).sru as unknown, { norm: { weight: [32], bias: [32] } });
});

for (const device of allDeviceNames) {
  const x = (): Tensor => random.normal(random.key(7, { device }), [1, 16, 6, 6]);
  const withOnes = (layer: nn.ScConv): nn.ScConvParams => {
    const params = layer.init(random.key(0, { device }));
    return { ...params, sru: { norm: tree.map((leaf) => ops.add(ops.mul(leaf, 0), 1), params.sru.norm) as nn.Affine } };
  };

  Deno.test(`scConv() with fuse "concat" is smaller than with "paper" by about the number of channels, on ${device}`, async () => {
    const params = withOnes(nn.scConv(16));
    const size = async (fuse: "concat" | "paper") =>
      await ops.sqrt(
        ops.mean(ops.mul(nn.scConv(16, { fuse }).apply(params, x()), nn.scConv(16, { fuse }).apply(params, x()))),
      ).item();
    const ratio = await size("paper") / await size("concat");
    assert(ratio > 8 && ratio < 32, `${ratio}`);
  });

  Deno.test(`sru() lets next to nothing pass at 0.55 with group norm's first weights, on ${device}`, async () => {
    const layer = nn.sru(16, { groups: 4, gateThreshold: 0.55, norm: "groupNorm" });
    const { informationMask, redundant, gate } = layer.separate(layer.init(random.key(0, { device })), x());
    const open = await ops.mean(ops.cast(informationMask, "float32")).item();
    assert(open < 0.01, `${open}`);
    assertEquals(redundant.shape, [1, 16, 6, 6]);
    const spread = await ops.max(ops.abs(ops.sub(gate, 0.5))).item();
    assert(spread < 0.1, `${spread}`);
  });

  Deno.test(`sru() whose weights sum to zero gives NaN and does not crash, on ${device}`, async () => {
    const layer = nn.sru(2, { groups: 1, gate: "paper" });
    const norm = {
      weight: tensor([0, 0], { shape: [2, 1, 1], device }),
      bias: tensor([0, 0], { shape: [2, 1, 1], device }),
    };
    const y = layer.apply({ norm }, random.normal(random.key(1, { device }), [1, 2, 2, 2]));
    assert((await y.data()).some(Number.isNaN));
  });

  Deno.test(`sru() keeps a NaN of its input visible, on ${device}`, async () => {
    const layer = nn.sru(4, { groups: 2 });
    const values = Float32Array.from({ length: 16 }, (_, i) => i === 3 ? NaN : Math.sin(i));
    const y = layer.apply(layer.init(random.key(0, { device })), tensor(values, { shape: [1, 4, 2, 2], device }));
    assert((await y.data()).some(Number.isNaN));
  });

  Deno.test(`sru()'s parts add up to the normalised input, on ${device}`, async () => {
    const layer = nn.sru(16, { groups: 4 });
    const params = layer.init(random.key(0, { device }));
    const { informative, redundant } = layer.separate(params, x());
    const norm = nn.groupBatchNorm2d(16, { groups: 4 });
    assertClose(await ops.add(informative, redundant).data(), await norm.apply(params.norm, x()).data());
  });

  Deno.test(`inspect() shows what apply() computes, on ${device}`, async () => {
    const layer = nn.scConv(16, { outChannels: 32, stride: 2 });
    const params = withOnes(layer);
    const seen = nn.inspect(layer, params, x());
    assertEquals(seen.informationMask.dtype, "bool");
    assertEquals(seen.gate.shape, [1, 16, 6, 6]);
    assertEquals(seen.branchWeights.shape, [1, 64]);
    assertClose(await ops.sum(seen.branchWeights).item(), 1, { rtol: 1e-5 });
    const paper = nn.inspect(nn.scConv(16, { fuse: "paper" }), withOnes(nn.scConv(16)), x());
    assertClose(await ops.sum(paper.branchWeights).item(), 16, { rtol: 1e-5 }); // β₁ + β₂ = 1, channel by channel
  });

  Deno.test(`every parameter of scConv() has a gradient, on ${device}`, async () => {
    const layer = nn.scConv(16);
    const params = withOnes(layer);
    const grads = grad((p: nn.ScConvParams) => ops.sum(ops.mul(layer.apply(p, x()), layer.apply(p, x()))))(params);
    for (const [i, leaf] of tree.leaves(grads).entries()) {
      assert((await leaf.data()).some((v) => v !== 0), tree.paths(grads)[i]);
    }
  });
}

Deno.test("sru() takes a gate exactly at its threshold for informative", () => {
  // A channel of weight 0 has g = bias and the gate sigmoid(0) = 0.5, which is the threshold.
  const unit = nn.sru(4, { groups: 2 });
  const params = { norm: { weight: tensor([[[0]], [[1]], [[1]], [[2]]]), bias: tensor([[[3]], [[0]], [[0]], [[0]]]) } };
  const x = random.normal(random.key(5), [1, 4, 3, 3]);
  const { informative, redundant } = unit.separate(params, x);
  const first = (t: Tensor): number[] => Array.from(t.dataSync().subarray(0, 9));
  assertEquals(first(informative), new Array(9).fill(3));
  assertEquals(first(redundant), new Array(9).fill(0));
});

Deno.test("sru() takes a gate for informative where the rounded sigmoid reaches the threshold", () => {
  for (const dtype of ["float32", "float64"] as const) {
    for (const threshold of [0, 1e-3, 0.3, 0.5, 0.55, 0.9, 1]) {
      const unit = nn.sru(2, { groups: 1, gateThreshold: threshold });
      const logit = Math.log(threshold / (1 - threshold));
      const near = Number.isFinite(logit) ? Array.from({ length: 41 }, (_, i) => logit + (i - 20) * 1e-8) : [];
      for (const z of [...near, 0, -0, -1e-9, 1e-9, 16.5, 17.2, 17.4, 36, 38, -100, 100]) {
        // Weights of zero and one: the second channel's gate is sigmoid(bias).
        const norm = {
          weight: tensor([0, 1], { shape: [2, 1, 1], dtype }),
          bias: tensor([0, z], { shape: [2, 1, 1], dtype }),
        };
        const { gate, informationMask } = unit.separate({ norm }, zeros([1, 2, 1, 1], { dtype }));
        const rounded = dtype === "float32" ? Math.fround(1 / (1 + Math.exp(-Math.fround(z)))) : 1 / (1 + Math.exp(-z));
        const least = dtype === "float32" ? Math.fround(threshold) : threshold;
        const error = 2e-7 * Math.max(1, Math.abs(logit)); // of z and of the logit
        const far = Math.abs(z - logit) > error || (threshold === 0.5 && dtype === "float32" && Math.abs(z) < 5e-8);
        if (far) assertEquals(informationMask.dataSync()[1] === 1, rounded >= least, `${dtype} ${threshold} ${z}`);
        assert(gate.dataSync()[1] >= 0);
      }
    }
  }
});
