/** Rows of the entry point `optim`. */
import * as optim from "../../optim/mod.ts";
import { ones } from "../../mod.ts";
import { finite, kindOf, needed, nonNegative, optional, options, type Row, strict } from "./table.ts";

const flag = (name: string) => optional(strict(name, true));
const rate = kindOf("1.5", "2**53")("learningRate", 0.1);
const part = (name: string, value: number) => optional(strict(name, value)); // in [0, 1)
const eps = optional(nonNegative("eps", 1e-8));
const weightDecay = optional(nonNegative("weightDecay", 0.1));
const mask = optional(strict("mask", (params: object) => params));
const steps = (name: string, value = 3) => strict(name, value);
const value = (name: string, v = 0.1) => finite(name, v);
const tree = kindOf("null", "undefined", "{}", "[]", "elsewhere");
const leafy = kindOf("elsewhere");
const list = strict;

/** The rows. */
export const optimRows: Readonly<Record<string, Row>> = {
  sgd: { f: optim.sgd, args: [needed(rate)] },
  momentum: { f: optim.momentum, args: [needed(rate, part("momentum", 0.9), flag("nesterov"))] },
  scaleByMomentum: { f: optim.scaleByMomentum, args: [options(part("momentum", 0.9), flag("nesterov"))] },
  adam: { f: optim.adam, args: [needed(rate, part("b1", 0.9), part("b2", 0.99), eps)] },
  adamw: { f: optim.adamw, args: [needed(rate, part("b1", 0.9), part("b2", 0.99), eps, weightDecay, mask)] },
  scaleByAdam: { f: optim.scaleByAdam, args: [options(part("b1", 0.9), part("b2", 0.99), eps)] },
  rmsprop: {
    f: optim.rmsprop,
    args: [needed(rate, part("decay", 0.9), eps, part("momentum", 0.5), flag("centered"), flag("epsInRoot"))],
  },
  scaleByRms: { f: optim.scaleByRms, args: [options(part("decay", 0.9), eps, flag("centered"), flag("epsInRoot"))] },
  lion: { f: optim.lion, args: [needed(rate, part("b1", 0.9), part("b2", 0.99), weightDecay, mask)] },
  scaleByLion: { f: optim.scaleByLion, args: [options(part("b1", 0.9), part("b2", 0.99))] },
  scale: { f: optim.scale, args: [value("factor")] },
  scaleByLearningRate: { f: optim.scaleByLearningRate, args: [rate] },
  clip: { f: optim.clip, args: [kindOf("1.5", "2**53")("limit|bound|most|value", 1)] },
  clipByGlobalNorm: { f: optim.clipByGlobalNorm, args: [kindOf("1.5", "2**53")("limit|norm", 1)] },
  globalNorm: { f: optim.globalNorm, args: [leafy("tree|leaves|leaf|root", { w: ones([2]) })] },
  normsByPath: { f: optim.normsByPath, args: [tree("tree|leaves|leaf|root", { w: ones([2]) })] },
  addDecayedWeights: { f: optim.addDecayedWeights, args: [nonNegative("weightDecay|decay|rate", 0.1), options(mask)] },
  accumulate: {
    f: optim.accumulate,
    args: [strict("transformation|inner|optimizer", optim.sgd({ learningRate: 1 })), needed(steps("steps"))],
  },
  ema: { f: optim.ema, args: [strict("decay", 0.9), options(optional({ ...strict("debias", true) }))] },
  chain: {
    f: optim.chain,
    args: [strict("argument 0|transformation", optim.scale(1)), strict("argument 1|transformation", optim.scale(2))],
  },
  applyUpdates: {
    f: optim.applyUpdates,
    args: [
      strict("structure|params|tree|leaf", { w: ones([2]) }),
      strict("structure|updates|tree|leaf", { w: ones([2]) }),
    ],
  },
  constant: { f: optim.constant, args: [value("value|rate")] },
  cosineDecay: { f: optim.cosineDecay, args: [needed(value("initial"), steps("steps"), optional(value("final")))] },
  warmupCosine: {
    f: optim.warmupCosine,
    args: [
      needed(
        value("peak"),
        steps("warmupSteps"),
        steps("totalSteps", 9),
        optional(value("initial")),
        optional(value("final")),
      ),
    ],
  },
  exponentialDecay: {
    f: optim.exponentialDecay,
    args: [needed(
      value("initial"),
      kindOf("1.5", "2**53")("rate", 0.5),
      optional(steps("steps")),
      flag("staircase"),
      optional(steps("begin", 0)),
      optional(value("final")),
    )],
  },
  piecewise: { f: optim.piecewise, args: [needed(list("boundaries", [2, 4]), list("values", [1, 2, 3]))] },
  joinSchedules: {
    f: optim.joinSchedules,
    args: [needed(list("boundaries", [2]), list("schedules|schedule", [optim.constant(1), optim.constant(2)]))],
  },
  "sgd().init": {
    f: optim.adam({ learningRate: 1 }).init,
    args: [{ ...tree("tree|params|root", { w: ones([2]) }) }],
    says: "",
  },
};
