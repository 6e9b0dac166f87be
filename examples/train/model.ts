/**
 * The networks that can be trained.
 *
 * @module
 */

import { nn, ops, type Tensor } from "../../mod.ts";

/** The parameters of a network: a tree for each of its layers. */
export type Params = readonly object[];

/** The size of the images. */
export interface Size {
  rows: number;
  columns: number;
}

/** Mean and standard deviation of the pixels of MNIST's training images, from 0 to 255. */
const [mean, deviation] = [0.1307 * 255, 0.3081 * 255];

/** Pixels from 0 to 255 as what a network takes. */
export const normalise = (pixels: Tensor): Tensor => ops.div(ops.sub(pixels, mean), deviation);

/** A 3×3 convolution that keeps height and width. */
const conv3x3 = (inChannels: number, outChannels: number) =>
  nn.conv2d(inChannels, outChannels, { kernelSize: 3, padding: 1 });

/** Two blocks between a first convolution and a linear layer. The shapes are those of images of 28 × 28. */
const network = <P extends object>(first: nn.Layer<P>, second: nn.Layer<P>, { rows, columns }: Size) =>
  nn.sequential(
    conv3x3(1, 32), // [N, 32, 28, 28]
    nn.relu(),
    first, // [N, 32, 28, 28]
    nn.groupNorm(32, { groups: 4 }),
    nn.relu(),
    nn.maxPool2d(2), // [N, 32, 14, 14]
    second, // [N, 64, 14, 14]
    nn.groupNorm(64, { groups: 4 }),
    nn.relu(),
    nn.maxPool2d(2), // [N, 64, 7, 7]
    nn.flatten(), // [N, 3136]
    nn.linear(64 * Math.floor(rows / 4) * Math.floor(columns / 4), 10), // [N, 10]
  );

/** The networks by name: normalised images [N, 1, rows, columns] to logits [N, 10]. */
export const models: Record<"scconv" | "conv", (size: Size) => nn.Layer<Params>> = {
  scconv: (size) => network(nn.scConv(32), nn.scConv(32, { outChannels: 64 }), size),
  /** With the 3×3 convolutions that ScConv replaces. */
  conv: (size) => network(conv3x3(32, 32), conv3x3(32, 64), size),
};
