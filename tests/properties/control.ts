/**
 * Random programs of loops and branches in one another and under transforms, run in two ways: as they are, and unrolled in plain
 * JavaScript, where a branch computes all its ways and takes one.
 *
 * @module
 */
import {
  associativeScan,
  checkpoint,
  cond,
  forLoop,
  grad,
  jit,
  jvp,
  map,
  ops,
  scan,
  switchCase,
  type Tensor,
  vmap,
  whileLoop,
} from "../../mod.ts";
import fc from "fast-check";

/** One step of a program: small numbers that choose what it is and of what, and the bodies that it may have. */
export interface Step {
  readonly kind: number;
  readonly picks: readonly number[];
  readonly bodies: readonly (readonly Step[])[];
}

/** Programs with bodies in bodies. */
export const programs: fc.Arbitrary<readonly Step[]> = (() => {
  const picks = fc.array(fc.nat(999), { minLength: 6, maxLength: 6 });
  const { block } = fc.letrec<{ block: Step[]; step: Step }>((tie) => ({
    block: fc.array(tie("step"), { minLength: 1, maxLength: 3, depthIdentifier: "steps" }),
    step: fc.oneof(
      { depthIdentifier: "steps", depthSize: 0.3, maxDepth: 4 },
      fc.record({ kind: fc.nat(999), picks, bodies: fc.constant([]) }),
      fc.record({ kind: fc.nat(999), picks, bodies: fc.array(tie("block"), { minLength: 3, maxLength: 3 }) }),
    ),
  }));
  return fc.array(block, { minLength: 1, maxLength: 2 }).map((blocks) => blocks.flat());
})();

type Turn = (carry: Tensor[], slices: Tensor[]) => [Tensor[], Tensor[]];

/** The loops and branches of a program. */
export interface Flow {
  scan(
    turn: Turn,
    carry: Tensor[],
    xs: Tensor[],
    options: { reverse: boolean; checkpointEvery?: number },
  ): ReturnType<Turn>;
  map(f: (x: Tensor) => Tensor, xs: Tensor): Tensor;
  for(count: number, f: (i: Tensor, x: Tensor) => Tensor, x: Tensor): Tensor;
  /** At most 4 turns. */
  while(go: (x: Tensor) => Tensor, f: (x: Tensor) => Tensor, x: Tensor): Tensor;
  cond(go: Tensor, onTrue: (x: Tensor) => Tensor, onFalse: (x: Tensor) => Tensor, x: Tensor): Tensor;
  switch(index: Tensor, branches: ((x: Tensor) => Tensor)[], x: Tensor): Tensor;
  prefixes(
    f: (a: [Tensor, Tensor], b: [Tensor, Tensor]) => [Tensor, Tensor],
    xs: [Tensor, Tensor],
    reverse: boolean,
  ): [Tensor, Tensor];
}

const most = 4;

/** As they are. */
export const structured: Flow = {
  scan: (turn, carry, xs, options) => scan(turn as never, carry, xs, options) as ReturnType<Turn>,
  map,
  for: (count, f, x) => forLoop(0, count, f, x),
  while: (go, f, x) => whileLoop(go, f, x, { maxIterations: most }),
  cond: (go, onTrue, onFalse, x) => cond(go, onTrue, onFalse, x),
  switch: (index, branches, x) => switchCase(index, branches, x),
  prefixes: (f, xs, reverse) => associativeScan(f, xs, { reverse }),
};

const rows = (xs: Tensor): number[] => Array.from({ length: xs.shape[0] }, (_, i) => i);

