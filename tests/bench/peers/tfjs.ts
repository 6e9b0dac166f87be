/**
 * TensorFlow.js's side of the bench, on its WebAssembly backend (SIMD, one thread outside of browsers): see serve.ts. The
 * packages are not imported by name, since they are installed outside of the repository: `--packages FOLDER` says where.
 *
 * The backend has no gradient of a convolution's kernel, so convolutions are matrix products of shifted images; images
 * are [N, H, W, C], which is what the backend is made for.
 *
 * @module
 */

import { createRequire } from "node:module";
import { parameter, values } from "../numbers.ts";
import type { ImageShape, LayerName, Work } from "../work.ts";
import { type PeerBody, serve } from "./serve.ts";

// The packages' types are where the packages are.
// deno-lint-ignore no-explicit-any
type Foreign = any;

const packages = Deno.args[Deno.args.indexOf("--packages") + 1];
const require = createRequire(`${packages}/package.json`);
const tf: Foreign = require("@tensorflow/tfjs");
const wasm: Foreign = require("@tensorflow/tfjs-backend-wasm");

type Params = Record<string, Foreign>;

const size = (shape: readonly number[]): number => shape.reduce((total, extent) => total * extent, 1);
const numbers = (name: string, shape: readonly number[]): Foreign =>
  tf.tensor(values(name, size(shape)), [...shape], "float32");
/** An image whose values belong to a name in the order [N, C, H, W]. */
const image = (name: string, shape: ImageShape): Foreign => tf.keep(tf.transpose(numbers(name, shape), [0, 2, 3, 1]));

/** A kernel [O, I, k, k] as the matrix [k·k·I, O] that its product needs. */
function kernel(name: string, [o, i, k]: readonly number[]): Foreign {
  const full = tf.tensor(parameter(name, [o, i, k, k]), [o, i, k, k]);
  return tf.variable(tf.reshape(tf.transpose(full, [2, 3, 1, 0]), [k * k * i, o]));
}

/** A kernel in groups, as one matrix each. */
function groupedKernel(name: string, [o, i, k]: readonly number[], groups: number): Foreign[] {
  const full = tf.tensor(parameter(name, [o, i, k, k]), [o, i, k, k]);
  return tf.split(full, groups, 0).map((part: Foreign) =>
    tf.variable(tf.reshape(tf.transpose(part, [2, 3, 1, 0]), [k * k * i, o / groups]))
  );
}

const vector = (name: string, shape: number[]): Foreign =>
  tf.variable(tf.tensor(parameter(name, shape), [size(shape)]));

function product(x: Foreign, matrix: Foreign): Foreign {
  const [n, h, w, c] = x.shape;
  return tf.reshape(tf.matMul(tf.reshape(x, [n * h * w, c]), matrix), [n, h, w, matrix.shape[1]]);
}

function product3x3(x: Foreign, matrix: Foreign): Foreign {
  const [n, h, w, c] = x.shape;
  const padded = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]);
  const shifted = Array.from({ length: 9 }, (_, t) => tf.slice(padded, [0, Math.floor(t / 3), t % 3, 0], [n, h, w, c]));
  return product(tf.concat(shifted, 3), matrix);
}

function scconv(p: Params, x: Foreign): Foreign {
  const [n, h, w, c] = x.shape;
  const grouped = tf.reshape(x, [n, h * w, 4, c / 4]);
  const centred = tf.sub(grouped, tf.mean(grouped, [1, 3], true));
  const std = tf.sqrt(tf.div(tf.sum(tf.square(centred), [1, 3], true), h * w * c / 4 - 1));
  const g = tf.add(tf.mul(tf.reshape(tf.div(centred, tf.add(std, 1e-10)), [n, h, w, c]), p.norm), p.shift);
  const above = tf.greaterEqual(tf.sigmoid(tf.mul(g, tf.div(p.norm, tf.sum(p.norm)))), 0.5);
  const zero = tf.zerosLike(g);
  const [x11, x12] = tf.split(tf.where(above, g, zero), 2, 3);
  const [x21, x22] = tf.split(tf.where(above, zero, g), 2, 3);
  const up = product(tf.add(x11, x22), p.squeeze1);
  const low = product(tf.add(x12, x21), p.squeeze2);
  const parts = tf.split(up, 2, 3).map((part: Foreign, i: number) => product3x3(part, p.gwc[i]));
  const rich = tf.add(tf.add(tf.concat(parts, 3), p.gwcBias), product(up, p.pwc1));
  const both = tf.concat([rich, product(low, p.pwc2), low], 3);
  const weights = tf.reshape(tf.softmax(tf.reshape(tf.mean(both, [1, 2]), [n, 2 * c])), [n, 1, 1, 2 * c]);
  const [first, second] = tf.split(tf.mul(weights, both), 2, 3);
  return tf.add(first, second);
}

