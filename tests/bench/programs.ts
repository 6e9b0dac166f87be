/**
 * Our side of the work: what a description means in Cotangent.
 *
 * @module
 */

import {
  grad,
  io,
  jit,
  nn,
  ops,
  optim,
  random,
  scan,
  type Tensor,
  tensor,
  tree,
  valueAndGrad,
  vmap,
  zeros,
} from "../../mod.ts";
import { networkOf } from "./networks.ts";
import { parameter, values } from "./numbers.ts";
import type { EagerOp, LayerName, NetworkName, Work } from "./work.ts";

/** Something to measure. */
export interface Body {
  /** One call; its result is what the last call gave, so that nothing is left undone. */
  run(): unknown;
  /** A number that depends on all of the last call's work, equal on all sides after equally many calls. */
  value(): Promise<number>;
}

/** Every leaf of a tree by its PyTorch name. */
function named<P>(like: P): P {
  const dict = io.toTorchStateDict(like);
  const filled = Object.entries(dict).map(([name, { shape }]) => [name, tensor(parameter(name, shape), { shape })]);
  return io.fromTorchStateDict(Object.fromEntries(filled), like);
}

/** A tensor of the values that belong to a name. */
function numbers(name: string, shape: readonly number[]): Tensor {
  return tensor(values(name, shape.reduce((size, extent) => size * extent, 1)), { shape });
}

function layerOf(name: LayerName, channels: number, depth = 1): nn.Layer<object> {
  const one = (): nn.Layer<object> =>
    name === "conv3x3"
      ? nn.conv2d(channels, channels, { kernelSize: 3, padding: 1 })
      : nn.scConv(channels, depth > 1 ? { fuse: "paper" } : {}); // "concat" makes a deep network's values vanish
  return depth === 1 ? one() : nn.sequential(...Array.from({ length: depth }, one)) as unknown as nn.Layer<object>;
}

const learningRate = 1e-6;

/** The sum of squares, which no two different results share by chance. */
async function energy(t: Tensor): Promise<number> {
  let total = 0;
  for (const v of await t.data()) total += v * v;
  return total;
}

/** A training step of one layer, or of several in a row: jitted, its parameters donated. */
function layerStep({ layer: name, shape, depth }: Extract<Work, { kind: "step" }>): Body {
  const layer = layerOf(name, shape[1], depth);
  let params = named(layer.init(random.key(0)));
  const x = numbers("x", shape);
  const lossOf = (p: object, x: Tensor): Tensor => ops.sum(ops.square(layer.apply(p, x)));
  const step = jit((p: object, x: Tensor) => {
    const [loss, grads] = valueAndGrad(lossOf)(p, x);
    return [tree.map((w: Tensor, g: Tensor) => ops.sub(w, ops.mul(g, learningRate)), p, grads), loss] as const;
  }, { donate: [0] });
  let loss: Tensor;
  return {
    run: () => [params, loss] = step(params, x),
    value: () => loss.item(),
  };
}

/** The layer's forward pass, jitted. */
function layerInference({ layer: name, shape }: Extract<Work, { kind: "inference" }>): Body {
  const layer = layerOf(name, shape[1]);
  const params = named(layer.init(random.key(0)));
  const x = numbers("x", shape);
  const forward = jit((p: object, x: Tensor) => layer.apply(p, x));
  let y: Tensor;
  return { run: () => y = forward(params, x), value: () => energy(y) };
}

function networkParts(name: NetworkName, batch: number, size: number) {
  const network = networkOf(name, size);
  const { params, state } = network.init(random.key(0));
  const images = numbers("x", [batch, network.channels, size, size]);
  return { network, params: named(params), state: state && named(state), images };
}

/** A training step of a network: jitted, parameters and the optimiser's state donated. */
function networkStep({ network: name, batch, size }: Extract<Work, { kind: "network-step" }>): Body {
  const { network, params, state: statistics, images } = networkParts(name, batch, size);
  const labels = tensor(Int32Array.from({ length: batch }, (_, i) => i * 7 % network.classes));
  const lossOf = (p: object, x: Tensor, y: Tensor): Tensor =>
    ops.mean(ops.softmaxCrossEntropy(network.apply(p, statistics, x), y));
  const optimizer =
    (name === "mnist"
      ? optim.adam({ learningRate: 1e-4 })
      : optim.sgd({ learningRate: 1e-4 })) as optim.GradientTransformation<object>;
  const step = jit((p: object, state: object, x: Tensor, y: Tensor) => {
    const [loss, grads] = valueAndGrad(lossOf)(p, x, y);
    const [updates, next] = optimizer.update(grads, state, p);
    return [optim.applyUpdates(p, updates), next, loss] as const;
  }, { donate: [0, 1] });
  let now = [params, optimizer.init(params)] as readonly [object, object, Tensor?];
  return { run: () => now = step(now[0], now[1], images, labels), value: () => now[2]!.item() };
}

function networkInference({ network: name, batch, size }: Extract<Work, { kind: "network-inference" }>): Body {
  const { network, params, state, images } = networkParts(name, batch, size);
  const forward = jit((p: object, s: object | undefined, x: Tensor) => network.apply(p, s, x));
  let y: Tensor;
  return { run: () => y = forward(params, state, images), value: () => energy(y) };
}

function matmul({ size, jit: jitted }: Extract<Work, { kind: "matmul" }>): Body {
  const [a, b] = [numbers("a", [size, size]), numbers("b", [size, size])];
  const product = jitted ? jit((a: Tensor, b: Tensor) => ops.matmul(a, b)) : ops.matmul;
  let y: Tensor;
  return { run: () => y = product(a, b), value: () => energy(y) };
}

