/** One node of a file that is read: its inputs as tensors, its attributes as values, and errors that name it. */
import type { Device } from "../../core/devices.ts";
import { describe, show } from "../../core/errors.ts";
import type { Tensor } from "../../core/tensor.ts";
import { integer, type NodeProto, type TensorProto } from "./schema.ts";
import { type Numbers, numbersOf, tensorOf } from "./types.ts";

/** A node with its inputs. */
export class OnnxNode {
  /** For errors: the operator and the node's name. */
  readonly title: string;
  private readonly attributes: ReadonlyMap<string, NodeProto["attribute"][number]>;

  constructor(
    readonly proto: NodeProto,
    readonly inputs: readonly (Tensor | undefined)[],
    /** The version of the operators. */
    readonly opset: number,
    /** Where constants are made. */
    readonly device: Device | string | undefined,
  ) {
    this.title = titleOf(proto);
    this.attributes = new Map(proto.attribute.map((a) => [a.name, a]));
  }

  /** An input that must be there. */
  input(i: number): Tensor {
    const x = this.inputs[i];
    if (!x) throw new TypeError(`${this.title}: input ${i} is missing`);
    return x;
  }

  /** All inputs, each of which must be there. */
  all(): Tensor[] {
    return this.inputs.map((_, i) => this.input(i));
  }

  /** Whether an attribute is given. */
  has(name: string): boolean {
    return this.attributes.has(name);
  }

  /** A whole number. */
  int(name: string, fallback: number): number {
    const a = this.attributes.get(name);
    return a ? integer(a.i) : fallback;
  }

  /** A number. */
  float(name: string, fallback: number): number {
    return this.attributes.get(name)?.f ?? fallback;
  }

  /** A text. */
  text(name: string, fallback: string): string {
    const a = this.attributes.get(name);
    return a ? new TextDecoder().decode(a.s) : fallback;
  }

  /** Whole numbers, if given. */
  ints(name: string): number[] | undefined {
    return this.attributes.get(name)?.ints?.map(integer);
  }

  /** Numbers, if given. */
  floats(name: string): number[] | undefined {
    const list = this.attributes.get(name)?.floats;
    return list && [...list];
  }

  /** A tensor, if given. */
  tensor(name: string): Numbers | undefined {
    const t: TensorProto | undefined = this.attributes.get(name)?.t;
    return t && numbersOf(this.title, t);
  }

  /** Numbers as a tensor beside the model's. */
  constant(numbers: Numbers): Tensor {
    return tensorOf(numbers, this.device);
  }

  /** Integers as a tensor: shapes, which the file computes with. */
  integers(values: readonly number[], shape: readonly number[] = [values.length]): Tensor {
    return this.constant({ values: Int32Array.from(values), shape: [...shape], dtype: "int32" });
  }

  /** The numbers of an input that must not depend on the model's inputs, such as a shape. */
  constants(i: number): number[] | undefined {
    const x = this.inputs[i];
    if (!x) return undefined;
    try {
      return Array.from(x.dataSync());
    } catch (cause) {
      throw new TypeError(
        `${this.title}: input ${i} depends on the numbers that the model is given; it must follow from their shapes`,
        { cause },
      );
    }
  }

  /** The one number of such an input. */
  number(i: number): number | undefined {
    const values = this.constants(i);
    if (values && values.length !== 1) throw this.error(`input ${i} must be one number, got ${values.length}`);
    return values?.[0];
  }

  /** Sizes from an attribute in old files, from an input in new ones. */
  list(name: string, i: number): number[] | undefined {
    return this.ints(name) ?? this.constants(i);
  }

  /** An axis, from the front. */
  axis(axis: number, rank: number): number {
    if (axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
    throw this.error(`axis ${axis} is out of range for ${rank} axes`);
  }

  /** An error of this node. */
  error(message: string): TypeError {
    return new TypeError(`${this.title}: ${message}`);
  }

  /** An error about something of an operator that is not supported. */
  unsupported(what: string): TypeError {
    return this.error(`${what} is not supported`);
  }
}

/** How errors call a node. */
export function titleOf({ opType, name, output }: NodeProto): string {
  return `importOnnx: ${opType} (node ${describe(name || output[0] || "")})`;
}

/** Shapes for errors. */
export const shapes = (list: readonly Tensor[]): string => list.map((t) => show(t.shape)).join(" and ");

/** What an operator computes. */
export type Operator = (node: OnnxNode) => Tensor | readonly Tensor[];
