/** The epilogue of a contraction, a nest over its axes, as the hook of the generator. */
import type { Index } from "../../../compile/affine.ts";
import { constant, type Expr } from "../../../compile/expr.ts";
import { ownCost, valuesOf } from "../../../compile/fuse.ts";
import type { Buffer } from "../../../compile/home.ts";
import type { Nest, PlacedRoot, Value } from "../../../compile/nest.ts";
import type { ContractExtra, Contraction, Position } from "./contract.ts";

/** What a contraction is to do with its sums. */
export interface LoweredEpilogue {
  /** The root that is stored in place of the sums. */
  readonly main: PlacedRoot;
  readonly extras: readonly ContractExtra[];
  /** The buffers of the extras. */
  readonly buffers: readonly Buffer[];
  readonly epilogue: NonNullable<Contraction["epilogue"]>;
  readonly operations: number;
}

/** What the epilogue loads but for the sums, then what it stores besides its first root. */
function extrasOf(nest: Nest, sums: Buffer): { loads: readonly Value[]; stores: readonly PlacedRoot[] } {
  const loads = valuesOf(nest).filter((v) => v.kind === "load" && v.home!.buffer !== sums);
  return { loads, stores: nest.roots.slice(1) };
}

/** Where the buffers of the output, then of the extras, are read or written. */
export function placesOf(nest: Nest, sums: Buffer): Index[] {
  const { loads, stores } = extrasOf(nest, sums);
  return [nest.roots[0].index, ...loads.map((v) => v.index!), ...stores.map((root) => root.index)];
}

export function lowerEpilogue(nest: Nest, sums: Buffer): LoweredEpilogue {
  const { loads, stores } = extrasOf(nest, sums);
  const homes = [...loads.map((v) => v.home!), ...stores.map((root) => root.home)];
  const indices = placesOf(nest, sums).slice(1);
  const numbers = new Map<Value, number>(loads.map((v, i) => [v, i]));
  const apply = (sum: Expr, at: Position): Expr => {
    const known = new Map<Value, Expr>();
    const evaluate = (value: Value): Expr => {
      const before = known.get(value);
      if (before) return before;
      const made = at.builder.let(render(value));
      known.set(value, made);
      return made;
    };
    const render = (value: Value): Expr => {
      if (value.kind === "constant") return constant(value.dtype, value.number!);
      if (value.kind === "load") return numbers.has(value) ? at.load(numbers.get(value)!) : sum;
      const { primitive, params, outputs } = value.node!;
      const { lower } = primitive!;
      if (lower.kind !== "elementwise") throw new Error(`${primitive!.name} is not elementwise`);
      const args = value.args.map(evaluate);
      const wide = args.some((x) => x.wide);
      return lower.expr(wide ? args.map((x) => x.splat()) : args, params, outputs.map((t) => t.aval));
    };
    stores.forEach((root, i) => at.store(loads.length + i, evaluate(root.value)));
    return evaluate(nest.roots[0].value);
  };
  return {
    main: nest.roots[0],
    extras: homes.map(({ buffer }, i) => ({
      type: buffer.dtype,
      offset: indices[i][nest.extents.length],
      strides: indices[i].slice(0, -1),
    })),
    buffers: homes.map((home) => home.buffer),
    epilogue: apply,
    operations: valuesOf(nest).reduce((n, v) => v.node ? n + ownCost(v.node) : n, 0),
  };
}
