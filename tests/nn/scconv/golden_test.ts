import { type DType, jit, nn, type Tensor, tensor, tree, vjp } from "@cotangent/cotangent";
import { assert } from "@std/assert";
import { allDeviceNames } from "../../support/devices.ts";
import { type GoldenArray, loadGolden } from "../../support/golden.ts";

interface Case {
  name: string;
  module: "groupBatchNorm2d" | "sru" | "cru" | "scConv";
  inChannels: number;
  options: nn.ScConvOptions & nn.GroupBatchNorm2dOptions;
  x: GoldenArray;
  params: Record<string, GoldenArray>;
  y: GoldenArray;
  cotangent: GoldenArray;
  gradX: GoldenArray;
  gradParams: Record<string, GoldenArray>;
}

const { cases } = loadGolden<{ cases: Case[] }>("scconv");

/** Our path of a PyTorch name: SRU.gn.weight is sru.norm.weight. */
const pathOf = (name: string): string => name.toLowerCase().replace(/\bgn\b/, "norm");

/** A tree from leaves by path. */
function treeOf(leaves: Record<string, Tensor>): object {
  const root: Record<string, unknown> = {};
  for (const [name, leaf] of Object.entries(leaves)) {
    const keys = pathOf(name).split(".");
    const last = keys.pop()!;
    let branch = root;
    for (const key of keys) branch = (branch[key] ??= {}) as Record<string, unknown>;
    branch[last] = leaf;
  }
  return root;
}

/** Largest difference, as a share of the largest value. */
async function distance(actual: Tensor, expected: GoldenArray): Promise<number> {
  assert(String(actual.shape) === String(expected.shape), `shape ${actual.shape} in place of ${expected.shape}`);
  const values = await actual.data();
  const largest = expected.data.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  const worst = expected.data.reduce((m, v, i) => Math.max(m, Math.abs(v - values[i])), 0);
  assert(!values.some(Number.isNaN), "NaN in the result");
  return worst / (largest || 1);
}

async function compare(c: Case, dtype: DType, device: string, jitted: boolean, limit: number): Promise<void> {
  const make = (a: GoldenArray): Tensor => tensor(a.data, { shape: a.shape, dtype, device });
  const layer = nn[c.module](c.inChannels, c.options) as nn.Layer<object>;
  const params = treeOf(Object.fromEntries(Object.entries(c.params).map(([name, p]) => [name, make(p)])));
  const run = (params: object, x: Tensor, cotangent: Tensor): [Tensor, object, Tensor] => {
    const [y, pullback] = vjp((p: object, x: Tensor) => layer.apply(p, x), params, x);
    return [y, ...pullback(cotangent)];
  };
  const [y, gradParams, gradX] = (jitted ? jit(run) : run)(params, make(c.x), make(c.cotangent));
  const check = async (name: string, actual: Tensor, expected: GoldenArray): Promise<void> => {
    const off = await distance(actual, expected);
    assert(off <= limit, `${c.name}: ${name} is off by ${off.toExponential(2)} of its largest value, allowed ${limit}`);
  };
  await check("y", y, c.y);
  await check("gradX", gradX, c.gradX);
  const paths = tree.paths(gradParams);
  const leaves = tree.leaves(gradParams);
  for (const [name, expected] of Object.entries(c.gradParams)) {
    await check(name, leaves[paths.indexOf(pathOf(name))], expected);
  }
}

for (const device of allDeviceNames) {
  for (const [mode, jitted] of [["eager", false], ["jit", true]] as const) {
    Deno.test(`ScConv equals PyTorch on ${device}, ${mode}`, async (t) => {
      for (const c of cases) {
        // WGSL has no float64.
        if (device !== "webgpu") await t.step(`${c.name}, float64`, () => compare(c, "float64", device, jitted, 1e-10));
        await t.step(
          `${c.name}, float32`,
          () => compare(c, "float32", device, jitted, 2e-5),
        );
      }
    });
  }
}
