/**
 * The types that an operation of StableHLO gives, from its operands and attributes, after the specification
 * (https://openxla.org/stablehlo/spec). Not shared with the
 * export: so one finds the mistakes of the other.
 */
import type { Binding, Operation, Type } from "./parse.ts";

/** A mistake in the types of a program. */
export class TypeMistake extends Error {
  override name = "TypeMistake";
}

const show = ({ shape, element }: Type): string => `tensor<${shape.map((n) => `${n}x`).join("")}${element}>`;

/** Whether two types are the same. */
export const sameType = (a: Type, b: Type): boolean => show(a) === show(b);

/** Types as a message shows them. */
export const showTypes = (types: readonly Type[]): string => types.map(show).join(", ");

/** Refuses what does not hold. */
export function demand(condition: boolean, message: string): asserts condition {
  if (!condition) throw new TypeMistake(message);
}

/** The integers of `name = [1, 2]` or `name = array<i64: 1, 2>`. */
export function integers(attributes: string, name: string): number[] {
  const found = new RegExp(`\\b${name} = (?:\\[|array<i64(?:: )?)([-\\d, ]*)[\\]>]`).exec(attributes);
  demand(found !== null, `lacks ${name}`);
  return found[1].trim() === "" ? [] : found[1].split(",").map(Number);
}

/** The integer of `name = 1`. */
export function integer(attributes: string, name: string): number {
  const found = new RegExp(`\\b${name} = (-?\\d+)`).exec(attributes);
  demand(found !== null, `lacks ${name}`);
  return Number(found[1]);
}

const floats = ["f32", "f64"], integersOnly = ["i32", "ui32"];
const numbers = ["f32", "f64", "i32", "ui32"], bits = ["i32", "ui32", "i1"], all = ["f32", "f64", "i32", "ui32", "i1"];

/** Operations of one type, and the elements that they take. */
const sameTyped: Record<string, readonly string[]> = /* @__PURE__ */ (() => ({
  ...Object.fromEntries(
    ["ceil", "floor", "round_nearest_even", "exponential", "exponential_minus_one", "log", "log_plus_one", "sine"]
      .concat("cosine", "tan", "tanh", "sqrt", "rsqrt", "logistic", "power", "atan2").map((op) => [op, floats]),
  ),
  ...Object.fromEntries(["negate", "subtract", "divide", "remainder"].map((op) => [op, numbers])),
  ...Object.fromEntries(["and", "or", "xor", "not"].map((op) => [op, bits])),
  ...Object.fromEntries(
    ["shift_left", "shift_right_arithmetic", "shift_right_logical"].map((op) => [op, integersOnly]),
  ),
  ...Object.fromEntries(["add", "multiply", "maximum", "minimum", "reverse"].map((op) => [op, all])),
  abs: [...floats, "i32"],
}))();

const unary = /* @__PURE__ */ new Set(
  /* @__PURE__ */ "ceil floor round_nearest_even exponential exponential_minus_one log log_plus_one sine cosine tan tanh sqrt rsqrt logistic negate not abs"
    .split(" ").concat("reverse"),
);

const widths: Record<string, number> = { f32: 4, f64: 8, i32: 4, ui32: 4, i1: 1 };

const distinct = (axes: readonly number[], rank: number): boolean =>
  new Set(axes).size === axes.length && axes.every((axis) => Number.isInteger(axis) && axis >= 0 && axis < rank);

const without = (shape: readonly number[], axes: readonly number[]): number[] =>
  shape.filter((_, i) => !axes.includes(i));

const sizeOf = (shape: readonly number[]): number => shape.reduce((n, m) => n * m, 1);

type Infer = (types: readonly Type[], operation: Operation) => Type[];

function constant({ attributes, resultTypes: [type] }: Operation): Type[] {
  const text = /dense<(.*)>$/.exec(attributes.trim())?.[1];
  demand(text !== undefined, "is no dense constant");
  const size = sizeOf(type.shape);
  const one = floats.includes(type.element)
    ? /^(-?\d+\.\d*(e[+-]?\d+)?|0x[0-9A-F]+)$/
    : type.element === "i1"
    ? /^(true|false)$/
    : /^-?\d+$/;
  if (text.startsWith('"')) {
    demand(/^"0x([0-9A-F]{2})*"$/.test(text), "has bytes that are none");
    demand(
      (text.length - 4) / 2 === size * widths[type.element],
      `has bytes for another number of elements than ${size}`,
    );
  } else if (text.startsWith("[")) {
    const value = JSON.parse(text.replaceAll(/[^[\],\s]+/g, (t) => JSON.stringify(t)));
    const walk = (item: unknown, shape: readonly number[]): void => {
      if (shape.length === 0) return demand(typeof item === "string" && one.test(item), `has the element ${item}`);
      demand(Array.isArray(item) && item.length === shape[0], `is nested otherwise than [${type.shape}]`);
      for (const child of item) walk(child, shape.slice(1));
    };
    walk(value, type.shape);
  } else {
    demand(one.test(text), `has the element ${text}`);
  }
  return [type];
}

