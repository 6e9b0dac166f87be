/** Loops and branches: `while` and `case` as scans, loops and switches. */
import { literal, reshape, reshapePrimitive, select } from "../../core/primitives/algebra.ts";
import { less } from "../../core/primitives/comparison.ts";
import { sameShape, type Shape } from "../../core/shape.ts";
import type { Tensor } from "../../core/tensor.ts";
import { switchCase } from "../../core/transforms/control/branch.ts";
import { scan } from "../../core/transforms/control/scan.ts";
import { whileLoop } from "../../core/transforms/control/while.ts";
import { splat } from "./constants.ts";
import type { ImportRule, Known } from "./import_rules.ts";
import type { Block, Operation } from "./parse.ts";

type Definitions = ReadonlyMap<string, Operation>;

/** x under another shape; under the one that it had before, what it was. */
export function reshaped(x: Tensor, shape: Shape): Tensor {
  const before = x.node?.primitive === reshapePrimitive ? x.node.operands[0] : x;
  return sameShape(before.shape, shape) ? before : reshape(x, shape);
}

const definitionsOf = (block: Block, outer: Definitions): Map<string, Operation> =>
  new Map([...outer, ...block.operations.flatMap((op) => op.results.map((name) => [name, op] as const))]);

/** Whether a block uses one of some names, in its regions too. */
const uses = ({ operations, returned }: Block, names: ReadonlySet<string>): boolean =>
  returned.some(({ name }) => names.has(name)) ||
  operations.some(({ operands, regions }) =>
    operands.some((name) => names.has(name)) || regions.some((r) => uses(r, names))
  );

/** A loop that counts through slices. */
interface ScanText {
  readonly length: number;
  readonly reverse: boolean;
  /** Which values of the state are stacks of slices that the turns give; the others, but the first, are carries. */
  readonly stacks: readonly boolean[];
  /** The names of what is taken slice by slice. */
  readonly xs: readonly string[];
  /** One turn: from carries and slices to carries and slices. */
  readonly turn: Block;
}

/** Reads a loop as the scan that it is; undefined if it is none. */
function scanText({ operands, regions: [condition, body] }: Operation, outer: Known): ScanText | undefined {
  const known = outer.operations;
  const [seen] = condition.arguments, [counter, ...state] = body.arguments;
  const test = condition.operations.find(({ results }) => results[0] === condition.returned[0].name);
  const inside = definitionsOf(body, known), [next, ...results] = body.returned.map(({ name }) => inside.get(name));
  if (test?.op !== "compare" || test.operands[0] !== seen?.name) return undefined;
  if (next?.op !== "add" || next.operands[0] !== counter.name) return undefined;
  const start = splat(operands[0], known), step = splat(next.operands[1], inside);
  const limit = splat(test.operands[1], definitionsOf(condition, known));
  const forwards = start === 0 && step === 1 && / LT\b/.test(test.attributes);
  const backwards = limit === 0 && step === -1 && / GE\b/.test(test.attributes);
  const length = forwards ? limit : backwards && start !== undefined ? start + 1 : undefined;
  if (length === undefined || length < 1) return undefined;

  /** Whether an operation takes or gives slice after slice: its last operands are the counter and zeros. */
  const goesThrough = ({ operands, operandTypes }: Operation, first: number): boolean => {
    const [at, ...zeros] = operands.slice(first);
    return at === counter.name && operandTypes[0].shape[0] === length &&
      zeros.every((name) => splat(name, inside) === 0);
  };
  const isUpdate = (op: Operation | undefined, i: number): op is Operation =>
    op?.op === "dynamic_update_slice" && op.operands[0] === state[i].name && op.operandTypes[1].shape[0] === 1 &&
    goesThrough(op, 2);
  const updates = results.map((op, i) => isUpdate(op, i) ? op : undefined);
  const slices = body.operations.filter((op) =>
    op.op === "dynamic_slice" && outer.values.has(op.operands[0]) && op.resultTypes[0].shape[0] === 1 &&
    goesThrough(op, 1)
  );
  const taken = new Set<Operation | undefined>([next, ...updates, ...slices]);
  const turn: Block = {
    arguments: [
      ...state.filter((_, i) => !updates[i]),
      ...slices.map((op) => ({ name: op.results[0], type: op.resultTypes[0] })),
    ],
    operations: body.operations.filter((op) => !taken.has(op)),
    returned: [
      ...body.returned.slice(1).filter((_, i) => !updates[i]),
      ...updates.flatMap((op) => op ? [{ name: op.operands[1], type: op.operandTypes[1] }] : []),
    ],
  };
  const gone = new Set([counter.name, ...state.filter((_, i) => updates[i]).map(({ name }) => name)]);
  if (uses(turn, gone)) return undefined;
  return { length, reverse: !forwards, stacks: updates.map(Boolean), xs: slices.map((op) => op.operands[0]), turn };
}

const loop: ImportRule = (operands, operation, known) => {
  const found = scanText(operation, known);
  if (!found) {
    const [condition, body] = operation.regions;
    return whileLoop(
      (state) => known.evaluate(condition, state)[0],
      (state) => known.evaluate(body, state),
      [...operands],
    );
  }
  const { length, reverse, stacks, xs, turn } = found;
  const init = operands.slice(1).filter((_, i) => !stacks[i]);
  const [carry, ys] = scan(
    (carry: Tensor[], slices: Tensor[]): [Tensor[], Tensor[]] => {
      const results = known.evaluate(turn, [...carry, ...slices.map((x) => reshaped(x, [1, ...x.shape]))]);
      return [results.slice(0, init.length), results.slice(init.length).map((y) => reshaped(y, y.shape.slice(1)))];
    },
    init,
    xs.map((name) => known.values.get(name)!),
    { length, reverse },
  );
  const rest = { carry: [...carry], ys: [...ys] };
  const last = literal(reverse ? -1 : length, "int32");
  return [last, ...stacks.map((stack) => stack ? rest.ys.shift()! : rest.carry.shift()!)];
};

/** Out of range is the last branch; with 0 as a lower bound the first below it, as for `switchCase`. */
const branches: ImportRule = ([index], { operands: [name], regions }, known) => {
  const bound = known.operations.get(name);
  const bounded = bound?.op === "maximum" && splat(bound.operands[1], known.operations) === 0;
  const last = literal(regions.length - 1, "int32");
  const chosen = bounded ? known.values.get(bound.operands[0])! : select(less(index, literal(0, "int32")), last, index);
  return switchCase(chosen, regions.map((region) => () => known.evaluate(region, [])));
};

const needsLoop: ImportRule = (_operands, { line, op }) => {
  throw new TypeError(`importStableHlo: line ${line}: ${op}: only of the slices that a loop counts through`);
};

/** The rules by operation. */
export const controlImports: Record<string, ImportRule> = {
  while: loop,
  case: branches,
  dynamic_slice: needsLoop,
  dynamic_update_slice: needsLoop,
};
