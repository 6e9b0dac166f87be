/**
 * `deno task crosscheck --python PATH`: random programs, with our values and gradients, evaluated again with PyTorch and JAX.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { jit, type Tensor } from "../../mod.ts";
import { programOf, recipes } from "../fuzz/generate.ts";
import { printed } from "../fuzz/print.ts";
import { functionOf, inputsOf, type Program } from "../fuzz/program.ts";
import { compiledGradient, smooth, Subject, weightsFor } from "../fuzz/ways.ts";
import { isFloat } from "../../core/dtype.ts";
import { explained } from "./explained.ts";
import fc from "fast-check";

const help = `deno task crosscheck [--python python3] [--programs 200] [--seed 1]

Compares values and gradients of random programs with those of PyTorch and JAX. The Python needs the packages of
tests/golden/requirements.txt.
`;

interface Plain {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data: (number | string)[];
}

const plainly = (t: Tensor): Plain => ({
  shape: t.shape,
  dtype: t.dtype,
  data: Array.from(t.dataSync(), (v) => Number.isFinite(v) ? v : String(v).replace("Infinity", "inf")),
});

/** A program with all that another framework needs to judge it. */
export function caseOf(program: Program): unknown {
  const dtypes: Record<number, string> = {};
  const watch = (line: { results: readonly number[] }, _: readonly unknown[], results: readonly Tensor[]): void =>
    line.results.forEach((id, i) => dtypes[id] = results[i].dtype);
  const inputs = inputsOf(program, "cpu");
  const outputs = jit(functionOf(program, { watch }))(...inputs);
  const subject = new Subject(program);
  const gradients = smooth(subject) ? subject.on("cpu", compiledGradient) : null;
  return {
    program,
    dtypes,
    inputs: inputs.map((t) => plainly(t).data),
    outputs: outputs.map(plainly),
    allowed: subject.values.allowed,
    weights: weightsFor(outputs.filter((t) => isFloat(t.dtype)), 3).map(plainly),
    gradients: gradients && gradients.map(plainly),
    gradientAllowed: gradients ? subject.gradient.allowed : 0,
  };
}

/** A difference that the Python script found. */
interface Difference {
  readonly case: number;
  readonly framework: string;
  readonly what: string;
  readonly why: string;
}

type Counts = Record<string, { programs: number; gradients: number; unsupported: Record<string, number> }>;

/** Runs the comparison; gives how many differences nobody can explain. */
export async function main(args: string[], print: (text: string) => void = console.log): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      python: { type: "string", default: "python3" },
      programs: { type: "string", default: "200" },
      seed: { type: "string", default: "1" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return print(help), 0;
  const [numRuns, seed] = [Number(values.programs), Number(values.seed)];
  if (!(numRuns > 0) || !Number.isInteger(seed)) {
    throw new RangeError("crosscheck: --programs must be a number above 0, --seed an integer");
  }
  const folder = await Deno.makeTempDir({ prefix: "cotangent-crosscheck-" });
  try {
    const programs = fc.sample(recipes(), { numRuns, seed }).map(programOf);
    const file = `${folder}/programs.jsonl`;
    const encoder = new TextEncoder();
    using out = await Deno.open(file, { write: true, create: true });
    for (const program of programs) await write(out, encoder.encode(`${JSON.stringify(caseOf(program))}\n`));
    const script = new URL("check.py", import.meta.url).pathname;
    const { success, stdout } = await new Deno.Command(values.python, { args: [script, file], stderr: "inherit" })
      .output();
    if (!success) throw new Error(`crosscheck: ${values.python} ${script} failed`);
    const records = new TextDecoder().decode(stdout).trim().split("\n").map((line) => JSON.parse(line));
    let unexplained = 0;
    const reasons = new Map<string, number>();
    for (const found of records.slice(0, -1) as Difference[]) {
      const program = programs[found.case];
      const reason = explained.find((e) => e.framework === found.framework && e.holds(program))?.reason;
      if (reason !== undefined) {
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
        continue;
      }
      unexplained++;
      print(`${found.framework}, case ${found.case}: ${found.what} ${found.why}\n\n${printed(program)}`);
    }
    for (const [reason, count] of reasons) print(`${count} explained: ${reason}`);
    for (const [name, { programs, gradients, unsupported }] of Object.entries(records.at(-1).counts as Counts)) {
      const missing = Object.entries(unsupported).map(([call, count]) => `${call} ${count}`).join(", ");
      print(
        `${name}: ${programs} programs, ${gradients} with gradients${missing && `; not in the script: ${missing}`}`,
      );
    }
    print(`${unexplained} unexplained differences`);
    return unexplained;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function write(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}

if (import.meta.main) Deno.exit(await main(Deno.args) > 0 ? 1 : 0);
