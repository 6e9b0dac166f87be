import { type Tensor } from "../../mod.ts";
import * as ops from "../../ops/mod.ts";
import { type GoldenArray, loadGolden } from "../support/golden.ts";
import { assertGolden, gradients, onAllDevices, type Options, secondGradients, tight, toTensor } from "./golden.ts";

interface Case {
  name: string;
  fn: string;
  options: Options;
  inputs: Record<string, GoldenArray>;
  value: GoldenArray;
  cotangent?: GoldenArray;
  grads?: Record<string, GoldenArray>;
  second?: { u: Record<string, GoldenArray>; grads: Record<string, GoldenArray> };
  running: { mean: GoldenArray; variance: GoldenArray };
}

/** A case as a function of its inputs, in their order; undefined for what there is no such function. */
function functionOf({ fn, options, inputs, running }: Case): ((...xs: Tensor[]) => Tensor) | undefined {
  const { size, groups, train, logits, momentum: _, ...rest } = options;
  const names = Object.keys(inputs);
  const named = (xs: Tensor[], from: number) => Object.fromEntries(xs.slice(from).map((x, i) => [names[i + from], x]));
  switch (fn) {
    case "softmax":
    case "logSoftmax":
      return (x) => ops[fn](x, options);
    case "maxPool2d":
    case "avgPool2d":
      return (x) => ops[fn](x, size, rest);
    case "adaptiveAvgPool2d":
      return (x) => ops.adaptiveAvgPool2d(x, size);
    case "groupNorm":
      return (x, ...xs) => ops.groupNorm(x, groups, { ...rest, ...named([x, ...xs], 1) });
    case "groupStandardize":
      return (x) => ops.groupStandardize(x, groups, rest);
    case "layerNorm":
      return (x, ...xs) => ops.layerNorm(x, { ...rest, ...named([x, ...xs], 1) });
    case "batchNorm":
      return (x, ...xs) => {
        const axis = x.shape.map((_, i) => i).filter((i) => i !== 1);
        const mean = train ? ops.mean(x, { axis }) : toTensor(running.mean);
        const variance = train ? ops.variance(x, { axis }) : toTensor(running.variance);
        return ops.batchNorm(x, mean, variance, { ...rest, ...named([x, ...xs], 1) });
      };
    case "softmaxCrossEntropy":
      return (x, labels) => ops.softmaxCrossEntropy(x, labels);
    case "binaryCrossEntropy":
      return logits ? (x, y) => ops.binaryCrossEntropy(x, y, rest) : undefined;
    case "meanSquaredError":
    case "huber":
      return (x, y) => ops[fn](x, y, rest);
  }
  throw new Error(`no function for the golden case ${fn}`);
}

const groups = Map.groupBy(loadGolden<{ cases: Case[] }>("nnops").cases, ({ fn }) => fn);

for (const [fn, cases] of groups) {
  onAllDevices(`ops.${fn}() has PyTorch's values and derivatives`, () => {
    for (const c of cases) {
      const f = functionOf(c);
      if (!f) continue;
      const label = `${c.name} ${JSON.stringify(c.options)}`;
      const names = Object.keys(c.inputs);
      const inputs = names.map((name) => toTensor(c.inputs[name]));
      assertGolden(f(...inputs), c.value, label);
      if (!c.cotangent || !c.grads) continue;
      const wanted = Object.keys(c.grads).map((name) => names.indexOf(name));
      const cotangent = toTensor(c.cotangent);
      gradients(f, inputs, cotangent, wanted).forEach((g, i) => {
        assertGolden(g, c.grads![names[wanted[i]]], `${label}, gradient of ${names[wanted[i]]}`);
      });
      if (!c.second) continue;
      const directions = wanted.map((i) => toTensor(c.second!.u[names[i]]));
      secondGradients(f, inputs, cotangent, wanted, directions).forEach((g, i) => {
        assertGolden(g, c.second!.grads[names[wanted[i]]], `${label}, second gradient of ${names[wanted[i]]}`, {
          ...tight,
          rtol: 1e-9,
          atol: 1e-12,
        });
      });
    }
  });
}
