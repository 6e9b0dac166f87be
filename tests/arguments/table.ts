/**
 * How the table of public functions is written: a row is one call that is right, argument by argument; an argument knows its name in
 * messages and which wrong kinds of values are right for it.
 *
 * @module
 */
import { type Tensor, tensor } from "../../mod.ts";
import { isTensor } from "../../core/tensor.ts";

/** The kinds that are trees without leaves: they go through, and what the function makes of them is its own. */
export const leafless = ["null", "undefined", "{}", "[]"];

/** A foreign object: what another library might hand over. */
class Foreign {
  readonly shape = [2, 3];
  readonly dtype = "float32";
}

/** The wrong kinds, by name. A tensor has the shape and dtype of the right one, if that is a tensor. */
export const wrongKinds: Readonly<Record<string, (right: unknown) => unknown>> = {
  "null": () => null,
  "undefined": () => undefined,
  "NaN": () => NaN,
  "Infinity": () => Infinity,
  "-1": () => -1,
  "1.5": () => 1.5,
  "2**53": () => 2 ** 53,
  '""': () => "",
  "{}": () => ({}),
  "[]": () => [],
  "foreign": () => new Foreign(),
  "disposed": (right) => {
    const t = like(right, "cpu");
    t.dispose();
    return t;
  },
  "elsewhere": (right) => like(right, "reference"),
};

function like(right: unknown, device: string): Tensor {
  if (!isTensor(right)) return tensor([1, 2], { device });
  return tensor(right.dataSync(), { shape: right.shape, dtype: right.dtype, device });
}

/** An argument or an option of a right call. */
export interface Argument {
  /** What messages call it; words for it, any of which will do, are divided by a bar. */
  readonly name: string;
  readonly value: unknown;
  /** The wrong kinds that are right here. */
  readonly takes: readonly string[];
  /** Those that may be right, by what stands beside them: a number is a scalar, which has no axes. */
  readonly may?: readonly string[];
  /** The options, where it is an object of options. */
  readonly fields?: readonly Argument[];
}

/** A right call. */
export interface Row {
  // deno-lint-ignore no-explicit-any
  readonly f: (...args: any[]) => unknown;
  readonly args: readonly Argument[];
  /** What messages call the function, if not by the row's name. */
  readonly says?: string;
}

/** A kind of argument: makes them by name and right value. */
export const kindOf = (...takes: string[]) => (name: string, value?: unknown): Argument => ({ name, value, takes });

/** The argument may be left out. */
export const optional = (a: Argument): Argument => ({ ...a, takes: [...a.takes, "undefined"] });

/** It takes these wrong kinds too. */
export const also = (a: Argument, ...takes: string[]): Argument => ({ ...a, takes: [...a.takes, ...takes] });

const numbers = ["NaN", "Infinity", "-1", "1.5", "2**53"];

/** Matrices to be right with. */
export const matrix = tensor([[0.5, 1, 1.5], [2, 2.5, 3]]);

/** A tensor or a number, the only one of the call: its device does not matter. */
export const alone = (name = "x", value: unknown = matrix): Argument => kindOf(...numbers, "elsewhere")(name, value);
/** A tensor or a number beside others. */
export const operand = (name = "x", value: unknown = matrix): Argument => kindOf(...numbers)(name, value);
/** A tensor beside others. */
export const beside = (name = "x", value: unknown = matrix): Argument => kindOf()(name, value);
/** A tensor or a number, the only one of the call, which must have some axes. */
export const ranked = (name = "x", value: unknown = matrix): Argument => ({ ...single(name, value), may: numbers });
/** A tensor, the only one of the call. */
export const single = (name = "x", value: unknown = matrix): Argument => kindOf("elsewhere")(name, value);
/** Nothing of all this: texts that name something, functions. */
export const strict = kindOf();
/** A finite number. */
export const finite = kindOf("-1", "1.5", "2**53");
/** A number that is not negative, such as a tolerance. */
export const nonNegative = kindOf("1.5", "2**53");
/** A share, from 0 to 1. */
export const share = kindOf();
/** An axis, which may count from the end. */
export const axis = kindOf("-1");
/** Some axes. */
export const axes = kindOf("-1", "[]");
/** A tree of tensors, in which numbers are scalars; a tensor beside others. */
export const tree = (name: string, value: unknown): Argument => ({ ...kindOf(...numbers)(name, value), may: leafless });
/** The same, alone. */
export const treeAlone = (name: string, value: unknown): Argument => also(tree(name, value), "elsewhere");
/** A shape: [] is that of a scalar. */
export const shape = kindOf("[]");

/** The key of an option: the first word of its name. */
export const keyOf = ({ name }: Argument): string => name.split("|")[0];

/** Options by name. */
export const options = (...fields: Argument[]): Argument => ({
  name: "options|option|object",
  value: Object.fromEntries(fields.map((field) => [keyOf(field), field.value])),
  takes: ["undefined", "{}"],
  fields,
});

/** Options that an axis alone may stand for. */
export const axisOptions = (...fields: Argument[]): Argument => ({
  ...also(options(...fields), "-1"),
  name: "options|axis",
  may: ["[]"],
});

/** Options of which some are needed. */
export const needed = (...fields: Argument[]): Argument => ({
  ...options(...fields),
  name: ["options", "option", "object", ...fields.map(keyOf)].join("|"),
  takes: [],
});
