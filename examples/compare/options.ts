/**
 * The flags of the comparison.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { UsageError } from "../train/options.ts";

/** The data sets by name. */
export type DataName = "fashion" | "mnist";

/** What decides the results: equal settings give equal accuracies. */
export interface Settings {
  readonly data: readonly DataName[];
  /** How many seeds: 0, 1, …. */
  readonly seeds: number;
  /** Training images a run; the first ones of the data set. */
  readonly images: number;
  readonly epochs: number;
  readonly batch: number;
  /** Test images; the first ones of the data set. */
  readonly testImages: number;
}

/** What the command line asks for. */
export interface CompareOptions {
  readonly settings: Settings;
  /** The folder to write to, and to go on in. */
  readonly out: string;
  /** A folder with the four IDX files, in place of Fashion-MNIST. */
  readonly folder: string;
  readonly help: boolean;
}

/** Where Debian's package dataset-fashion-mnist puts its files. */
export const fashionFolder = "/usr/share/datasets/fashion-mnist";

/** The two sizes of the comparison. */
export const presets = {
  // Small batches: it is the number of steps that a batch norm's statistics need.
  quick: { seeds: 2, images: 4000, epochs: 1, batch: 16, testImages: 1000 },
  full: { seeds: 5, images: 60_000, epochs: 1, batch: 64, testImages: 10_000 },
} as const;

export const helpText = `Trains one network with standard and with ScConv convolutions, and says what the data decide.

  deno task compare [--quick | --full] [flags]

  --quick            about 2 minutes on two cores: to see that it works (default)
  --full             1 to 2 hours on two cores
  --seeds N          runs of each network on each data set
  --images N         training images a run
  --epochs N         passes over them
  --only NAME        one data set: fashion or mnist
  --data FOLDER      the four IDX files of Fashion-MNIST; default ${fashionFolder},
                     where Debian's package dataset-fashion-mnist puts them
  --out FOLDER       where results go; default runs/compare-quick or runs/compare-full.
                     A run that was interrupted goes on there
  --help             this text`;

function whole(name: string, text: string | undefined, fallback: number, low: number, high: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= low && value <= high) return value;
  throw new UsageError(`--${name}: expected a whole number from ${low} to ${high}, got "${text}"`);
}

/**
 * Reads the command line.
 *
 * @throws {UsageError} If it cannot be understood.
 */
export function parseOptions(args: readonly string[]): CompareOptions {
  const string = { type: "string" } as const, boolean = { type: "boolean" } as const;
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        quick: boolean,
        full: boolean,
        help: boolean,
        seeds: string,
        images: string,
        epochs: string,
        only: string,
        data: string,
        out: string,
      },
    }));
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  if (values.quick && values.full) throw new UsageError("--quick and --full exclude each other");
  const size = values.full ? "full" : "quick";
  const preset = presets[size];
  if (values.only !== undefined && values.only !== "fashion" && values.only !== "mnist") {
    throw new UsageError(`--only: expected fashion or mnist, got "${values.only}"`);
  }
  return {
    settings: {
      ...preset,
      data: values.only ? [values.only] : ["fashion", "mnist"],
      seeds: whole("seeds", values.seeds, preset.seeds, 1, 31),
      images: whole("images", values.images, preset.images, 64, 60_000),
      epochs: whole("epochs", values.epochs, preset.epochs, 1, 100),
    },
    out: values.out ?? `runs/compare-${size}`,
    folder: values.data ?? fashionFolder,
    help: values.help ?? false,
  };
}