/** As single operations. */
export const unrolled: Flow = {
  scan(turn, carry, xs, { reverse }) {
    const order = reverse ? rows(xs[0]).reverse() : rows(xs[0]);
    const ys: Tensor[][] = [];
    for (const i of order) {
      const [next, y] = turn(carry, xs.map((x) => ops.take(x, i, { axis: 0 })));
      carry = next;
      ys[i] = y;
    }
    return [carry, ys[0].map((_, k) => ops.stack(ys.map((y) => y[k])))];
  },
  map: (f, xs) => ops.stack(rows(xs).map((i) => f(ops.take(xs, i, { axis: 0 })))),
  for(count, f, x) {
    for (let i = 0; i < count; i++) x = f(ops.cast(ops.mul(ops.onesLike(ops.sum(x)), i), "int32"), x);
    return x;
  },
  while(go, f, x) {
    for (let i = 0; i < most; i++) x = ops.where(go(x), f(x), x);
    return x;
  },
  cond: (go, onTrue, onFalse, x) => ops.where(go, onTrue(x), onFalse(x)),
  switch: (index, branches, x) =>
    branches.map((f) => f(x)).reduce((before, y, k) => ops.where(ops.greaterEqual(index, k), y, before)),
  prefixes(f, [a, b], reverse) {
    const order = reverse ? rows(a).reverse() : rows(a);
    const results: [Tensor, Tensor][] = [];
    let last: [Tensor, Tensor] | undefined;
    for (const i of order) {
      const here: [Tensor, Tensor] = [ops.take(a, i, { axis: 0 }), ops.take(b, i, { axis: 0 })];
      last = last ? f(last, here) : here;
      results[i] = last;
    }
    return [ops.stack(results.map((r) => r[0])), ops.stack(results.map((r) => r[1]))];
  },
};

/** What a program sees: vectors of [3], sequences of [turns, 3], a matrix of [3, 3]. */
interface Scope {
  readonly flow: Flow;
  /** Whether reverse mode is asked of it: whileLoop has none. */
  readonly reverse: boolean;
  readonly vectors: Tensor[];
  readonly sequences: Tensor[];
  readonly matrix: Tensor;
}

const inside = (scope: Scope, vectors: Tensor[], more: Partial<Scope> = {}): Scope => ({
  ...scope,
  ...more,
  vectors: [...scope.vectors, ...vectors],
  sequences: [...scope.sequences],
});

/** What a body gives: the last vectors that it made. */
function valueOf(body: readonly Step[], scope: Scope, x: Tensor): Tensor {
  const inner = inside(scope, [x]);
  body.forEach((step) => apply(step, inner));
  return inner.vectors.at(-1)!;
}

const simple: readonly ((x: Tensor, y: Tensor, scope: Scope) => Tensor)[] = [
  (x, y) => ops.tanh(ops.add(x, y)),
  (x, y) => ops.mul(ops.sin(x), y),
  (x, y, { matrix }) => ops.tanh(ops.add(ops.matmul(matrix, x), y)),
  (x, y, { matrix }) => ops.mul(ops.matmul(ops.transpose(matrix), ops.sub(x, y)), 0.5),
  (x, y) => ops.div(ops.sub(x, y), ops.add(1, ops.square(y))),
  (x) => ops.mul(ops.cumsum(x), 0.5),
  (x) => ops.flip(x, 0),
  (x, y) => ops.mul(ops.sum(ops.mul(x, y)), x),
  (x, y) => ops.concat([ops.slice(x, [0], [2]), ops.slice(y, [1], [2])]),
  (x) => x,
  (x) => ops.zerosLike(x),
  (x, y) => ops.logSumExp(ops.stack([x, y]), { axis: 0 }),
  (x) => ops.stopGradient(ops.cos(x)),
  (x) => ops.softmax(x),
];

const transformed: readonly ((f: (x: Tensor) => Tensor, x: Tensor, y: Tensor, scope: Scope) => Tensor)[] = [
  (f, x) => checkpoint(f)(x),
  (f, x) => jit(f)(x),
  (f, x, y) => jvp(f, [x], [y])[1],
  (f, x, y, { reverse }) => reverse ? grad((x: Tensor) => ops.sum(ops.mul(f(x), y)))(x) : f(x),
  (f, x) => ops.sum(vmap(f)(ops.stack([x, ops.neg(x)])), { axis: 0 }),
];