const conv3x3 = (p: Params, x: Foreign): Foreign => tf.add(product3x3(x, p.weight), p.bias);

const layers = { scconv, conv3x3 };

function paramsOf(layer: LayerName, c: number): Params {
  if (layer === "conv3x3") return { weight: kernel("weight", [c, c, 3]), bias: vector("bias", [c]) };
  return {
    norm: vector("SRU.gn.weight", [c, 1, 1]),
    shift: vector("SRU.gn.bias", [c, 1, 1]),
    squeeze1: kernel("CRU.squeeze1.weight", [c / 4, c / 2, 1]),
    squeeze2: kernel("CRU.squeeze2.weight", [c / 4, c / 2, 1]),
    gwc: groupedKernel("CRU.GWC.weight", [c, c / 8, 3], 2),
    gwcBias: vector("CRU.GWC.bias", [c]),
    pwc1: kernel("CRU.PWC1.weight", [c, c / 4, 1]),
    pwc2: kernel("CRU.PWC2.weight", [c - c / 4, c / 4, 1]),
  };
}

function step({ layer, shape, depth = 1 }: Extract<Work, { kind: "step" }>): PeerBody | undefined {
  if (depth > 1) return undefined;
  const x = image("x", shape);
  const params = paramsOf(layer, shape[1]);
  let loss = 0;
  return {
    run() {
      loss = tf.tidy(() => {
        const { value, grads } = tf.variableGrads(() => tf.sum(tf.square(layers[layer](params, x))));
        for (const variable of Object.values(params).flat()) {
          variable.assign(tf.sub(variable, tf.mul(grads[variable.name], 1e-6)));
        }
        return value.dataSync()[0];
      });
    },
    value: () => loss,
  };
}

/** A function called again and again; its last result is kept. */
function repeated(f: () => Foreign): PeerBody {
  let y: Foreign;
  return {
    run() {
      y?.dispose();
      y = tf.tidy(f);
    },
    value() {
      let total = 0;
      for (const v of y.dataSync() as Float32Array) total += v * v;
      return total;
    },
  };
}

function applied(layer: LayerName, shape: ImageShape, name: string): PeerBody {
  const [params, x] = [paramsOf(layer, shape[1]), image(name, shape)];
  return repeated(() => layers[layer](params, x));
}

function bodyOf(work: Work): PeerBody | undefined {
  tf.disposeVariables();
  switch (work.kind) {
    case "step":
      return step(work);
    case "inference":
      return applied(work.layer, work.shape, "x");
    case "matmul": {
      const [a, b] = [numbers("a", [work.size, work.size]), numbers("b", [work.size, work.size])];
      return repeated(() => tf.matMul(a, b));
    }
    case "eager": {
      if (work.op === "conv3x3" || work.op === "scconv") return applied(work.op, work.shape as ImageShape, "a");
      const [a, b] = [numbers("a", work.shape), numbers("b", work.shape)];
      const calls = {
        add: () => tf.add(a, b),
        relu: () => tf.relu(a),
        softmax: () => tf.softmax(a),
        sum: () => tf.sum(a),
      };
      return repeated(calls[work.op]);
    }
    case "call": {
      const leaves = Array.from({ length: 10 }, (_, i) => numbers(`leaf ${i}`, [4]));
      return repeated(() => leaves.reduce((total, leaf) => tf.add(total, leaf)));
    }
    default:
      return undefined;
  }
}

await serve(async () => {
  wasm.setWasmPaths(`${packages}/node_modules/@tensorflow/tfjs-backend-wasm/wasm-out/`);
  await tf.setBackend("wasm");
  await tf.ready();
  return { version: tf.version.tfjs, threads: 1, bodyOf };
}, Deno.args);
