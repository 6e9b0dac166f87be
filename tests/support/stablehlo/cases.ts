/**
 * Every primitive as modules of StableHLO, with what the reference backend gives: values, forward and reverse derivatives of the
 * cases in the table of conformance.
 *
 * @module
 */
import { io, jvp, type Tensor, tensor, tree, vjp } from "../../../mod.ts";
import { isFloat } from "../../../core/dtype.ts";
import { sizeOf } from "../../../core/shape.ts";
import { contractionRows } from "../../conformance/contractions.ts";
import { controlRows } from "../../conformance/control.ts";
import { elementwiseRows } from "../../conformance/elementwise.ts";
import type { Case, Row, Value } from "../../conformance/harness.ts";
import { reductionRows } from "../../conformance/reductions.ts";
import { structureRows } from "../../conformance/structure.ts";
import { tameValues } from "../random.ts";

/** All rows of the table. */
export const rows: readonly Row[] = [
  ...elementwiseRows,
  ...structureRows,
  ...reductionRows,
  ...contractionRows,
  ...controlRows,
];

const [maxSize, maxCases] = [700, 10];

/** Some cases of each dtype (the first word of a label), spread over the list. */
function chosen(row: Row): Map<string, Case[]> {
  const groups = new Map<string, Case[]>();
  for (const c of row.cases()) {
    if (c.inputs.reduce((n, v) => n + sizeOf(v.shape), 0) > maxSize) continue;
    const dtype = c.label.split(" ")[0].replace(",", "");
    groups.set(dtype, [...groups.get(dtype) ?? [], c]);
  }
  const most = ["conv", "scan"].includes(row.primitive) ? 3 * maxCases : maxCases;
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

/** What f gives; nothing if it refuses with such a message. */
function unless<T>(message: string, f: () => T): T | undefined {
  try {
    return f();
  } catch (error) {
    if (!(error as Error).message.includes(message)) throw error;
    return undefined;
  }
}

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
      const floats = (list: readonly Tensor[]) => list.filter((t) => isFloat(t.dtype));
      const forward = unless("no forward one", () => floats(jvp(f, [...primals], [...tangents])[1])); // a custom reverse rule
      const reverse = unless("no reverse mode", () => {
        const [, pullback] = vjp(f, ...primals);
        return floats(pullback([...cotangents] as Tensor[]) as Tensor[]);
      });
      return { values, ...forward && { forward }, ...reverse && { reverse } };
    },
  };
}

/** Some cases of a primitive and dtype as one module. */
export interface CaseModule extends io.StableHlo {
  readonly name: string;
  readonly primitive: string;
  /** Of the cases: the first part of the paths of inputs and outputs. */
  readonly labels: readonly string[];
  readonly inputs: readonly Tensor[];
  /** What the reference backend gives, in the order of the outputs. */
  expected(): Tensor[];
}

/** The modules of a row of the table, one for each dtype. */
export function* modulesOf(row: Row): Generator<CaseModule> {
  for (const [dtype, list] of chosen(row)) {
    const subjects = list.map(subjectOf);
    const args = subjects.map(({ args }) => args);
    const all = (...args: Subject["args"][]) =>
      args.map(([primals, tangents, cotangents], i) => subjects[i].f(primals, tangents, cotangents));
    const name = `${row.primitive}_${dtype}`.replace(/\W/g, "_");
    yield {
      ...io.exportStableHlo(all, args, { name }),
      name,
      primitive: row.primitive,
      labels: subjects.map(({ label }) => label),
      inputs: args.flat(2),
      expected: () => tree.leaves(all(...args)),
    };
  }
}
