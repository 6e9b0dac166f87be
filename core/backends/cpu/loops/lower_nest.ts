/**
 * Renders a nest as a kernel of the loop IR. The row loops are outside; inside a row, one pass after the other: a pass computes what
 * depends on the reductions of the passes before it. Lanes run along the innermost loop, or, where a reduction runs over outer loops,
 * along its results.
 *
 * Sums are defined over 16 virtual lanes in blocks of 256 elements, folded in a fixed order and added up in float64: the same bits for
 * any vector width.
 */
import type { Index } from "../../../compile/affine.ts";
import { constant, type Expr } from "../../../compile/expr.ts";
import { valuesOf } from "../../../compile/fuse.ts";
import type { Buffer } from "../../../compile/home.ts";
import { Builder, type Kernel, lanesFor, type Target } from "../../../compile/loop.ts";
import type { Nest, PlacedRoot, Value } from "../../../compile/nest.ts";
import { block, Reduction, virtualLanes } from "./reduction.ts";

/** Vectors of a row that is long. */
const longRow = 8;

/** A kernel and the buffers that it takes, in order. */
export interface LoweredNest {
  readonly kernel: Kernel;
  readonly buffers: readonly (Buffer | "lanes")[];
  /** Whether it computes some elements twice, so that none may be written over what it reads. */
  readonly repeats: boolean;
}

/** One loop of the kernel, made of neighbouring loops of the nest that all indices run through evenly. */
export interface Loop {
  readonly extent: number;
  /** The nest's loops, outermost first. */
  readonly parts: readonly number[];
  readonly row: boolean;
}

/** Loops of a nest in the order in which they run, neighbours joined where every index allows it. */
export function joinLoops({ extents, rows, roots }: Nest, values: readonly Value[]): readonly Loop[] {
  const indices: Index[] = [...values.flatMap((v) => v.index ? [v.index] : []), ...roots.map((r) => r.index)];
  const kept = extents.map((_, k) => k).filter((k) => extents[k] !== 1);
  const isRow = (k: number): boolean => !!rows?.has(k);
  const order = [...kept.filter(isRow), ...kept.filter((k) => !isRow(k))];
  const merged: { extent: number; parts: number[]; row: boolean }[] = [];
  for (const k of order) {
    const last = merged[merged.length - 1];
    const joins = last !== undefined && last.row === isRow(k) &&
      indices.every((index) => index[last.parts[last.parts.length - 1]] === index[k] * extents[k]) &&
      // An iota's value and a value's dependence must not tell the joined loops apart.
      values.every((v) => v.loops.has(k) === v.loops.has(last.parts[last.parts.length - 1]));
    if (joins) {
      last.extent *= extents[k];
      last.parts.push(k);
    } else merged.push({ extent: extents[k], parts: [k], row: isRow(k) });
  }
  return merged;
}

/** How far an index moves with a turn of a loop: the innermost part carries its coefficient. */
export const step = (index: Index, { parts }: Loop): number => index[parts[parts.length - 1]];

/** The kernel of a nest; `accumulate` names the buffers whose roots add to what they hold. */
export function lowerNest(nest: Nest, target: Target, accumulate: ReadonlySet<Buffer>, name: string): LoweredNest {
  return new NestLowering(nest, target, accumulate).run(name);
}

class NestLowering {
  private readonly values: readonly Value[];
  private readonly loops: readonly Loop[];
  private readonly passOf = new Map<Value, number>();
  private readonly uses = new Map<Value, number>();
  private readonly parameters = new Map<Buffer | "lanes", number>();
  private readonly rowCount: number;
  private readonly lanes: number;
  /** The loop of the lanes; −1 for scalars. */
  private readonly vector: number;
  private readonly b: Builder;
  private current = 0; // the pass being written
  private overResults = false; // whether a reduction's lanes run along its results
  private repeats = false;

  constructor(private readonly nest: Nest, target: Target, private readonly accumulate: ReadonlySet<Buffer>) {
    this.values = valuesOf(nest);
    this.loops = joinLoops(nest, this.values);
    this.rowCount = nest.rows ? this.loops.filter((l) => l.row).length : Math.max(0, this.loops.length - 1);
    for (const value of this.values) {
      let pass = 0;
      for (const arg of value.args) {
        pass = Math.max(pass, this.passOf.get(arg)! + (arg.kind === "reduce" ? 1 : 0));
        this.uses.set(arg, (this.uses.get(arg) ?? 0) + 1);
      }
      this.passOf.set(value, pass);
    }
    for (const { value } of nest.roots) this.uses.set(value, (this.uses.get(value) ?? 0) + 1);
    const [vector, lanes] = this.chooseVector(target);
    this.vector = vector;
    this.lanes = lanes;
    this.b = new Builder(lanes > 1 ? lanes : target.lanes);
  }

