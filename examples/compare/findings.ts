/**
 * What the runs add up to: comparison.json.
 *
 * @module
 */

import type { Machine } from "./main.ts";
import type { Cost } from "./cost.ts";
import type { DataName, Settings } from "./options.ts";
import { aboveZero, type Interval, pairedInterval, type Spread, spreadOf, type Verdict } from "./statistics.ts";
import type { RunResult } from "./trainer.ts";
import { type VariantName, variantNames, variants } from "./variants.ts";

/** A claim of the paper's, and what the data say. */
export interface Claim {
  readonly claim: "plugs in" | "lighter" | "faster in training" | "faster in use" | "better";
  readonly variant: VariantName;
  /** The data set, for a claim about accuracy. */
  readonly data?: DataName;
  readonly verdict: Verdict;
  /** The numbers behind it. */
  readonly because: string;
}

/** The accuracy of a variant on a data set. */
export interface Accuracy extends Spread {
  readonly variant: VariantName;
  readonly data: DataName;
  /** By seed. */
  readonly values: readonly number[];
  /** Against the standard network with the same seeds: a paired interval of 95 %. */
  readonly difference?: Interval;
}

/** The whole comparison. */
export interface Comparison {
  readonly network: "resNet20";
  readonly settings: Settings;
  readonly machine: Machine;
  readonly costs: Readonly<Record<VariantName, Cost>>;
  readonly accuracies: readonly Accuracy[];
  readonly claims: readonly Claim[];
  readonly runs: readonly RunResult[];
}

const points = (share: number): string => `${share >= 0 ? "+" : "−"}${Math.abs(100 * share).toFixed(2)}`;

function accuraciesOf(settings: Settings, runs: readonly RunResult[]): Accuracy[] {
  const valuesOf = (variant: VariantName, data: DataName): number[] =>
    runs.filter((run) => run.variant === variant && run.data === data)
      .sort((a, b) => a.seed - b.seed)
      .map(({ accuracy }) => accuracy);
  return settings.data.flatMap((data) =>
    variantNames.map((variant): Accuracy => {
      const values = valuesOf(variant, data);
      const difference = variant === "standard" ? undefined : pairedInterval(values, valuesOf("standard", data));
      return { variant, data, values, ...spreadOf(values), ...difference && { difference } };
    })
  );
}

function claimsOf(costs: Comparison["costs"], accuracies: readonly Accuracy[], runs: readonly RunResult[]): Claim[] {
  const base = costs.standard;
  return variantNames.filter((name) => name !== "standard").flatMap((variant): Claim[] => {
    const cost = costs[variant];
    const learnedOf = (name: VariantName): [learned: number, all: number] => {
      const own = runs.filter((run) => run.variant === name);
      return [own.filter(({ accuracy, testLoss }) => accuracy > 0.3 && Number.isFinite(testLoss)).length, own.length];
    };
    const [[learned, all], [standard]] = [learnedOf(variant), learnedOf("standard")];
    const faster = (claim: Claim["claim"], ratio: Cost["stepRatio"], what: string): Claim => ({
      claim,
      variant,
      verdict: aboveZero({ low: 1 - ratio.high, high: 1 - ratio.low }),
      because: `${what} takes ${ratio.median.toFixed(2)} times as long (quartiles ${ratio.low.toFixed(2)} to ${
        ratio.high.toFixed(2)
      })`,
    });
    const lighter = cost.parameters < base.parameters && cost.macs < base.macs;
    return [
      {
        claim: "plugs in",
        variant,
        verdict: learned === all ? "yes" : standard < all ? "not decided" : "no",
        because:
          `one option of the network; ${learned} of ${all} runs learned with the optimiser of the standard network, of ` +
          `which ${standard} did`,
      },
      {
        claim: "lighter",
        variant,
        verdict: lighter ? "yes" : "no",
        because: `${(cost.parameters / base.parameters).toFixed(2)} times the parameters, ${
          (cost.macs / base.macs).toFixed(2)
        } times the multiplications`,
      },
      faster("faster in training", cost.stepRatio, "a training step"),
      faster("faster in use", cost.inferenceRatio, "a batch in use"),
      ...accuracies.filter((a) => a.variant === variant).map(({ data, difference, values }): Claim => ({
        claim: "better",
        variant,
        data,
        verdict: aboveZero(difference!),
        because: values.length < 2
          ? `${points(difference!.mean)} points with one seed, which decides nothing`
          : `${points(difference!.mean)} points over ${values.length} seeds, interval ${points(difference!.low)} to ${
            points(difference!.high)
          }`,
      })),
    ];
  });
}

/** Adds everything up. */
export function compare(
  settings: Settings,
  machine: Machine,
  costs: Comparison["costs"],
  runs: readonly RunResult[],
): Comparison {
  const accuracies = accuraciesOf(settings, runs);
  return { network: "resNet20", settings, machine, costs, accuracies, claims: claimsOf(costs, accuracies, runs), runs };
}

/** The claims as lines. */
export function claimLines(claims: readonly Claim[]): string[] {
  return claims.map(({ claim, variant, data, verdict, because }) =>
    `${variants[variant].title}: ${claim}${data ? ` on ${data}` : ""}? ${verdict}: ${because}`
  );
}
