/**
 * Copies that change which axis is contiguous: blocks as wide as a vector both ways are read along one axis, turned in registers and
 * written along the other. Element by element, each read would touch a cache line for itself.
 */
import type { Index } from "../../../compile/affine.ts";
import type { Expr } from "../../../compile/expr.ts";
import { valuesOf } from "../../../compile/fuse.ts";
import type { Buffer } from "../../../compile/home.ts";
import { Builder, lanesFor, type Target } from "../../../compile/loop.ts";
import type { Nest } from "../../../compile/nest.ts";
import { joinLoops, type LoweredNest, step } from "./lower_nest.ts";

/** The kernel of a nest that only turns axes; undefined for any other. */
export function lowerTransposition(
  nest: Nest,
  target: Target,
  accumulate: ReadonlySet<Buffer>,
  name: string,
): LoweredNest | undefined {
  const { rows, roots } = nest;
  if (rows || !roots.every(({ value, home }) => value.kind === "load" && !accumulate.has(home.buffer))) {
    return undefined;
  }
  if (roots.some(({ value }) => value.dtype === "float64")) return undefined;
  const loops = joinLoops(nest, valuesOf(nest));
  const written = loops.length - 1;
  const read = loops.findIndex((loop) => roots.every(({ value }) => step(value.index!, loop) === 1));
  if (read < 0 || read === written || roots.some(({ index }) => step(index, loops[written]) !== 1)) return undefined;
  const room = Math.min(loops[read].extent, loops[written].extent);
  const lanes = lanesFor(target, room);
  if (!lanes) return undefined;

  const b = new Builder(lanes);
  const parameters = new Map<Buffer, number>();
  const parameter = (buffer: Buffer): number => {
    let position = parameters.get(buffer);
    if (position === undefined) parameters.set(buffer, position = b.buffer(buffer.dtype));
    return position;
  };
  const starts: Expr[] = [];
  const at = (index: Index): Expr => {
    const terms = loops.map((loop, i) => starts[i].mul(step(index, loop)));
    return b.let(terms.reduce((x, y) => x.add(y)).add(index[index.length - 1]));
  };
  const body = (): void => {
    for (const { value, home, index } of roots) {
      const from = at(value.index!), to = at(index);
      const far = step(value.index!, loops[written]), wide = step(index, loops[read]);
      const vectors = Array.from(
        { length: lanes },
        (_, k) => b.let(b.load(parameter(value.home!.buffer), from.add(k * far), 1)),
      );
      turned(b, vectors).forEach((vector, l) => b.store(parameter(home.buffer), to.add(l * wide), vector));
    }
  };
  // Along the axis that is read innermost: as many streams as lanes, each of neighbours.
  const order = loops.map((_, i) => i).filter((i) => i !== read);
  order.push(read);
  const over = (depth: number): void => {
    if (depth === order.length) return body();
    const i = order[depth], { extent } = loops[i];
    const inside = (start: Expr): void => {
      starts[i] = start;
      over(depth + 1);
    };
    if (i !== read && i !== written) b.loop(0, extent, 1, inside);
    else if (extent % lanes === 0) b.loop(0, extent, lanes, inside);
    // The last block overlaps the one before it.
    else b.loop(0, extent, lanes, (start) => inside(b.let(start.min(extent - lanes))));
  };
  over(0);
  return { kernel: b.finish(name), buffers: [...parameters.keys()], repeats: true };
}

/** Vectors as the columns of a square become its rows: each turn deals the lanes of two halves alternately. */
function turned(b: Builder, vectors: readonly Expr[]): readonly Expr[] {
  const lanes = vectors.length, half = lanes / 2;
  const low = Array.from({ length: lanes }, (_, l) => (l >> 1) + (l & 1) * lanes);
  const high = low.map((lane) => lane + half);
  for (let turn = 1; turn < lanes; turn *= 2) {
    vectors = vectors.flatMap((_, i) => {
      if (i >= half) return [];
      const [x, y] = [vectors[i], vectors[i + half]];
      return [b.let(x.pick(y, low)), b.let(x.pick(y, high))];
    });
  }
  return vectors;
}
