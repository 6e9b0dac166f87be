/**
 * The contraction kernel that reads its operands in place: an invocation computes a tile of rows and columns in registers.
 *
 * What neighbouring rows and taps of the sum read in common, as those of a convolution do, is loaded once, and four neighbours at a time
 * where they stand together.
 */
import { type Contraction, extentOf, offsetText, partAt } from "./contract.ts";
import { digits, type DirectPlan, isAligned, type Side, stepOf, tapsOf, together } from "./contract_plan.ts";
import { decompose } from "./nest.ts";
import { fromWord, Lines, literal, toWord, wgslType } from "./wgsl/expression.ts";

/** A row of a tile: what it is called along the axes, and where it is from a base. */
interface Element {
  readonly flat: string;
  readonly names: readonly string[];
  readonly base: string;
  readonly constant: number;
  readonly guard: string | undefined;
}

/** The rows of tile `tile`; `base` is what the batch adds to their places in the operand. */
function elementsOf(
  { axes, tiles, count, inner }: Side,
  tile: string,
  base: string,
  operand: "a" | "b",
  lines: Lines,
): Element[] {
  const sizes = axes.map((x) => x.size), extent = extentOf(axes);
  if (!inner) {
    return Array.from({ length: count }, (_, i) => {
      const flat = lines.let(i === 0 ? tile : `${tile} + ${i * tiles}`);
      const whole = extent === count * tiles;
      const names = decompose(whole ? flat : lines.let(`min(${flat}, ${extent - 1})`), sizes, lines);
      return {
        flat,
        names,
        base: lines.let(`${base} + ${offsetText(axes, names, operand)}`),
        constant: 0,
        guard: whole ? undefined : `${flat} < ${extent}`,
      };
    });
  }
  const outer = decompose(tile, sizes.map((n, i) => n / inner[i]), lines)
    .map((name, i) => inner[i] === 1 ? name : inner[i] === sizes[i] ? "0" : lines.let(`${name} * ${inner[i]}`));
  const from = lines.let(`${base} + ${offsetText(axes, outer, operand)}`);
  return Array.from({ length: count }, (_, i) => {
    const at = digits(i, inner);
    const names = outer.map((name, k) => at[k] === 0 ? name : lines.let(`${name} + ${at[k]}`));
    return {
      flat: names.reduce((whole, name, k) => k === 0 ? name : `(${whole}) * ${sizes[k]} + ${name}`, "0"),
      names,
      base: from,
      constant: stepOf(axes, at, operand),
      guard: undefined,
    };
  });
}

