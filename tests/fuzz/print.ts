/**
 * Programs as TypeScript that runs by itself.
 *
 * @module
 */
import { allLines, type Argument, type Body, isBody, isRef, type Line, numberAt, type Program } from "./program.ts";

const name = (id: number): string => `v${id}`;

function bodyText({ parameters, lines, result }: Body, indent: string): string {
  const inner = `${indent}  `;
  const head = `(${parameters.map((p) => patternText(p)).join(", ")}) =>`;
  if (lines.length === 0) {
    const value = text(result, indent);
    return `${head} ${value.startsWith("{") ? `(${value})` : value}`;
  }
  return `${head} {\n${linesText(lines, inner)}${inner}return ${text(result, inner)};\n${indent}}`;
}

const typeText = (p: Argument): string => {
  if (p === null) return "null";
  if (isRef(p)) return "Tensor";
  if (Array.isArray(p)) return `[${p.map(typeText).join(", ")}]`;
  return `{ ${Object.entries(p).map(([key, part]) => `${key}: ${typeText(part)}`).join("; ")} }`;
};

const patternText = (p: Argument): string => `${p === null ? "_" : text(p, "")}: ${typeText(p)}`;

function text(a: Argument, indent: string): string {
  if (typeof a !== "object" || a === null) return JSON.stringify(a);
  if (isRef(a)) return name(a.$);
  if (isBody(a)) return bodyText(a, indent);
  if (Array.isArray(a)) return `[${a.map((part) => text(part, indent)).join(", ")}]`;
  return `{ ${Object.entries(a).map(([key, part]) => `${key}: ${text(part, indent)}`).join(", ")} }`;
}

const list = (args: readonly Argument[], indent: string): string => args.map((a) => text(a, indent)).join(", ");

function linesText(lines: readonly Line[], indent: string): string {
  return lines.map(({ call, args, on, results }) => {
    const value = `${call}(${list(args, indent)})${on ? `(${list(on, indent)})` : ""}`;
    const single = results.length === 1 && (call.startsWith("ops.") || call === "map");
    return single
      ? `${indent}const ${name(results[0])} = ${value};\n`
      : `${indent}const [${results.map(name).join(", ")}] = tree.leaves(${value});\n`;
  }).join("");
}

const data = (values: readonly number[], dtype: string): string =>
  `[${values.map((v) => dtype === "bool" ? String(v === 1) : String(v)).join(", ")}]`;

/** A program of the public names, which prints its outputs; its numbers are written out where they are few. */
export function printed(program: Program, from = "@cotangent/cotangent"): string {
  const names = new Set(["jit", "ops", "tensor", "tree", "type Tensor"]);
  for (const { call } of allLines(program.lines)) names.add(call.split(".")[0]);
  let long = false;
  const inputs = program.inputs.map(({ dtype, shape, first }) => {
    const size = shape.reduce((n, extent) => n * extent, 1);
    const values = size > 48
      ? (long = true, `Array.from({ length: ${size} }, (_, i) => numberAt(${first} + i, ${JSON.stringify(dtype)}))`)
      : data(Array.from({ length: size }, (_, i) => numberAt(first + i, dtype)), dtype);
    return `  tensor(${values}, { shape: [${shape.join(", ")}], dtype: ${JSON.stringify(dtype)} }),\n`;
  });
  const parameters = program.inputs.map(({ id }) => `${name(id)}: Tensor`).join(", ");
  return [
    `import { ${[...names].sort().join(", ")} } from ${JSON.stringify(from)};\n\n`,
    long ? `${numberAt.toString()}\n\n` : "",
    `const f = (${parameters}) => {\n${linesText(program.lines, "  ")}`,
    `  return [${program.outputs.map(name).join(", ")}];\n};\n`,
    `const inputs = [\n${inputs.join("")}] as const;\n`,
    "console.log(...f(...inputs), ...jit(f)(...inputs));\n",
  ].join("");
}
