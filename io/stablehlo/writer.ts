/** The body of a function that is being written: names, constants, one operation a line. */
import { coerce, type DType, type TypedArray } from "../../core/dtype.ts";
import { type Aval, aval, type Shape } from "../../core/shape.ts";
import { arrayText, list, numberText, typeText } from "./types.ts";

/** A value of the function: its name, with the percent sign, and its type. */
export interface Value {
  readonly name: string;
  readonly aval: Aval;
}

const types = (values: readonly Value[]): string => `(${values.map((v) => typeText(v.aval)).join(", ")})`;
const names = (values: readonly Value[]): string => values.map((v) => v.name).join(", ");

/** How two values are compared. */
export type Comparison = "EQ" | "NE" | "LT" | "LE" | "GT" | "GE";

/** Writes the lines of one function, or of a region within one. */
export class Writer {
  readonly lines: string[] = [];
  private readonly constants = new Map<string, Value>();

  /** @param counter numbers the names; regions share that of their function */
  constructor(private readonly indent = "    ", private readonly counter = { next: 0 }) {}

  private define(aval: Aval): Value {
    return { name: `%${this.counter.next++}`, aval };
  }

  /** An operation of one result whose text follows the equals sign. */
  line(text: string, result: Aval): Value {
    const value = this.define(result);
    this.lines.push(`${this.indent}${value.name} = ${text}`);
    return value;
  }

  /** An operation of several results. */
  lineOfMany(text: string, results: readonly Aval[]): Value[] {
    const name = `%${this.counter.next++}`;
    this.lines.push(`${this.indent}${name}:${results.length} = ${text}`);
    return results.map((aval, i) => ({ name: `${name}#${i}`, aval }));
  }

  /** An operation whose operands and result have one type. */
  same(op: string, ...operands: readonly Value[]): Value {
    const { aval } = operands[0];
    return this.line(`stablehlo.${op} ${names(operands)} : ${typeText(aval)}`, aval);
  }

  /** An operation whose types are written as those of a function. */
  op(op: string, operands: readonly Value[], result: Aval, rest = ""): Value {
    const text = `stablehlo.${op} ${names(operands)}${rest} : ${types(operands)} -> ${typeText(result)}`;
    return this.line(text, result);
  }

  /** An operation whose operands stand inside its text. */
  call(op: string, text: string, operands: readonly Value[], result: Aval): Value {
    return this.line(`stablehlo.${op}${text} : ${types(operands)} -> ${typeText(result)}`, result);
  }

  /** An operation in the generic form. */
  generic(op: string, operands: readonly Value[], attributes: string, result: Aval): Value {
    return this.line(
      `"stablehlo.${op}"(${names(operands)}) ${attributes} : ${types(operands)} -> ${typeText(result)}`,
      result,
    );
  }

  /** A constant: all elements alike. */
  constant(number: number, dtype: DType, shape: Shape = []): Value {
    const type = aval(shape, dtype);
    const text = `stablehlo.constant dense<${numberText(dtype, coerce(dtype, number))}> : ${typeText(type)}`;
    let known = this.constants.get(text);
    if (!known) this.constants.set(text, known = this.line(text, type));
    return known;
  }

  /** A constant of an array. */
  array(values: TypedArray, type: Aval): Value {
    const { shape, dtype } = type;
    if (type.size === 0) return this.constant(0, dtype, shape);
    return this.line(`stablehlo.constant dense<${arrayText(dtype, shape, values)}> : ${typeText(type)}`, type);
  }

  /** A comparison, of one type. NaN compares as IEEE 754 says. */
  compare(direction: Comparison, x: Value, y: Value): Value {
    const { dtype, shape } = x.aval;
    const kind = dtype === "float32" || dtype === "float64" ? "FLOAT" : dtype === "int32" ? "SIGNED" : "UNSIGNED";
    return this.line(
      `stablehlo.compare ${direction}, ${names([x, y])}, ${kind} : ${types([x, y])} -> ${
        typeText({ shape, dtype: "bool" })
      }`,
      aval(shape, "bool"),
    );
  }

  /** Where the condition holds x, elsewhere y. */
  select(condition: Value, x: Value, y: Value): Value {
    return this.line(
      `stablehlo.select ${names([condition, x, y])} : ${typeText(condition.aval)}, ${typeText(x.aval)}`,
      x.aval,
    );
  }

  /** Another element type; the same is no operation. */
  convert(x: Value, dtype: DType): Value {
    return x.aval.dtype === dtype ? x : this.op("convert", [x], aval(x.aval.shape, dtype));
  }

