/** What the networks of this folder share. */
import { checkOptions, show } from "../../core/errors.ts";
import type { Tensor } from "../../core/tensor.ts";
import { checkCount, checkImages, checkMode } from "../check.ts";
import { type AnyLayer, isStateful, type StatefulLayer } from "../layer.ts";
import { applyAny, initAny } from "../part.ts";
import type { ConvPlug } from "./plug.ts";

/**
 * A network that sorts images [N, inChannels, H, W] into classes: logits [N, classes]. It is stateful always, so that programs
 * treat all alike; without batch norms the state has no tensors.
 */
export interface Network extends StatefulLayer<object, object> {
  /** What the function that made it is called. */
  readonly name: string;
  /** How many classes the logits tell apart. */
  readonly classes: number;
  /** Channels of the images. */
  readonly inChannels: number;
  /** How many pixels of the image become one before the last pooling; images must be at least so large. */
  readonly downsampling: number;
}

/** Options of every network. */
export interface NetworkOptions {
  /** How many classes; the default is that of the data set of the paper. */
  readonly classes?: number;
  /** Channels of the images; default 3. */
  readonly inChannels?: number;
  /** The constructor of the k×k convolutions of its blocks, for example {@linkcode scConvPlug}`()`; default `nn.conv2d`. */
  readonly conv?: ConvPlug;
}

/** How a network begins: as for ImageNet's 224 × 224 pixels, or without early downsampling, for CIFAR's 32 × 32. */
export type Stem = "imagenet" | "cifar";

/** Options of networks that come with both stems. */
export interface StemOptions extends NetworkOptions {
  /** Default `"imagenet"`. */
  readonly stem?: Stem;
}

/** Checks the options that all networks have. */
export function checkNetwork(
  name: string,
  options: NetworkOptions,
  known: readonly string[],
  defaults: { readonly classes: number },
): { classes: number; inChannels: number } {
  checkOptions(name, options, ["classes", "inChannels", "conv", ...known]);
  const { classes = defaults.classes, inChannels = 3 } = options;
  checkCount(name, "classes", classes);
  checkCount(name, "inChannels", inChannels);
  return { classes, inChannels };
}

/** A body of layers as a network, which checks what it is given. */
export function network(
  name: string,
  body: AnyLayer,
  about: { readonly classes: number; readonly inChannels: number; readonly downsampling: number },
): Network {
  const { inChannels, downsampling } = about;
  return {
    ...about,
    name,
    stateful: true,
    layers: body.layers,
    init: (key) => initAny(body, key) as [object, object],
    apply(params, state, x: Tensor, mode) {
      checkImages(name, x, inChannels);
      checkMode(name, mode);
      const [, , height, width] = x.shape;
      if (Math.min(height, width) < downsampling) {
        const smaller = name.startsWith("resNet") || name.startsWith("denseNet") ? `, or take { stem: "cifar" }` : "";
        throw new RangeError(
          `${name}: the images ${
            show(x.shape)
          } are smaller than ${downsampling} × ${downsampling}, which the network makes ` +
            `one pixel; enlarge them${downsampling > 8 ? smaller : ""}`,
        );
      }
      return applyAny(body, params, isStateful(body) ? state : {}, x, mode) as [Tensor, object];
    },
  };
}