  private coefficient(index: Index, loop: number): number {
    return step(index, this.loops[loop]);
  }

  private depends(value: Value, loop: number): boolean {
    return this.loops[loop].parts.some((k) => value.loops.has(k));
  }

  /** How deep in the loops a value lives: 0 outside of all, n inside loop n − 1. */
  private depth(value: Value): number {
    for (let i = this.loops.length - 1; i >= 0; i--) if (this.depends(value, i)) return i + 1;
    return 0;
  }

  /**
   * Which way the lanes run depends on the nest alone, so that sums have the same bits for any width; only whether there are enough
   * elements to fill them depends on the width.
   */
  private chooseVector(target: Target): [loop: number, lanes: number] {
    const last = this.loops.length - 1;
    if (last < 0) return [-1, 1];
    const fits = (v: number): boolean =>
      this.values.every((value) => !this.depends(value, v) || value.dtype !== "float64") &&
      this.nest.roots.every(({ home }) => home.buffer.dtype !== "float64") &&
      this.nest.roots.every(({ value, index }) => {
        const step = this.coefficient(index, v);
        // Scalars of the row are stored outside of its passes.
        return step === 1 || (step === 0 && !this.loops[v].row && (value.kind === "reduce" || !this.depends(value, v)));
      });
    const loads = this.values.filter((v) => v.kind === "load");
    const strided = (v: number): number => loads.filter((l) => Math.abs(this.coefficient(l.index!, v)) > 1).length;
    const candidates: number[] = [];
    if (fits(last)) candidates.push(last);
    // Lanes along the results of a reduction over outer loops.
    const onlyReduces = this.nest.rows !== undefined && this.nest.roots.every((r) => r.value.kind === "reduce") &&
      !this.passes(1);
    if (onlyReduces && this.rowCount > 0 && this.rowCount < this.loops.length && fits(this.rowCount - 1)) {
      candidates.push(this.rowCount - 1);
    }
    candidates.sort((a, c) => strided(a) - strided(c));
    const v = candidates[0] ?? -1;
    if (v < 0) return [-1, 1];
    this.overResults = this.loops[v].row;
    const { extent } = this.loops[v];
    if (this.nest.rows && !this.overResults) return extent >= virtualLanes ? [v, target.lanes] : [-1, 1];
    // Short loops take narrower vectors, where wide ones would leave them to scalars.
    const lanes = lanesFor(target, extent);
    return lanes ? [v, lanes] : [-1, 1];
  }

  private passes(from: number): boolean {
    return this.values.some((v) => this.passOf.get(v)! >= from);
  }

  run(name: string): LoweredNest {
    const scope = new Scope();
    this.hoist(0, scope);
    this.rows(0, scope);
    return { kernel: this.b.finish(name), buffers: [...this.parameters.keys()], repeats: this.repeats };
  }

  // --- rows ---

  private rows(at: number, scope: Scope): void {
    if (at === this.rowCount) return this.row(scope);
    this.overLoop(at, scope, (inner) => {
      this.hoist(at + 1, inner);
      this.rows(at + 1, inner);
    });
  }

  /** Runs `body` for all elements of a row loop, in lanes where it is the loop of the lanes. */
  private overLoop(loop: number, scope: Scope, body: (scope: Scope) => void): void {
    const { extent } = this.loops[loop];
    const full = loop === this.vector ? extent - extent % this.lanes : 0;
    if (full > 0) this.b.loop(0, full, this.lanes, (i) => body(scope.inside(loop, i, true)));
    if (full < extent) this.b.loop(full, extent, 1, (i) => body(scope.inside(loop, i, false)));
  }

  /** Computes what lives at a depth and is read deeper. */
  private hoist(depth: number, scope: Scope): void {
    for (const value of this.values) {
      if (
        this.depth(value) !== depth || this.passOf.get(value)! > 0 || value.kind === "constant" ||
        value.kind === "reduce"
      ) continue;
      if (depth <= this.rowCount) scope.set(value, this.b.let(this.render(value, scope)));
    }
  }

  private row(scope: Scope): void {
    const last = Math.max(...this.nest.roots.map((root) => this.rootPass(root)));
    for (let pass = 0; pass <= last; pass++) {
      if (pass > 0) this.rowValues(pass, scope);
      this.pass(pass, scope);
    }
  }