/** Runs a step: puts its results beside what is there. */
function apply({ kind, picks, bodies }: Step, scope: Scope): void {
  const { flow, vectors, sequences } = scope;
  const pick = <T>(list: readonly T[], k: number): T => list[list.length - 1 - picks[k] % list.length];
  const [x, y] = [pick(vectors, 0), pick(vectors, 1)];
  const [xs, zs] = [pick(sequences, 2), pick(sequences, 3)];
  const flag = picks[4] % 2 === 1;
  const keep = (t: Tensor): void => void vectors.push(ops.mul(ops.tanh(ops.mul(t, 0.5)), 1.5));
  if (bodies.length === 0) {
    const f = simple[kind % simple.length];
    if (picks[5] % 4 === 0) sequences.push(ops.tanh(ops.add(xs, ops.mul(zs, f(x, y, scope)))));
    else keep(f(x, y, scope));
    return;
  }
  const body = (k: number, more: Partial<Scope> = {}) => (x: Tensor): Tensor =>
    valueOf(bodies[k], { ...scope, ...more }, x);
  switch (kind % 9) {
    case 0:
    case 1: {
      const turn: Turn = ([a, b], slices) => {
        const inner = inside(scope, [b, ...slices, a]);
        bodies[0].forEach((step) => apply(step, inner));
        const next = inner.vectors.at(-1)!;
        return [picks[5] % 3 === 0 ? [next, b] : [b, next], flag ? [next] : [a, ops.mul(next, y)]];
      };
      const given = picks[5] % 2 ? [xs] : [xs, zs];
      const checkpointEvery = [undefined, undefined, 2, 3][picks[3] % 4];
      const [carry, ys] = flow.scan(turn, [x, y], given, { reverse: flag, checkpointEvery });
      carry.forEach(keep);
      ys.forEach((t) => sequences.push(t));
      return;
    }
    case 2:
      sequences.push(flow.map(body(0), xs));
      return;
    case 3: {
      const turn = (i: Tensor, x: Tensor) => body(0)(ops.add(x, ops.cast(i, "float64")));
      return keep(flow.for(picks[4] % 4, turn, x));
    }
    case 4: {
      const go = (t: Tensor) => ops.less(ops.sum(ops.sin(ops.add(t, y))), 0.7131);
      return keep(scope.reverse ? body(0)(x) : flow.while(go, body(0), x));
    }
    case 5:
      return keep(flow.cond(ops.greater(ops.sum(y), 0.1371), body(0), body(1), x));
    case 6: {
      const index = ops.cast(ops.floor(ops.mul(ops.sum(y), 2.1371)), "int32");
      return keep(flow.switch(index, [body(0), body(1), body(2)], x));
    }
    case 7: {
      const affine = ([a, b]: [Tensor, Tensor], [c, d]: [Tensor, Tensor]): [Tensor, Tensor] => [
        ops.mul(a, c),
        ops.add(ops.mul(b, c), d),
      ];
      flow.prefixes(affine, [xs, zs], flag).forEach((t) => sequences.push(t));
      return;
    }
    default: {
      const k = picks[5] % transformed.length;
      return keep(transformed[k](body(0, k === 3 ? { reverse: true } : {}), x, y, scope));
    }
  }
}

/** The program: from two vectors, a sequence and a matrix to a vector and a sequence. */
export function run(
  program: readonly Step[],
  flow: Flow,
  reverse: boolean,
  [x, y, xs, matrix]: readonly Tensor[],
): Tensor[] {
  const scope: Scope = { flow, reverse, vectors: [x, y], sequences: [xs], matrix };
  program.forEach((step) => apply(step, scope));
  return [scope.vectors.at(-1)!, scope.vectors.at(-2)!, scope.sequences.at(-1)!];
}
