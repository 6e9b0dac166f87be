/**
 * The command that checks the derivatives of a function of one's own:
 *
 * ```sh
 * deno run -A jsr:@cotangent/cotangent/check-grads experiment.ts#loss
 * deno run -A jsr:@cotangent/cotangent/check-grads experiment.ts#loss --order 2 --probe directions
 * deno run -A jsr:@cotangent/cotangent/check-grads experiment.ts#loss --shape 64x3 --shape 64
 * deno run -A jsr:@cotangent/cotangent/check-grads experiment.ts#loss --device webgpu
 * deno run -A jsr:@cotangent/cotangent/check-grads experiment.ts
 * ```
 *
 * The arguments are what the file exports beside the function, under its name and `Args`: an array, or a function that gives one, of
 * tensors, trees and numbers (`export const lossArgs = [params, x]`). Without them, `--shape` gives one tensor of random numbers for each
 * argument. Without `#function` every exported function that has its `Args` is checked. With `--device` the gradients on that device are
 * compared with those of the cpu instead. Prints a report for each function; the exit code is 1 if a derivative is wrong, 2 for a
 * command line that cannot be understood.
 *
 * A file that it checks:
 *
 * ```ts
 * import { checkGrads, ops, type Tensor, tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const loss = (x: Tensor) => ops.sum(ops.square(x)); // export const loss = …
 * const lossArgs = [tensor([1, 2])] as const; // export const lossArgs = …
 * assertEquals(checkGrads(loss, [...lossArgs], { order: 2 }).ok, true); // what the command does
 * ```
 *
 * @module
 */
import { checkGrads, type CheckGradsOptions, type GradMode } from "../check_grads.ts";
import { describe, nearest } from "../errors.ts";
import { key } from "../random/keys.ts";
import { normal } from "../random/continuous.ts";
import type { Tensor } from "../tensor.ts";
import { compareGrads } from "./devices.ts";

/** A command line that cannot be understood. */
class UsageError extends Error {}

const usage = `check-grads FILE[#function] [flags]: derivatives of an exported function against finite differences
  --shape 2x3        a random tensor of that shape for each argument, in order (default: the export functionArgs)
  --order 1|2|3      how many times to differentiate (default 1)
  --modes MODES      reverse, forward or reverse,forward (default both)
  --probe PROBE      auto, elements or directions (default auto)
  --directions N     random directions
  --dtype DTYPE      float64 or float32 (default float64)
  --eps, --rtol, --atol NUMBER
  --device DEVICE    compare the gradients there with those of the cpu
  --help`;

interface Given {
  readonly file: string;
  readonly name: string | undefined;
  readonly shapes: readonly (readonly number[])[];
  readonly options: CheckGradsOptions;
  readonly device: string | undefined;
}

const flags = ["shape", "order", "modes", "probe", "directions", "dtype", "eps", "rtol", "atol", "device"];

function parse(args: readonly string[]): Given {
  const places: string[] = [];
  const shapes: number[][] = [];
  const values: Record<string, string> = {};
  for (let i = 0; i < args.length; i++) {
    const [, name, , inline] = /^--([a-z]+)(=(.*))?$/s.exec(args[i]) ?? [];
    if (name === undefined) {
      places.push(args[i]);
      continue;
    }
    if (!flags.includes(name)) {
      const guess = nearest(name, flags);
      throw new UsageError(`unknown flag --${name}${guess ? `; did you mean --${guess}?` : ""}`);
    }
    const value = inline ?? args[++i];
    if (value === undefined || value === "") throw new UsageError(`--${name} needs a value`);
    if (name !== "shape") values[name] = value;
    else {
      const shape = value === "scalar" ? [] : value.split(/[x×,]/).map(Number);
      if (shape.some((n) => !Number.isInteger(n) || n < 0)) {
        throw new UsageError(`--shape must be like 2x3 or scalar, got ${value}`);
      }
      shapes.push(shape);
    }
  }
  if (places.length !== 1) throw new UsageError(`needs one FILE#function, got ${places.length}`);
  const [file, name] = places[0].split("#");
  const number = (flag: string): number | undefined => {
    if (values[flag] === undefined) return undefined;
    const n = Number(values[flag]);
    if (Number.isNaN(n)) throw new UsageError(`--${flag} must be a number, got ${values[flag]}`);
    return n;
  };
  const options: Record<string, unknown> = {
    order: number("order"),
    modes: values.modes?.split(",") as GradMode[] | undefined,
    probe: values.probe,
    directions: number("directions"),
    dtype: values.dtype,
    eps: number("eps"),
    rtol: number("rtol"),
    atol: number("atol"),
  };
  for (const key of Object.keys(options)) if (options[key] === undefined) delete options[key];
  return { file, name: name || undefined, shapes, options, device: values.device };
}

type Exports = Readonly<Record<string, unknown>>;
type Checked = readonly [name: string, f: (...args: unknown[]) => unknown, args: readonly unknown[]];

function argumentsOf(module: Exports, name: string, shapes: Given["shapes"]): readonly unknown[] {
  if (shapes.length > 0) return shapes.map((shape, i): Tensor => normal(key(i), shape));
  const found = module[`${name}Args`];
  const args = typeof found === "function" ? found() : found;
  if (args === undefined) {
    throw new UsageError(
      `where to differentiate ${name}? Export its arguments as ${name}Args = [x, …], or give --shape for each`,
    );
  }
  if (!Array.isArray(args)) throw new UsageError(`${name}Args must be an array of arguments, got ${describe(args)}`);
  return args;
}

function functionsOf(module: Exports, given: Given): Checked[] {
  const isFunction = (name: string): boolean => typeof module[name] === "function";
  const names = given.name
    ? [given.name]
    : Object.keys(module).filter((name) => isFunction(name) && `${name}Args` in module);
  if (names.length === 0) {
    throw new UsageError(
      `${given.file} exports no function together with its arguments (loss and lossArgs); name one: ${given.file}#loss`,
    );
  }
  return names.map((name) => {
    if (!isFunction(name)) {
      const functions = Object.keys(module).filter(isFunction);
      const guess = nearest(name, functions);
      const hint = guess ? `did you mean ${guess}?` : `it exports ${functions.join(", ") || "no function"}`;
      throw new UsageError(`${given.file} exports no function ${name}; ${hint}`);
    }
    return [name, module[name] as Checked[1], argumentsOf(module, name, given.shapes)];
  });
}

/** Runs the command line; gives the exit code. */
async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    console.log(usage);
    return 0;
  }
  let checked: Checked[], given: Given;
  try {
    given = parse(args);
    const url = new URL(given.file, `file://${Deno.cwd()}/`).href;
    checked = functionsOf(await import(url), given);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`check-grads: ${error.message}\n${usage}`);
    return 2;
  }
  let ok = true;
  for (const [name, f, args] of checked) {
    const { device, options } = given;
    const report = device
      ? await compareGrads(f, args, { devices: ["cpu", device], modes: options.modes, collect: true })
      : checkGrads(f, args, { ...options, collect: true });
    console.log(`${name}: ${report}`);
    ok &&= report.ok;
  }
  return ok ? 0 : 1;
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
