/** Tensor: an immutable handle on a value, concrete (storage on a device) or symbolic (an output of a node). */
import type { Backend, Device, Storage } from "./backends/backend.ts";
import { findBackend } from "./devices.ts";
import { type Display, displayTensor, formatNumber } from "./display.ts";
import { type DType, type TypedArray } from "./dtype.ts";
import { show } from "./errors.ts";
import { type Node, valueOf } from "./graph.ts";
import type { Aval, Shape } from "./shape.ts";

/** Nested arrays of numbers or booleans, as `toArray` gives them; a scalar is bare. */
export type Nested = number | boolean | Nested[];

/**
 * An immutable array of numbers with a shape and an element type. Made by `tensor`, `zeros` and the operations, never by
 * `new`. Operations are functions: `ops.add(a, b)`.
 *
 * @example
 * ```ts
 * import { tensor } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const t = tensor([[1, 2], [3, 4]]);
 * assertEquals(t.shape, [2, 2]);
 * assertEquals(await t.toArray(), [[1, 2], [3, 4]]);
 * ```
 */
export class Tensor {
  /**
   * Shape and dtype, interned.
   *
   * @internal
   */
  readonly aval: Aval;
  /**
   * The node that computes a symbolic value.
   *
   * @internal
   */
  readonly node: Node | undefined;
  /**
   * Which output of the node this is.
   *
   * @internal
   */
  readonly index: number;
  private readonly backend: Backend | undefined;
  private held: Storage | undefined;
  private gone: "disposed" | "donated" | undefined;

  private constructor(
    aval: Aval,
    backend: Backend | undefined,
    held: Storage | undefined,
    node: Node | undefined,
    index: number,
  ) {
    this.aval = aval;
    this.backend = backend;
    this.held = held;
    this.node = node;
    this.index = index;
  }

  /**
   * A concrete tensor that owns `storage`.
   *
   * @internal
   */
  static concrete(aval: Aval, backend: Backend, storage: Storage): Tensor {
    return new Tensor(aval, backend, storage, undefined, 0);
  }

  /**
   * Output `index` of `node`.
   *
   * @internal
   */
  static symbolic(aval: Aval, node: Node, index: number): Tensor {
    return new Tensor(aval, undefined, undefined, node, index);
  }

  /** The extents, outermost first. */
  get shape(): Shape {
    return this.aval.shape;
  }

  /** The element type. */
  get dtype(): DType {
    return this.aval.dtype;
  }

  /** The number of elements. */
  get size(): number {
    return this.aval.size;
  }

  /** The number of axes. */
  get ndim(): number {
    return this.aval.shape.length;
  }

  /** The device that holds the values, `"traced"` for a symbolic tensor. */
  get device(): string {
    return this.backend?.name ?? "traced";
  }

  /**
   * The backend of a concrete tensor.
   *
   * @internal
   */
  get owner(): Backend {
    return this.backend ?? valueOf(this, "device").owner;
  }

  /**
   * The storage of a concrete tensor, checked to be alive.
   *
   * @internal
   */
  storage(operation: string, argument = ""): Storage {
    if (this.gone) {
      const why = this.gone === "donated"
        ? "its buffer was donated to a jitted function; use that function's result instead, or leave it out of donate"
        : "it was disposed";
      throw new TypeError(
        `${operation}: ${argument && `${argument}, `}a tensor of shape ${
          show(this.shape)
        } was used after it was ${this.gone}: ${why}`,
      );
    }
    return this.held!;
  }

  /**
   * Gives up the storage, to a jitted function or for good.
   *
   * @internal
   */
  release(how: "disposed" | "donated"): Storage | undefined {
    const storage = this.held;
    if (this.node) return undefined;
    this.held = undefined;
    this.gone = this.gone ?? how;
    return storage;
  }

  /** The values in row-major order, as a copy; `bool` as 0 and 1. */
  async data(): Promise<TypedArray> {
    const value = this.node ? valueOf(this, "data()") : this;
    return await value.owner.read(value.storage("data"), value.aval);
  }

  /** The values at once, as a copy. Prefer `data()` where you can wait: it works on every kind of device. */
  dataSync(): TypedArray {
    const value = this.node ? valueOf(this, "dataSync()") : this;
    return value.owner.readSync(value.storage("dataSync"), value.aval);
  }

  /**
   * The value of a tensor of one element.
   *
   * @throws TypeError if there are more or none
   */
  async item(): Promise<number> {
    if (this.size !== 1) {
      throw new TypeError(`item: needs one element, got shape ${show(this.shape)}; use data() or toArray()`);
    }
    return (await this.data())[0];
  }

  /** The values as nested arrays; a scalar as a bare number; `bool` as booleans. */
  async toArray(): Promise<Nested> {
    return nest(await this.data(), this.shape, this.dtype);
  }

  /** A tensor of the same values on another device, given by name or by handle. */
  to(device: string | Device): Tensor {
    if (this.node) throw new TypeError("to: a traced value has no device; move the arguments before the call");
    const target = findBackend(device);
    if (target === this.backend) return this;
    return Tensor.concrete(this.aval, target, target.write(this.dataSync(), this.aval));
  }

  /** Frees the storage now instead of when it is collected. Using the tensor afterwards throws. */
  dispose(): void {
    const storage = this.release("disposed");
    if (storage !== undefined) this.backend!.free(storage);
  }

  /** `using t = …` disposes at the end of the block. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Shape, dtype and the first values. */
  toString(): string {
    const head = `Tensor ${show(this.shape)} ${this.dtype}`;
    if (this.gone) return `${head} (${this.gone})`;
    let values: TypedArray;
    try {
      values = this.dataSync();
    } catch {
      return `${head} (${this.node ? "traced" : this.device})`;
    }
    const shown = Array.from(values.subarray(0, 12), (v) => this.dtype === "bool" ? String(v === 1) : formatNumber(v));
    return `${head} [${shown.join(", ")}${values.length > 12 ? ", …" : ""}]`;
  }

  /** What `console.log` shows in Deno and Node. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }

  /** What `console.log` shows in Node. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** What a notebook shows: images `[N, C, H, W]` of one or three channels as pictures, other values as a table. */
  [Symbol.for("Jupyter.display")](): Display {
    const text = this.toString();
    if (this.gone || this.node) return { "text/plain": text };
    try {
      return displayTensor(text, this.dataSync(), this.shape, this.dtype);
    } catch {
      return { "text/plain": text }; // a device whose values cannot be read at once
    }
  }
}

function nest(values: TypedArray, shape: Shape, dtype: DType): Nested {
  const one = (i: number): Nested => dtype === "bool" ? values[i] === 1 : values[i];
  const build = (axis: number, start: number, span: number): Nested => {
    if (axis === shape.length) return one(start);
    const inner = shape[axis] === 0 ? 0 : span / shape[axis];
    return Array.from({ length: shape[axis] }, (_, i) => build(axis + 1, start + i * inner, inner));
  };
  return build(0, 0, values.length);
}

/** Whether a value is a tensor. */
export function isTensor(value: unknown): value is Tensor {
  return value instanceof Tensor;
}
