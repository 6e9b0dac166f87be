/**
 * What lines of random programs call: transforms, loops and branches, with bodies of lines.
 *
 * @module
 */
import { ops, type Tensor } from "../../mod.ts";
import { type Choice, filled, float, given, number, r } from "./calls.ts";
import type { Builder, Value } from "./generate.ts";
import type { Body } from "./program.ts";

const same = (a: Tensor, b: Tensor): boolean => a.dtype === b.dtype && a.shape.join() === b.shape.join();

/** The last value of a body that fits: its own if it has one. */
const last = (b: Builder, fits: (t: Tensor) => boolean): Value | undefined =>
  b.values.findLast(({ tensor }) => fits(tensor));

const small = (t: Tensor): boolean => float(t) && t.size <= 300;

/** A function from values to a scalar. */
function scalarBody(b: Builder, k: number, samples: readonly Tensor[]): Body | undefined {
  return b.body(k, samples, (inner, parameters) => {
    const value = last(inner, (t) => float(t) && t.size > 0);
    const mixed = value && inner.one("ops.mul", r(value), r(parameters[0].tensor.ndim === 0 ? parameters[0] : value));
    const loss = mixed && inner.one("ops.mean", r(mixed));
    return loss && r(loss);
  });
}

/** A function from values to one like the first. */
function endoBody(b: Builder, k: number, samples: readonly Tensor[], state = 0): Body | undefined {
  return b.body(k, samples, (inner, parameters) => {
    const next = last(inner, (t) => same(t, parameters[state].tensor))!;
    const mild = inner.one("ops.tanh", r(next));
    return mild && r(mild);
  });
}

/** A function with trees for parameters and result. */
function treeBody(b: Builder, k: number, samples: readonly Tensor[]): Body | undefined {
  const body = b.body(k, samples, (inner) => {
    const values = inner.values.slice(-2);
    return { a: r(values[0]), b: [r(values[1])] };
  });
  const [first, second] = body?.parameters ?? [];
  return body && { ...body, parameters: [{ x: first, y: [second] }] };
}

const row = (x: Tensor, axis = 0): Tensor => ops.take(x, 0, { axis });

/** A vector-valued function of sequences: what a turn sees of them. */
const sequence = (length: number) => (t: Tensor): boolean => float(t) && t.ndim > 0 && t.shape[0] === length;

const transforms: readonly Choice[] = [
  ...["jit", "checkpoint"].map((call) =>
    given(number, (b, x) => {
      const y = b.slot(() => true)!;
      const body = treeBody(b, 0, [x.tensor, y.tensor]);
      return body && b.call(call, [body], [{ x: r(x), y: [r(y)] }]);
    })
  ),
  given((t) => small(t) && t.size > 0, (b, x) => {
    const f = scalarBody(b, 0, [x.tensor]);
    return f && b.call(b.of(["grad", "valueAndGrad"]), [f], [r(x)]);
  }),
  given(small, (b, x) => {
    const y = b.slot(small)!;
    const f = scalarBody(b, 0, [x.tensor, y.tensor]);
    return f && x.tensor.size * y.tensor.size > 0 && b.call("grad", [f, { argnums: [0, 1] }], [r(x), r(y)]);
  }),
  given(small, (b, x) => {
    const t = b.one("ops.sin", r(x));
    const f = b.body(0, [x.tensor], (inner) => {
      const value = last(inner, float);
      return value && r(value);
    });
    return f && t && b.call("jvp", [f, [r(x)], [r(t)]]);
  }),
  given((t) => small(t) && t.size > 0, (b, x) => {
    const f = scalarBody(b, 0, [x.tensor]);
    return f && b.call("hvp", [f, [r(x)], [r(x)]]);
  }),
  given((t) => float(t) && t.size > 0 && t.size <= 6, (b, x) => {
    const f = b.body(0, [x.tensor], (inner) => {
      const value = last(inner, (t) => float(t) && t.size <= 12);
      return value && r(value);
    });
    return f && b.call("jacobian", [f], [r(x)]);
  }),
  ...Array.from(
    { length: 3 },
    (): Choice =>
      given((t) => float(t) && t.ndim > 0 && t.shape[0] > 0 && t.shape[0] <= 6 && t.size <= 600, (b, x) => {
        const count = x.tensor.shape[0];
        const y = b.slot((t) => t.size <= 300 && (t.ndim === 0 || t.shape.at(0) !== count))!;
        const z = b.slot((t) => t.ndim > 0 && t.shape.at(-1) === count && t.size <= 300);
        const inAxes = [0, null, ...z ? [-1] : []];
        const args = [x, y, ...z ? [z] : []];
        const samples = args.map(({ tensor }, i) => inAxes[i] === null ? tensor : row(tensor, inAxes[i]!));
        const f = b.body(0, samples, (inner) => {
          const value = last(inner, number);
          return value && r(value);
        });
        return f && b.call("vmap", [f, { inAxes, outAxes: b.of([0, -1]) }], args.map(r));
      }),
  ),
];

