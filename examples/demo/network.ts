/**
 * The network of the demo and its training: a small ScConv network, so that it learns before one's eyes.
 *
 * @module
 */

import { jit, nn, ops, optim, random, type Tensor, tensor, valueAndGrad } from "../../mod.ts";

/** Height and width of the images. */
export const side = 28;

/** Channels of the first convolution, whose SRU is shown. */
export const channels = 16;

const first = nn.conv2d(1, channels, { kernelSize: 3, padding: 1, stride: 2 });
const scconv = nn.scConv(channels, { groups: 4 });
const rest = nn.sequential(
  nn.groupNorm(channels, { groups: 4 }),
  nn.relu(),
  nn.maxPool2d(2), // [N, 16, 7, 7]
  nn.flatten(),
  nn.linear(channels * 49, 10),
);

type ParamsOf<L> = L extends nn.Layer<infer P> ? P : never;

/** The parameters of the network. */
export interface Params {
  readonly first: ParamsOf<typeof first>;
  readonly scconv: ParamsOf<typeof scconv>;
  readonly rest: ParamsOf<typeof rest>;
}

const normalise = (pixels: Tensor): Tensor => ops.div(ops.sub(pixels, 33.3), 78.6);
const features = (p: Params, pixels: Tensor): Tensor => ops.relu(first.apply(p.first, normalise(pixels)));
const logits = (p: Params, pixels: Tensor): Tensor => rest.apply(p.rest, scconv.apply(p.scconv, features(p, pixels)));

function init(key: Tensor): Params {
  const [a, b, c] = random.split(key, 3);
  return { first: first.init(a), scconv: scconv.init(b), rest: rest.init(c) };
}

/** What a training step tells. */
export interface Progress {
  readonly loss: number;
  readonly accuracy: number;
}

/** What the network makes of one image. */
export interface Look {
  /** A probability for each digit. */
  readonly probabilities: Float32Array;
  /** Where the SRU finds something, [channels, 14, 14], 0 or 1. */
  readonly mask: Uint8Array;
}

/** A network in training on one device. */
export interface Learner {
  step(pixels: Float32Array, labels: Int32Array): Promise<Progress>;
  look(pixels: Float32Array): Promise<Look>;
}

/** A fresh network on a device; the same seed gives the same start on every device. */
export function createLearner(device: string, seed = 0): Learner {
  const optimizer = optim.adam({ learningRate: 0.005 });
  const start = init(random.key(seed, { device }));
  let params: Params = start;
  let state = optimizer.init(start);

  const lossOf = (p: Params, pixels: Tensor, labels: Tensor) => {
    const scores = logits(p, pixels);
    const right = ops.equal(ops.argmax(scores, { axis: 1 }), labels);
    return [ops.mean(ops.softmaxCrossEntropy(scores, labels)), ops.mean(ops.cast(right, "float32"))] as const;
  };
  const update = jit((p: Params, s: typeof state, pixels: Tensor, labels: Tensor) => {
    const [[loss, accuracy], grads] = valueAndGrad(lossOf, { hasAux: true })(p, pixels, labels);
    const [updates, next] = optimizer.update(grads, s, p);
    return [optim.applyUpdates(p, updates), next, ops.stack([loss, accuracy])] as const;
  }, { donate: [0, 1] });
  const inspect = jit((p: Params, pixels: Tensor) => [
    ops.softmax(ops.reshape(logits(p, pixels), [10])),
    scconv.sru.separate(p.scconv.sru, features(p, pixels)).informationMask,
  ]);

  return {
    async step(pixels, labels) {
      const x = tensor(pixels, { shape: [labels.length, 1, side, side], device });
      const [next, nextState, told] = update(params, state, x, tensor(labels, { device }));
      params = next;
      state = nextState;
      const [loss, accuracy] = await told.data();
      return { loss, accuracy };
    },
    async look(pixels) {
      const [probabilities, mask] = inspect(params, tensor(pixels, { shape: [1, 1, side, side], device }));
      return { probabilities: await probabilities.data() as Float32Array, mask: await mask.data() as Uint8Array };
    },
  };
}
