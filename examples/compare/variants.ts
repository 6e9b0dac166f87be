/**
 * What is compared: one network with three kinds of convolutions.
 *
 * @module
 */

import { nn, ops, type Tensor } from "../../mod.ts";

/** The variants by name; the first is what the others are compared with. */
export const variants = {
  standard: { title: "3×3 convolutions", plug: undefined },
  scconv: { title: "ScConv, published module", plug: {} },
  "scconv-paper": {
    title: "ScConv, the paper's text",
    plug: { norm: "groupNorm", gate: "paper", fuse: "paper" },
  },
} as const satisfies Record<string, { title: string; plug: nn.ScConvPlugOptions | undefined }>;

/** The name of a variant. */
export type VariantName = keyof typeof variants;

/** The names in order. */
export const variantNames = Object.keys(variants) as VariantName[];

/** Classes of MNIST and Fashion-MNIST. */
export const classes = 10;

/** ResNet-20 for images of one channel, with a variant's convolutions. */
export function networkOf(name: VariantName): nn.Network {
  const { plug } = variants[name];
  return nn.resNet20({ classes, inChannels: 1, ...plug && { conv: nn.scConvPlug(plug) } });
}

/** Height and width of the images that the network sees: [16, 16] for MNIST's 28 × 28. */
export const sizeOf = (rows: number, columns: number): [number, number] => [
  Math.ceil(rows / 8) * 4,
  Math.ceil(columns / 8) * 4,
];

/** Pixels from 0 to 255, [N, 1, 28, 28], as the network sees them: framed to 32 × 32, halved, about 0 on average. */
export function prepare(pixels: Tensor): Tensor {
  const [, , rows, columns] = pixels.shape;
  const frame = [rows, columns].map((n): [number, number] => {
    const more = Math.ceil(n / 8) * 8 - n;
    return [Math.floor(more / 2), Math.ceil(more / 2)];
  });
  const framed = ops.pad(pixels, [[0, 0], [0, 0], ...frame]);
  return ops.div(ops.sub(ops.avgPool2d(framed, 2), 64), 80); // [N, 1, 16, 16]
}
