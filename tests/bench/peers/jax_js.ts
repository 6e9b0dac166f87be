/**
 * jax-js's side of the bench, on its WebAssembly backend or, with `--device webgpu`, on that one: see serve.ts. The package is not imported by name, since it is
 * installed outside of the repository: `--packages FOLDER` says where.
 *
 * @module
 */

import { parameter, values } from "../numbers.ts";
import type { ImageShape, LayerName, Work } from "../work.ts";
import { deviceOf, type PeerBody, serve } from "./serve.ts";

// The packages' types are where the packages are.
// deno-lint-ignore no-explicit-any
type Foreign = any;

const packages = Deno.args[Deno.args.indexOf("--packages") + 1];
const folder = `${packages}/node_modules/@jax-js/jax`;
const jax: Foreign = await import(new URL(`file://${folder}/dist/index.js`).href);
const { numpy: np, lax, nn, jit, valueAndGrad } = jax;

type Params = Record<string, Foreign>;

const size = (shape: readonly number[]): number => shape.reduce((total, extent) => total * extent, 1);
const numbers = (name: string, shape: readonly number[]): Foreign =>
  np.array(values(name, size(shape))).reshape([...shape]);
const leaf = (name: string, shape: readonly number[]): Foreign => np.array(parameter(name, shape)).reshape([...shape]);

// An array is used up by what it is given to, unless it is given as `.ref`.

function scconv(p: Params, x: Foreign, [n, c, h, w]: ImageShape): Foreign {
  const groups = 4;
  const count = (c / groups) * h * w;
  const grouped = x.reshape([n, groups, count]);
  const centred = grouped.ref.sub(np.mean(grouped, 2, { keepdims: true }));
  const std = np.sqrt(np.sum(centred.ref.mul(centred.ref), 2, { keepdims: true }).div(count - 1));
  const g = centred.div(std.add(1e-10)).reshape([n, c, h, w]).mul(p["SRU.gn.weight"].ref).add(p["SRU.gn.bias"]);
  const share = p["SRU.gn.weight"].ref.div(np.sum(p["SRU.gn.weight"]));
  const above = lax.stopGradient(nn.sigmoid(g.ref.mul(share))).greaterEqual(0.5);
  const [x11, x12] = np.split(np.where(above.ref, g.ref, 0), 2, 1);
  const [x21, x22] = np.split(np.where(above, 0, g), 2, 1);
  const conv = (y: Foreign, name: string, k: number, groups = 1): Foreign =>
    lax.convGeneralDilated(y, p[`CRU.${name}.weight`], [1, 1], k === 3 ? [[1, 1], [1, 1]] : [[0, 0], [0, 0]], {
      featureGroupCount: groups,
    });
  const up = conv(x11.add(x22), "squeeze1", 1);
  const low = conv(x12.add(x21), "squeeze2", 1);
  const rich = conv(up.ref, "GWC", 3, 2).add(p["CRU.GWC.bias"].reshape([1, c, 1, 1])).add(conv(up, "PWC1", 1));
  const cheap = np.concatenate([conv(low.ref, "PWC2", 1), low], 1);
  const both = np.concatenate([rich, cheap], 1);
  const weights = nn.softmax(np.mean(both.ref, [2, 3], { keepdims: true }), 1);
  const [first, second] = np.split(both.mul(weights), 2, 1);
  return first.add(second);
}

function conv3x3(p: Params, x: Foreign, [, c]: ImageShape): Foreign {
  const y = lax.convGeneralDilated(x, p["weight"], [1, 1], [[1, 1], [1, 1]]);
  return y.add(p["bias"].reshape([1, c, 1, 1]));
}

