/**
 * What a variant costs: parameters, multiplications, time and memory.
 *
 * @module
 */

import { nn, random, tensor, zeros } from "../../mod.ts";
import { quantile } from "./statistics.ts";
import { type Trainer, trainerOf } from "./trainer.ts";
import { networkOf, sizeOf, type VariantName, variantNames } from "./variants.ts";

/** Median and quartiles. */
export interface Time {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** What only a fresh process tells. */
export interface Fresh {
  /** Milliseconds of the first step: tracing and compiling with it. */
  readonly firstStep: number;
  /** Bytes that it needs at most for training beyond what it has when everything is loaded, where the system tells. */
  readonly peakBytes?: number;
}

/** The costs of a variant. */
export interface Cost extends Fresh {
  readonly parameters: number;
  /** Multiplications with an addition, for one image. */
  readonly macs: number;
  /** Milliseconds of a training step. */
  readonly step: Time;
  /** Milliseconds of the logits of a batch. */
  readonly inference: Time;
  /** The time of a step, round by round, in that of the standard network's. */
  readonly stepRatio: Time;
  /** Likewise of inference. */
  readonly inferenceRatio: Time;
}

const timeOf = (values: readonly number[]): Time => ({
  median: quantile(values, 0.5),
  low: quantile(values, 0.25),
  high: quantile(values, 0.75),
});

function timed(run: () => unknown): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

/** A step and an inference of a trainer, ready to be repeated. */
function bodies(trainer: Trainer, batch: number, rows: number, columns: number) {
  let { params, state, memory } = trainer.init(0);
  const pixels = random.uniform(random.key(1), [batch, 1, rows, columns], { max: 255 });
  const labels = tensor(Int32Array.from({ length: batch }, (_, i) => i % 10));
  return {
    step() {
      const [p, s, m, loss] = trainer.step(params, state, memory, pixels, labels);
      [params, state, memory] = [p, s, m];
      loss.dataSync();
    },
    infer: () => trainer.infer(params, state, pixels).dataSync(),
  };
}

/** The most memory that this process had, in bytes. */
export function peakBytes(): number | undefined {
  try {
    const line = Deno.readTextFileSync("/proc/self/status").split("\n").find((text) => text.startsWith("VmHWM"));
    return line === undefined ? undefined : Number(/\d+/.exec(line)![0]) * 1024;
  } catch {
    return undefined;
  }
}

/** Trains a few steps in a process of its own. */
async function freshOf(variant: VariantName, batch: number): Promise<Fresh> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", new URL("fresh.ts", import.meta.url).href, variant, String(batch)],
    stdin: "null",
    stderr: "inherit",
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout)) as Fresh;
}

/** Measures all variants by turns, so that a machine that changes its mind changes it for all. */
export async function costs(
  trainers: Readonly<Record<VariantName, Trainer>>,
  batch: number,
  [rows, columns]: readonly [number, number],
  rounds = 15,
): Promise<Record<VariantName, Cost>> {
  const runs = variantNames.map((name) => ({ name, ...bodies(trainers[name], batch, rows, columns) }));
  for (const { step, infer } of runs) for (let i = 0; i < 4; i++) [step(), infer()];
  const steps = runs.map((): number[] => []), inferences = runs.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    runs.forEach(({ step, infer }, i) => {
      steps[i].push(timed(step));
      inferences[i].push(timed(infer));
    });
  }
  const entries: [VariantName, Cost][] = [];
  for (const [i, { name }] of runs.entries()) {
    const { parameters, macs } = nn.summary(networkOf(name), [1, 1, ...sizeOf(rows, columns)]).totals;
    entries.push([name, {
      parameters,
      macs,
      step: timeOf(steps[i]),
      inference: timeOf(inferences[i]),
      ...await freshOf(name, batch),
      stepRatio: timeOf(steps[i].map((t, round) => t / steps[0][round])),
      inferenceRatio: timeOf(inferences[i].map((t, round) => t / inferences[0][round])),
    }]);
  }
  return Object.fromEntries(entries) as Record<VariantName, Cost>;
}

/** Trains a few steps in a process that has done nothing yet. */
export function fresh(variant: VariantName, batch: number): Fresh {
  zeros([1]).dataSync();
  const before = peakBytes();
  const { step } = bodies(trainerOf(variant, 100), batch, 28, 28);
  const firstStep = timed(step);
  for (let i = 0; i < 4; i++) step();
  const after = peakBytes();
  return { firstStep, ...before !== undefined && after !== undefined && { peakBytes: after - before } };
}
