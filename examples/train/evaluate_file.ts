/**
 * Testing parameters that stand in a file: a model or checkpoint of this program, or of the runner for XLA (tools/xla/).
 *
 * @module
 */

import { device, io, random, setDefaultDevice, type Tensor, tree } from "../../mod.ts";
import type { Split } from "../data/mnist.ts";
import { evaluator, type TestResult } from "./evaluate.ts";
import { attempt, Failure } from "./failure.ts";
import { models, type Params } from "./model.ts";
import { parseOptions, type TrainOptions } from "./options.ts";

/** The name of the network that the parameters are of: as the file says, or as the command line does. */
function modelOf(metadata: Record<string, string>, options: TrainOptions): TrainOptions["model"] {
  if (metadata.model && Object.hasOwn(models, metadata.model)) return metadata.model as TrainOptions["model"];
  const { flags } = JSON.parse(metadata.run ?? "{}") as { flags?: string[] };
  return flags ? parseOptions(flags).model : options.model;
}

/** The leaves of `like` by their names, with or without the prefix that they have in a checkpoint. */
function take(like: Params, tensors: Record<string, Tensor>, file: string): Params {
  const prefix = Object.keys(tensors).some((name) => name.startsWith("params.")) ? "params." : "";
  const wanted = tree.leaves(like);
  const found = tree.paths(like).map((path, i) => {
    const entry = tensors[prefix + path];
    const { shape, dtype } = wanted[i];
    if (!entry || String(entry.shape) !== String(shape) || entry.dtype !== dtype) {
      const has = entry ? `has ${entry.dtype} [${entry.shape}]` : "lacks";
      throw new Failure(
        `${file}: ${has} ${prefix}${path}, the network takes ${dtype} [${shape}]; --model names another`,
      );
    }
    return entry;
  });
  return tree.unflatten(tree.structure(like), found);
}

/**
 * Tests the parameters of a file.
 *
 * @throws {Failure} If it cannot be read or is of another network.
 */
export async function evaluateFile(file: string, options: TrainOptions, test: Split): Promise<TestResult> {
  setDefaultDevice(await attempt(() => device(options.device)));
  const { tensors, metadata } = await attempt(() => io.loadSafetensors(file));
  const model = models[modelOf(metadata, options)](test);
  const result = await evaluator(model)(take(model.init(random.key(0)), tensors, file), test);
  return result!;
}
