/**
 * What lines of random programs call: movement, indexing, sorting, contractions, convolutions, pooling.
 *
 * @module
 */
import type { Tensor } from "../../mod.ts";
import { sizeOf } from "../../core/shape.ts";
import { broadcasts } from "../support/programs.ts";
import { axisOf, type Choice, filled, float, given, integer, number, r, repeated } from "./calls.ts";
import type { Builder, Value } from "./generate.ts";
import type { Argument } from "./program.ts";

const ranked = (t: Tensor): boolean => t.ndim > 0;
const image = (t: Tensor): boolean => float(t) && t.ndim === 4 && t.size > 0;

const movement: readonly Choice[] = [
  given(ranked, (b, x) => {
    const { ndim } = x.tensor, by = b.int(ndim), swap = b.int(2);
    const axes = x.tensor.shape.map((_, i) => (i + by) % ndim);
    if (swap && ndim > 2) [axes[0], axes[1]] = [axes[1], axes[0]];
    return b.int(4) === 0 ? b.one("ops.transpose", r(x)) : b.one("ops.transpose", r(x), axes);
  }),
  given(() => true, (b, x) => {
    const { size } = x.tensor;
    const parts = [1, 2, 3, 4, 5, 6].filter((k) => size % k === 0 && size > 0);
    const first = b.of([-1, ...parts]);
    if (first === -1 || size === 0) return b.one("ops.reshape", r(x), [size]);
    return b.one("ops.reshape", r(x), b.of([[first, -1], [-1, first]]));
  }),
  given(() => true, (b, x) => b.one("ops.expandDims", r(x), b.int(2 * x.tensor.ndim + 2) - x.tensor.ndim - 1)),
  given(
    (t) => t.shape.includes(1),
    (b, x) => b.int(2) ? b.one("ops.squeeze", r(x)) : b.one("ops.squeeze", r(x), x.tensor.shape.indexOf(1)),
  ),
  given(ranked, (b, x) => b.int(4) === 0 ? b.one("ops.flip", r(x)) : b.one("ops.flip", r(x), axisOf(b, x))),
  given(ranked, (b, x) => b.one("ops.roll", r(x), b.int(7) - 3, { axis: axisOf(b, x) })),
  ...repeated(2, [given(ranked, (b, x) => {
    const axis = axisOf(b, x), extent = x.tensor.shape.at(axis)!;
    const start = b.int(extent + 1), limit = start + b.int(extent - start + 1);
    // Seldom an empty one.
    return b.one("ops.slice", r(x), start === limit && b.int(8) > 0 ? 0 : start, limit || extent, {
      axis,
      step: b.int(3) + 1,
    });
  })]),
  given(ranked, (b, x) => {
    const axis = axisOf(b, x), extent = x.tensor.shape.at(axis)!;
    const parts = b.of([2, 3].filter((k) => extent % k === 0 && extent > 0).concat(0));
    if (parts > 0) return b.call("ops.split", [r(x), parts, { axis }]);
    return extent > 1 && b.call("ops.split", [r(x), [b.int(extent - 1) + 1], { axis }]);
  }),
  ...repeated(2, [given((t) => ranked(t) && number(t), (b, x) => {
    const widths = x.tensor.shape.map(() => [b.int(3), b.int(3)]);
    const axis = b.int(2) ? -1 : b.int(x.tensor.ndim);
    const value = { value: b.of(x.tensor.dtype === "uint32" ? [0, 1, 7] : [0, 1, -2]) };
    return b.one("ops.pad", r(x), axis < 0 ? b.of([1, 2]) : widths.map((w, i) => i === axis ? w : [0, 0]), value);
  })]),
  ...repeated(2, [given(ranked, (b, x) => {
    const axis = axisOf(b, x), at = (axis + x.tensor.ndim) % x.tensor.ndim;
    const fits = (t: Tensor): boolean =>
      t.ndim === x.tensor.ndim && t.dtype === x.tensor.dtype &&
      t.shape.every((n, i) => i === at || n === x.tensor.shape[i]);
    return b.one("ops.concat", [r(x), r(b.slot(fits)!), ...b.int(3) === 0 ? [r(b.slot(fits)!)] : []], { axis });
  })]),
  given(() => true, (b, x) => {
    const same = b.slot((t) => t.dtype === x.tensor.dtype && t.shape.join() === x.tensor.shape.join())!;
    return b.one("ops.stack", [r(x), r(same)], { axis: b.int(2 * x.tensor.ndim + 2) - x.tensor.ndim - 1 });
  }),
  given(
    ranked,
    (b, x) => b.one("ops.tile", r(x), x.tensor.shape.map((_, i) => i === 0 ? b.of([1, 2]) : b.of([1, 1, 2, 3]))),
  ),
  given(() => true, (b, x) => {
    const shape = x.tensor.shape.map((n) => n === 1 ? b.of([1, 2, 3]) : n);
    return b.one("ops.broadcastTo", r(x), b.int(2) ? [b.int(3) + 1, ...shape] : shape);
  }),
  given((t) => number(t) && t.ndim >= 2, (b, x) => b.one(b.of(["ops.tril", "ops.triu"]), r(x), b.int(5) - 2)),
];