/** The body of the kernel. */
export function directBody(
  { product, parameters, from, finish, splits, partial }: Contraction,
  { threads, rows, columns, unrolled, looped, steps }: DirectPlan,
  workgroup: number,
): { body: string; invocations: number; groups: number; iterations: number } {
  const { type, batch } = product;
  const lines = new Lines();
  const total = threads * splits, B = extentOf(batch);
  const last = finish.axes.at(-1);
  // Neighbouring invocations store to neighbouring elements.
  const rowsFirst = last !== undefined && product.rows.includes(last);
  const [first, second] = rowsFirst ? [rows.tiles, columns.tiles] : [columns.tiles, rows.tiles];
  const [x_, y_, rest] = decompose("id", [0, second, first], lines).reverse();
  const [mt, nt] = rowsFirst ? [x_, y_] : [y_, x_];
  const [split, bt] = splits > 1 ? decompose(rest, [0, B], lines) : ["0", rest];
  const batchNames = decompose(bt, batch.map((x) => x.size), lines);
  const left = elementsOf(rows, mt, offsetText(batch, batchNames, "a"), "a", lines);
  const right = elementsOf(columns, nt, offsetText(batch, batchNames, "b"), "b", lines);
  const sum = (i: number, j: number): string => `c${i}_${j}`;
  left.forEach((_, i) =>
    right.forEach((_, j) => lines.add(`var ${sum(i, j)}: ${wgslType(type)} = ${literal(type, 0)};`))
  );

  const each = Math.ceil(steps / splits);
  const loop = steps > 1 || splits > 1;
  if (loop) {
    const [start, end] = splits > 1
      ? [`${split} * ${each}`, `min(${steps}, (${split} + 1) * ${each})`]
      : ["0", `${steps}`];
    lines.add(`for (var k = ${start}; k < ${end}; k++) {`);
  }
  const body = new Lines(lines);
  const names = loop ? decompose("k", looped.map((x) => x.size), body) : looped.map(() => "0");
  const taps = tapsOf(unrolled);
  const step = (operand: "a" | "b", tap: readonly number[]): number => stepOf(unrolled, tap, operand);

  /** All that the taps read of an operand, by base and constant. */
  const load = (operand: "a" | "b", parameter: number, side: Side, elements: readonly Element[]) => {
    const here = body.let(offsetText(looped, names, operand));
    const aligned = parameters.list[parameter].offset % 4 === 0 && isAligned(side, [...batch, ...looped], operand);
    const found = new Map<string, string>();
    for (const [base, members] of Map.groupBy(elements, (e) => e.base)) {
      const wanted = new Set(members.flatMap((e) => taps.map((tap) => e.constant + step(operand, tap))));
      const start = body.let(`${base} + ${here}`);
      for (const [block, constants] of Map.groupBy(wanted, (c) => Math.floor(c / 4))) {
        if (aligned && constants.length >= together) {
          const words = body.let(`ldv${parameters.widen(parameter)}(${start} + ${4 * block})`);
          for (const c of constants) {
            found.set(`${base} ${c}`, body.let(fromWord(type, `${words}.${"xyzw"[c - 4 * block]}`)));
          }
        } else {
          for (const c of constants) {
            found.set(`${base} ${c}`, body.let(fromWord(type, `ld${parameter}(${start} + ${c})`)));
          }
        }
      }
    }
    return (e: Element, tap: readonly number[]): string => found.get(`${e.base} ${e.constant + step(operand, tap)}`)!;
  };
  const x = load("a", from[0], rows, left), y = load("b", from[1], columns, right);
  for (const tap of taps) {
    left.forEach((l, i) =>
      right.forEach((r, j) => {
        const c = sum(i, j);
        body.add(
          type === "float32" ? `${c} = fma(${x(l, tap)}, ${y(r, tap)}, ${c});` : `${c} += ${x(l, tap)} * ${y(r, tap)};`,
        );
      })
    );
  }
  lines.add(`${body}`);
  if (loop) lines.add("}");

  const names4 = (l: Element, r: Element): string[] =>
    finish.axes.map((axis) =>
      batchNames[batch.indexOf(axis)] ?? l.names[product.rows.indexOf(axis)] ?? r.names[product.columns.indexOf(axis)]
    );
  // The tile's elements along the last axis of the output, four together where an axis has so many.
  const [outer, inner] = rowsFirst ? [right, left] : [left, right];
  const near = (rowsFirst ? rows : columns).inner?.at(-1) ?? 1;
  const span = partial === undefined && near % 4 === 0 ? 4 : 1;
  outer.forEach((o, j) => {
    for (let i = 0; i < inner.length; i += span) {
      const members = inner.slice(i, i + span);
      const guard = [o.guard, members[0].guard].filter(Boolean).join(" && ");
      const block = guard ? new Lines(lines) : lines;
      const sums = members.map((_, u) => rowsFirst ? sum(i + u, j) : sum(j, i + u));
      const at = members.map((e) => rowsFirst ? [e, o] as const : [o, e] as const);
      if (partial === undefined) finish.store(sums, at.map(([l, r]) => names4(l, r)), block, guard !== "");
      else {
        const [[l, r]] = at;
        block.add(
          `st${partial}(${partAt(product, { b: bt, m: l.flat, n: r.flat }, split)}, ${toWord(type, sums[0])});`,
        );
      }
      if (guard) lines.add(`if (${guard}) {\n${block}\n}`);
    }
  });
  return {
    body:
      `fn main_(wg: u32, li: u32) {\n  let id = i32(wg * ${workgroup}u + li);\n  if (id < 0 || id >= ${total}) { return; }\n${lines}\n}`,
    invocations: workgroup,
    groups: Math.ceil(total / workgroup),
    iterations: each,
  };
}