  /** The same elements under another shape; the same is no operation. */
  reshape(x: Value, shape: Shape): Value {
    const result = aval(shape, x.aval.dtype);
    return result === x.aval ? x : this.op("reshape", [x], result);
  }

  /** The part of some extents that begins where int32 scalars say. */
  dynamicSlice(x: Value, starts: readonly Value[], extents: Shape): Value {
    return this.op("dynamic_slice", [x, ...starts], aval(extents, x.aval.dtype), `, sizes = ${list(extents)}`);
  }

  /** x with the part that begins where int32 scalars say replaced. */
  dynamicUpdateSlice(x: Value, part: Value, starts: readonly Value[]): Value {
    return this.op("dynamic_update_slice", [x, part, ...starts], x.aval);
  }

  /** Axes in another order; the same is no operation. */
  transpose(x: Value, order: readonly number[]): Value {
    if (order.every((axis, i) => axis === i)) return x;
    const result = aval(order.map((axis) => x.aval.shape[axis]), x.aval.dtype);
    return this.op("transpose", [x], result, `, dims = ${list(order)}`);
  }

  /** x repeated to a shape; its axis i becomes axis `axes[i]`. */
  broadcast(x: Value, shape: Shape, axes: readonly number[]): Value {
    return this.op("broadcast_in_dim", [x], aval(shape, x.aval.dtype), `, dims = ${list(axes)}`);
  }

  /** A part: along each axis from `start`, every `step`-th element up to, not including, `limit`. */
  slice(x: Value, start: readonly number[], limit: readonly number[], step: readonly number[]): Value {
    const shape = start.map((from, i) => Math.ceil((limit[i] - from) / step[i]));
    const ranges = start.map((from, i) => `${from}:${limit[i]}${step[i] === 1 ? "" : `:${step[i]}`}`);
    return this.op("slice", [x], aval(shape, x.aval.dtype), ` ${list(ranges)}`);
  }

  /** x within a frame of a scalar. */
  pad(x: Value, fill: Value, low: readonly number[], high: readonly number[], interior: readonly number[]): Value {
    const shape = x.aval.shape.map((n, i) => low[i] + high[i] + n + Math.max(0, n - 1) * interior[i]);
    const sizes = `, low = ${list(low)}, high = ${list(high)}, interior = ${list(interior)}`;
    return this.op("pad", [x, fill], aval(shape, x.aval.dtype), sizes);
  }

  /** The order along some axes reversed. */
  reverse(x: Value, axes: readonly number[]): Value {
    return axes.length === 0
      ? x
      : this.line(`stablehlo.reverse ${x.name}, dims = ${list(axes)} : ${typeText(x.aval)}`, x.aval);
  }

  /** The index along an axis. */
  iota(shape: Shape, axis: number, dtype: DType): Value {
    const type = aval(shape, dtype);
    return this.line(`stablehlo.iota dim = ${axis} : ${typeText(type)}`, type);
  }

  /** A region of an operation: the lines, and the names of its arguments. */
  region(arguments_: readonly Aval[], body: (inner: Writer, values: readonly Value[]) => readonly Value[]): Region {
    const values = arguments_.map((type) => this.define(type));
    const inner = new Writer(`${this.indent}  `, this.counter);
    const results = body(inner, values);
    inner.lines.push(`${inner.indent}stablehlo.return ${names(results)} : ${types(results).slice(1, -1)}`);
    return { arguments: values, lines: inner.lines };
  }

  /** An operation with a region, in the generic form. */
  withRegion(op: string, operands: readonly Value[], attributes: string, region: Region, results: readonly Aval[]) {
    return this.withRegions(op, operands, attributes, [region], results);
  }

  /** An operation with several regions. */
  withRegions(
    op: string,
    operands: readonly Value[],
    attributes: string,
    regions: readonly Region[],
    results: readonly Aval[],
  ): Value[] {
    const out = results.map(typeText).join(", ");
    const blocks = regions.map(({ arguments: given, lines }) => {
      const header = given.map((v) => `${v.name}: ${typeText(v.aval)}`).join(", ");
      return [...given.length > 0 ? [`${this.indent}^bb0(${header}):`] : [], ...lines].join("\n");
    });
    const text = `"stablehlo.${op}"(${names(operands)}) ${attributes && `<{${attributes}}> `}({\n` +
      blocks.join(`\n${this.indent}}, {\n`) +
      `\n${this.indent}}) : ${types(operands)} -> ${results.length === 1 ? out : `(${out})`}`;
    return results.length === 1 ? [this.line(text, results[0])] : this.lineOfMany(text, results);
  }
}

/** A region that is written: its arguments and its lines, the returning one included. */
export interface Region {
  readonly arguments: readonly Value[];
  readonly lines: readonly string[];
}