/** Integers below an extent, of any shape. */
function indices(b: Builder, extent: number, fits: (t: Tensor) => boolean): Value | undefined {
  const any = b.slot((t) => integer(t) && fits(t));
  const inside = any && b.one("ops.mod", r(any), extent);
  return inside && inside.tensor.dtype === "int32" ? inside : inside && b.one("ops.cast", r(inside), "int32");
}

const indexing: readonly Choice[] = [
  ...repeated(2, [given((t) => ranked(t) && number(t) && t.size > 0, (b, x) => {
    const axis = axisOf(b, x);
    const at = indices(b, x.tensor.shape.at(axis)!, (t) => t.size <= 40);
    return at && b.one("ops.take", r(x), r(at), { axis });
  })]),
  given(
    (t) => ranked(t) && number(t) && t.size > 0,
    (b, x) => b.one("ops.take", r(x), b.int(x.tensor.shape[0]), { axis: 0 }),
  ),
  given((t) => filled(t), (b, x) => {
    const axis = axisOf(b, x), at = (axis + x.tensor.ndim) % x.tensor.ndim;
    const found = indices(
      b,
      x.tensor.shape[at],
      (t) => t.ndim === x.tensor.ndim && t.shape.every((n, i) => i === at || n === x.tensor.shape[i]),
    );
    return found && b.one("ops.gather", r(x), r(found), { axis });
  }),
  given(filled, (b, x) => {
    const axis = axisOf(b, x), order = b.one("ops.argsort", r(x), { axis, descending: b.int(2) === 1 });
    return order && b.one("ops.gather", r(x), r(order), { axis });
  }),
  given((t) => integer(t) && t.size <= 100, (b, x) => b.one("ops.oneHot", r(x), b.int(6) + 1)),
  ...["sort", "argsort"].map((call) =>
    given(
      (t) => ranked(t) && number(t) && t.size > 0,
      (b, x) => b.one(`ops.${call}`, r(x), { axis: axisOf(b, x), descending: b.int(2) === 1 }),
    )
  ),
  given((t) => filled(t), (b, x) => {
    const axis = axisOf(b, x);
    return b.call("ops.topK", [r(x), b.int(x.tensor.shape.at(axis)!) + 1, { axis }]);
  }),
  given(
    (t) => ranked(t) && number(t) && t.size > 0,
    (b, x) =>
      b.one(
        b.of(["ops.argmax", "ops.argmin"]),
        r(x),
        ...b.int(3) === 0 ? [] : [{ axis: axisOf(b, x), keepDims: b.int(2) === 1 }],
      ),
  ),
];

/** Elements of some value in a shape that is wanted. */
function carved(b: Builder, shape: readonly number[]): Value | undefined {
  const size = sizeOf(shape);
  const y = b.slot((t) => float(t) && t.size >= size);
  const flat = y && b.one("ops.reshape", r(y), [-1]);
  const part = flat && (flat.tensor.size === size ? flat : b.one("ops.slice", r(flat), 0, size));
  return part && b.one("ops.reshape", r(part), [...shape]);
}

const scaled = (b: Builder, x: Value | undefined): unknown => x && b.one("ops.mul", r(x), 0.25);

const letters = [
  "ij,jk->ik",
  "ij,kj->ki",
  "ii->i",
  "ij->ji",
  "ij,ij->",
  "bij,bjk->bik",
  "i,j->ij",
  "ij->",
  "bchw,bcxw->bhx",
];

const contractions: readonly Choice[] = [
  ...repeated(2, [
    given((t) => float(t) && t.ndim >= 1 && t.size > 0, (b, x) => {
      const k = x.tensor.shape.at(-1)!;
      const known = b.slot((t) =>
        float(t) && t.ndim >= 1 && t.shape.at(t.ndim === 1 ? 0 : -2) === k &&
        broadcasts(t.shape.slice(0, -2), x.tensor.shape.slice(0, -2))
      );
      const y = b.int(2) && known ? known : carved(b, [k, b.int(6) + 1]);
      return y && scaled(b, b.one(b.of(["ops.matmul", "ops.matmul", "ops.dot"]), r(x), r(y)));
    }),
  ]),
  given((t) => float(t) && t.ndim >= 1 && t.ndim <= 4 && t.size > 0, (b, x) => {
    const [inputs, output] = b.of(letters).split("->");
    const [left, right] = inputs.split(",");
    if (left.length !== x.tensor.ndim) return undefined;
    const extents = new Map<string, number>();
    for (const [i, n] of x.tensor.shape.entries()) {
      if (extents.has(left[i]) && extents.get(left[i]) !== n) return undefined;
      extents.set(left[i], n);
    }
    const y = right && carved(b, [...right].map((letter) => extents.get(letter) ?? 2));
    if (right && !y) return undefined;
    return scaled(b, b.one("ops.einsum", `${inputs}->${output}`, r(x), ...y ? [r(y)] : []));
  }),
];

