/**
 * The networks that can be trained.
 *
 * @module
 */

import { nn, type Tensor } from "../../mod.ts";

/** A 3×3 convolution that keeps the size of the image. */
const conv3x3 = (inChannels: number, outChannels: number) =>
  nn.conv2d(inChannels, outChannels, { kernelSize: 3, padding: 1 });

const scconv = () =>
  nn.sequential(
    conv3x3(1, 32), // [N, 32, 28, 28]
    nn.relu(),
    nn.scConv(32),
    nn.groupNorm(32, { groups: 4 }),
    nn.relu(),
    nn.maxPool2d(2), // [N, 32, 14, 14]
    nn.scConv(32, { outChannels: 64 }), // [N, 64, 14, 14]
    nn.groupNorm(64, { groups: 4 }),
    nn.relu(),
    nn.maxPool2d(2), // [N, 64, 7, 7]
    nn.flatten(),
    nn.linear(64 * 7 * 7, 10),
  );
export { scconv };