  /** Scalars of the row that follow from the reductions so far. */
  private rowValues(pass: number, scope: Scope): void {
    for (const value of this.values) {
      if (this.passOf.get(value) !== pass || this.depth(value) > this.rowCount || value.kind === "reduce") continue;
      scope.set(value, this.b.let(this.render(value, scope)));
    }
  }

  // --- one pass over a row ---

  private pass(pass: number, scope: Scope): void {
    this.current = pass;
    const { roots } = this.nest;
    const reduces = this.values.filter((v) => v.kind === "reduce" && this.passOf.get(v) === pass);
    const here = roots.filter((r) => this.rootPass(r) === pass);
    const stores = here.filter((r) => this.rootDepth(r) > this.rowCount);
    const scalars = here.filter((r) => this.rootDepth(r) <= this.rowCount);
    for (const root of scalars) if (root.value.kind !== "reduce") this.store(root, scope);
    if (reduces.length > 0 || stores.length > 0) {
      const needed = this.neededIn(pass, [...reduces.map((r) => r.args[0]), ...stores.map((r) => r.value)]);
      const sums = reduces.map((value) =>
        new Reduction(this.b, value, this.lanes, this.wideRow(scope), this.overResults, this.elementsARow())
      );
      sums.forEach((s) => s.begin());
      this.deeper(this.rowCount, scope, needed, stores, sums);
      for (const sum of sums) scope.set(sum.value, this.b.let(sum.end()));
    }
    for (const root of scalars) if (root.value.kind === "reduce") this.store(root, scope);
  }

  /** How deep in the loops a root is stored: a value may be repeated along loops that it does not depend on. */
  private rootDepth({ value, index }: PlacedRoot): number {
    for (let i = this.loops.length - 1; i >= this.depth(value); i--) {
      if (this.loops[i].parts.some((k) => index[k] !== 0)) return i + 1;
    }
    return this.depth(value);
  }

  /** The pass that stores a root: a reduction that is repeated along the row waits for the next one. */
  private rootPass(root: PlacedRoot): number {
    const waits = root.value.kind === "reduce" && this.rootDepth(root) > this.rowCount;
    return this.passOf.get(root.value)! + (waits ? 1 : 0);
  }

  private elementsARow(): number {
    return this.loops.slice(this.rowCount).reduce((n, l) => n * l.extent, 1);
  }

  /** Whether the row itself stands in lanes. */
  private wideRow(scope: Scope): boolean {
    return this.vector >= 0 && this.vector < this.rowCount && scope.isWide(this.vector);
  }

  /** What a pass computes inside the row, operands first: recomputed where an earlier pass had it. */
  private neededIn(pass: number, targets: readonly Value[]): Set<Value> {
    const needed = new Set<Value>();
    const visit = (value: Value): void => {
      if (
        needed.has(value) || this.depth(value) <= this.rowCount || value.kind === "constant" || value.kind === "reduce"
      ) return;
      value.args.forEach((arg) => this.stored(arg, pass) ? needed.add(arg) : visit(arg));
      needed.add(value);
    };
    targets.forEach(visit);
    return needed;
  }

  /** A dear value that an earlier pass has stored is loaded back. */
  private stored(value: Value, pass: number): PlacedRoot | undefined {
    if (value.kind !== "apply" || this.passOf.get(value)! >= pass || this.depth(value) <= this.rowCount) {
      return undefined;
    }
    return this.nest.roots.find((r) => r.value === value && !this.accumulate.has(r.home.buffer));
  }

  private deeper(
    at: number,
    scope: Scope,
    needed: ReadonlySet<Value>,
    stores: readonly PlacedRoot[],
    sums: readonly Reduction[],
  ): void {
    const inner = this.loops.length - 1;
    if (at === inner) this.prepare(at, scope, needed, stores);
    if (at > inner) return this.element(scope, needed, stores, sums, 0, inner + 1);
    if (at < inner || at !== this.vector) {
      const { extent } = this.loops[at];
      this.b.loop(0, extent, 1, (i) => {
        const inside = scope.inside(at, i, false);
        if (at < inner) this.bind(at + 1, inside, needed);
        if (at < inner) this.deeper(at + 1, inside, needed, stores, sums);
        else this.element(inside, needed, stores, sums, 0, at + 1);
      });
      return;
    }
    this.alongLanes(at, scope, needed, stores, sums);
  }