const control: readonly Choice[] = [
  ...Array.from({ length: 3 }, (): Choice =>
    given((t) => filled(t) && t.shape[0] <= 5 && t.size <= 400, (b, xs) => {
      const x = row(xs.tensor);
      const ys = b.slot(sequence(xs.tensor.shape[0]))!;
      const carry = b.slot((t) => small(t))!;
      const turn = b.body(0, [carry.tensor, x, row(ys.tensor)], (inner, [state]) => {
        const next = inner.values.findLast(({ tensor, id }) => same(tensor, state.tensor) && id !== state.id) ?? state;
        const mild = inner.one("ops.tanh", r(next));
        const y = last(inner, number);
        return mild && y && [r(mild), r(y)];
      });
      if (!turn) return undefined;
      const [state, left, right] = turn.parameters;
      const body = { ...turn, parameters: [state, [left, right]] };
      const options = { reverse: b.int(2) === 1, ...b.int(3) === 0 ? { checkpointEvery: 2 } : {} };
      return b.call("scan", [body, r(carry), [r(xs), r(ys)], options]);
    })),
  given((t) => filled(t) && t.shape[0] <= 5 && t.size <= 400, (b, xs) => {
    const f = b.body(0, [row(xs.tensor)], (inner) => {
      const value = last(inner, number);
      return value && r(value);
    });
    return f && b.call("map", [f, r(xs)]);
  }),
  given(small, (b, x) => {
    const index = b.slot((t) => t.dtype === "int32") ?? x;
    const sample = ops.cast(ops.sum(ops.zerosLike(index.tensor)), "int32");
    const f = endoBody(b, 0, [sample, x.tensor], 1);
    return f && b.call("forLoop", [0, b.int(4), f, r(x)]);
  }),
  given((t) => small(t) && t.size > 0, (b, x) => {
    const f = endoBody(b, 0, [x.tensor]);
    const go = b.body(1, [x.tensor], (inner, [state]) => {
      const total = inner.one("ops.mean", r(state));
      const flag = total && inner.one("ops.less", r(total), b.of([0.0713, 0.4713]));
      return flag && r(flag);
    });
    return f && go && b.call("whileLoop", [go, f, r(x), { maxIterations: b.int(4) + 1 }]);
  }),
  given(small, (b, x) => {
    const y = b.slot((t) => float(t) && t.size > 0)!;
    const total = b.one("ops.mean", r(y));
    const flag = total && b.one("ops.greater", r(total), 0.0371);
    const [f, g] = [endoBody(b, 0, [x.tensor]), endoBody(b, 1, [x.tensor])];
    return flag && f && g && b.call("cond", [r(flag), f, g, r(x)]);
  }),
  given(small, (b, x) => {
    const index = b.slot((t) => t.dtype === "int32" && t.size > 0);
    const total = index && b.one("ops.min", r(index));
    const branches = [0, 1, 2].map((k) => endoBody(b, k, [x.tensor]));
    return total && branches.every((f) => f) && b.call("switchCase", [r(total), branches as Body[], r(x)]);
  }),
  given((t) => filled(t) && t.shape[0] <= 8 && t.size <= 400, (b, xs) => {
    const ys = b.slot((t) => same(t, xs.tensor))!;
    const [x, y] = [row(xs.tensor), row(ys.tensor)];
    // The composition of affine functions.
    const f = b.body(-1, [x, y, x, y], (inner, [a, c, d, e]) => {
      const factor = inner.one("ops.mul", r(a), r(d)), scaled = inner.one("ops.mul", r(c), r(d));
      const offset = scaled && inner.one("ops.add", r(scaled), r(e));
      return factor && offset && [r(factor), r(offset)];
    });
    if (!f) return undefined;
    const [a, c, d, e] = f.parameters;
    const body = { ...f, parameters: [[a, c], [d, e]] };
    return b.call("associativeScan", [body, [r(xs), r(ys)], { reverse: b.int(2) === 1 }]);
  }),
];

export const transformChoices: readonly Choice[] = [...transforms, ...control];
