/**
 * Says what is in images: `deno task predict --model FILE image.png …`.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { ops, tensor } from "../../mod.ts";
import { attempt, Failure, messageOf } from "../train/failure.ts";
import { UsageError } from "../train/options.ts";
import { percent } from "../train/report/html.ts";
import { decodeImage, type Picture, resized, withChannels } from "./images.ts";
import { loadModel, type Predictor } from "./model.ts";

export const helpText = `Says what is in PNG and JPEG images: the three likeliest classes of each.

  deno task predict --model FILE [flags] IMAGE-OR-FOLDER ...

  --model FILE     a model of deno task train or deno task compare (.safetensors), an ONNX model (.onnx),
                   or a state dict of PyTorch (.safetensors) with --network
  --network NAME   which network the state dict is of, such as resNet50
  --size N         height and width of the images, where the model leaves them free
  --mean A,B,C     means and deviations of the channels, of values from 0 to 1, for models that were trained
  --std A,B,C      with them (ImageNet: --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225)
  --labels FILE    the classes' names, one a line
  --invert         light and dark exchanged: for dark digits on white paper
  --json           one JSON object a line in place of a text
  --help           this text

Images that cannot be read are named and skipped; the exit code is 1 then.`;

/** What was found in an image. */
export interface Prediction {
  readonly file: string;
  /** The likeliest classes first. */
  readonly top: readonly { readonly class: number; readonly label: string; readonly probability: number }[];
  /** What was changed to read it. */
  readonly notes?: readonly string[];
}

/** What a caller may put in the place of the terminal. */
export interface Hooks {
  print?: (line: string) => void;
  printError?: (line: string) => void;
}

/** Images at a time: more are faster, and need memory. */
const batchSize = 64;

function numbers(name: string, text: string | undefined): number[] | undefined {
  if (text === undefined) return undefined;
  const list = text.split(",").map(Number);
  if (text === "" || list.some((v) => !Number.isFinite(v))) {
    throw new UsageError(`--${name}: expected numbers with commas between, got "${text}"`);
  }
  return list;
}

function parse(args: readonly string[]) {
  const string = { type: "string" } as const, boolean = { type: "boolean" } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        model: string,
        network: string,
        size: string,
        mean: string,
        std: string,
        labels: string,
        invert: boolean,
        json: boolean,
        help: boolean,
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** The files in order; of a folder, its images by name. */
async function filesOf(paths: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    const isFolder = await Deno.stat(path).then((info) => info.isDirectory, () => false);
    if (!isFolder) {
      files.push(path);
      continue;
    }
    const names: string[] = [];
    for await (const { name, isFile } of Deno.readDir(path)) {
      if (isFile && /\.(png|jpe?g)$/i.test(name)) names.push(name);
    }
    if (names.length === 0) throw new Failure(`${path}: the folder holds no PNG or JPEG files`);
    files.push(...names.sort().map((name) => `${path.replace(/[/\\]$/, "")}/${name}`));
  }
  return files;
}

/** The three likeliest classes of each picture. */
async function predict(
  { logits, channels, width, height, labels }: Predictor,
  images: readonly { readonly file: string; readonly picture: Picture }[],
  names: readonly string[] | undefined,
  invert: boolean,
): Promise<Prediction[]> {
  const size = channels * width * height;
  const pixels = new Float32Array(images.length * size);
  images.forEach(({ picture }, i) => {
    const { planes } = resized(withChannels(picture, channels), width, height);
    pixels.set(invert ? planes.map((v) => 255 - v) : planes, i * size);
  });
  const scores = logits(tensor(pixels, { shape: [images.length, channels, height, width] }));
  const classes = scores.shape[scores.ndim - 1];
  const [best, at] = ops.topK(ops.softmax(scores, { axis: -1 }), Math.min(3, classes));
  const [probabilities, indices] = [await best.data(), await at.data()];
  const count = Math.min(3, classes);
  return images.map(({ file, picture: { notes } }, i): Prediction => ({
    file,
    top: Array.from({ length: count }, (_, k) => {
      const index = Number(indices[i * count + k]);
      const label = names?.[index] ?? labels?.[index] ?? String(index);
      return { class: index, label, probability: Number(probabilities[i * count + k].toFixed(6)) };
    }),
    ...notes.length > 0 && { notes },
  }));
}

const lineOf = ({ file, top, notes = [] }: Prediction): string => {
  const list = top.map(({ label, probability }) => `${label} ${percent(probability)}`).join(", ");
  return `${file}: ${list}${notes.length > 0 ? ` (${notes.join("; ")})` : ""}`;
};

async function work(args: readonly string[], hooks: Hooks): Promise<number> {
  const { print = (line) => console.log(line), printError = (line) => console.error(line) } = hooks;
  const { values, positionals } = parse(args);
  if (values.help) {
    print(helpText);
    return 0;
  }
  if (values.model === undefined) throw new UsageError("--model FILE is missing; --help lists the flags");
  if (positionals.length === 0) throw new UsageError("name the images, or a folder of them, after the flags");
  const size = values.size === undefined ? undefined : Number(values.size);
  if (size !== undefined && (!Number.isInteger(size) || size < 1 || size > 4096)) {
    throw new UsageError(`--size: expected a whole number from 1 to 4096, got "${values.size}"`);
  }
  const [mean, std] = [numbers("mean", values.mean), numbers("std", values.std)];
  const names = values.labels === undefined
    ? undefined
    : (await attempt(() => Deno.readTextFile(values.labels!), "--labels: ")).trimEnd().split("\n");
  const model = await loadModel(values.model, { network: values.network, mean, std, size });
  model.notes.forEach((note) => printError(`${values.model}: ${note}`));
  const files = await filesOf(positionals);
  let skipped = 0;
  for (let start = 0; start < files.length; start += batchSize) {
    const images: { file: string; picture: Picture }[] = [];
    for (const file of files.slice(start, start + batchSize)) {
      try {
        images.push({ file, picture: decodeImage(await Deno.readFile(file)) });
      } catch (error) {
        skipped++;
        printError(`${file}: skipped: ${messageOf(error)}`);
      }
    }
    if (images.length === 0) continue;
    for (const prediction of await predict(model, images, names, values.invert ?? false)) {
      print(values.json ? JSON.stringify(prediction) : lineOf(prediction));
    }
  }
  if (skipped > 0) printError(`${skipped} of ${files.length} images skipped`);
  return skipped > 0 ? 1 : 0;
}

/**
 * The whole program.
 *
 * @returns the exit code: 0, 1 if the model or an image could not be read, 2 for a command line that cannot be understood
 */
export async function main(args: readonly string[], hooks: Hooks = {}): Promise<number> {
  const { printError = (line) => console.error(line) } = hooks;
  try {
    return await work(args, hooks);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof Failure)) throw error;
    printError(`error: ${error.message}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
