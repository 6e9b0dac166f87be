/**
 * Showing how training goes on: a bar in a terminal, plain lines elsewhere.
 *
 * @module
 */

import process from "node:process";
import { count, decimal, percent } from "./report/html.ts";
import type { EpochMetrics } from "./report.ts";

/** What is known after a step. */
export interface StepMetrics {
  loss: number;
  /** The share of the batch that was right, or a running mean of it. */
  accuracy?: number;
  /** Images in this step. */
  images: number;
}

/** Follows a training run. */
export interface Progress {
  /** After each step. */
  step(metrics: StepMetrics): void;
  /** After each epoch, with its place in metrics.jsonl. */
  epoch(metrics: EpochMetrics): void;
  /** Prints a line without damaging the bar. */
  say(line: string): void;
  /** At the end, whether it is a good one or not. */
  stop(): void;
}

/** How a run is followed. */
export interface ProgressOptions {
  epochs: number;
  stepsAnEpoch: number;
  /** Steps that were done before, in a run that goes on. */
  done?: number;
  /** Whether to draw a bar; by default, if the output is a terminal. */
  terminal?: boolean;
  /** Seconds between two plain lines inside an epoch (10). */
  interval?: number;
  /** Where plain lines go; by default, to the standard output. */
  write?: (line: string) => void;
  /** The clock, in milliseconds. */
  now?: () => number;
}

/** A time to come, such as 3:07 or 1:02:09. */
export function clock(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** The line that sums up an epoch. */
export function epochLine(metrics: EpochMetrics, epochs: number): string {
  return [
    `epoch ${metrics.epoch}/${epochs}`,
    `train loss ${decimal(metrics.trainLoss, 4)}`,
    `test loss ${decimal(metrics.testLoss, 4)}`,
    `test accuracy ${percent(metrics.testAccuracy, 2)}`,
    `${decimal(metrics.seconds, 1)} s`,
    `${count(metrics.imagesPerSecond)} images/s`,
  ].join("  ");
}

/** Speed and time left, from the steps of this run; pauses for tests count as time too, as they will come again. */
class Meter {
  private readonly start: number;
  private stepsSeen = 0;
  private stepsDone: number;
  private mean = { loss: NaN, accuracy: NaN, imagesPerSecond: NaN };
  private last: number;

  constructor(private readonly options: ProgressOptions, private readonly now: () => number) {
    this.stepsDone = options.done ?? 0;
    this.start = this.last = now();
  }

  /** Takes a step in; quick at first, then over about the last twenty. */
  step({ loss, accuracy, images }: StepMetrics): void {
    const time = this.now();
    const weight = 1 / Math.min(++this.stepsSeen, 20);
    const mix = (old: number, value: number) => Number.isNaN(old) ? value : old + weight * (value - old);
    this.mean = {
      loss: mix(this.mean.loss, loss),
      accuracy: accuracy === undefined ? this.mean.accuracy : mix(this.mean.accuracy, accuracy),
      // Seconds an image are what averages, not images a second.
      imagesPerSecond: 1 / mix(1 / this.mean.imagesPerSecond, Math.max(time - this.last, 1e-3) / 1000 / images),
    };
    this.last = time;
    this.stepsDone++;
  }

  /** The time between an epoch's steps is not a step's. */
  pause(): void {
    this.last = this.now();
  }

  get text() {
    const { epochs, stepsAnEpoch } = this.options;
    const done = Math.max(this.stepsDone, 1);
    const left = (epochs * stepsAnEpoch - this.stepsDone) * (this.now() - this.start) / this.stepsSeen / 1000;
    return {
      epoch: `epoch ${Math.ceil(done / stepsAnEpoch)}/${epochs}`,
      steps: (done - 1) % stepsAnEpoch + 1,
      loss: decimal(this.mean.loss, 4),
      accuracy: percent(this.mean.accuracy),
      speed: `${count(this.mean.imagesPerSecond)} images/s`,
      left: `${clock(left)} left`,
    };
  }
}

function plainProgress(options: ProgressOptions, write: (line: string) => void, now: () => number): Progress {
  const meter = new Meter(options, now);
  const interval = 1000 * (options.interval ?? 10);
  let written = now();
  return {
    step(metrics) {
      meter.step(metrics);
      if (now() - written < interval) return;
      written = now();
      const { epoch, steps, loss, accuracy, speed, left } = meter.text;
      write(
        `${epoch}  step ${steps}/${options.stepsAnEpoch}  loss ${loss}  accuracy ${accuracy}  ${speed}  ${left}`,
      );
    },
    epoch(metrics) {
      meter.pause();
      written = now();
      write(epochLine(metrics, options.epochs));
    },
    say: write,
    stop() {},
  };
}

async function barProgress(
  options: ProgressOptions,
  write: (line: string) => void,
  now: () => number,
): Promise<Progress> {
  const { SingleBar, Presets } = await import("cli-progress");
  const meter = new Meter(options, now);
  const format = "{epoch} {bar} {value}/{total}  loss {loss}  accuracy {accuracy}  {speed}  {left}";
  const bar = new SingleBar(
    {
      format,
      stream: process.stdout,
      clearOnComplete: true,
      hideCursor: true,
      barsize: 24,
      fps: 8,
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  let running = false;
  const stop = () => {
    if (running) bar.stop();
    running = false;
  };
  return {
    step(metrics) {
      meter.step(metrics);
      const { steps, ...text } = meter.text;
      if (running) bar.update(steps, text);
      else bar.start(options.stepsAnEpoch, steps, text);
      running = true;
    },
    epoch(metrics) {
      stop();
      meter.pause();
      write(epochLine(metrics, options.epochs));
    },
    say(line) {
      stop();
      write(line);
    },
    stop,
  };
}

/**
 * Starts to follow a run: with a bar if the output is a terminal, otherwise with a line after each epoch and every ten
 * seconds. The bar draws itself when a step is reported, so that a loop that never yields shows it too.
 */
export async function createProgress(options: ProgressOptions): Promise<Progress> {
  const { terminal = Deno.stdout.isTerminal(), write = (line) => console.log(line), now = () => performance.now() } =
    options;
  return terminal ? await barProgress(options, write, now) : plainProgress(options, write, now);
}
