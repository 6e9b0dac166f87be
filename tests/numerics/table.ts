/**
 * The table of errors: `table.json` here, and what the guide docs/guides/numerics.md shows of it.
 *
 * @module
 */
import { tensor } from "../../mod.ts";
import { functions, type Measured } from "./functions.ts";
import type { Found } from "./measure.ts";
import type { SumRow } from "./reductions.ts";

/** The errors of a device. */
export interface Errors {
  readonly functions: Readonly<Record<string, Found>>;
  readonly sums: readonly SumRow[];
  /** Results of functions of one number at `ends`, as texts. */
  readonly specials: Readonly<Record<string, readonly string[]>>;
}

/** What `table.json` holds. */
export type Table = Readonly<Record<"cpu" | "webgpu", Errors>>;

const tableFile = new URL("./table.json", import.meta.url);
const guideFile = new URL("../../docs/guides/numerics.md", import.meta.url);
const marks = ["<!-- Made by deno task numerics. -->", "<!-- End of what is made. -->"] as const;

/** The special arguments of the guide: zeros, the smallest and the largest number, infinities, no number. */
export const ends: readonly number[] = [0, -0, 2 ** -149, Math.fround(3.4028235e38), Infinity, -Infinity, NaN];
const endNames = ["0", "−0", "2⁻¹⁴⁹", "largest", "∞", "−∞", "NaN"];

/** A float32 as a text. */
export const textOf = (x: number): string =>
  Object.is(x, -0) ? "-0" : Number.isFinite(x) ? String(Number(x.toPrecision(6))) : String(x);

/** What a function of one number gives at `ends`. */
export async function specialsOf({ f }: Measured, device: string): Promise<string[]> {
  const x = tensor(Float32Array.from(ends), { device });
  return Array.from(await f(x, x).data(), textOf);
}

/** The table that is stored. */
export const readTable = (): Table => JSON.parse(Deno.readTextFileSync(tableFile));

/** Stores a table, and its text in the guide. */
export function writeTable(table: Table): void {
  Deno.writeTextFileSync(tableFile, JSON.stringify(table, null, 2) + "\n");
  const guide = Deno.readTextFileSync(guideFile);
  const [from, to] = marks.map((mark) => guide.indexOf(mark));
  if (from < 0 || to < from) throw new Error(`numerics: ${guideFile.pathname} lacks the marks of the table`);
  Deno.writeTextFileSync(
    guideFile,
    guide.slice(0, from + marks[0].length) + "\n\n" + render(table) + "\n" + guide.slice(to),
  );
}

/** What the guide holds of the table. */
export function guideText(): string {
  const guide = Deno.readTextFileSync(guideFile);
  return guide.slice(guide.indexOf(marks[0]) + marks[0].length, guide.indexOf(marks[1]));
}

const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
const grid = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n");

const digits = (x: number): string => x === 0 ? "0" : x < 0.1 ? "< 0.1" : x.toFixed(1);
const exact = (name: string, { cpu, webgpu }: Table): boolean =>
  [cpu, webgpu].every((device) => device.functions[name].ulp <= 0.5);
const power = (n: number): string =>
  "10" + [...String(Math.round(Math.log10(n)))].map((d) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[+d]).join("");

/** The text of the guide. */
export function render(table: Table): string {
  const { cpu, webgpu } = table;
  const names = Object.keys(functions);
  const rounded = names.filter((name) => exact(name, table));
  const errors = names.filter((name) => !rounded.includes(name)).map((name) => [
    `\`${name}\``,
    cpu.functions[name].ulp.toFixed(2),
    webgpu.functions[name].ulp.toFixed(2),
    functions[name].why ?? "",
  ]);
  const tried = Math.min(...names.map((name) => cpu.functions[name].inputs));
  const triedGpu = Math.min(...names.map((name) => webgpu.functions[name].inputs));
  const unary = names.filter((name) => functions[name].arity === 1);
  const differing = unary.filter((name) => String(webgpu.specials[name]) !== String(cpu.specials[name]));
  const lengths = [...new Set(cpu.sums.map(({ n }) => n))];
  const kinds = [...new Set(cpu.sums.map(({ what, numbers }) => `${what}|${numbers}`))];
  const sumRows = (device: Errors) => (kind: string): string[] => {
    const [what, numbers] = kind.split("|");
    const mine = device.sums.filter((r) => r.what === what && r.numbers === numbers);
    const conditions = mine.map(({ condition }) => condition);
    return [
      what,
      numbers,
      Math.max(...conditions) < 1.01 ? "1" : Math.max(...conditions).toExponential(0),
      ...lengths.map((n) => {
        const found = mine.find((r) => r.n === n);
        return found ? digits(found.roundings) : "";
      }),
    ];
  };
  const worstGpu = Math.max(...webgpu.sums.map(({ roundings }) => roundings));
  const longestGpu = Math.max(...webgpu.sums.map(({ n }) => n));
  return [
    `Correctly rounded: ${rounded.map((name) => `\`${name}\``).join(", ")}. The others, in ulp:`,
    "",
    grid(["function", "cpu", "webgpu", "why over 2, or how counted"], errors),
    "",
    `Arguments: ${
      tried.toLocaleString("en")
    } or more a function on cpu, of one number spread evenly over the patterns of all float32; ` +
    `${triedGpu.toLocaleString("en")} on webgpu, on a software adapter (llvmpipe).`,
    "",
    "At special arguments on cpu (`largest` is 3.40282e+38):",
    "",
    grid(["", ...endNames], unary.map((name) => [`\`${name}\``, ...cpu.specials[name]])),
    "",
    differing.length === 0
      ? "webgpu gives the same there on that adapter; others may take subnormal numbers for zeros, as WGSL allows."
      : `webgpu differs there at ${differing.map((name) => `\`${name}\``).join(", ")}.`,
    "",
    "### Errors of sums",
    "",
    "The error against the exact sum, divided by 2⁻²⁴ · Σ|x|, by the number of elements. One is what a single rounding of the largest " +
    "possible sum would do. The condition number Σ|x| / |Σx| says how far such an error reaches into the result: cancelling sums lose " +
    "digits whatever adds them up. On cpu:",
    "",
    grid(["what", "of", "condition ≤", ...lengths.map(power)], kinds.map(sumRows(cpu))),
    "",
    `On webgpu the worst of the same sums of up to ${power(longestGpu)} elements is ${worstGpu.toFixed(1)}.`,
    "",
  ].join("\n");
}
