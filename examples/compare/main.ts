/**
 * Trains one network with standard and with ScConv convolutions over several seeds, and says what that decides:
 * `deno task compare`.
 *
 * @module
 */

import { cpus } from "node:os";
import { io } from "../../mod.ts";
import { loadMnist, type Split } from "../data/mnist.ts";
import { attempt, Failure, messageOf } from "../train/failure.ts";
import { UsageError } from "../train/options.ts";
import { clock } from "../train/progress.ts";
import { percent } from "../train/report/html.ts";
import { costs as measureCosts } from "./cost.ts";
import { claimLines, compare } from "./findings.ts";
import { type CompareOptions, type DataName, fashionFolder, helpText, parseOptions } from "./options.ts";
import { type RunResult, stepsOf, type Trainer, trainerOf, trainOnce } from "./trainer.ts";
import { type VariantName, variantNames, variants } from "./variants.ts";

/** Where a comparison ran. */
export interface Machine {
  readonly processor: string;
  readonly threads: number;
  readonly deno: string;
  readonly date: string;
}

/** What a caller may put in the place of the terminal. */
export interface Hooks {
  print?: (line: string) => void;
  printError?: (line: string) => void;
  /** Ends the comparison after the step in which it comes. */
  signal?: AbortSignal;
}

type Data = { readonly train: Split; readonly test: Split };

async function loadData(name: DataName, { folder }: CompareOptions): Promise<Data> {
  if (name === "mnist") return await attempt(() => loadMnist());
  try {
    return await loadMnist({ folder });
  } catch (error) {
    const help = folder === fashionFolder
      ? "; install Debian's package dataset-fashion-mnist, give the folder with --data, or leave it out with --only mnist"
      : "";
    throw new Failure(`Fashion-MNIST: ${messageOf(error)}${help}`, { cause: error });
  }
}

const exists = (path: string): Promise<boolean> => Deno.stat(path).then(() => true, () => false);

/** The runs that the folder holds already: of these settings, or it is another comparison's folder. */
async function openFolder(out: string, settings: unknown): Promise<RunResult[]> {
  return await attempt(async () => {
    await Deno.mkdir(out, { recursive: true });
    const config = JSON.stringify(settings, null, 2) + "\n";
    const file = `${out}/config.json`;
    if (await exists(file)) {
      if (await Deno.readTextFile(file) !== config) {
        throw new Error("it holds a comparison with other settings; choose another folder with --out");
      }
      if (!await exists(`${out}/runs.jsonl`)) return [];
      const lines = (await Deno.readTextFile(`${out}/runs.jsonl`)).split("\n");
      const runs = lines.flatMap((line) => {
        try {
          return [JSON.parse(line) as RunResult];
        } catch {
          return []; // cut off when the program ended: it is done again
        }
      });
      await Deno.writeTextFile(`${out}/runs.jsonl`, runs.map((run) => `${JSON.stringify(run)}\n`).join(""));
      return runs;
    }
    await Deno.writeTextFile(file, config);
    return [];
  }, `cannot use ${out}: `);
}

function machineOf(): Machine {
  return {
    processor: cpus()[0]?.model ?? "unknown",
    threads: navigator.hardwareConcurrency,
    deno: Deno.version.deno,
    date: new Date().toISOString(),
  };
}

/** Follows the steps of all runs: a line every few seconds, with the time left. */
function progressOf(totalSteps: number, print: (line: string) => void) {
  const start = performance.now();
  let [seen, shown] = [0, start];
  return (title: string, done: number, total: number, before: number): void => {
    seen++;
    const now = performance.now();
    if (now - shown < 10_000) return;
    shown = now;
    const left = (totalSteps - before - done) * (now - start) / seen / 1000;
    print(`${title}: step ${done}/${total}, ${clock(left)} left in all`);
  };
}

async function work(args: readonly string[], hooks: Hooks): Promise<number> {
  const { print = (line) => console.log(line), signal } = hooks;
  const options = parseOptions(args);
  if (options.help) {
    print(helpText);
    return 0;
  }
  const { settings, out } = options;
  const data = new Map<DataName, Data>();
  for (const name of settings.data) data.set(name, await loadData(name, options));
  const runs = await openFolder(out, settings);
  const total = stepsOf(settings);
  const trainers = Object.fromEntries(
    variantNames.map((name) => [name, trainerOf(name, total)]),
  ) as Record<VariantName, Trainer>;

  const plan = Array.from({ length: settings.seeds }, (_, seed) => seed)
    .flatMap((seed) => settings.data.flatMap((data) => variantNames.map((variant) => ({ seed, data, variant }))));
  const isDone = (one: typeof plan[number]): boolean =>
    runs.some((run) => run.seed === one.seed && run.data === one.data && run.variant === one.variant);
  const left = plan.filter((one) => !isDone(one));
  print(
    `ResNet-20, ${plan.length} runs of ${total} steps` +
      `${left.length < plan.length ? `, ${plan.length - left.length} of them done before` : ""}; results in ${out}`,
  );
  const follow = progressOf(left.length * total, print);
  for (const [i, { seed, data: name, variant }] of left.entries()) {
    const title = `${name}, seed ${seed}, ${variants[variant].title}`;
    const trained = await trainOnce(
      trainers[variant],
      variant,
      name,
      data.get(name)!,
      seed,
      settings,
      (done, steps) => follow(title, done, steps, i * total),
      signal,
    );
    if (!trained) {
      print(`Interrupted after ${plan.length - left.length + i} of ${plan.length} runs; the same command goes on`);
      return 130;
    }
    const { result, params, state } = trained;
    if (seed === 0) {
      const metadata = { compare: variant, data: name };
      await io.saveSafetensors(`${out}/${name}-${variant}.safetensors`, { params, state }, { metadata });
    }
    await Deno.writeTextFile(`${out}/runs.jsonl`, `${JSON.stringify(result)}\n`, { append: true });
    runs.push(result);
    print(
      `${title}: test accuracy ${percent(result.accuracy, 2)}, ${result.seconds.toFixed(0)} s (${
        plan.length - left.length + i + 1
      }/${plan.length})`,
    );
  }
  print("Measuring times and memory");
  const [{ train: { rows, columns } }] = data.values();
  const costs = await measureCosts(trainers, settings.batch, [rows, columns]);
  const comparison = compare(settings, machineOf(), costs, runs);
  await Deno.writeTextFile(`${out}/comparison.json`, `${JSON.stringify(comparison, null, 1)}\n`);
  const { reportOf } = await attempt(() => import("./report.ts"), "cannot draw the report: ");
  await Deno.writeTextFile(`${out}/report.html`, reportOf(comparison));
  claimLines(comparison.claims).forEach(print);
  print(`Wrote ${out}/comparison.json and ${out}/report.html`);
  return 0;
}

/**
 * The whole program.
 *
 * @returns the exit code: 0, 1 for a failure, 2 for a command line that cannot be understood, 130 for an interruption
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

if (import.meta.main) {
  const interruption = new AbortController();
  const interrupt = () => {
    Deno.removeSignalListener("SIGINT", interrupt);
    interruption.abort();
  };
  Deno.addSignalListener("SIGINT", interrupt);
  Deno.exitCode = await main(Deno.args, { signal: interruption.signal });
  if (!interruption.signal.aborted) Deno.removeSignalListener("SIGINT", interrupt);
}
