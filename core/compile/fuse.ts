/**
 * From a Graph to a schedule: which values are stored and where, and the kernels that compute them.
 *
 * Elementwise work and movement are virtual: computed inside the kernels that use them, unless that would repeat much work. What a
 * contraction or a loop kernel reads stands in memory; parts of a concatenation and the inside of a padded frame are written straight
 * into their place. Values to be stored join into nests over the same loops, in the order of the Graph.
 */
import type { DType } from "../dtype.ts";
import type { Graph, Node } from "../graph.ts";
import { type Shape, sizeOf, stridesOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { commonRefinement, NotAffine, SplitLoop } from "./affine.ts";
import { type ContractParams, copyInput, copyPrimitive } from "./expand.ts";
import { type Buffer, type Home, isContiguous, reshapeHome, rowMajor, viewHome } from "./home.ts";
import {
  buildNest,
  domainOf,
  Incompatible,
  Materialize,
  type Nest,
  type NestBuilder,
  type Root,
  type Value,
} from "./nest.ts";
import type { Region } from "./stripe.ts";

/** A step of a program. */
export type Unit =
  | { readonly kind: "nest"; readonly nest: Nest }
  | {
    readonly kind: "contract";
    readonly node?: Node;
    readonly params: ContractParams;
    readonly a: Home;
    readonly b: Home;
    readonly out: Home;
    readonly accumulate: boolean;
    /**
     * What becomes of the sums, over the same axes: loads from `out` are the sums, stored only if a root stores them. Set by `absorb`
     * for the backends that call it.
     */
    readonly epilogue?: Nest;
  }
  | {
    readonly kind: "loops";
    readonly node: Node;
    readonly operands: readonly Home[];
    readonly outputs: readonly Home[];
    readonly scratch: readonly Buffer[];
  }
  | {
    readonly kind: "control"; // a loop or a branch
    readonly node: Node;
    readonly operands: readonly Home[];
    readonly outputs: readonly Home[];
  }
  | {
    readonly kind: "region";
    readonly schedule: Schedule;
    readonly count: number;
    readonly advance: ReadonlyMap<Buffer, number>;
  };

/** A Graph as kernels over buffers. */
export interface Schedule {
  readonly units: readonly Unit[];
  readonly inputs: readonly Home[];
  readonly outputs: readonly Home[];
  /** The buffers that this schedule made: all but those it was given. */
  readonly buffers: readonly Buffer[];
  /** Buffers whose frame holds a constant, to be filled before anything is stored in them. */
  readonly fills: ReadonlyMap<Buffer, number>;
  /** Buffers to which kernels add, zero at first. */
  readonly accumulators: ReadonlySet<Buffer>;
}

/** Where the values of a stripe come from and go to. */
export interface Surrounded {
  readonly inputs: readonly Home[];
  readonly outputs: readonly Home[];
  /** Which outputs add to what they hold: sums over the batch. */
  readonly accumulate: readonly boolean[];
  readonly firstId: number;
}

const rootLimit = 24; // roots of a nest
const valueLimit = 320; // values of a nest: code size, and registers
const inlineLimit = 48; // operations computed where they are used before they are stored once
const repeatLimit = 5; // operations worth repeating at each use rather than storing

/** The schedule of a Graph without captures or calls; without `fuse`, every value is stored, by a kernel of its own. */
export function schedule(graph: Graph, around?: Surrounded, fuse = true): Schedule {
  const forced = new Set<Tensor>(fuse ? [] : graph.nodes.flatMap((node) => node.outputs));
  while (true) {
    try {
      return new Scheduler(graph, around, forced, fuse).run();
    } catch (e) {
      if (!(e instanceof Materialize) || forced.has(e.tensor)) throw e;
      forced.add(e.tensor);
    }
  }
}

/** The schedule of a region, whose inputs may have gaps between the examples: those that a loop kernel reads are copied. */
function scheduleRegion(graph: Graph, around: Surrounded, fuse: boolean): Schedule {
  while (true) {
    try {
      return schedule(graph, around, fuse);
    } catch (e) {
      const k = e instanceof Materialize ? graph.inputs.indexOf(e.tensor) : -1;
      if (k < 0) throw e;
      graph = copyInput(graph, k);
    }
  }
}

interface Group {
  readonly unit: { kind: "nest"; nest: NestBuilder };
  readonly roots: Root[];
  readonly writes: Set<Buffer>;
  readonly position: number;
}

/** How many operations a node's own function takes, roughly in vector instructions. */
export function ownCost(node: Node): number {
  if (node.primitive!.lower.kind !== "elementwise") return 0;
  switch (node.primitive!.name) {
    case "exp":
    case "log":
    case "sigmoid":
    case "tanh":
    case "sin":
    case "cos":
    case "erf":
    case "pow":
      return 16;
    case "div":
    case "sqrt":
    case "rsqrt":
      return 4;
    default:
      return 1;
  }
}

class Scheduler {
  private readonly homes = new Map<Tensor, Home>();
  private readonly buffers: Buffer[] = [];
  private readonly fills = new Map<Buffer, number>();
  private readonly stored: Map<Node, Root[]> = new Map(); // roots, at the node where they become computable
  private readonly accumulating = new Set<Buffer>();
  private readonly units: Unit[] = [];
  private readonly groups: Group[] = [];
  private readonly writers = new Map<Buffer, number>(); // the last unit that writes it
  private readonly order = new Map<Node, number>();
  private readonly contracted = new Set<Tensor>(); // read or written by contractions
  private readonly whole = new Set<Tensor>(); // must stand in row-major order without gaps

  constructor(
    private readonly graph: Graph,
    private readonly around: Surrounded | undefined,
    private readonly forced: ReadonlySet<Tensor>,
    private readonly fuse: boolean,
  ) {}

  run(): Schedule {
    const { graph } = this;
    graph.nodes.forEach((node, i) => this.order.set(node, i));
    const inputs = graph.inputs.map((t, i) => {
      const home = this.around?.inputs[i] ?? rowMajor(this.buffer(t.dtype, t.size), t.shape);
      this.homes.set(t, home);
      return home;
    });
    const stored = this.decide();
    const outputs = this.assign(stored);
    for (const node of graph.nodes) this.emit(node);
    return {
      units: this.units,
      inputs,
      outputs,
      buffers: this.buffers,
      fills: this.fills,
      accumulators: this.accumulating,
    };
  }

  private buffer(dtype: DType, size: number): Buffer {
    const buffer = { id: (this.around?.firstId ?? 0) + this.buffers.length, dtype, size };
    this.buffers.push(buffer);
    return buffer;
  }

  /** The tensors that must be stored: what other kernels read, and what would be computed too often. */
  private decide(): Set<Tensor> {
    const stored = new Set<Tensor>(this.forced);
    const uses = new Map<Tensor, number>();
    for (const node of this.graph.nodes) for (const t of node.operands) uses.set(t, (uses.get(t) ?? 0) + 1);
    for (const t of this.graph.outputs) uses.set(t, (uses.get(t) ?? 0) + 1);

    for (const t of [...this.graph.outputs, ...this.forced]) this.whole.add(t);
    const need = (t: Tensor, whole = false): void => {
      const kind = t.node?.primitive?.lower.kind;
      if (whole) this.whole.add(t);
      if (kind === undefined || (stored.has(t) && !whole)) return;
      if ((kind === "view" || kind === "reshape") && !spreads(t)) need(t.node!.operands[0], whole);
      else if (kind === "identity" && t.node!.primitive !== copyPrimitive) need(t.node!.operands[t.index], whole);
      else stored.add(t);
    };
    const cost = new Map<Tensor, number>();
    for (const node of this.graph.nodes) {
      const { kind } = node.primitive!.lower;
      if (ownsKernel(node)) node.operands.forEach((t) => need(t, kind !== "contract"));
      if (kind === "contract") [...node.operands, ...node.outputs].forEach((t) => this.contracted.add(t));
      if (ownsKernel(node) || kind === "place" || kind === "reduce" || node.primitive === copyPrimitive) {
        node.outputs.forEach((t) => stored.add(t));
        node.outputs.forEach((t) => cost.set(t, 1));
        continue;
      }
      const costOf = (t: Tensor): number => stored.has(t) || !t.node?.primitive ? 1 : cost.get(t)!;
      // A short value repeated along new axes is computed once, not once an element.
      if (kind === "view" && node.outputs[0].size > node.operands[0].size && costOf(node.operands[0]) > 2) {
        need(node.operands[0]);
      }
      let total = kind === "literal" || kind === "iota" ? 0 : ownCost(node);
      for (const t of node.operands) total += costOf(t);
      for (const t of node.outputs) {
        const count = uses.get(t) ?? 0;
        cost.set(t, total);
        if (kind === "elementwise" && (total > inlineLimit || (count > 1 && total > repeatLimit))) {
          stored.add(t);
          cost.set(t, 1);
        }
      }
    }
    return stored;
  }

  /** Gives every stored tensor a home, from the back, so that parts are written into their whole. */
  private assign(stored: Set<Tensor>): Home[] {
    const { graph, homes } = this;
    const place = (t: Tensor, home?: Home): Home => {
      const made = home ??
        (this.contracted.has(t) && !this.whole.has(t)
          ? this.paddedPlanes(t)
          : rowMajor(this.buffer(t.dtype, t.size), t.shape));
      homes.set(t, made);
      return made;
    };
    // Outputs have buffers of their own; a second name of the same value is read from the same place.
    graph.outputs.forEach((t, i) => {
      // A frame is filled as a whole, so it has a buffer of its own. A loop kernel neither writes nor reads with gaps between the examples
      // of a stripe: what it writes, and what it was found to read, is copied out.
      const wanted = this.around?.outputs[i];
      const gapless = t.node?.primitive?.lower.kind === "loops" || t.node && isControl(t.node) || this.forced.has(t);
      const direct = wanted && !isFrame(t) && (!gapless || isContiguous(wanted, t.shape));
      if (stored.has(t) && !homes.has(t)) place(t, direct ? wanted : undefined);
      if (this.around?.accumulate[i]) this.accumulating.add(this.around.outputs[i].buffer);
    });
    for (let i = graph.nodes.length - 1; i >= 0; i--) {
      const node = graph.nodes[i];
      const { lower } = node.primitive!;
      for (const t of node.outputs) if (stored.has(t) && !homes.has(t)) place(t);
      if (lower.kind !== "place") continue;
      const whole = homes.get(node.outputs[0])!;
      const places = lower.places(node.operands.map((t) => t.aval), node.params);
      if (isFrame(node.outputs[0])) this.fills.set(whole.buffer, lower.fill(node.params));
      node.operands.forEach((t, k) => {
        const { offsets, steps } = places[k];
        const part: Home = {
          buffer: whole.buffer,
          offset: offsets.reduce((sum, at, axis) => sum + at * whole.strides[axis], whole.offset),
          strides: steps.map((step, axis) => step * whole.strides[axis]),
        };
        // What a loop kernel reads without gaps gets a copy in the part.
        const gaps = this.whole.has(t) && !isContiguous(part, t.shape);
        if (!homes.has(t) && !gaps && this.canWriteInto(t, part)) place(t, part);
        else this.store(node, t, part);
        // An elementwise value has no kernel of its own: it becomes a root.
        if (homes.get(t) === part && t.node && !ownsKernel(t.node) && t.node.primitive?.lower.kind !== "place") {
          stored.add(t);
        }
      });
    }
    for (const t of stored) {
      if (!homes.has(t)) place(t);
      if (t.node?.primitive && !ownsKernel(t.node) && t.node.primitive.lower.kind !== "place") {
        this.store(t.node, t, homes.get(t)!);
      }
    }
    const last = graph.nodes[graph.nodes.length - 1];
    return graph.outputs.map((t, i) => {
      const home = this.homeOf(t);
      const wanted = this.around?.outputs[i];
      if (home && (wanted ? home === wanted : isContiguous(home, t.shape))) return home;
      const copy = wanted ?? rowMajor(this.buffer(t.dtype, t.size), t.shape);
      this.store(t.node?.primitive ? t.node : last, t, copy);
      if (!home) homes.set(t, copy);
      return copy;
    });
  }

  /** A home whose planes stand an odd number of cache lines apart: at multiples of 1 KiB they would share few places of the cache. */
  private paddedPlanes(t: Tensor): Home {
    const { shape } = t;
    const plane = shape.slice(-2).reduce((n, m) => n * m, 1);
    const contiguous = isFrame(t) || t.node?.primitive?.lower.kind === "loops" || t.node && isControl(t.node);
    if (shape.length < 3 || plane % 256 !== 0 || t.size === plane || contiguous) {
      return rowMajor(this.buffer(t.dtype, t.size), shape);
    }
    const padded = plane + 16;
    const outer = shape.slice(0, -2);
    const planes = stridesOf(outer).map((n) => n * padded);
    const buffer = this.buffer(t.dtype, (t.size / plane) * padded);
    return { buffer, offset: 0, strides: [...planes, ...stridesOf(shape).slice(-2)] };
  }

  private canWriteInto(t: Tensor, part: Home): boolean {
    const lower = t.node?.primitive?.lower;
    switch (lower?.kind) {
      case "elementwise":
      case "reduce":
      case "contract":
        return true;
      case "loops":
      case "scan":
      case "while":
      case "switch":
        return isContiguous(part, t.shape);
      case "place":
        return !isFrame(t);
      default:
        return false;
    }
  }

  private store(node: Node, tensor: Tensor, home: Home): void {
    const at = tensor.node?.primitive && this.order.get(tensor.node)! > this.order.get(node)! ? tensor.node : node;
    const roots = this.stored.get(at) ?? [];
    roots.push({ tensor, home });
    this.stored.set(at, roots);
  }

  /** Where a tensor stands in memory, also through views of what does; undefined if it is computed where used. */
  private homeOf(t: Tensor): Home | undefined {
    const own = this.homes.get(t);
    if (own) return own;
    const node = t.node;
    if (!node?.primitive) return undefined;
    const { lower } = node.primitive;
    if (lower.kind !== "view" && lower.kind !== "reshape" && lower.kind !== "identity") return undefined;
    const operand = node.operands[lower.kind === "identity" ? t.index : 0];
    const below = this.homeOf(operand);
    if (!below) return undefined;
    const home = lower.kind === "view"
      ? viewHome(below, lower.view(operand.aval, node.params))
      : lower.kind === "reshape"
      ? reshapeHome(below, operand.shape, t.shape)
      : below;
    if (home) this.homes.set(t, home);
    return home;
  }

  private requireHome(t: Tensor, contiguous: boolean): Home {
    const home = this.homeOf(t);
    if (!home || (contiguous && !isContiguous(home, t.shape))) throw new Materialize(t);
    return home;
  }

  private emit(node: Node): void {
    const { lower } = node.primitive!;
    if (lower.kind === "contract") {
      const out = this.homes.get(node.outputs[0])!;
      const [a, b] = node.operands.map((t) => this.requireHome(t, false));
      const accumulate = this.accumulating.has(out.buffer);
      this.push({ kind: "contract", node, params: node.params, a, b, out, accumulate }, [out.buffer]);
    } else if (lower.kind === "loops") {
      const operands = node.operands.map((t) => this.requireHome(t, true));
      const outputs = node.outputs.map((t) => this.homes.get(t)!);
      const scratch = (lower.scratch?.(node.operands.map((t) => t.aval), node.params) ?? []).map((a) =>
        this.buffer(a.dtype, a.size)
      );
      this.push({ kind: "loops", node, operands, outputs, scratch }, outputs.map((h) => h.buffer));
    } else if (isControl(node)) {
      const operands = node.operands.map((t) => this.requireHome(t, true));
      const outputs = node.outputs.map((t) => this.homes.get(t)!);
      this.push({ kind: "control", node, operands, outputs }, outputs.map((h) => h.buffer));
    } else if (lower.kind === "region") this.emitRegion(node);
    for (const root of this.stored.get(node) ?? []) if (root.tensor.size > 0) this.addRoot(root);
  }

  private emitRegion(node: Node): void {
    const region = node.params as Region;
    const advance = new Map<Buffer, number>();
    const users = new Map<Buffer, Tensor>();
    const along = (t: Tensor, home: Home, axis: number | undefined): Home => {
      const step = axis === undefined ? 0 : region.size * home.strides[axis];
      // A buffer moves one way: of two tensors that move through it differently, the one that is a view gets its own.
      if ((advance.get(home.buffer) ?? step) !== step) throw new Materialize(isView(t) ? t : users.get(home.buffer)!);
      advance.set(home.buffer, step);
      if (!users.has(home.buffer) || isView(t)) users.set(home.buffer, t);
      return home;
    };
    const inputs = node.operands.map((t, i) => along(t, this.requireHome(t, false), region.inputs[i]));
    const outputs = node.outputs.map((t, i) => along(t, this.homes.get(t) ?? this.unread(t), region.outputs[i]));
    const accumulate = region.outputs.map((axis) => axis === undefined);
    const around = { inputs, outputs, accumulate, firstId: this.buffers.length };
    const inner = scheduleRegion(region.graph, around, this.fuse);
    this.buffers.push(...inner.buffers);
    this.push({ kind: "region", schedule: inner, count: region.count, advance }, outputs.map((h) => h.buffer));
  }

  private unread(t: Tensor): Home {
    return rowMajor(this.buffer(t.dtype, t.size), t.shape);
  }

  private push(unit: Unit, writes: readonly Buffer[]): void {
    for (const buffer of writes) this.writers.set(buffer, this.units.length);
    this.units.push(unit);
  }

  private build(roots: readonly Root[], extents: readonly number[]): NestBuilder {
    return buildNest(roots, extents, { homeOf: (t) => this.homeOf(t) });
  }

  /** Adds a value to be stored to a nest that can take it, or opens one. */
  private addRoot(root: Root): void {
    const domain = domainOf(root.tensor).filter((n) => n !== 1);
    const alone = this.build([root], domain);
    let earliest = 0;
    for (const buffer of alone.reads) earliest = Math.max(earliest, this.writers.get(buffer) ?? 0);
    // Groups stand in the order of their units: only the later ones come after all that the root reads.
    let from = this.groups.length;
    while (this.fuse && from > 0 && this.groups[from - 1].position >= earliest) from--;
    for (const group of this.groups.slice(from)) {
      if (
        group.roots.length >= rootLimit || group.unit.nest.size > valueLimit || !this.join(group, root, domain, alone)
      ) continue;
      group.roots.push(root);
      group.writes.add(root.home.buffer);
      this.writers.set(root.home.buffer, Math.max(group.position, this.writers.get(root.home.buffer) ?? 0));
      return;
    }
    const unit = { kind: "nest" as const, nest: alone };
    this.groups.push({ unit, roots: [root], writes: new Set([root.home.buffer]), position: this.units.length });
    this.push(unit, [root.home.buffer]);
  }

  /** Whether the group takes the root: over the same loops, with something to share, and reading nothing that it writes. */
  private join(group: Group, root: Root, domain: Shape, alone: NestBuilder): boolean {
    const { nest } = group.unit;
    if (sizeOf(domain) > 4096 && ![...alone.reads].some((b) => nest.reads.has(b) || group.writes.has(b))) return false;
    let extents: readonly number[] | undefined;
    if (sizeOf(domain) === sizeOf(nest.extents)) extents = commonRefinement(nest.extents, domain);
    else if (nest.rows && root.tensor.size === rowsOf(nest) && !alone.rows) extents = nest.extents;
    if (!extents) return false;
    if (
      (nest.rows || alone.rows) && (columnwise(nest) || columnwise(alone)) && columnwise(nest) !== columnwise(alone)
    ) return false;
    try {
      // Grown in place where the loops stay as they are; a failed attempt leaves the nest as it was.
      const same = extents.length === nest.extents.length && (nest.rows || !alone.rows);
      const grown = same ? this.grow(nest, root) : undefined;
      const joined = grown ?? this.build([...group.roots, root], extents);
      group.unit.nest = joined;
    } catch (e) {
      if (e instanceof Incompatible || e instanceof NotAffine || e instanceof Materialize) return false;
      throw e;
    }
    const { reads } = group.unit.nest;
    if (reads.has(root.home.buffer) || [...group.writes].some((b) => reads.has(b))) {
      if (group.unit.nest === nest) nest.undo();
      group.unit.nest = nest;
      return false;
    }
    return true;
  }

  private grow(nest: NestBuilder, root: Root): NestBuilder | undefined {
    try {
      return nest.add([root]);
    } catch (e) {
      if (e instanceof SplitLoop) return undefined;
      throw e;
    }
  }
}

/** Whether a value is made of parts that do not cover it, the rest being a constant. */
function isFrame(t: Tensor): boolean {
  return t.node?.primitive?.lower.kind === "place" && t.node.operands.reduce((sum, x) => sum + x.size, 0) < t.size;
}

/** Whether a view repeats elements, so that storing its result is cheaper to read than it looks: never read through. */
function spreads(t: Tensor): boolean {
  return t.size > t.node!.operands[0].size && t.node!.primitive!.name !== "broadcast";
}

/** Whether a tensor is another's elements in another order. */
function isView(t: Tensor): boolean {
  const kind = t.node?.primitive?.lower.kind;
  return kind === "view" || kind === "reshape" || kind === "identity";
}

/** Whether a node is computed by kernels of its own rather than by a nest. */
function ownsKernel(node: Node): boolean {
  const kind = node.primitive?.lower.kind;
  return kind === "contract" || kind === "loops" || kind === "region" || isControl(node);
}

/** Whether a node is a loop or a branch. */
export function isControl(node: Node): boolean {
  const kind = node.primitive?.lower.kind;
  return kind === "scan" || kind === "while" || kind === "switch";
}

/** Whether the innermost loop belongs to the rows: a reduction over outer loops, whose lanes run over its results. */
function columnwise({ extents, rows }: Nest): boolean {
  if (!rows) return false;
  let last = extents.length - 1;
  while (last >= 0 && extents[last] === 1) last--;
  return last >= 0 && rows.has(last);
}

function rowsOf({ extents, rows }: Nest): number {
  return extents.reduce((size, n, k) => rows!.has(k) ? size * n : size, 1);
}

/** The lines of the user's program that a step comes from, each once, where they were asked for. */
export function linesOf(unit: Unit): readonly string[] | undefined {
  const found: ({ readonly line?: string } | undefined)[] = [];
  const ofNest = (nest: Nest): void => void found.push(...valuesOf(nest).flatMap((v) => [v.node, v]), ...nest.roots);
  if (unit.kind === "nest") ofNest(unit.nest);
  else if (unit.kind !== "region") found.push(unit.node);
  if (unit.kind === "contract" && unit.epilogue) ofNest(unit.epilogue);
  const lines = new Set(found.flatMap((one) => one?.line ?? []));
  return lines.size > 0 ? [...lines] : undefined;
}

/** All values of a nest, each once, operands first. */
export function valuesOf({ roots }: { readonly roots: readonly { readonly value: Value }[] }): Value[] {
  const seen = new Set<Value>();
  const list: Value[] = [];
  const visit = (value: Value): void => {
    if (seen.has(value)) return;
    seen.add(value);
    value.args.forEach(visit);
    list.push(value);
  };
  roots.forEach(({ value }) => visit(value));
  return list;
}
