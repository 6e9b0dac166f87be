/**
 * Reading the imports of source files, to check who may import whom.
 *
 * @module
 */

/**
 * The specifiers that a TypeScript source imports or re-exports, types included, statically or by `import()` of a
 * literal. Imports in comments (the examples of the documentation) do not count.
 */
export function importsOf(source: string): string[] {
  const code = source.replace(/^\s*\/\*.*?\*\//gms, "").replace(/^\s*\/\/.*$/gm, "");
  const statement = /^\s*(?:import|export)\b(?:[^;"'`()]*?\bfrom)?\s*["']([^"']+)["']/gm;
  const call = /\bimport\(\s*["']([^"']+)["']/g;
  return [...code.matchAll(statement), ...code.matchAll(call)].map(([, specifier]) => specifier);
}

/** A file of the project: its path from the root (with `/`) and its text. */
export interface SourceFile {
  path: string;
  text: string;
}

/** The file that a relative specifier names, as a path from the root; `undefined` for a package. */
export function resolveImport(from: string, specifier: string): string | undefined {
  if (specifier.startsWith("@cotangent/cotangent")) return "mod.ts";
  if (!specifier.startsWith(".")) return undefined;
  const url = new URL(specifier, new URL(from, "file:///root/"));
  return url.pathname.startsWith("/root/") ? url.pathname.slice("/root/".length) : `..${url.pathname}`;
}

/** What each folder of the library may import besides itself. */
const below: Record<string, readonly string[]> = {
  core: [],
  ops: ["core"],
  nn: ["core", "ops"],
  optim: ["core", "ops"],
  io: ["core", "ops", "nn", "optim"],
};

const library = Object.keys(below);

/** Folders that are no part of the library and may import all of it. */
const outside = ["examples", "tests", "tools"];

/** Rules inside core: files that start with `from` import nothing that starts with `to`. */
const walls: readonly { from: readonly string[]; to: readonly string[]; reason: string }[] = [
  {
    from: ["core/primitive.ts", "core/primitives/", "core/transforms/"],
    to: ["core/backends/"],
    reason: "primitives and transforms know nothing of backends",
  },
  {
    from: ["core/backends/"],
    to: ["core/transforms/"],
    reason: "a backend knows the loop IR, never a transform",
  },
];

const startsWithAny = (path: string, prefixes: readonly string[]) => prefixes.some((prefix) => path.startsWith(prefix));

/** The one dependency of the library: an entry point of its own reads protocol buffers with it. */
const allowed = { folder: "io/onnx/", specifier: "protobufjs" };

/** Says what is wrong about one import, or nothing. */
function wrongImport(path: string, specifier: string): string | undefined {
  const target = resolveImport(path, specifier);
  const folder = path.includes("/") ? path.split("/")[0] : "";
  const isFace = path === "mod.ts";
  if (target === undefined) {
    if (path.startsWith(allowed.folder) && specifier === allowed.specifier) return undefined;
    return isFace || library.includes(folder)
      ? `the library has no dependencies, but imports "${specifier}"`
      : undefined;
  }
  const targetFolder = target.split("/")[0];
  if (target === "mod.ts") {
    return outside.includes(folder) ? undefined : "only examples, tools and tests import mod.ts";
  }
  if (isFace) return library.includes(targetFolder) ? undefined : `mod.ts re-exports the library, not ${target}`;
  if (library.includes(folder)) {
    if (targetFolder !== folder && !below[folder].includes(targetFolder)) {
      return `${folder} may import ${["itself", ...below[folder]].join(", ")}, not ${target}`;
    }
    const wall = walls.find(({ from, to }) => startsWithAny(path, from) && startsWithAny(target, to));
    return wall && `${wall.reason}, but it imports ${target}`;
  }
  if (folder === "examples" && (targetFolder === "tests" || targetFolder === "tools")) {
    return `examples import the library only, not ${target}`;
  }
  return undefined;
}

/** Everything that breaks the layering of ARCHITECTURE.md, one line each. */
export function layeringErrors(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) =>
    importsOf(text).flatMap((specifier) => {
      const error = wrongImport(path, specifier);
      return error ? [`${path}: ${error}`] : [];
    })
  );
}
