/**
 * The networks of the bench. peers/torch_networks.py has the same ones, with the same names of parameters.
 *
 * @module
 */

import { nn, ops, type Tensor } from "../../mod.ts";
import { models } from "../../examples/train/model.ts";
import type { NetworkName } from "./work.ts";

/** A network in the mode in which it is measured: a plain function of parameters and images. */
export interface Network {
  /** Channels of the images. */
  readonly channels: number;
  readonly classes: number;
  /** Parameters, and the statistics of batch norms (`undefined` where there are none): trees to fill. */
  init(key: Tensor): { params: object; state?: object };
  apply(params: object, state: object | undefined, images: Tensor): Tensor;
}

type Norm = (channels: number) => nn.AnyLayer;
type Conv = (inChannels: number, outChannels: number, stride: number) => nn.AnyLayer;

const plainConv: Conv = (inChannels, outChannels, stride) =>
  nn.conv2d(inChannels, outChannels, { kernelSize: 3, stride, padding: 1, bias: false });

/** A ResNet for small images: three stages of 16, 32 and 64 channels with `depth` blocks of two convolutions each. */
export function resnet(depth: number, norm: Norm, second: Conv = plainConv): nn.AnyLayer {
  const layers: nn.AnyLayer[] = [plainConv(3, 16, 1), norm(16), nn.relu()];
  let width = 16;
  for (const channels of [16, 32, 64]) {
    for (let i = 0; i < depth; i++) {
      const stride = i === 0 && channels > 16 ? 2 : 1;
      const body = nn.sequential(
        ...[
          plainConv(width, channels, stride),
          norm(channels),
          nn.relu(),
          second(channels, channels, 1),
          norm(channels),
        ],
      );
      const change = nn.conv2d(width, channels, { kernelSize: 1, stride, bias: false });
      layers.push(width === channels ? nn.residual(body) : nn.residual(body, { shortcut: change }), nn.relu());
      width = channels;
    }
  }
  return nn.sequential(...layers, nn.adaptiveAvgPool2d(1), nn.flatten(), nn.linear(64, 10));
}

/** A small DenseNet: three blocks of `depth` convolutions of `growth` channels, each of which reads all before it. */
export function densenet(depth: number, growth: number): nn.AnyLayer {
  const norm = (channels: number): nn.AnyLayer => nn.groupNorm(channels, { groups: 4 });
  const layers: nn.AnyLayer[] = [plainConv(3, 16, 1)];
  let width = 16;
  for (let block = 0; block < 3; block++) {
    for (let i = 0; i < depth; i++) {
      layers.push(dense(nn.sequential(norm(width), nn.relu(), plainConv(width, growth, 1))));
      width += growth;
    }
    if (block < 2) layers.push(nn.avgPool2d(2));
  }
  return nn.sequential(...layers, norm(width), nn.relu(), nn.adaptiveAvgPool2d(1), nn.flatten(), nn.linear(width, 10));
}

/** A layer whose output is its input and, after it, what the body makes of that. */
function dense(body: nn.AnyLayer): nn.AnyLayer {
  const layer = body as nn.Layer<object>;
  return {
    init: (key) => layer.init(key),
    apply: (params, x) => ops.concat([x, layer.apply(params, x)], 1),
  } as nn.Layer<
    object
  >;
}

function network(layer: nn.AnyLayer, channels = 3, train = false): Network {
  if (nn.isStateful(layer)) {
    return {
      channels,
      classes: 10,
      init(key) {
        const [params, state] = layer.init(key) as [object, object];
        return { params, state };
      },
      apply: (params, state, images) => layer.apply(params, state!, images, { train })[0],
    };
  }
  return {
    channels,
    classes: 10,
    init: (key) => ({ params: layer.init(key) as object }),
    apply: (params, _state, images) => layer.apply(params, images),
  };
}

const groupNorm: Norm = (channels) => nn.groupNorm(channels, { groups: 4 });

/** Makes a network for square images of a size. */
export function networkOf(name: NetworkName, size: number): Network {
  switch (name) {
    case "resnet8":
      return network(resnet(1, groupNorm));
    case "resnet20":
      return network(resnet(3, nn.batchNorm2d));
    case "resnet20-train": // batch norms with the statistics of the batch
      return network(nn.resNet20(), 3, true);
    case "resnet20-scconv-train":
      return network(nn.resNet20({ conv: nn.scConvPlug() }), 3, true);
    case "resnet56-scconv": // as in the paper's table: one of the two convolutions of each block is replaced
      return network(resnet(9, groupNorm, (channels) => nn.scConv(channels)));
    case "mnist": // that of the training program
      return network(models.scconv({ rows: size, columns: size }), 1);
  }
}
