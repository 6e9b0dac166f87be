/**
 * A model in a file, whatever program wrote it, as a function from pixels to logits.
 *
 * @module
 */

import { evalShape, io, jit, nn, ops, random, type Tensor, tensor } from "../../mod.ts";
import { importOnnx } from "../../io/onnx/mod.ts";
import { networkOf, prepare, type VariantName, variants } from "../compare/variants.ts";
import { attempt, Failure } from "../train/failure.ts";
import { models, normalise, type Params } from "../train/model.ts";

/** A model, ready to answer. */
export interface Predictor {
  /** What it is, for the user. */
  readonly title: string;
  readonly channels: number;
  readonly width: number;
  readonly height: number;
  /** The classes' names, where they are known. */
  readonly labels: readonly string[] | undefined;
  /** What was converted when it was read. */
  readonly notes: readonly string[];
  /** Pixels from 0 to 255, [N, channels, height, width], to logits [N, classes]. */
  logits(pixels: Tensor): Tensor;
}

/** How models of other programs are to be used. */
export interface ModelOptions {
  /** The network of `nn`, for a state dict of PyTorch. */
  readonly network?: string;
  /** The channels' means and deviations, of values from 0 to 1, for models that want them. */
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  /** Height and width, where the file leaves them free. */
  readonly size?: number;
}

const digits = Array.from({ length: 10 }, (_, i) => String(i));

/** The classes of Fashion-MNIST. */
const fashion = [
  ...["T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"],
];

/** Values from 0 to 1, and then as the training program of the model normalised them. */
function scaled(pixels: Tensor, { mean, std }: ModelOptions): Tensor {
  const unit = ops.div(pixels, 255);
  const along = (list: readonly number[]): Tensor => tensor(list, { shape: [list.length, 1, 1] });
  const centred = mean ? ops.sub(unit, along(mean)) : unit;
  return std ? ops.div(centred, along(std)) : centred;
}

/**
 * Reads a model: a safetensors file of `deno task train` or `deno task compare`, an ONNX model, or a state dict of PyTorch for a
 * network that `options` name.
 *
 * @throws {Failure} If it cannot be read, or is of no program that is known.
 */
export async function loadModel(file: string, options: ModelOptions): Promise<Predictor> {
  return file.endsWith(".onnx") ? await fromOnnx(file, options) : await fromSafetensors(file, options);
}

async function fromOnnx(file: string, options: ModelOptions): Promise<Predictor> {
  return await attempt(async () => {
    const model = importOnnx(await Deno.readFile(file));
    const shape = model.inputs.length === 1 ? model.inputs[0].shape : undefined;
    if (!shape || shape.length !== 4) throw new Error("it must have one input of images [N, C, H, W]");
    const [, channels, height, width] = shape.map((n) => typeof n === "number" ? n : options.size);
    if (!channels || !height || !width) throw new Error("it leaves the size of its images free; give it with --size");
    if (channels !== 1 && channels !== 3) throw new Error(`it takes images of ${channels} channels, not 1 or 3`);
    const alone = typeof shape[0] === "number"; // a batch of a fixed size: one image after the other
    if (alone && shape[0] !== 1) throw new Error(`it takes batches of ${shape[0]} only; export it with a free batch`);
    const run = jit((pixels: Tensor) => model.apply(model.params, scaled(pixels, options)));
    return {
      title: "ONNX model",
      channels,
      height,
      width,
      labels: undefined,
      notes: [],
      logits: (pixels) => alone ? ops.concat(ops.split(pixels, pixels.shape[0]).map((one) => run(one))) : run(pixels),
    };
  }, `${file}: `);
}

async function fromSafetensors(file: string, options: ModelOptions): Promise<Predictor> {
  const { tensors, metadata, converted } = await attempt(() => io.loadSafetensors(file));
  const kinds = Object.entries(Object.groupBy(Object.values(converted), (kind) => kind));
  const notes = kinds.map(([kind, list]) => `${list!.length} entries are ${kind} in the file and were converted`);
  const { compare, data, model } = metadata;
  if (compare !== undefined && Object.hasOwn(variants, compare)) {
    const network = networkOf(compare as VariantName);
    const like = evalShape((key: Tensor) => network.init(key), random.key(0)) as [object, object];
    const { tensors: { params, state } } = await attempt(() =>
      io.loadSafetensors(file, { into: { params: like[0], state: like[1] } })
    );
    return {
      title: `ResNet-20, ${variants[compare as VariantName].title}, trained on ${data}`,
      channels: 1,
      width: 28,
      height: 28,
      labels: data === "fashion" ? fashion : digits,
      notes,
      logits: jit((pixels: Tensor) => network.apply(params, state, prepare(pixels), { train: false })[0]),
    };
  }
  if (model !== undefined && Object.hasOwn(models, model)) {
    const layer = models[model as keyof typeof models]({ rows: 28, columns: 28 });
    const like = evalShape((key: Tensor) => layer.init(key), random.key(0)) as Params;
    const { tensors: params } = await attempt(() => io.loadSafetensors(file, { into: like }));
    return {
      title: `the ${model} network of deno task train`,
      channels: 1,
      width: 28,
      height: 28,
      labels: digits,
      notes,
      logits: jit((pixels: Tensor) => layer.apply(params, normalise(pixels))),
    };
  }
  if (options.network === undefined) {
    throw new Failure(
      `${file}: does not say which network it is of; name one with --network (${Object.keys(nn.networks).join(", ")})`,
    );
  }
  return await attempt(() => fromTorch(tensors, options, notes), `${file}: `);
}

/** A state dict with the names of PyTorch; classes and channels are those of its first and last entries. */
function fromTorch(
  tensors: Record<string, Tensor>,
  options: ModelOptions,
  notes: readonly string[],
): Predictor {
  const name = options.network!;
  if (!Object.hasOwn(nn.networks, name)) {
    throw new Error(`there is no network ${name}; there are ${Object.keys(nn.networks).join(", ")}`);
  }
  const last = tensors["fc.weight"] ?? tensors["classifier.weight"] ?? tensors["classifier.6.weight"];
  const classes = last?.shape[0];
  const plug = Object.keys(tensors).some((entry) => entry.includes(".CRU.")) ? { conv: nn.scConvPlug() } : {};
  const stem = tensors["conv1.weight"]?.shape[2] === 3 && /^resNet(18|34|50)$/.test(name) ? { stem: "cifar" } : {};
  const inChannels = (tensors["conv1.weight"] ?? tensors["features.conv0.weight"] ?? tensors["features.0.weight"])
    ?.shape[1];
  const network = nn.networks[name]({ ...classes && { classes }, ...inChannels && { inChannels }, ...plug, ...stem });
  const [params, state] = io.fromTorchStateDict(network, tensors);
  const size = options.size ?? (network.downsampling >= 32 ? 224 : 32);
  return {
    title: `${name} with ${network.classes} classes`,
    channels: network.inChannels,
    width: size,
    height: size,
    labels: undefined,
    notes,
    logits: jit((pixels: Tensor) => network.apply(params, state, scaled(pixels, options), { train: false })[0]),
  };
}
