/** The contraction kernel for hardware: 64 × 64 outputs a workgroup, both operands in workgroup memory 16 steps at a time. */
import { extentOf, offsetText, type Product, storeText } from "./contract.ts";
import { decompose } from "./nest.ts";
import { fromWord, Lines, literal, toWord, wgslType } from "./wgsl/expression.ts";

const size = 64; // rows and columns of a workgroup's tile
const depth = 16; // steps of the sum in workgroup memory at a time
const each = 4; // rows and columns of an invocation's tile

/** The body of the kernel; 256 invocations. */
export function tiledBody(product: Product, [pa, pb]: readonly [number, number], to: number, splits: number, parts: boolean): { body: string; invocations: number; groups: number; iterations: number } {
  const { type, batch, rows, columns, sum } = product;
  const M = extentOf(rows), N = extentOf(columns), B = extentOf(batch), K = extentOf(sum);
  const across = Math.ceil(M / size), down = Math.ceil(N / size);
  const share = Math.ceil(K / splits / depth) * depth;
  const lines = new Lines();
  lines.add(`let x_ = i32(wg) % ${across}; let y_ = (i32(wg) / ${across}) % ${down}; let rest = i32(wg) / ${across * down};`);
  // A folded grid has workgroups too many: they work on the last part and store nothing.
  lines.add(`let active_ = rest < ${B * splits};`);
  lines.add(`let place = min(rest, ${B * splits - 1});`);
  lines.add(`let bt = place % ${B}; let split = place / ${B};`);
  const batchNames = decompose("bt", batch.map((x) => x.size), lines);
  lines.add(`let tm = i32(li) % 16; let tn = i32(li) / 16;`);
  const accumulators: string[] = [];
  for (let i = 0; i < each; i++) for (let j = 0; j < each; j++) accumulators.push(`var c${i}_${j}: ${wgslType(type)} = ${literal(type, 0)};`);
  lines.add(accumulators.join(" "));
  const start = lines.let(`split * ${share}`);
  const end = lines.let(`min(${K}, ${start} + ${share})`);
  // Which way round the invocations stand when they load: neighbours in memory are neighbours in the workgroup.
  const load = (operand: "a" | "b", axes: Product["rows"], extent: number, tile: string, parameter: number): string => {
    const least = (list: Product["rows"]): number => Math.min(...list.map((x) => Math.abs(x[operand]) || Infinity), Infinity);
    const alongSum = least(sum) < least(axes);
    const inner = new Lines(lines);
    const position = alongSum ? `let s = q % ${depth}; let x = q / ${depth};` : `let x = q % ${size}; let s = q / ${size};`;
    inner.add(position);
    inner.add(`let at = ${tile} * ${size} + x; let k = k0 + s;`);
    const names = decompose(inner.let(`min(at, ${extent - 1})`), axes.map((x) => x.size), inner);
    const sums = decompose(inner.let(`min(k, ${K - 1})`), sum.map((x) => x.size), inner);
    const index = `${offsetText(batch, batchNames, operand)} + ${offsetText(axes, names, operand)} + ${offsetText(sum, sums, operand)}`;
    const value = inner.let(fromWord(type, `ld${parameter}(${index})`));
    inner.add(`${operand}_[s * ${size} + x] = ${toWord(type, `select(${literal(type, 0)}, ${value}, at < ${extent} && k < ${end})`)};`);
    return `{ let q = i32(li) + ${"${turn}"}; ${inner} }`;
  };
  lines.add(`for (var k0 = ${start}; k0 < ${end}; k0 += ${depth}) {`);
  const loadA = load("a", rows, M, "x_", pa), loadB = load("b", columns, N, "y_", pb);
  for (let turn = 0; turn < size * depth; turn += 256) {
    lines.add(loadA.replace("${turn}", String(turn)));
    lines.add(loadB.replace("${turn}", String(turn)));
  }
  lines.add("workgroupBarrier();");
  for (let s = 0; s < depth; s++) {
    const word = (name: string, at: string, i: number): string => fromWord(type, `${name}[${s * size + i * 16} + ${at}]`);
    lines.add("{");
    for (let i = 0; i < each; i++) lines.add(`let x${i} = ${word("a_", "tm", i)}; let y${i} = ${word("b_", "tn", i)};`);
    for (let i = 0; i < each; i++) for (let j = 0; j < each; j++) lines.add(type === "float32" ? `c${i}_${j} = fma(x${i}, y${j}, c${i}_${j});` : `c${i}_${j} += x${i} * y${j};`);
    lines.add("}");
  }
  lines.add("workgroupBarrier();");
  lines.add("}");
  for (let i = 0; i < each; i++) {
    const m = lines.let(`x_ * ${size} + tm + ${i * 16}`);
    const rowNames = decompose(lines.let(`min(${m}, ${M - 1})`), rows.map((x) => x.size), lines);
    for (let j = 0; j < each; j++) {
      const n = lines.let(`y_ * ${size} + tn + ${j * 16}`);
      const columnNames = decompose(lines.let(`min(${n}, ${N - 1})`), columns.map((x) => x.size), lines);
      const store = storeText(product, { batch: batchNames, rows: rowNames, columns: columnNames }, { b: "bt", m, n }, to, `c${i}_${j}`, parts ? "split" : undefined);
      lines.add(`if (active_ && ${m} < ${M} && ${n} < ${N}) { ${store} }`);
    }
  }
  return {
    body: `var<workgroup> a_: array<u32, ${size * depth}>;\nvar<workgroup> b_: array<u32, ${size * depth}>;\nfn main_(wg: u32, li: u32) {\n${lines}\n}`,
    invocations: 256,
    groups: across * down * B * splits,
    iterations: Math.ceil(share / depth),
  };
}