function dot([x, y]: readonly Type[], { attributes }: Operation): Type[] {
  const pair = (name: string): number[][] => {
    const found = new RegExp(`${name} = \\[([\\d, ]*)\\] x \\[([\\d, ]*)\\]`).exec(attributes);
    return [1, 2].map((i) => found?.[i] ? found[i].split(",").map(Number) : []);
  };
  const batch = pair("batching_dims"), contract = pair("contracting_dims");
  demand(x.element === y.element, "elements differ");
  [x, y].forEach(({ shape }, k) => demand(distinct([...batch[k], ...contract[k]], shape.length), "axes are wrong"));
  for (const axes of [batch, contract]) {
    demand(axes[0].length === axes[1].length, "axes are not in pairs");
    axes[0].forEach((axis, i) => demand(x.shape[axis] === y.shape[axes[1][i]], "extents differ"));
  }
  const free = [x, y].flatMap(({ shape }, k) => without(shape, [...batch[k], ...contract[k]]));
  return [{ shape: [...batch[0].map((axis) => x.shape[axis]), ...free], element: x.element }];
}

function convolution([x, w]: readonly Type[], { attributes }: Operation): Type[] {
  const layouts = /dim_numbers = \[(.*?)\]x\[(.*?)\]->\[(.*?)\]/.exec(attributes)?.slice(1).map((t) => t.split(", "));
  demand(layouts !== undefined, "lacks dim_numbers");
  const [input, kernel, output] = layouts;
  const stride = integers(attributes, "stride"), spread = integers(attributes, "lhs_dilate");
  const dilation = integers(attributes, "rhs_dilate");
  const padding = /pad = \[((?:\[-?\d+, -?\d+\](?:, )?)*)\]/.exec(attributes)![1].match(/-?\d+/g)!.map(Number);
  const batchGroups = integer(attributes, "batch_group_count"), groups = integer(attributes, "feature_group_count");
  const at = (type: Type, layout: string[], name: string): number => type.shape[layout.indexOf(name)];
  demand(x.element === w.element, "elements differ");
  demand(groups === 1 || batchGroups === 1, "has groups of both kinds");
  demand(at(x, input, "f") === at(w, kernel, "i") * groups, "channels of input and kernel differ");
  demand(at(w, kernel, "o") % (groups * batchGroups) === 0, "output channels do not divide into groups");
  demand(at(x, input, "b") % batchGroups === 0, "the batch does not divide into groups");
  const shape = output.map((name) => {
    if (name === "b") return at(x, input, "b") / batchGroups;
    if (name === "f") return at(w, kernel, "o");
    const d = Number(name);
    const n = at(x, input, name), k = at(w, kernel, name);
    const spreadOut = n === 0 ? 0 : (n - 1) * spread[d] + 1;
    const room = spreadOut + padding[2 * d] + padding[2 * d + 1], window = k === 0 ? 0 : (k - 1) * dilation[d] + 1;
    return room < window ? 0 : Math.floor((room - window) / stride[d]) + 1;
  });
  return [{ shape, element: x.element }];
}

function reduce(types: readonly Type[], { attributes, regions: [region], op }: Operation): Type[] {
  const count = types.length / 2;
  const inputs = types.slice(0, count), starts = types.slice(count);
  const axes = integers(attributes, "dimensions");
  demand(Number.isInteger(count), `${op} takes inputs and starts in pairs`);
  demand(inputs.every(({ shape }) => String(shape) === String(inputs[0].shape)), "inputs differ in shape");
  demand(distinct(axes, inputs[0].shape.length), "axes are wrong");
  starts.forEach(({ shape, element }, i) =>
    demand(shape.length === 0 && element === inputs[i].element, "a start is wrong")
  );
  if (!region) {
    const combine = /applies stablehlo\.(\w+)/.exec(attributes)?.[1];
    demand(
      count === 1 && combine !== undefined && sameTyped[combine]?.includes(inputs[0].element),
      `cannot combine by ${combine}`,
    );
  } else {
    demand(
      showTypes(region.arguments.map((a) => a.type)) === showTypes([...starts, ...starts]),
      "the region takes other types",
    );
    demand(showTypes(region.returned.map((a) => a.type)) === showTypes(starts), "the region gives other types");
  }
  return inputs.map(({ shape, element }) => ({ shape: without(shape, axes), element }));
}

