/**
 * The cases of the bench, as data.
 *
 * @module
 */

import { type EagerOp, type ImageShape, type LayerName, shapeText, type Work } from "./work.ts";

/** What of some work is measured. */
export type Measure =
  /** A call, warm. */
  | "call"
  /** The first call in a fresh process, the library being loaded: trace, compile and run. */
  | "first call"
  /** From the start of a process to the first result. */
  | "start";

/** One row of the table. */
export interface Case {
  readonly group: string;
  readonly name: string;
  readonly measure: Measure;
  readonly work: Work;
  /** For the cases that show how time grows: the name of the case to compare with, and how much more work this is. */
  readonly growth?: { readonly from: string; readonly work: number };
}

const shapes: readonly ImageShape[] = [[1, 32, 16, 16], [32, 64, 32, 32], [32, 256, 14, 14], [8, 64, 56, 56]];

const title: Record<LayerName, string> = { scconv: "ScConv", conv3x3: "3×3 convolution" };

function call(group: string, name: string, work: Work): Case {
  return { group, name, measure: "call", work };
}

const steps = (["scconv", "conv3x3"] as const).flatMap((layer) =>
  shapes.map((shape) => call("Training step", `${title[layer]} ${shapeText(shape)}`, { kind: "step", layer, shape }))
);

const networks = [
  call("Networks", "ResNet-8 step, 32 images", { kind: "network-step", network: "resnet8", batch: 32, size: 32 }),
  ...(["resnet20-train", "resnet20-scconv-train"] as const).map((network) =>
    call("Networks", `ResNet-20${network === "resnet20-train" ? "" : " with ScConv"} step, 64 images`, {
      kind: "network-step",
      network,
      batch: 64,
      size: 32,
    })
  ),
  call("Networks", "MNIST network step, 128 images", { kind: "network-step", network: "mnist", batch: 128, size: 28 }),
];

const inference = [1, 32].flatMap((batch) => [
  call("Inference", `ScConv ${shapeText([batch, 64, 32, 32])}`, {
    kind: "inference",
    layer: "scconv",
    shape: [batch, 64, 32, 32],
  }),
  call("Inference", `ResNet-20, ${batch === 1 ? "1 image" : `${batch} images`}`, {
    kind: "network-inference",
    network: "resnet20",
    batch,
    size: 32,
  }),
]);

const perExample = (["vmap", "loop", "jitted loop"] as const).map((way): Case => {
  const names = { vmap: "vmap(grad), 64 images", loop: "grad in a loop", "jitted loop": "jit(grad) in a loop" };
  return {
    ...call("Per-example gradients", names[way], { kind: "per-example", way, batch: 64, size: 28 }),
    growth: way === "vmap" ? undefined : { from: names.vmap, work: 1 },
  };
});

const recurrent = [false, true].map((gradient) =>
  call("Loops", `1,000 steps of a recurrent network, ${gradient ? "gradient" : "forward"}`, {
    kind: "recurrent",
    steps: 1000,
    batch: 16,
    inputs: 8,
    hidden: 32,
    gradient,
  })
);

const products = [512, 1024].flatMap((size) =>
  [false, true].map((jit) =>
    call("Matrix product", `${size}³, ${jit ? "jit" : "eager"}`, { kind: "matmul", size, jit })
  )
);

const eager = (op: EagerOp, shape: readonly number[]): Case =>
  call("Eager operations", `${op === "conv3x3" || op === "scconv" ? title[op] : op} ${shapeText(shape)}`, {
    kind: "eager",
    op,
    shape,
  });

const operations = [
  call("Eager operations", "jit call with 10 leaves", { kind: "call" }),
  ...(["add", "softmax"] as const).map((op) => eager(op, [32])),
  ...(["add", "relu", "sum", "softmax"] as const).map((op) => eager(op, [1000, 1000])),
  ...(["conv3x3", "scconv"] as const).map((op) => eager(op, [32, 64, 32, 32])),
];

const small: Work = { kind: "step", layer: "scconv", shape: shapes[0] };
const resnet56: Work = { kind: "network-step", network: "resnet56-scconv", batch: 4, size: 32 };

const fresh: Case[] = [
  { group: "Fresh process", name: "start to first ScConv step", measure: "start", work: small },
  { group: "Fresh process", name: "first ScConv step (1, 32, 16, 16)", measure: "first call", work: small },
  {
    group: "Fresh process",
    name: "first ScConv step (32, 64, 32, 32)",
    measure: "first call",
    work: { ...small, shape: shapes[1] },
  },
  { group: "Fresh process", name: "first ResNet-56 with ScConv step", measure: "first call", work: resnet56 },
  ...[10_000, 20_000].map((length): Case => ({
    group: "Fresh process",
    name: `chain of ${length.toLocaleString("en-US")} operations`,
    measure: "first call",
    work: { kind: "chain", length },
    growth: length === 10_000 ? undefined : { from: "chain of 10,000 operations", work: 2 },
  })),
];

/** ScConv steps whose shape or depth is doubled. */
function growing(name: string, shape: ImageShape, growth?: Case["growth"], depth?: number): Case {
  return { group: "Growth", name, measure: "call", work: { kind: "step", layer: "scconv", shape, depth }, growth };
}

const wide = "ScConv (8, 64, 28, 28)", deep = "10 ScConv (4, 32, 14, 14)";

const growth = [
  growing(wide, [8, 64, 28, 28]),
  growing("twice the batch", [16, 64, 28, 28], { from: wide, work: 2 }),
  growing("twice the channels", [8, 128, 28, 28], { from: wide, work: 4 }),
  growing("twice the rows", [8, 64, 56, 28], { from: wide, work: 2 }),
  growing(deep, [4, 32, 14, 14], undefined, 10),
  growing("20 of them", [4, 32, 14, 14], { from: deep, work: 2 }, 20),
  growing("40 of them", [4, 32, 14, 14], { from: deep, work: 4 }, 40),
];

/** All cases, group by group. */
export const cases: readonly Case[] = [
  ...steps,
  ...networks,
  ...inference,
  ...perExample,
  ...recurrent,
  ...products,
  ...operations,
  ...fresh,
  ...growth,
];

/** Those that are compared with the peers. */
export const compared: readonly Case[] = cases.filter(({ group, work }) =>
  group !== "Growth" && work.kind !== "chain" && work.kind !== "per-example"
);

/** The cases whose group or name contains a text, and those with which they are compared. */
export function matching(all: readonly Case[], text: string | undefined): Case[] {
  const wanted = text?.toLowerCase() ?? "";
  const found = all.filter((one) => keyOf(one).toLowerCase().includes(wanted));
  const bases = new Set(found.map(({ growth }) => growth?.from));
  return all.filter((one) => found.includes(one) || bases.has(one.name));
}

/** The cases of each group, in order. */
export function grouped<C extends { readonly group: string }>(all: readonly C[]): Map<string, C[]> {
  return Map.groupBy(all, ({ group }) => group);
}

/** The name of a case in reports: unique. */
export const keyOf = ({ group, name }: Pick<Case, "group" | "name">): string => `${group}: ${name}`;
