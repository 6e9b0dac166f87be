/**
 * Lines of code: of the core without its backends, and of the library.
 *
 * @module
 */

/** Lines of some source. */
export interface LineCount {
  /** Lines that are more than a comment or nothing. */
  readonly code: number;
  readonly all: number;
}

/** A `/` after one of these begins a regular expression, not a division. */
const beforeRegExp = /(^|[([{,;:=!&|?+\-*%<>~^]|\b(return|typeof|case|in|of|do|else|void|throw|yield|await))\s*$/;

/** The source without its comments; what is in strings, templates and regular expressions stays. */
export function withoutComments(source: string): string {
  let kept = "";
  const templates: number[] = []; // depth of braces in each `${` that is open
  let depth = 0;
  const quoted = (from: number, end: string): number => {
    let at = from;
    for (let inClass = false; at < source.length; at++) {
      if (source[at] === "\\") at++;
      else if (end === "/" && source[at] === "[") inClass = true;
      else if (end === "/" && source[at] === "]") inClass = false;
      else if (end === "`" && source.startsWith("${", at)) {
        templates.push(depth);
        return at + 2;
      } else if (source[at] === end && !inClass) return at + 1;
    }
    return at;
  };
  for (let at = 0; at < source.length;) {
    const c = source[at];
    let next = at + 1;
    if (source.startsWith("//", at)) {
      at = source.indexOf("\n", at);
      if (at < 0) break;
      continue;
    }
    if (source.startsWith("/*", at)) {
      const end = source.indexOf("*/", at + 2);
      const comment = source.slice(at, end < 0 ? source.length : end + 2);
      kept += comment.replace(/[^\n]/g, "");
      at += comment.length;
      continue;
    }
    if (c === '"' || c === "'" || c === "`") next = quoted(at + 1, c);
    else if (c === "/" && beforeRegExp.test(kept.slice(-40))) next = quoted(at + 1, "/");
    else if (c === "{") depth++;
    else if (c === "}") {
      if (templates.length > 0 && templates.at(-1) === depth) {
        templates.pop();
        next = quoted(at + 1, "`");
      } else depth--;
    }
    kept += source.slice(at, next);
    at = next;
  }
  return kept;
}

/** Counts the lines of one source. */
export function countLines(source: string): LineCount {
  const lines = (text: string): string[] => text.trimEnd().split("\n");
  return {
    code: lines(withoutComments(source)).filter((line) => line.trim() !== "").length,
    all: lines(source).length,
  };
}

async function* sources(folder: URL): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = new URL(isDirectory ? `${name}/` : name, folder);
    if (isDirectory) yield* sources(path);
    else if (name.endsWith(".ts")) yield path.href;
  }
}

/** The lines of the repository, by part. */
export async function codeLines(root: URL): Promise<Record<"core without backends" | "library", LineCount>> {
  const totals = { "core without backends": { code: 0, all: 0 }, "library": { code: 0, all: 0 } };
  for (const part of ["mod.ts", "core/", "ops/", "nn/", "optim/", "io/"]) {
    const path = new URL(part, root);
    const files = part.endsWith("/") ? await Array.fromAsync(sources(path)) : [path.href];
    for (const file of files) {
      const { code, all } = countLines(await Deno.readTextFile(new URL(file)));
      const names = part === "core/" && !file.includes("/core/backends/")
        ? ["core without backends", "library"] as const
        : ["library"] as const;
      for (const name of names) {
        totals[name].code += code;
        totals[name].all += all;
      }
    }
  }
  return totals;
}
