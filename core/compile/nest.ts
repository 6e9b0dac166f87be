/**
 * A nest: one kernel of fused elementwise work, movement and reductions, as data. Its loops have extents; its roots are the values
 * that it stores. Everything else is computed where it is used, through affine index maps.
 *
 * The loops divide into rows and the rest. A reduction in a nest keeps exactly the row loops, so that its result is a scalar of the
 * row, which later passes over the same row may use: mean, then variance, then the normalised values, while the row is in the cache.
 */
import type { DType } from "../dtype.ts";
import type { Node } from "../graph.ts";
import type { ReduceOp } from "../primitive.ts";
import type { Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import {
  canonicalMap,
  type Index,
  type IndexMap,
  linearIndex,
  NotAffine,
  SplitLoop,
  throughReshape,
  throughView,
} from "./affine.ts";
import { type Buffer, type Home, reshapeHome } from "./home.ts";

/** A value in a nest. */
export interface Value {
  readonly id: number;
  readonly dtype: DType;
  readonly kind: "load" | "constant" | "iota" | "apply" | "reduce";
  readonly args: readonly Value[];
  /** The loops that it depends on. */
  readonly loops: ReadonlySet<number>;
  /** Of a load: the buffer; of a load or iota: the index. */
  readonly home?: Home;
  readonly index?: Index;
  /** Of an apply: the elementwise node. */
  readonly node?: Node;
  /** Of a reduce: where it was called. */
  readonly line?: string;
  readonly number?: number;
  readonly op?: ReduceOp;
}

/** A value to be stored. */
export interface Root {
  readonly tensor: Tensor;
  readonly home: Home;
}

/** A root with its value and the place of each element. */
export interface PlacedRoot {
  readonly value: Value;
  readonly home: Home;
  readonly index: Index;
  /** Where what it stores was called. */
  readonly line?: string;
}

/** Thrown when a virtual value has to be stored by another kernel first. */
export class Materialize {
  constructor(readonly tensor: Tensor) {}
}

/** Thrown when roots cannot share a nest. */
export class Incompatible {}

/** A finished nest. */
export interface Nest {
  readonly extents: readonly number[];
  /** The loops of the rows, if the nest reduces: all others are reduced over. */
  readonly rows: ReadonlySet<number> | undefined;
  readonly roots: readonly PlacedRoot[];
}

/** What a nest must know of the program. */
export interface Surroundings {
  /** Where a tensor is stored, undefined for virtual ones. */
  homeOf(t: Tensor): Home | undefined;
}

const isReduce = (t: Tensor): boolean => t.node?.primitive?.lower.kind === "reduce";

/** The shape over which a root's elements run: a reduction's are those of its operand. */
export function domainOf(t: Tensor): Shape {
  return isReduce(t) ? t.node!.operands[0].shape : t.shape;
}

/** Builds the nest of some roots over loops of these extents, dividing the loops as needed. */
export function buildNest(roots: readonly Root[], extents: readonly number[], surroundings: Surroundings): NestBuilder {
  let loops = extents.slice();
  for (let attempt = 0; attempt < 16; attempt++) {
    try {
      return new NestBuilder(loops, surroundings).add(roots);
    } catch (e) {
      if (!(e instanceof SplitLoop)) throw e;
      loops = [...loops.slice(0, e.loop), loops[e.loop] / e.inner, e.inner, ...loops.slice(e.loop + 1)];
    }
  }
  throw new Incompatible();
}

/** What the last roots that were added changed in a nest. */
interface Change {
  readonly rows: ReadonlySet<number> | undefined;
  readonly size: number;
  readonly fresh: readonly Root[];
  readonly keys: string[];
  readonly reads: Buffer[];
  count: number;
}

/** A nest that grows root by root. */
export class NestBuilder implements Nest {
  readonly roots: PlacedRoot[] = [];
  rows: ReadonlySet<number> | undefined;
  /** The buffers that it reads. */
  readonly reads = new Set<Buffer>();
  /** The number of its values. */
  size = 0;
  private serial = 0;
  private readonly known = new Map<string, Value>();
  private readonly numbers = new Map<Tensor, number>();
  private readonly own = new Map<Tensor, string>(); // roots: the map they are computed at
  private last: Change | undefined;

  constructor(readonly extents: readonly number[], private readonly around: Surroundings) {}

  /**
   * Adds roots, all or none.
   *
   * @throws Incompatible, SplitLoop, NotAffine or Materialize where they cannot be added as they are
   */
  add(roots: readonly Root[]): this {
    const { rows, size } = this;
    const fresh = roots.filter(({ tensor }) => !this.own.has(tensor));
    const change: Change = this.last = { rows, size, fresh, keys: [], reads: [], count: 0 };
    try {
      // Reductions first: they say which loops are rows.
      for (const { tensor } of roots) if (isReduce(tensor)) this.setRows(tensor);
      const maps = roots.map(({ tensor }) => this.mapOf(tensor));
      roots.forEach(({ tensor }, i) => this.own.set(tensor, keyOf(maps[i])));
      const placed = roots.map(({ tensor, home }, i) => {
        const value = this.compute(tensor, maps[i]);
        const index = linearIndex(maps[i], home.strides, home.offset, this.extents.length);
        return { value, home, index, line: tensor.node?.line };
      });
      this.roots.push(...placed);
      change.count = placed.length;
      return this;
    } catch (e) {
      this.undo();
      throw e;
    }
  }

  /** Takes back the roots that were added last. */
  undo(): void {
    const { rows, size, fresh, keys, reads, count } = this.last!;
    this.roots.length -= count;
    this.rows = rows;
    this.size = size;
    for (const { tensor } of fresh) this.own.delete(tensor);
    for (const key of keys) this.known.delete(key);
    for (const buffer of reads) this.reads.delete(buffer);
  }

  private setRows(r: Tensor): void {
    const map = canonicalMap(this.extents, domainOf(r)) ?? this.divide(domainOf(r));
    const axes = r.node!.params.axes as number[];
    const rows = new Set<number>();
    map.forEach((index, axis) => {
      if (!axes.includes(axis)) index.forEach((c, k) => c !== 0 && k < this.extents.length && rows.add(k));
    });
    if (this.rows && (this.rows.size !== rows.size || [...rows].some((k) => !this.rows!.has(k)))) {
      throw new Incompatible();
    }
    this.rows = rows;
  }

  /** Says how to divide the loops so that `shape` is made of whole ones. */
  private divide(shape: Shape): never {
    let loop = this.extents.length - 1;
    for (let i = shape.length - 1; i >= 0; i--) {
      let covered = 1;
      while (covered < shape[i]) {
        while (loop >= 0 && this.extents[loop] === 1) loop--;
        if (loop < 0) throw new Incompatible();
        const left = shape[i] / covered;
        if (left % this.extents[loop] === 0) covered *= this.extents[loop--];
        else if (this.extents[loop] % left === 0) throw new SplitLoop(loop, left);
        else throw new Incompatible();
      }
    }
    throw new Incompatible();
  }

  /** The map at which a root is computed: row-major over all loops, or over the rows. */
  private mapOf(t: Tensor): IndexMap {
    const { extents } = this;
    if (isReduce(t)) {
      const map = canonicalMap(extents, domainOf(t))!;
      const axes = t.node!.params.axes as number[];
      return map.filter((_, axis) => !axes.includes(axis));
    }
    let size = 1;
    for (const n of extents) size *= n;
    if (t.size === size) return canonicalMap(extents, t.shape) ?? this.divide(t.shape);
    if (!this.rows) throw new Incompatible();
    // A value of the rows: the loops that are none count as one element.
    const rowExtents = extents.map((n, k) => this.rows!.has(k) ? n : 1);
    const map = canonicalMap(rowExtents, t.shape);
    if (!map) throw new Incompatible();
    return map;
  }

  private number(t: Tensor): number {
    let n = this.numbers.get(t);
    if (n === undefined) this.numbers.set(t, n = this.numbers.size);
    return n;
  }

  private remember(key: string, value: Value): Value {
    this.known.set(key, value);
    this.last!.keys.push(key);
    return value;
  }

  private make(key: string, value: Omit<Value, "id">): Value {
    const made = { id: this.serial++, ...value };
    this.size++;
    if (made.home && !this.reads.has(made.home.buffer)) {
      this.reads.add(made.home.buffer);
      this.last!.reads.push(made.home.buffer);
    }
    return this.remember(key, made);
  }

  /** The value of a tensor at a map: loaded where it is stored, computed here otherwise. */
  private value(t: Tensor, map: IndexMap): Value {
    const mapKey = keyOf(map);
    const known = this.known.get(this.number(t) + mapKey);
    if (known) return known;
    const own = this.own.get(t);
    if (own !== undefined) {
      if (own !== mapKey) throw new Incompatible();
      return this.compute(t, map);
    }
    const home = this.ownBelow(t) ? undefined : this.around.homeOf(t);
    if (home) {
      const index = linearIndex(map, home.strides, home.offset, this.extents.length);
      const key = `@${home.buffer.id}:${index.join()}`;
      const loaded = this.known.get(key) ??
        this.make(key, { dtype: t.dtype, kind: "load", args: [], loops: loopsOf(index), home, index });
      return this.remember(this.number(t) + mapKey, loaded);
    }
    return this.compute(t, map);
  }

  /** Whether a tensor is a view of a value that this nest computes: then it is not read from memory. */
  private ownBelow(t: Tensor): boolean {
    let below = t;
    for (let node = below.node; node?.primitive; node = below.node) {
      const { kind } = node.primitive.lower;
      if (kind !== "view" && kind !== "reshape" && kind !== "identity") return false;
      below = node.operands[kind === "identity" ? below.index : 0];
      if (this.own.has(below)) return true;
    }
    return false;
  }

  /** The value of a tensor computed in this nest. */
  private compute(t: Tensor, map: IndexMap): Value {
    const key = this.number(t) + keyOf(map);
    const known = this.known.get(key);
    if (known) return known;
    const node = t.node;
    const lower = node?.primitive?.lower;
    if (!node || !lower) {
      // A graph input that is a root: copied.
      const home = this.around.homeOf(t)!;
      const index = linearIndex(map, home.strides, home.offset, this.extents.length);
      return this.make(key, { dtype: t.dtype, kind: "load", args: [], loops: loopsOf(index), home, index });
    }
    const loops = this.extents.length;
    switch (lower.kind) {
      case "literal":
        return this.make(key, {
          dtype: t.dtype,
          kind: "constant",
          args: [],
          loops: new Set(),
          number: node.params.value,
        });
      case "iota": {
        const index = map[node.params.axis];
        return this.make(key, { dtype: t.dtype, kind: "iota", args: [], loops: loopsOf(index), index });
      }
      case "elementwise": {
        const args = node.operands.map((operand) => this.value(operand, map));
        return this.make(key, { dtype: t.dtype, kind: "apply", args, loops: union(args), node });
      }
      case "view":
        return this.alias(
          key,
          node.operands[0],
          throughView(map, lower.view(node.operands[0].aval, node.params), loops),
        );
      case "reshape": {
        const [operand] = node.operands;
        try {
          return this.alias(key, operand, throughReshape(map, operand.shape, t.shape, this.extents));
        } catch (e) {
          if (!(e instanceof NotAffine)) throw e;
          // The loops do not fit the operand's axes, but its memory may be divided anew.
          const below = this.around.homeOf(operand);
          const home = below && reshapeHome(below, operand.shape, t.shape);
          if (!home) throw new Materialize(operand);
          const index = linearIndex(map, home.strides, home.offset, loops);
          return this.make(key, { dtype: t.dtype, kind: "load", args: [], loops: loopsOf(index), home, index });
        }
      }
      case "identity":
        return this.alias(key, node.operands[t.index], map);
      case "reduce": {
        if (!this.own.has(t)) throw new Materialize(t);
        const [operand] = node.operands;
        const value = this.value(operand, canonicalMap(this.extents, operand.shape)!);
        return this.make(key, {
          dtype: t.dtype,
          kind: "reduce",
          args: [value],
          loops: this.rows!,
          op: lower.op,
          line: node.line,
        });
      }
      default: {
        // Stored by a kernel of another kind: a further copy of it is asked for.
        const home = this.around.homeOf(t);
        if (!home) throw new Materialize(t);
        const index = linearIndex(map, home.strides, home.offset, loops);
        return this.make(key, { dtype: t.dtype, kind: "load", args: [], loops: loopsOf(index), home, index });
      }
    }
  }

  private alias(key: string, operand: Tensor, map: IndexMap): Value {
    return this.remember(key, this.value(operand, map));
  }
}

function keyOf(map: IndexMap): string {
  let key = "";
  for (const index of map) key += "|" + index.join();
  return key;
}

function loopsOf(index: Index): Set<number> {
  const loops = new Set<number>();
  for (let k = 0; k < index.length - 1; k++) if (index[k] !== 0) loops.add(k);
  return loops;
}

function union(values: readonly Value[]): Set<number> {
  const loops = new Set<number>();
  for (const value of values) for (const k of value.loops) loops.add(k);
  return loops;
}
