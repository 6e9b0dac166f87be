/**
 * What a case does, as data: every side of a comparison reads the same description.
 *
 * @module
 */

/** The layers that are compared. A 3×3 convolution is what ScConv replaces. */
export type LayerName = "scconv" | "conv3x3";

/** [N, C, H, W]. */
export type ImageShape = readonly [batch: number, channels: number, rows: number, columns: number];

/** The networks: see networks.ts. */
export type NetworkName =
  | "resnet8"
  | "resnet20"
  | "resnet20-train"
  | "resnet20-scconv-train"
  | "resnet56-scconv"
  | "mnist";

/** One call of what is measured. */
export type Work =
  /** Forward, sum of squares, the gradients of all parameters, SGD; of `depth` layers in a row (default 1). */
  | { readonly kind: "step"; readonly layer: LayerName; readonly shape: ImageShape; readonly depth?: number }
  /** Forward. */
  | { readonly kind: "inference"; readonly layer: LayerName; readonly shape: ImageShape }
  /** Forward, cross-entropy, the gradients of all parameters, SGD (Adam for "mnist", as the training program does). */
  | { readonly kind: "network-step"; readonly network: NetworkName; readonly batch: number; readonly size: number }
  /** Forward, batch norms with their running statistics. */
  | { readonly kind: "network-inference"; readonly network: NetworkName; readonly batch: number; readonly size: number }
  /** The product of two square matrices. */
  | { readonly kind: "matmul"; readonly size: number; readonly jit: boolean }
  /** One operation at a time. */
  | { readonly kind: "eager"; readonly op: EagerOp; readonly shape: readonly number[] }
  /** A call of a jitted function with ten leaves of four elements. */
  | { readonly kind: "call" }
  /** The gradients of a small convolutional network, one for each image of a batch: see programs.ts. */
  | { readonly kind: "per-example"; readonly way: PerExampleWay; readonly batch: number; readonly size: number }
  /** The mean square of all states of a recurrent network in a scan of `steps` turns; with its gradients by all weights. */
  | {
    readonly kind: "recurrent";
    readonly steps: number;
    readonly batch: number;
    readonly inputs: number;
    readonly hidden: number;
    readonly gradient: boolean;
  }
  /** A chain of element-wise operations: traced, differentiated, compiled and run. */
  | { readonly kind: "chain"; readonly length: number };

/** How the gradient of each example is had: by `jit(vmap(grad))`, or by `grad` or `jit(grad)` called for one after the other. */
export type PerExampleWay = "vmap" | "loop" | "jitted loop";

/** Operations of {@linkcode Work} of the kind "eager". */
export type EagerOp = "add" | "relu" | "softmax" | "sum" | "conv3x3" | "scconv";

const product = (shape: readonly number[]): number => shape.reduce((size, extent) => size * extent, 1);

/**
 * FLOPs of the work, a multiply-add counted as two, where they are known. Only the products are counted, and only the
 * gradients that are asked for: a step of ScConv needs all three products of each convolution, one of a convolution by
 * itself not the gradient of its input.
 */
export function flopsOf(work: Work): number | undefined {
  switch (work.kind) {
    case "step":
    case "inference": {
      const [, channels] = work.shape;
      const forward = 2 * product(work.shape) * channels * (work.layer === "scconv" ? 1.8125 : 9);
      if (work.kind === "inference") return forward;
      const { depth = 1 } = work;
      return forward * (work.layer === "scconv" ? 3 * depth : 3 * depth - 1);
    }
    case "matmul":
      return 2 * work.size ** 3;
    case "eager":
      if (work.op === "conv3x3") return 18 * product(work.shape) * work.shape[1];
      return work.op === "scconv" ? 3.625 * product(work.shape) * work.shape[1] : undefined;
    case "recurrent": {
      const { steps, batch, inputs, hidden, gradient } = work;
      const [fromInput, fromState] = [inputs, hidden].map((n) => 2 * steps * batch * n * hidden);
      return gradient ? 2 * fromInput + 3 * fromState : fromInput + fromState; // the input has no gradient
    }
    default:
      return undefined;
  }
}

/** The same kind of work at the smallest size that makes sense: to see that it runs. */
export function tiny(work: Work): Work {
  switch (work.kind) {
    case "step":
    case "inference": {
      const [batch, , rows, columns] = work.shape;
      const shape: ImageShape = [Math.min(batch, 2), 16, Math.min(rows, 4), Math.min(columns, 4)];
      return work.kind === "step" && work.depth ? { ...work, shape, depth: 2 } : { ...work, shape };
    }
    case "network-step":
    case "network-inference":
      return { ...work, network: work.network === "mnist" ? "mnist" : "resnet8", batch: 2, size: 8 };
    case "matmul":
      return { ...work, size: 8 };
    case "eager":
      return {
        ...work,
        shape: work.shape.length === 4 ? [1, 16, 4, 4] : work.shape.map((extent) => Math.min(extent, 4)),
      };
    case "call":
      return work;
    case "per-example":
      return { ...work, batch: 2, size: 8 };
    case "recurrent":
      return { ...work, steps: 5, batch: 2, inputs: 3, hidden: 4 };
    case "chain":
      return { ...work, length: 20 };
  }
}

/** A name for the shape of some work, such as "32×64×32×32". */
export const shapeText = (shape: readonly number[]): string => `(${shape.join(", ")})`;
