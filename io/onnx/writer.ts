/** Writing a Graph node by node: names, constants, and values that are broadcast only where they must be. */
import { allocate, type DType, type TypedArray } from "../../core/dtype.ts";
import type { Aval, Shape } from "../../core/shape.ts";
import type { AttributeProto, NodeProto, TensorProto } from "./schema.ts";
import { attributeTypes } from "./schema.ts";
import { int64Proto, tensorProto, typeCodes } from "./types.ts";

/** An extent: a number, or a multiple of the batch, which is free. */
export type Extent = number | { readonly batch: number };

/** Whether an extent depends on the batch. */
export const isFree = (extent: Extent): extent is { readonly batch: number } => typeof extent !== "number";

/** A value in the file. */
export interface Value {
  readonly name: string;
  readonly dtype: DType;
  /** What the Graph says it has. */
  readonly shape: readonly Extent[];
  /** What it has in the file: the same, or with extents of 1, and axes left out in front, where it is still to be broadcast. */
  readonly held: readonly Extent[];
}

/** Constants of a node. */
export type Attributes = Readonly<Record<string, number | string | readonly number[] | { readonly float: number }>>;

function attribute(name: string, value: Attributes[string]): AttributeProto {
  if (typeof value === "number") return { name, type: attributeTypes.int, i: value };
  if (typeof value === "string") return { name, type: attributeTypes.string, s: new TextEncoder().encode(value) };
  if ("float" in value) return { name, type: attributeTypes.float, f: value.float };
  return { name, type: attributeTypes.ints, ints: value };
}

const sameExtents = (a: readonly Extent[], b: readonly Extent[]): boolean =>
  a.length === b.length && a.every((n, i) => isFree(n) ? isFree(b[i]) && n.batch === b[i].batch : n === b[i]);

/** What a Graph becomes. */
export class Writer {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];
  private readonly known = new Map<string, string>();
  private count = 0;

  /** @param batchInput the input whose first extent is the batch, where that is free */
  constructor(readonly opset: number, private readonly batchInput: string | undefined) {}

  /** A fresh name. */
  name(kind: string): string {
    return `${kind}_${this.count++}`;
  }

  /** Applies an operation of ONNX; gives the names of its results. */
  apply(opType: string, inputs: readonly string[], attributes: Attributes = {}, outputs = 1): string[] {
    const names = Array.from({ length: outputs }, () => this.name(opType));
    this.nodes.push({
      name: names[0],
      opType,
      input: inputs,
      output: names,
      attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    });
    return names;
  }

  /** The result of an operation as a value that is broadcast already. */
  op(
    opType: string,
    inputs: readonly string[],
    like: Omit<Value, "name" | "held">,
    attributes: Attributes = {},
  ): Value {
    return { ...like, name: this.apply(opType, inputs, attributes)[0], held: like.shape };
  }

  /** Sizes or axes as an input of a node. */
  integers(values: readonly number[], shape?: Shape): string {
    const key = `i${values}|${shape}`;
    return this.once(key, () => int64Proto(this.name("sizes"), values, shape));
  }

  /** One number of a dtype. */
  scalar(value: number, dtype: DType): string {
    const key = `s${dtype}${Object.is(value, -0) ? "-0" : value}`;
    return this.once(key, () => {
      const values = allocate(dtype, 1);
      values[0] = value;
      return tensorProto(this.name("constant"), values, [], dtype);
    });
  }

  /** Numbers of the program, under a name. */
  array(name: string, values: TypedArray, { shape, dtype }: Aval): Value {
    this.initializers.push(tensorProto(name, values, shape, dtype));
    return { name, dtype, shape, held: shape };
  }

  private once(key: string, make: () => TensorProto): string {
    let name = this.known.get(key);
    if (name === undefined) {
      const proto = make();
      this.initializers.push(proto);
      this.known.set(key, name = proto.name!);
    }
    return name;
  }

  /** A shape as an input of a node; with a free batch it is put together when the file runs. */
  private shapeInput(shape: readonly Extent[]): string {
    const free = shape.filter(isFree);
    if (free.length === 0) return this.integers(shape as readonly number[]);
    const [sizes] = this.apply("Shape", [this.batchInput!]);
    const [batch] = this.apply("Slice", [sizes, this.integers([0]), this.integers([1])]);
    const parts = shape.map((n) => {
      if (!isFree(n)) return this.integers([n]);
      return n.batch === 1 ? batch : this.apply("Mul", [batch, this.integers([n.batch])])[0];
    });
    return this.apply("Concat", parts, { axis: 0 })[0];
  }

  /** The name of a value in the file, reshaped. */
  reshaped(name: string, to: readonly Extent[]): string {
    const target = to.map((n) => isFree(n) ? -1 : n);
    const shape = to.filter(isFree).length <= 1 && !target.includes(0) ? this.integers(target) : this.shapeInput(to);
    return this.apply("Reshape", [name, shape])[0];
  }

  /** The same with all its extents in the file. */
  whole(value: Value): Value {
    if (sameExtents(value.held, value.shape)) return value;
    return { ...value, name: this.apply("Expand", [value.name, this.shapeInput(value.shape)])[0], held: value.shape };
  }

  /** The same with an extent for each axis, 1 where it is still to be broadcast. */
  ranked(value: Value): Value {
    if (value.held.length === value.shape.length) return value;
    const held = [...value.shape.slice(value.held.length).map(() => 1), ...value.held];
    return { ...value, name: this.reshaped(value.name, held), held };
  }

  /** Whether a value is one number, however large it is said to be. */
  static isScalar({ held }: Value): boolean {
    return held.every((n) => n === 1);
  }

  /** A value with its axes spread over those of a larger shape: written only as far as broadcasting needs. */
  spread(value: Value, shape: readonly Extent[], axes: readonly number[]): Value {
    const ranked = Writer.isScalar(value) ? { ...value, held: value.shape.map(() => 1) } : this.ranked(value);
    const held = shape.map((_, i): Extent => axes.includes(i) ? ranked.held[axes.indexOf(i)] : 1);
    while (held.length > 0 && held[0] === 1) held.shift();
    const name = Writer.isScalar(value)
      ? value.name
      : sameExtents(held, ranked.held)
      ? ranked.name
      : this.reshaped(ranked.name, held);
    return { name, dtype: value.dtype, shape, held: Writer.isScalar(value) ? value.held : held };
  }

  /** A conversion. */
  cast(value: Value, dtype: DType): Value {
    return { ...value, name: this.apply("Cast", [value.name], { to: typeCodes[dtype] })[0], dtype };
  }
}

/** The shape that operands of an elementwise operation have in the file together. */
export function heldTogether(operands: readonly Value[]): Extent[] {
  const rank = Math.max(0, ...operands.map(({ held }) => held.length));
  return Array.from({ length: rank }, (_, i) => {
    for (const { held } of operands) {
      const extent = held[i - rank + held.length];
      if (extent !== undefined && extent !== 1) return extent;
    }
    return 1;
  });
}
