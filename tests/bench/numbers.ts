/**
 * Numbers that every side of a comparison can make by itself: the same name gives the same values here and in
 * peers/named_numbers.py, so that equal losses prove equal work.
 *
 * @module
 */

/** FNV-1a. */
function hash(name: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193) >>> 0;
  return h;
}

/** `count` values in [-1, 1), evenly distributed. */
export function values(name: string, count: number): Float32Array<ArrayBuffer> {
  const seed = hash(name);
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    let u = (Math.imul(i, 0x9e3779b1) + seed) >>> 0;
    u = Math.imul(u ^ (u >>> 15), 0x85ebca77) >>> 0;
    u = Math.imul(u ^ (u >>> 13), 0xc2b2ae3d) >>> 0;
    out[i] = ((u ^ (u >>> 16)) >>> 0) / 2 ** 31 - 1;
  }
  return out;
}

/**
 * A parameter by its name in a PyTorch state dict: kernels and matrices as PyTorch's convolutions start, weights of norms
 * positive and variances too, the rest small.
 */
export function parameter(name: string, shape: readonly number[]): Float32Array<ArrayBuffer> {
  const v = values(name, shape.reduce((size, extent) => size * extent, 1));
  const positive = name.endsWith("weight") || name.endsWith("running_var");
  const fanIn = shape.slice(1).reduce((size, extent) => size * extent, 1);
  if (shape.length === 4 || shape.length === 2) return v.map((x) => x / Math.sqrt(fanIn));
  return positive ? v.map((x) => Math.abs(x) + 0.5) : v.map((x) => 0.1 * x);
}
