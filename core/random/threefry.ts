/**
 * Threefry-2x32 with 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): a hash of a key of
 * two words and a counter of two words to two words, of uint32 additions, rotations and exclusive ors alone.
 */
import { add, broadcast, full, literal, mul, reshape } from "../primitives/algebra.ts";
import { apply } from "../primitives/arithmetic.ts";
import { logicalOr, shiftLeft, shiftRight, xor } from "../primitives/comparison.ts";
import { concat, iota, slice } from "../primitives/movement.ts";
import { type Shape, stridesOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

const rotations = [[13, 15, 26, 6], [17, 29, 16, 24]];
const parity = 0x1BD11BDA; // of the key schedule, from Skein

/** The hash of the counters (0, counter) under a key [2]: two uint32 tensors of the counter's shape. */
export function threefry(key: Tensor, counter: Tensor): [Tensor, Tensor] {
  const { shape } = counter;
  const k0 = word(key, 0);
  const k1 = word(key, 1);
  const schedule = [k0, k1, apply(xor, apply(xor, k0, k1), literal(parity, "uint32"))];
  const keyed = (i: number, extra: number): Tensor => {
    const k = schedule[i % 3];
    return broadcast(extra === 0 ? k : add(k, literal(extra, "uint32")), shape, []);
  };
  const amounts = new Map<number, Tensor>(); // each shift count once
  const amount = (by: number): Tensor => {
    let known = amounts.get(by);
    if (!known) amounts.set(by, known = full(shape, by, "uint32"));
    return known;
  };
  const rotateLeft = (x: Tensor, by: number): Tensor =>
    logicalOr(apply(shiftLeft, x, amount(by)), apply(shiftRight, x, amount(32 - by)));
  let x0 = keyed(0, 0); // the upper half of a counter is 0: no tensor has 2³² elements
  let x1 = add(counter, keyed(1, 0));
  for (let group = 0; group < 5; group++) {
    for (const by of rotations[group % 2]) {
      x0 = add(x0, x1);
      x1 = apply(xor, rotateLeft(x1, by), x0);
    }
    x0 = add(x0, keyed(group + 1, 0));
    x1 = add(x1, keyed(group + 2, group + 1));
  }
  return [x0, x1];
}

function word(key: Tensor, i: number): Tensor {
  return reshape(slice(key, { start: [i], limit: [i + 1], step: [1] }), []);
}

/** x shifted by a number of bits. */
export function shift(primitive: typeof shiftLeft, x: Tensor, by: number): Tensor {
  return apply(primitive, x, full(x.shape, by, "uint32"));
}

/** The row-major position of each element, uint32: a sum over the axes, so that each of them stays an axis. */
export function positions(shape: Shape): Tensor {
  const strides = stridesOf(shape);
  let sum: Tensor | undefined;
  shape.forEach((extent, axis) => {
    if (extent === 1) return;
    const index = iota(shape, axis, "uint32");
    const term = strides[axis] === 1 ? index : mul(index, full(shape, strides[axis], "uint32"));
    sum = sum ? add(sum, term) : term;
  });
  return sum ?? full(shape, 0, "uint32");
}

/** 32 random bits an element. */
export function randomBits(key: Tensor, shape: Shape): Tensor {
  const [a, b] = threefry(key, positions(shape));
  return apply(xor, a, b);
}

/** The keys [count, 2] that a key splits into. */
export function splitKey(key: Tensor, count: number): Tensor {
  return pairs(...threefry(key, positions([count])));
}

/** The key [2] of a key and a uint32 scalar. */
export function foldKey(key: Tensor, data: Tensor): Tensor {
  return pairs(...threefry(key, data));
}

/** One of the keys that a key splits into. */
export function keyAt(keys: Tensor, i: number): Tensor {
  return reshape(slice(keys, { start: [i, 0], limit: [i + 1, 2], step: [1, 1] }), [2]);
}

function pairs(a: Tensor, b: Tensor): Tensor {
  const column = (x: Tensor): Tensor => reshape(x, [...x.shape, 1]);
  return concat([column(a), column(b)], a.ndim);
}
