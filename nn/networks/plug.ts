/** What a network makes its k×k convolutions with, and ScConv in that place. */
import { checkChoice, checkOptions, describe, show } from "../../core/errors.ts";
import type { Tensor } from "../../core/tensor.ts";
import { checkLayer } from "../check.ts";
import { conv2d } from "../convolution.ts";
import { type AnyLayer, isStateful, type StatefulLayer } from "../layer.ts";
import { checkCruOptions, cruOptions } from "../scconv/cru.ts";
import { scConv, type ScConvOptions } from "../scconv/scconv.ts";
import { checkSruOptions, sruOptions } from "../scconv/sru.ts";

/** The convolution that a network wants somewhere: the options of {@linkcode conv2d}. It keeps the size, but for the stride. */
export interface PluggedConvOptions {
  /** Height and width of the kernel, odd. */
  readonly kernelSize: number;
  /** In both directions. */
  readonly stride: number;
  /** (kernelSize − 1) / 2. */
  readonly padding: number;
  /** Channels are convolved within this many groups. */
  readonly groups: number;
  /** Whether to add a bias. */
  readonly bias: boolean;
}

/** Where in its block a k×k convolution stands. */
export interface PlugPlace {
  /** Which of the block's k×k convolutions, from 0. */
  readonly index: number;
  /** How many the block has. */
  readonly count: number;
  /** Makes what the network has there without a plug. */
  standard(): AnyLayer;
}

/** The constructor of a network's k×k convolutions: {@linkcode conv2d}, {@linkcode scConvPlug}, or one's own. */
export type ConvPlug = (
  inChannels: number,
  outChannels: number,
  options: PluggedConvOptions,
  place: PlugPlace,
) => AnyLayer;

/** What a block wants of its convolution. */
export interface Wanted {
  readonly kernelSize?: number;
  readonly stride?: number;
  readonly groups?: number;
  readonly bias?: boolean;
}

/**
 * Makes one k×k convolution of a network's block, whose output is checked at each call, so that a layer that does not fit is
 * told where it stands and not by what comes after it.
 */
export function plugged(
  network: string,
  conv: ConvPlug | undefined,
  inChannels: number,
  outChannels: number,
  place: Pick<PlugPlace, "index" | "count">,
  { kernelSize = 3, stride = 1, groups = 1, bias = false }: Wanted = {},
  standard: ConvPlug = conv2d,
): AnyLayer {
  if (conv !== undefined && typeof conv !== "function") {
    throw new TypeError(
      `${network}: conv must be a constructor of convolutions such as nn.conv2d or nn.scConvPlug(), got ${
        describe(conv)
      }`,
    );
  }
  const options = { kernelSize, stride, padding: (kernelSize - 1) / 2, groups, bias };
  const whole: PlugPlace = { ...place, standard: () => standard(inChannels, outChannels, options, whole) };
  if (conv === undefined) return whole.standard();
  const layer = conv(inChannels, outChannels, options, whole);
  checkLayer(network, "what conv returns", layer);
  const check = (x: Tensor, y: Tensor): Tensor => {
    const wanted = [x.shape[0], outChannels, ...x.shape.slice(2).map((n) => Math.ceil(n / stride))];
    if (show(y.shape) === show(wanted)) return y;
    throw new TypeError(
      `${network}: the plugged layer ${
        layer.name ?? ""
      } was asked for ${inChannels} → ${outChannels} channels with stride ` +
        `${stride}, but makes ${show(y.shape)} of ${show(x.shape)} where ${
          show(wanted)
        } must come; nn.scConvPlug({ rule: ` +
        `"same-shape" }) replaces only convolutions that keep the shape, { rule: "all" } passes outChannels and stride`,
    );
  };
  const { name, layers } = layer;
  if (isStateful(layer)) {
    const stateful: StatefulLayer<unknown, unknown> = {
      name,
      layers,
      stateful: true,
      init: (key) => layer.init(key),
      apply(params, state, x, mode) {
        const [y, next] = layer.apply(params, state, x, mode);
        return [check(x, y), next];
      },
    };
    return stateful;
  }
  return { name, layers, init: (key) => layer.init(key), apply: (params, x) => check(x, layer.apply(params, x)) };
}

/** Which k×k convolutions {@linkcode scConvPlug} replaces. */
export type PlugRule = "all" | "same-shape" | "one-per-block";

/** Options of {@linkcode scConvPlug}: those of scConv but for what the place of the convolution says. */
export interface ScConvPlugOptions extends Omit<ScConvOptions, "outChannels" | "stride" | "groupKernelSize"> {
  /** Which k×k convolutions are replaced; default `"all"`. See {@linkcode scConvPlug}. */
  readonly rule?: PlugRule;
}

const rules: readonly PlugRule[] = ["all", "same-shape", "one-per-block"];
const fromPlace: readonly string[] = ["outChannels", "stride", "groupKernelSize"];

/**
 * ScConv for a network's option `conv`: `resNet50({ conv: scConvPlug() })`. The rule says which k×k convolutions of the blocks
 * become one; the others stay. A network's first convolution, its stem, stays always.
 *
 * - `"all"` (default): every one, with `outChannels` and `stride` where the channels change or the image shrinks. ScConv has no
 *   groups like those of a ResNeXt: it replaces the convolution as a whole.
 * - `"same-shape"`: only those that keep channels and size, where the published module fits as it is.
 * - `"one-per-block"`: the last of each block. It is the second of a basic block's two, which keeps the shape in every block, and
 *   the one of a bottleneck; so the paper counts its ResNet-56.
 *
 * @throws RangeError where ScConv does not fit the channels, naming the option or the rule that helps
 *
 * @example
 * ```ts
 * import { nn } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const standard = nn.summary(nn.resNet56(), [1, 3, 32, 32]).totals;
 * const network = nn.resNet56({ conv: nn.scConvPlug({ rule: "one-per-block" }) });
 * const lighter = nn.summary(network, [1, 3, 32, 32]).totals;
 * assertEquals([standard.parameters, lighter.parameters], [855_770, 511_034]);
 * ```
 */
export function scConvPlug(options: ScConvPlugOptions = {}): ConvPlug {
  const names = [...sruOptions, ...cruOptions].filter((name) => !fromPlace.includes(name));
  checkOptions("scConvPlug", options, ["rule", ...names]);
  const { rule = "all", ...rest } = options;
  checkChoice("scConvPlug", "rule", rule, rules);
  checkSruOptions("scConvPlug", rest);
  checkCruOptions("scConvPlug", rest);
  return (inChannels, outChannels, { kernelSize, stride }, { index, count, standard }) => {
    const sameShape = inChannels === outChannels && stride === 1;
    const replaced = rule === "all" || (rule === "same-shape" ? sameShape : index === count - 1);
    if (!replaced) return standard();
    try {
      return scConv(inChannels, { ...rest, outChannels, stride, groupKernelSize: kernelSize });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const help = sameShape ? "" : `; or leave this convolution as it is with nn.scConvPlug({ rule: "same-shape" })`;
      throw new RangeError(
        `scConvPlug: in place of a ${kernelSize}×${kernelSize} convolution ${inChannels} → ${outChannels} with stride ` +
          `${stride}: ${error.message}${help}`,
        { cause: error },
      );
    }
  };
}
