/**
 * The networks with their sizes, and beside them what the paper of ScConv says.
 *
 * @module
 */

import { nn } from "../../mod.ts";

/** A network with one kind of convolution on one size of input. */
export interface ModelRow {
  /** Its name in the literature. */
  readonly network: string;
  /** What makes the k×k convolutions of its blocks. */
  readonly conv: "standard" | "scconv";
  /** Which of them were replaced, where not all were. */
  readonly rule?: nn.PlugRule;
  /** [C, H, W]. */
  readonly input: readonly number[];
  readonly classes: number;
  /** Numbers that are learned. */
  readonly parameters: number;
  /** Multiplications with an addition in convolutions and matrix products, for one image. */
  readonly macs: number;
  /** The paper's counts, where its table has this row; what it calls FLOPs are MACs. */
  readonly paper?: { readonly parameters: number; readonly macs: number };
  /** Why the counts differ from the paper's. */
  readonly note?: string;
}

/** A network and the sizes it is counted at. */
interface Entry {
  readonly network: string;
  readonly make: (options: nn.NetworkOptions) => nn.Network;
  readonly input: readonly number[];
  readonly classes: number;
  /** The paper's counts in millions, by row: parameters, MACs. */
  readonly paper?: Readonly<Record<string, readonly [parameters: number, macs: number]>>;
  readonly notes?: Readonly<Record<string, string>>;
}

const [small, large] = [[3, 32, 32], [3, 224, 224]];
const cifar = { stem: "cifar" } as const;

const inside = "the paper's counter adds norms and poolings to the MACs";

const entries: readonly Entry[] = [
  { network: "ResNet-20", make: nn.resNet20, input: small, classes: 10 },
  { network: "ResNet-32", make: nn.resNet32, input: small, classes: 10 },
  {
    network: "ResNet-56",
    make: nn.resNet56,
    input: small,
    classes: 10,
    paper: { standard: [0.86, 126.84], "one-per-block": [0.52, 79.55] },
    notes: {
      standard: inside,
      "one-per-block":
        "the paper's 0.52 M fits only one convolution a block; eq. 11 gives 0.508 M, and the rest are the norms and biases of " +
        "ScConv, which eq. 11 leaves out; its MACs hold norms, gates and poolings",
    },
  },
  { network: "ResNet-110", make: nn.resNet110, input: small, classes: 10 },
  { network: "ResNet-18", make: (o) => nn.resNet18({ ...o, ...cifar }), input: small, classes: 10 },
  { network: "ResNet-18", make: nn.resNet18, input: large, classes: 1000 },
  { network: "ResNet-34", make: (o) => nn.resNet34({ ...o, ...cifar }), input: small, classes: 10 },
  { network: "ResNet-34", make: nn.resNet34, input: large, classes: 1000 },
  {
    network: "ResNet-50",
    make: (o) => nn.resNet50({ ...o, ...cifar }),
    input: small,
    classes: 10,
    paper: { standard: [23.52, 1300], scconv: [14.69, 831.18] },
    notes: {
      scconv:
        "eq. 11 gives 14.48 M, and ScConv's norms and biases 0.01 M; the paper does not say where its other 0.20 M are",
    },
  },
  {
    network: "ResNet-50",
    make: nn.resNet50,
    input: large,
    classes: 1000,
    paper: { standard: [25.56, 4090], scconv: [16.78, 2700] },
    notes: {
      scconv:
        "eq. 11 gives 16.52 M, and ScConv's norms and biases 0.01 M; the paper does not say where its other 0.25 M are",
    },
  },
  {
    network: "ResNeXt-29",
    make: nn.resNeXt29,
    input: small,
    classes: 10,
    paper: { standard: [28.27, 4550], scconv: [22.31, 3570] },
    notes: {
      standard:
        "8×64d has 34.43 M, as its authors say; no 29-layer ResNeXt that we know of has the 28.27 M of this paper, which does not " +
        "give the cardinality",
      scconv:
        "with 8 groups the 3×3 convolution has 1.125·C² parameters, fewer than ScConv's 1.8125·C²: replacing it adds some, so the " +
        "paper's saving is not that of this network",
    },
  },
  {
    network: "WRN-28-10",
    // As the implementation that the paper's counts fit: convolutions with biases, the second of a block strided.
    make: (o) => nn.wideResNet28({ ...o, bias: true, strided: "second" }),
    input: small,
    classes: 100,
    paper: { standard: [36.55, 5960], "one-per-block": [21.12, 3750] },
    notes: {
      standard:
        "counted with 100 classes, biases, and the stride in a block's second convolution, as the paper's numbers ask",
      "one-per-block": "the paper's 21.12 M fits one convolution a block; with all of them replaced 7.63 M are left",
    },
  },
  {
    network: "DenseNet-121",
    make: (o) => nn.denseNet121({ ...o, ...cifar }),
    input: small,
    classes: 100,
    paper: { standard: [7.05, 898.23], scconv: [5.45, 594.34] },
    notes: {
      standard: inside,
      scconv: "eq. 11 gives 5.47 M, and ScConv's norms and biases 0.02 M",
    },
  },
  { network: "DenseNet-121", make: nn.denseNet121, input: large, classes: 1000 },
  { network: "VGG-16", make: (o) => nn.vgg16({ ...o, ...cifar, batchNorm: true }), input: small, classes: 10 },
  { network: "VGG-16", make: nn.vgg16, input: large, classes: 1000 },
  {
    network: "MobileNetV1",
    make: (o) => nn.mobileNetV1({ ...o, ...cifar }),
    input: small,
    classes: 10,
    notes: { scconv: "a separable convolution has C² + 9·C parameters, fewer than ScConv: there is nothing to save" },
  },
  { network: "MobileNetV1", make: nn.mobileNetV1, input: large, classes: 1000 },
  { network: "simpleCnn", make: nn.simpleCnn, input: [3, 28, 28], classes: 10 },
];

/** The kinds of rows of a network, in order: what they are called here, and how the network is made. */
const kinds: readonly (readonly [kind: string, conv?: nn.ConvPlug, rule?: nn.PlugRule])[] = [
  ["standard"],
  ["scconv", nn.scConvPlug()],
  ["same-shape", nn.scConvPlug({ rule: "same-shape" }), "same-shape"],
  ["one-per-block", nn.scConvPlug({ rule: "one-per-block" }), "one-per-block"],
];

/** Counts every network. Of the rules beside "all", only those are told that make another network than the rows before. */
export function* modelRows(): Generator<ModelRow> {
  for (const { network, make, input, classes, paper = {}, notes = {} } of entries) {
    const seen = new Set<number>();
    for (const [kind, conv, rule] of kinds) {
      const { parameters, macs } = nn.summary(make(conv ? { classes, conv } : { classes }), [1, ...input]).totals;
      if (rule && seen.has(parameters)) continue;
      seen.add(parameters);
      const said = paper[kind];
      yield {
        network,
        conv: conv ? "scconv" : "standard",
        ...rule && { rule },
        input,
        classes,
        parameters,
        macs,
        ...said && { paper: { parameters: said[0] * 1e6, macs: said[1] * 1e6 } },
        ...notes[kind] && { note: notes[kind] },
      };
    }
  }
}