  private alongLanes(
    at: number,
    scope: Scope,
    needed: ReadonlySet<Value>,
    stores: readonly PlacedRoot[],
    sums: readonly Reduction[],
  ): void {
    const { b, lanes } = this;
    const { extent } = this.loops[at];
    // Short bodies run several vectors a turn: each turn pays for the loop.
    const copies = sums.length > 0 ? virtualLanes / lanes : needed.size <= 12 ? 4 : needed.size <= 32 ? 2 : 1;
    const step = copies * lanes;
    const vectors = (start: Expr, count: number): void => {
      for (let u = 0; u < count; u++) {
        this.element(scope.inside(at, u === 0 ? start : start.add(u * lanes), true), needed, stores, sums, u, at + 1);
      }
    };
    const main = extent - extent % step;
    if (sums.length === 0) {
      if (main > 0) b.loop(0, main, step, (i) => vectors(i, copies));
    } else if (main > 0) {
      const run = (from: Expr | number, to: Expr | number): void => {
        sums.forEach((s) => s.open(copies));
        b.loop(from, to, step, (i) => vectors(i, copies));
        sums.forEach((s) => s.close(copies));
      };
      if (main <= block) run(0, main);
      else b.loop(0, main, block, (start) => run(start, b.let(start.add(block).min(main))));
    }
    // What does not fill the virtual lanes is added one by one, whatever the width.
    const rest = sums.length > 0 ? 0 : Math.floor((extent - main) / lanes);
    if (rest > 0) vectors(constant("int32", main), rest);
    const done = main + rest * lanes;
    // What is left is less than a vector: one more that ends with the row computes some elements again.
    const again = sums.length === 0 && extent >= lanes && stores.every((root) => this.canRepeat(root, extent));
    if (done < extent && again) {
      this.repeats = true;
      vectors(constant("int32", extent - lanes), 1);
    } else if (done < extent) {
      b.loop(
        done,
        extent,
        1,
        (i) => this.element(scope.inside(at, i, false), needed, stores, sums, 0, at + 1),
      );
    }
  }

  /**
   * Whether a root may be stored twice: it is not added to what is there. In long rows a result that can be written over what it is
   * computed from is worth more than the last elements of the row.
   */
  private canRepeat({ home, index }: PlacedRoot, extent: number): boolean {
    if (this.accumulate.has(home.buffer)) return false;
    return this.nest.rows !== undefined || extent < longRow * this.lanes ||
      this.values.every((v) => v.kind !== "load" || v.index!.some((c, k) => c !== index[k]));
  }

  /** Everything for one element, or one vector of them; `u` is the vector's turn in the virtual lanes. */
  private element(
    scope: Scope,
    needed: ReadonlySet<Value>,
    stores: readonly PlacedRoot[],
    sums: readonly Reduction[],
    u: number,
    depth: number,
  ): void {
    this.bind(depth, scope, needed);
    for (const root of stores) this.store(root, scope);
    const wide = this.vector >= 0 && scope.isWide(this.vector);
    for (const sum of sums) {
      const x = this.use(sum.value.args[0], scope);
      sum.add(wide ? x.splat() : x, u);
    }
  }

  /** Computes the needed values of a depth, in order. */
  private bind(depth: number, scope: Scope, needed: ReadonlySet<Value>): void {
    for (const value of needed) {
      if (this.depth(value) !== depth) continue;
      const again = this.stored(value, this.current);
      const rendered = again ? this.load(again.home.buffer, again.index, scope) : this.render(value, scope);
      scope.set(value, (this.uses.get(value) ?? 0) > 1 || depth < this.loops.length ? this.b.let(rendered) : rendered);
    }
  }

  private store({ value, home, index }: PlacedRoot, scope: Scope): void {
    const to = this.parameter(home.buffer);
    const at = this.indexExpr(index, scope);
    const wide = this.vector >= 0 && scope.isWide(this.vector) && this.coefficient(index, this.vector) !== 0;
    let result = this.use(value, scope);
    if (wide) result = result.splat();
    if (this.accumulate.has(home.buffer)) result = this.b.load(to, at, wide ? 1 : undefined).add(result);
    this.b.store(to, at, result);
  }

  // --- values as expressions ---

  private use(value: Value, scope: Scope): Expr {
    return scope.get(value) ?? this.render(value, scope);
  }