function gather([x, indices]: readonly Type[], { attributes }: Operation): Type[] {
  const collapsed = integers(attributes, "collapsed_slice_dims"),
    beside = integers(attributes, "operand_batching_dims");
  const vector = integer(attributes, "index_vector_dim");
  demand(indices.element === "i32", "indices are no integers");
  demand(distinct([...collapsed, ...beside], x.shape.length), "axes are wrong");
  demand(integers(attributes, "slice_sizes").every((n) => n === 1), "slices are not of one element");
  demand(vector === indices.shape.length, "the index vector is not implicit");
  integers(attributes, "start_indices_batching_dims").forEach((axis, i) =>
    demand(indices.shape[axis] === x.shape[beside[i]], "batching extents differ")
  );
  return [{ shape: indices.shape, element: x.element }];
}

function scatter([x, indices, updates]: readonly Type[], { attributes, regions: [region] }: Operation): Type[] {
  const inserted = integers(attributes, "inserted_window_dims"), beside = integers(attributes, "input_batching_dims");
  demand(distinct([...inserted, ...beside], x.shape.length), "axes are wrong");
  demand(String(indices.shape) === String(updates.shape), "indices and updates differ in shape");
  demand(x.element === updates.element && indices.element === "i32", "elements differ");
  const scalar = { shape: [], element: x.element };
  demand(
    showTypes(region?.arguments.map((a) => a.type) ?? []) === showTypes([scalar, scalar]),
    "the region takes other types",
  );
  return [x];
}

function sort(types: readonly Type[], { attributes, regions: [region] }: Operation): Type[] {
  demand(distinct([integer(attributes, "dimension")], types[0].shape.length), "the axis is wrong");
  const scalars = types.flatMap(({ element }) => [{ shape: [], element }, { shape: [], element }]);
  demand(showTypes(region?.arguments.map((a) => a.type) ?? []) === showTypes(scalars), "the region takes other types");
  demand(showTypes(region.returned.map((a) => a.type)) === "tensor<i1>", "the region does not compare");
  return [...types];
}

const typesOf = (list: readonly Binding[]): string => showTypes(list.map(({ type }) => type));

function whileLoop(types: readonly Type[], { regions }: Operation): Type[] {
  demand(regions.length === 2, "takes two regions");
  const [condition, body] = regions;
  const state = showTypes(types);
  demand(regions.every((region) => typesOf(region.arguments) === state), "a region takes other types");
  demand(typesOf(condition.returned) === "tensor<i1>", "the condition gives no truth");
  demand(typesOf(body.returned) === state, "the body gives other types");
  return [...types];
}

function branches([index, ...others]: readonly Type[], { regions }: Operation): Type[] {
  demand(regions.length > 0, "has no branches");
  demand(others.length === 0 && showTypes([index]) === "tensor<i32>", "is not chosen by one integer");
  demand(regions.every((region) => region.arguments.length === 0), "a branch takes arguments");
  const [first] = regions;
  demand(regions.every(({ returned }) => typesOf(returned) === typesOf(first.returned)), "branches give other types");
  return first.returned.map(({ type }) => type);
}

/** What holds for places that are known when the program runs. */
function checkStarts(x: Type, starts: readonly Type[], sizes: readonly number[]): void {
  demand(starts.length === x.shape.length && sizes.length === x.shape.length, "has another number of axes");
  demand(starts.every((type) => showTypes([type]) === "tensor<i32>"), "does not start at integers");
  demand(sizes.every((n, i) => 0 <= n && n <= x.shape[i]), "is larger than its operand");
}