function eager({ op, shape }: Extract<Work, { kind: "eager" }>): Body {
  const [a, b] = [numbers("a", shape), numbers("b", shape)];
  const layer = op === "conv3x3" || op === "scconv" ? layerOf(op, shape[1]) : undefined;
  const params = layer && named(layer.init(random.key(0)));
  const functions: Record<EagerOp, () => Tensor> = {
    add: () => ops.add(a, b),
    relu: () => ops.relu(a),
    softmax: () => ops.softmax(a),
    sum: () => ops.sum(a),
    conv3x3: () => layer!.apply(params!, a),
    scconv: () => layer!.apply(params!, a),
  };
  const call = functions[op];
  let y: Tensor;
  return { run: () => y = call(), value: () => energy(y) };
}

function call(): Body {
  const leaves = Array.from({ length: 10 }, (_, i) => numbers(`leaf ${i}`, [4]));
  const f = jit((p: Tensor[]) => p.reduce((total, leaf) => ops.add(total, leaf)));
  let y: Tensor;
  return { run: () => y = f(leaves), value: () => energy(y) };
}

/** Two convolutions of 8 and 16 channels with pooling, and a linear layer. */
function perExample({ way, batch, size }: Extract<Work, { kind: "per-example" }>): Body {
  const conv = (from: number, to: number) => nn.conv2d(from, to, { kernelSize: 3, padding: 1 });
  const features = 16 * (size >> 2) ** 2;
  const model = nn.sequential(
    conv(1, 8),
    nn.relu(),
    nn.maxPool2d(2),
    conv(8, 16),
    nn.relu(),
    nn.maxPool2d(2),
    nn.flatten(),
    nn.linear(features, 10),
  );
  const params = named(model.init(random.key(0)));
  const images = numbers("x", [batch, 1, size, size]);
  const labels = tensor(Int32Array.from({ length: batch }, (_, i) => i * 7 % 10));
  const lossOf = (p: typeof params, image: Tensor, label: Tensor): Tensor =>
    ops.mean(ops.softmaxCrossEntropy(model.apply(p, ops.expandDims(image, 0)), ops.expandDims(label, 0)));
  const parts = (t: Tensor): Tensor[] => ops.split(t, batch, 0).map((part) => ops.squeeze(part, 0));
  const [eachImage, eachLabel] = [parts(images), parts(labels)];
  const one = way === "loop" ? grad(lossOf) : jit(grad(lossOf));
  const all = jit(vmap(grad(lossOf), { inAxes: [null, 0, 0] }));
  let gradients: typeof params[] = [];
  return {
    run: () =>
      gradients = way === "vmap"
        ? [all(params, images, labels)]
        : eachImage.map((x, i) => one(params, x, eachLabel[i])),
    value: async () => {
      let total = 0;
      for (const t of tree.leaves(gradients)) total += await energy(t);
      return total;
    },
  };
}

/** h ← tanh(x · w + h · u + b) in a scan; the mean square of all h. */
function recurrent({ steps, batch, inputs, hidden, gradient }: Extract<Work, { kind: "recurrent" }>): Body {
  const scaled = (name: string, shape: readonly number[]): Tensor =>
    ops.mul(numbers(name, shape), 1 / Math.sqrt(shape[0]));
  const params = { w: scaled("w", [inputs, hidden]), u: scaled("u", [hidden, hidden]), b: scaled("b", [hidden]) };
  const xs = numbers("x", [steps, batch, inputs]);
  const loss = ({ w, u, b }: typeof params, xs: Tensor): Tensor => {
    const [, hs] = scan(
      (h: Tensor, x: Tensor) => {
        const next = ops.tanh(ops.add(ops.add(ops.matmul(x, w), ops.matmul(h, u)), b));
        return [next, next] as const;
      },
      zeros([batch, hidden]),
      xs,
    );
    return ops.mean(ops.square(hs));
  };
  const f = jit(
    gradient
      ? (p: typeof params, xs: Tensor) => Object.values(grad(loss)(p, xs))
      : (p: typeof params, xs: Tensor) => [loss(p, xs)],
  );
  let results: Tensor[] = [];
  return {
    run: () => results = f(params, xs),
    value: async () => {
      let total = 0;
      for (const t of results) total += await energy(t);
      return total;
    },
  };
}

/** Each call traces anew: what is measured is tracing, differentiating, compiling, and one run. */
function chain({ length }: Extract<Work, { kind: "chain" }>): Body {
  const x = numbers("x", [16]);
  const links = (x: Tensor): Tensor => {
    let y = x;
    for (let i = 0; i < length; i += 2) y = ops.mul(ops.add(y, x), 0.5);
    return ops.sum(y);
  };
  let y: Tensor;
  return { run: () => y = jit(grad(links))(x), value: () => energy(y) };
}

/** Makes what is measured. */
export function bodyOf(work: Work): Body {
  switch (work.kind) {
    case "step":
      return layerStep(work);
    case "inference":
      return layerInference(work);
    case "network-step":
      return networkStep(work);
    case "network-inference":
      return networkInference(work);
    case "matmul":
      return matmul(work);
    case "eager":
      return eager(work);
    case "call":
      return call();
    case "per-example":
      return perExample(work);
    case "recurrent":
      return recurrent(work);
    case "chain":
      return chain(work);
  }
}