function paramsOf(layer: LayerName, c: number): Params {
  const shapes: Record<string, number[]> = layer === "conv3x3" ? { weight: [c, c, 3, 3], bias: [c] } : {
    "SRU.gn.weight": [c, 1, 1],
    "SRU.gn.bias": [c, 1, 1],
    "CRU.squeeze1.weight": [c / 4, c / 2, 1, 1],
    "CRU.squeeze2.weight": [c / 4, c / 2, 1, 1],
    "CRU.GWC.weight": [c, c / 8, 3, 3],
    "CRU.GWC.bias": [c],
    "CRU.PWC1.weight": [c, c / 4, 1, 1],
    "CRU.PWC2.weight": [c - c / 4, c / 4, 1, 1],
  };
  return Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, leaf(name, shape)]));
}

const kept = (params: Params): Params => Object.fromEntries(Object.entries(params).map(([name, p]) => [name, p.ref]));

const layers = { scconv, conv3x3 };

function step({ layer, shape, depth = 1 }: Extract<Work, { kind: "step" }>): PeerBody | undefined {
  if (depth > 1) return undefined;
  const x = numbers("x", shape);
  let params = paramsOf(layer, shape[1]);
  const lossOf = (p: Params, x: Foreign): Foreign => {
    const y = layers[layer](p, x, shape);
    return np.sum(y.ref.mul(y));
  };
  const update = jit((p: Params, x: Foreign) => {
    const [loss, grads] = valueAndGrad(lossOf)(kept(p), x);
    return [Object.fromEntries(Object.entries(p).map(([name, w]) => [name, w.sub(grads[name].mul(1e-6))])), loss];
  });
  let loss: Foreign;
  return {
    async run() {
      loss?.dispose();
      [params, loss] = update(params, x.ref);
      await jax.blockUntilReady([loss, params]);
    },
    value: async () => (await loss.ref.data())[0],
  };
}

/** A function of arrays that stay, called again and again; its last result is kept. */
function repeated(f: (...arrays: Foreign[]) => Foreign, arrays: readonly Foreign[]): PeerBody {
  let y: Foreign;
  return {
    async run() {
      y?.dispose();
      y = f(...arrays.map((a) => a.ref));
      await jax.blockUntilReady(y);
    },
    async value() {
      let total = 0;
      for (const v of await y.ref.data() as Float32Array) total += v * v;
      return total;
    },
  };
}

function applied(layer: LayerName, shape: ImageShape, compile: boolean, name: string): PeerBody {
  const params = paramsOf(layer, shape[1]);
  const [names, leaves] = [Object.keys(params), Object.values(params)];
  const forward = (x: Foreign, ...given: Foreign[]): Foreign =>
    layers[layer](Object.fromEntries(names.map((key, i) => [key, given[i]])), x, shape);
  return repeated(compile ? jit(forward) : forward, [numbers(name, shape), ...leaves]);
}

function bodyOf(work: Work): PeerBody | undefined {
  switch (work.kind) {
    case "step":
      return step(work);
    case "inference":
      return applied(work.layer, work.shape, true, "x");
    case "matmul": {
      const operands = [numbers("a", [work.size, work.size]), numbers("b", [work.size, work.size])];
      return repeated(
        work.jit ? jit((a: Foreign, b: Foreign) => np.matmul(a, b)) : (a, b) => np.matmul(a, b),
        operands,
      );
    }
    case "eager": {
      if (work.op === "conv3x3" || work.op === "scconv") return applied(work.op, work.shape as ImageShape, false, "a");
      const a = numbers("a", work.shape);
      if (work.op === "add") return repeated((a, b) => np.add(a, b), [a, numbers("b", work.shape)]);
      return repeated({ relu: nn.relu, softmax: nn.softmax, sum: np.sum }[work.op], [a]);
    }
    case "call": {
      const leaves = Array.from({ length: 10 }, (_, i) => numbers(`leaf ${i}`, [4]));
      return repeated(jit((...p: Foreign[]) => p.reduce((total, leaf) => total.add(leaf))), leaves);
    }
    default:
      return undefined;
  }
}

await serve(async () => {
  const device = deviceOf(Deno.args) === "webgpu" ? "webgpu" : "wasm";
  await jax.init(device);
  jax.defaultDevice(device);
  const { version } = JSON.parse(await Deno.readTextFile(`${folder}/package.json`));
  return { version, threads: 1, bodyOf };
}, Deno.args);
