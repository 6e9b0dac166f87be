/**
 * Every primitive as modules for XLA, beside what the reference backend gives: values, forward and reverse derivatives of the
 * cases in the table of conformance.
 *
 * @module
 */
import { io, jvp, type Tensor, tensor, vjp } from "../../../mod.ts";
import { isFloat } from "../../../core/dtype.ts";
import { sizeOf } from "../../../core/shape.ts";
import { contractionRows } from "../../../tests/conformance/contractions.ts";
import { elementwiseRows } from "../../../tests/conformance/elementwise.ts";
import { type Case, type Row, type Value } from "../../../tests/conformance/harness.ts";
import { reductionRows } from "../../../tests/conformance/reductions.ts";
import { structureRows } from "../../../tests/conformance/structure.ts";
import { tameValues } from "../../../tests/support/random.ts";

/** All rows of the table. */
export const rows: readonly Row[] = [...elementwiseRows, ...structureRows, ...reductionRows, ...contractionRows];

const [maxSize, maxCases] = [700, 10];

/** Some cases of each dtype (the first word of a label), spread over the list. */
function chosen(row: Row): Map<string, Case[]> {
  const groups = new Map<string, Case[]>();
  for (const c of row.cases()) {
    if (c.inputs.reduce((n, v) => n + sizeOf(v.shape), 0) > maxSize) continue;
    const dtype = c.label.split(" ")[0].replace(",", "");
    groups.set(dtype, [...groups.get(dtype) ?? [], c]);
  }
  const most = row.primitive === "conv" ? 3 * maxCases : maxCases;
  for (const [dtype, list] of groups) {
    // Cases of special values stand at the end: keep the last ones too.
    const step = Math.max(1, (list.length - 1) / (most - 1));
    groups.set(dtype, list.length <= most ? list : Array.from({ length: most }, (_, i) => list[Math.round(i * step)]));
  }
  return groups;
}

const asList = (result: Tensor | readonly Tensor[]): Tensor[] =>
  Array.isArray(result) ? [...result] : [result as Tensor];

/** XLA takes subnormal numbers for zero on most devices, and so do the tests. */
const flushed = ({ dtype, data }: Value): Value["data"] => {
  const least = dtype === "float32" ? 2 ** -126 : 2 ** -1022;
  return isFloat(dtype) ? data.map((v: number) => Math.abs(v) < least ? 0 * v : v) as Value["data"] : data;
};

const toTensor = (value: Value): Tensor =>
  tensor(flushed(value), { shape: value.shape, dtype: value.dtype, device: "reference" });

/** Tangents and cotangents: small random numbers, zeros beside integers. */
function beside(t: Pick<Tensor, "shape" | "dtype">, seed: number): Tensor {
  const { shape, dtype } = t;
  const size = sizeOf(shape);
  const data = isFloat(dtype) ? tameValues(dtype, size, seed) : new Int32Array(size);
  return toTensor({ dtype, shape, data: data as Value["data"] });
}

/** The function of a case with its derivatives. */
interface Subject {
  readonly label: string;
  readonly args: readonly (readonly Tensor[])[];
  readonly f: (primals: readonly Tensor[], tangents: readonly Tensor[], cotangents: readonly Tensor[]) => object;
}

/** Derivatives at infinities, NaNs and edges are not compared: no two implementations agree on all of them. */
const isRegular = ({ label }: Case) => !/special|ties|with (NaN|-?Infinity|-0)|of -?\d/.test(label);

function subjectOf(c: Case): Subject {
  const primals = c.inputs.map(toTensor);
  const f = (...xs: Tensor[]): Tensor[] => asList(c.f(...xs));
  const outputs = f(...primals);
  const differentiable = isRegular(c) && primals.some((t) => isFloat(t.dtype)) &&
    outputs.some((t) => isFloat(t.dtype));
  const tangents = differentiable ? primals.map((t, i) => beside(t, 11 + i)) : [];
  const cotangents = differentiable ? outputs.map((t, i) => beside(t, 21 + i)) : [];
  return {
    label: c.label,
    args: [primals, tangents, cotangents],
    f(primals, tangents, cotangents) {
      const values = f(...primals);
      if (!differentiable) return { values };
      const [, pullback] = vjp(f, ...primals);
      const floats = (list: readonly Tensor[]) => list.filter((t) => isFloat(t.dtype));
      const reverse = floats(pullback([...cotangents] as Tensor[]) as Tensor[]);
      try {
        return { values, forward: floats(jvp(f, [...primals], [...tangents])[1]), reverse };
      } catch (error) {
        if (!(error as Error).message.includes("no forward one")) throw error; // a custom reverse rule
        return { values, reverse };
      }
    },
  };
}

/** What was written. */
export interface Written {
  primitive: string;
  modules: string[];
  cases: number;
}

/** Writes the modules of a row to a folder: `NAME.mlir`, its signature, and inputs and expected outputs. */
export async function writeRow(folder: string, row: Row): Promise<Written> {
  const modules: string[] = [];
  let cases = 0;
  for (const [dtype, list] of chosen(row)) {
    const subjects = list.map(subjectOf);
    const args = subjects.map(({ args }) => args);
    const all = (...args: Subject["args"][]) =>
      args.map(([primals, tangents, cotangents], i) => subjects[i].f(primals, tangents, cotangents));
    const name = `${row.primitive}_${dtype}`.replace(/\W/g, "_");
    const { text, signature } = io.exportStableHlo(all, args, { name });
    const expected = leavesOf(all(...args));
    const labels = Object.fromEntries(subjects.map(({ label }, i) => [i, label]));
    await Deno.writeTextFile(`${folder}/${name}.mlir`, text);
    await Deno.writeTextFile(`${folder}/${name}.json`, JSON.stringify(signature));
    const metadata = { primitive: row.primitive, labels: JSON.stringify(labels) };
    await io.saveSafetensors(`${folder}/${name}.safetensors`, { in: leavesOf(args), out: expected }, { metadata });
    modules.push(name);
    cases += list.length;
  }
  return { primitive: row.primitive, modules, cases };
}

/** The tensors of a tree in order. */
function leavesOf(tree: unknown): Tensor[] {
  if (Array.isArray(tree)) return tree.flatMap(leavesOf);
  if (typeof tree === "object" && tree !== null && !("dtype" in tree)) {
    return Object.keys(tree).sort().flatMap((key) => leavesOf((tree as Record<string, unknown>)[key]));
  }
  return [tree as Tensor];
}

if (import.meta.main) {
  const [folder, only] = Deno.args;
  for (const row of rows) if (!only || only === row.primitive) console.log(JSON.stringify(await writeRow(folder, row)));
}