const movement: Record<string, Infer> = {
  dynamic_slice([x, ...starts], { attributes }) {
    const sizes = integers(attributes, "sizes");
    checkStarts(x, starts, sizes);
    return [{ shape: sizes, element: x.element }];
  },
  dynamic_update_slice([x, part, ...starts]) {
    checkStarts(x, starts, part.shape);
    demand(part.element === x.element, "elements differ");
    return [x];
  },
  broadcast_in_dim([x], { attributes, resultTypes: [out] }) {
    const axes = integers(attributes, "dims");
    demand(axes.length === x.shape.length && distinct(axes, out.shape.length), "axes are wrong");
    axes.forEach((axis, i) => demand(x.shape[i] === 1 || x.shape[i] === out.shape[axis], "an extent does not fit"));
    return [{ shape: out.shape, element: x.element }];
  },
  reshape([x], { resultTypes: [out] }) {
    demand(sizeOf(x.shape) === sizeOf(out.shape), "has another number of elements");
    return [{ shape: out.shape, element: x.element }];
  },
  transpose([x], { attributes }) {
    const order = integers(attributes, "dims");
    demand(order.length === x.shape.length && distinct(order, x.shape.length), "is no permutation");
    return [{ shape: order.map((axis) => x.shape[axis]), element: x.element }];
  },
  slice([x], { attributes }) {
    const ranges = /\[(.*)\]/.exec(attributes)![1].split(", ").filter((t) => t !== "").map((t) =>
      t.split(":").map(Number)
    );
    demand(ranges.length === x.shape.length, "has another number of axes");
    const shape = ranges.map(([start, limit, step = 1], i) => {
      demand(
        0 <= start && start <= limit && limit <= x.shape[i] && step > 0,
        `has the range ${start}:${limit}:${step}`,
      );
      return Math.ceil((limit - start) / step);
    });
    return [{ shape, element: x.element }];
  },
  pad([x, fill], { attributes }) {
    const [low, high, interior] = ["low", "high", "interior"].map((name) => integers(attributes, name));
    demand(fill.shape.length === 0 && fill.element === x.element, "the filling is wrong");
    demand([low, high, interior].every((l) => l.length === x.shape.length), "has another number of axes");
    const shape = x.shape.map((n, i) => low[i] + n + Math.max(0, n - 1) * interior[i] + high[i]);
    demand(shape.every((n) => n >= 0), "is smaller than nothing");
    return [{ shape, element: x.element }];
  },
  concatenate(types, { attributes }) {
    const axis = integer(attributes, "dim");
    const [first] = types;
    demand(distinct([axis], first.shape.length), "the axis is wrong");
    for (const { shape, element } of types) {
      demand(
        element === first.element && String(without(shape, [axis])) === String(without(first.shape, [axis])),
        "parts differ",
      );
    }
    const extent = types.reduce((n, t) => n + t.shape[axis], 0);
    return [{ shape: first.shape.map((n, i) => i === axis ? extent : n), element: first.element }];
  },
};

const others: Record<string, Infer> = /* @__PURE__ */ (() => ({
  ...movement,
  constant: (_, operation) => constant(operation),
  iota(_, { attributes, resultTypes: [out] }) {
    demand(
      distinct([integer(attributes, "dim")], out.shape.length) && out.element !== "i1",
      "the axis or element is wrong",
    );
    return [out];
  },
  compare([x, y], { attributes }) {
    const kind = floats.includes(x.element) ? "FLOAT" : x.element === "i32" ? "SIGNED" : "UNSIGNED";
    demand(sameType(x, y), "operands differ");
    demand(new RegExp(`\\b(EQ|NE|LT|LE|GT|GE)\\b.*\\b${kind}\\b`).test(attributes), `must compare as ${kind}`);
    return [{ shape: x.shape, element: "i1" }];
  },
  select([condition, x, y]) {
    demand(
      condition.element === "i1" && sameType(x, y) && String(condition.shape) === String(x.shape),
      "operands differ",
    );
    return [x];
  },
  clamp([low, x, high]) {
    demand(sameType(low, high) && low.element === x.element && low.shape.length === 0, "bounds are wrong");
    return [x];
  },
  convert: ([x], { resultTypes: [out] }) => [{ shape: x.shape, element: out.element }],
  bitcast_convert([x], { resultTypes: [out] }) {
    demand(widths[x.element] === widths[out.element] && x.element !== "i1", "widths differ");
    return [{ shape: x.shape, element: out.element }];
  },
  optimization_barrier: (types) => [...types],
  dot_general: dot,
  convolution,
  reduce,
  gather,
  scatter,
  sort,
  while: whileLoop,
  case: branches,
}))();

/** The types of an operation's results. */
export function infer(operation: Operation): Type[] {
  const { op, operandTypes } = operation;
  const elements = sameTyped[op];
  if (elements) {
    demand(operandTypes.length === (unary.has(op) ? 1 : 2), "has another number of operands");
    demand(elements.includes(operandTypes[0].element), `does not take ${operandTypes[0].element}`);
    demand(operandTypes.every((type) => sameType(type, operandTypes[0])), "operands differ");
    if (op === "reverse") {
      demand(distinct(integers(operation.attributes, "dims"), operandTypes[0].shape.length), "axes are wrong");
    }
    return [operandTypes[0]];
  }
  demand(Object.hasOwn(others, op), "is not known");
  return others[op](operandTypes, operation);
}