const pair = (b: Builder, list: readonly number[]): number | number[] =>
  b.int(2) ? b.of(list) : [b.of(list), b.of(list)];

const padding = (b: Builder): Argument => {
  switch (b.int(4)) {
    case 0:
      return pair(b, [0, 1, 2]);
    case 1:
      return b.of(["same", "valid"]);
    default:
      return [[b.int(3), b.int(3)], [b.int(3), b.int(3)]];
  }
};

const groupsOf = (b: Builder, channels: number): number => b.of([1, channels, 2, 3].filter((g) => channels % g === 0));

const windows: readonly Choice[] = [
  ...repeated(3, [given(image, (b, x) => {
    const channels = x.tensor.shape[1], groups = groupsOf(b, channels);
    const shape = [groups * (b.int(3) + 1), channels / groups, b.int(3) + 1, b.int(3) + 1];
    const w = carved(b, shape);
    const options = { stride: pair(b, [1, 1, 2, 3]), padding: padding(b), dilation: pair(b, [1, 1, 2]), groups };
    return w && fitsWindow(x.tensor, shape, options) && scaled(b, b.one("ops.conv2d", r(x), r(w), options));
  })]),
  given((t) => image(t) && t.size < 600, (b, x) => {
    const channels = x.tensor.shape[1], groups = groupsOf(b, channels);
    const shape = [channels, b.int(3) + 1, b.int(3) + 1, b.int(3) + 1];
    const w = carved(b, shape);
    const stride = b.of([1, 2, 3]), spread = b.of([1, 2]), pad = b.of([0, 1]);
    const small = [2, 3].some((i) => (x.tensor.shape[i] - 1) * stride - 2 * pad + (shape[i] - 1) * spread + 1 < 1);
    const options = { stride, padding: pad, dilation: spread, outputPadding: stride > 1 ? b.int(2) : 0, groups };
    return w && !small && scaled(b, b.one("ops.convTranspose2d", r(x), r(w), options));
  }),
  given((t) => float(t) && t.ndim === 3 && t.size > 0, (b, x) => {
    const channels = x.tensor.shape[1], groups = groupsOf(b, channels);
    const shape = [groups * (b.int(3) + 1), channels / groups, b.int(3) + 1];
    const w = carved(b, shape);
    const options = { stride: b.of([1, 2]), padding: b.of([0, 1, 2]), dilation: b.of([1, 2]), groups };
    return w && fitsWindow(x.tensor, shape, options) && scaled(b, b.one("ops.conv1d", r(x), r(w), options));
  }),
  ...["maxPool2d", "avgPool2d", "avgPool2d"].map((call) =>
    given((t) => image(t) && t.shape[2] >= 2 && t.shape[3] >= 2, (b, x) => {
      const size = b.of([2, [1, 2], [2, 1], 2]);
      return b.one(`ops.${call}`, r(x), size, {
        stride: pair(b, [1, 2]),
        padding: b.int(3) === 0 && size === 2 ? 1 : 0,
      });
    })
  ),
  given(
    image,
    (b, x) => b.one("ops.adaptiveAvgPool2d", r(x), [b.int(x.tensor.shape[2]) + 1, b.int(x.tensor.shape[3]) + 1]),
  ),
];

/** Whether a kernel finds a place in the padded image. */
function fitsWindow(
  x: Tensor,
  kernel: readonly number[],
  { padding, dilation }: { padding: Argument; dilation: number | number[] },
): boolean {
  if (padding === "same") return true;
  return x.shape.slice(2).every((extent, i) => {
    const p = Array.isArray(padding) ? padding[i] : padding;
    const both = Array.isArray(p) ? p[0] + p[1] : p === "valid" ? 0 : 2 * (p as number);
    const d = Array.isArray(dilation) ? dilation[i] : dilation;
    return extent + both >= (kernel[i + 2] - 1) * d + 1;
  });
}

const dropout: Choice = given(filled, (b, x) => {
  const key = b.one("random.key", b.int(9));
  return key && b.one("ops.dropout", r(key), r(x), b.of([0.25, 0.5]));
});

export const arrayChoices: readonly Choice[] = [...movement, ...indexing, ...contractions, ...windows, dropout];