  private render(value: Value, scope: Scope): Expr {
    switch (value.kind) {
      case "constant":
        return constant(value.dtype, value.number!);
      case "load":
        return this.load(value.home!.buffer, value.index!, scope);
      case "iota": {
        const at = this.indexExpr(value.index!, scope);
        const v = this.vector;
        const step = v >= 0 && scope.isWide(v) ? this.coefficient(value.index!, v) : 0;
        const position = step === 0 ? at : at.splat().add(this.b.load(this.parameter("lanes"), 0, 1).mul(step));
        return position.convert(value.dtype);
      }
      case "apply": {
        const { lower } = value.node!.primitive!;
        if (lower.kind !== "elementwise") throw new Error(`${value.node!.primitive!.name} is not elementwise`);
        const args = value.args.map((arg) => this.use(arg, scope));
        const wide = args.some((a) => a.wide);
        return lower.expr(
          wide ? args.map((a) => a.splat()) : args,
          value.node!.params,
          value.node!.outputs.map((t) => t.aval),
        );
      }
      case "reduce":
        throw new Error("a reduction was used before its pass");
    }
  }

  private load(buffer: Buffer, index: Index, scope: Scope): Expr {
    const from = this.parameter(buffer);
    const at = this.indexExpr(index, scope);
    const v = this.vector;
    const stride = v >= 0 && scope.isWide(v) ? this.coefficient(index, v) : 0;
    return stride === 0 ? this.b.load(from, at) : this.b.load(from, at, stride);
  }

  private parameter(buffer: Buffer | "lanes"): number {
    let position = this.parameters.get(buffer);
    if (position === undefined) {
      position = this.b.buffer(buffer === "lanes" ? "int32" : buffer.dtype);
      this.parameters.set(buffer, position);
    }
    return position;
  }

  /** Computes before the innermost loop what the outer ones contribute to its indices. */
  private prepare(inner: number, scope: Scope, needed: ReadonlySet<Value>, stores: readonly PlacedRoot[]): void {
    for (const value of needed) {
      const again = this.stored(value, this.current);
      if (again) this.outerIndex(again.index, inner, scope);
      else if (value.index) this.outerIndex(value.index, inner, scope);
    }
    for (const { index } of stores) this.outerIndex(index, inner, scope);
  }

  /** What the loops outside of `inner` contribute to an index, computed once where it is first wanted. */
  private outerIndex(index: Index, inner: number, scope: Scope): Expr | undefined {
    let key = "";
    const terms: Expr[] = [];
    for (let i = 0; i < this.loops.length; i++) {
      const c = this.coefficient(index, i);
      const variable = i === inner ? undefined : scope.variable(i);
      if (c === 0 || !variable) continue;
      key += `${i}*${c},`;
      terms.push(c === 1 ? variable : variable.mul(c));
    }
    if (terms.length === 0) return undefined;
    const known = scope.partial(key);
    if (known) return known;
    const sum = this.b.let(terms.reduce((x, y) => x.add(y)));
    scope.keep(key, sum);
    return sum;
  }

  private indexExpr(index: Index, scope: Scope): Expr {
    const offset = index[index.length - 1];
    const inner = scope.innermost();
    let sum = this.outerIndex(index, inner, scope);
    if (inner >= 0 && this.coefficient(index, inner) !== 0) {
      const c = this.coefficient(index, inner);
      const variable = scope.variable(inner)!;
      const term = c === 1 ? variable : variable.mul(c);
      sum = sum ? sum.add(term) : term;
    }
    if (!sum) return constant("int32", offset);
    return offset === 0 ? sum : sum.add(offset);
  }
}

/** What is known at a place in the loops. */
class Scope {
  private readonly values = new Map<Value, Expr>();
  private readonly partials = new Map<string, Expr>();

  constructor(
    private readonly outer?: Scope,
    private readonly loop = -1,
    private readonly at?: Expr,
    private readonly wide = false,
  ) {}

  inside(loop: number, at: Expr, wide: boolean): Scope {
    return new Scope(this, loop, at, wide);
  }

  get(value: Value): Expr | undefined {
    return this.values.get(value) ?? this.outer?.get(value);
  }

  set(value: Value, expr: Expr): void {
    this.values.set(value, expr);
  }

  variable(loop: number): Expr | undefined {
    return this.loop === loop ? this.at : this.outer?.variable(loop);
  }

  isWide(loop: number): boolean {
    return this.loop === loop ? this.wide : this.outer?.isWide(loop) ?? false;
  }

  innermost(): number {
    return this.loop;
  }

  partial(key: string): Expr | undefined {
    return this.partials.get(key) ?? this.outer?.partial(key);
  }

  keep(key: string, sum: Expr): void {
    this.partials.set(key, sum);
  }
}
