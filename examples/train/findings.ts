/**
 * What the report shows of a trained network: gathered here, laid out in report.ts.
 *
 * @module
 */

import library from "../../deno.json" with { type: "json" };
import { explain, jit, nn, type Tensor, tensor } from "../../mod.ts";
import type { Split } from "../data/mnist.ts";
import { batches, firstOf } from "./batches.ts";
import type { TestResult } from "./evaluate.ts";
import { normalise, type Params } from "./model.ts";
import type { DigitExample, DigitImage, LayerRow, Mistake, ProfileRow, ReportData } from "./report.ts";
import { type Run, stepOf, type Task } from "./train.ts";

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function imageOf({ images, rows, columns }: Split, index: number): DigitImage {
  const area = rows * columns;
  return { width: columns, height: rows, pixels: images.subarray(index * area, (index + 1) * area) };
}

/** The wrong answers with the largest loss, worst first. */
export function worstMistakes(test: Split, { losses, predicted, probabilities }: TestResult, limit = 12): Mistake[] {
  return [...predicted.keys()]
    .filter((i) => predicted[i] !== test.labels[i])
    .sort((a, b) => losses[b] - losses[a])
    .slice(0, limit)
    .map((i) => ({
      image: imageOf(test, i),
      label: test.labels[i],
      predicted: predicted[i],
      probability: probabilities[i],
      loss: losses[i],
    }));
}

/** Whether a layer can be looked into. */
const isScConv = (layer: nn.AnyLayer): layer is nn.ScConv => layer.name === "scConv";

/** What each ScConv of the network makes of some images, given by their indices. */
export async function lookInside(
  model: nn.Layer<Params>,
  params: Params,
  test: Split,
  predicted: ArrayLike<number>,
  indices: readonly number[],
): Promise<DigitExample[]> {
  const look = jit((params: Params, pixels: Tensor) => {
    let x = normalise(pixels);
    const seen: nn.ScConvInspection[] = [];
    (model.layers ?? []).forEach(({ layer }, i) => {
      if (isScConv(layer)) seen.push(nn.inspect(layer, params[i] as nn.ScConvParams, x));
      x = (layer as nn.Layer<object>).apply(params[i], x);
    });
    return seen.map(({ informationMask, branchWeights }) => ({ informationMask, branchWeights }));
  });
  const places = (model.layers ?? []).filter(({ layer }) => isScConv(layer)).map(({ path }) => path);
  const examples: DigitExample[] = [];
  for (const index of indices) {
    const image = imageOf(test, index);
    const pixels = tensor(Float32Array.from(image.pixels), { shape: [1, 1, image.height, image.width] });
    const seen = places.length > 0 ? look(params, pixels) : [];
    const masks = await Promise.all(seen.map(async ({ informationMask }, i) => {
      const [, channels, height, width] = informationMask.shape;
      return { path: `${places[i]}.sru`, channels, height, width, values: await informationMask.data() };
    }));
    const weights = await Promise.all(seen.map(async ({ branchWeights }, i) => {
      return { path: `${places[i]}.cru`, values: await branchWeights.data() };
    }));
    examples.push({ image, label: test.labels[index], predicted: predicted[index], masks, weights });
  }
  return examples;
}

/** The first image of each of the first four classes that occur. */
const someDigits = ({ labels }: Split): number[] =>
  [...new Set(labels)].slice(0, 4).map((label) => labels.indexOf(label)).sort((a, b) => labels[a] - labels[b]);

/** The layers for one image, without the axis of the batch. */
function layersOf({ model, train: { rows, columns } }: Task): LayerRow[] {
  return nn.summary(model, [1, 1, rows, columns]).rows.map(({ path, name, outputShape, parameters, macs }) => {
    const place = path.endsWith(name) ? path : `${path} ${name}`;
    return { path: place, outputShape: outputShape.slice(1), parameters, macs };
  });
}

/** Where the time of a training step goes: kernels of one name in one row, and those of less than 1 % together. */
export function profileOf(run: Run, task: Task): ProfileRow[] {
  const { batch } = task.options;
  const [{ pixels, labels }] = batches(firstOf(task.train, batch), batch);
  const { kernels } = explain(stepOf(task))(run.params, run.state, pixels, labels).program;
  const byName = Object.entries(Object.groupBy(kernels, ({ name }) => name));
  const total = sum(kernels.map(({ milliseconds }) => milliseconds ?? 0));
  const rows = byName.map(([name, group = []]): ProfileRow => {
    const milliseconds = sum(group.map((kernel) => kernel.milliseconds ?? 0));
    const flops = sum(group.map((kernel) => kernel.flops));
    const gflops = flops > 0 && milliseconds > 0 ? flops / milliseconds / 1e6 : undefined;
    return { name, milliseconds, share: total > 0 ? milliseconds / total : 0, gflops };
  });
  const [small, large] = [rows.filter(({ share }) => share < 0.01), rows.filter(({ share }) => share >= 0.01)];
  if (small.length === 0) return large;
  const rest = sum(small.map(({ milliseconds }) => milliseconds));
  return [...large, { name: `${small.length} others`, milliseconds: rest, share: total > 0 ? rest / total : 0 }];
}

/** The options as the report shows them. */
function settingsOf({ options, train, test }: Task): ReportData["config"] {
  const { model, epochs, batch, learningRate, seed, device } = options;
  return {
    model,
    epochs,
    batch,
    "learning rate": learningRate,
    seed,
    device,
    "training images": train.count,
    "test images": test.count,
  };
}

/** The report of a run that came to its end with this test. */
export async function gather(run: Run, task: Task, test: TestResult): Promise<ReportData> {
  const { options: { model: name, data, device } } = task;
  const { deno, v8 } = Deno.version;
  return {
    title: `${name === "scconv" ? "ScConv" : "3×3 convolutions"} on ${data ?? "MNIST"}`,
    date: new Date(),
    config: settingsOf(task),
    environment: `Cotangent ${library.version}, Deno ${deno}, V8 ${v8}, ${Deno.build.os} ${Deno.build.arch}, ${device}`,
    epochs: run.epochs,
    stepLosses: run.losses,
    confusion: test.confusion,
    mistakes: worstMistakes(task.test, test),
    examples: await lookInside(task.model, run.params, task.test, test.predicted, someDigits(task.test)),
    layers: layersOf(task),
    profile: profileOf(run, task),
  };
}
