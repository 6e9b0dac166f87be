/** Finding the line of the user's code that applied a primitive. */
import type { Primitive } from "../../core/primitive.ts";

const inside = /* @__PURE__ */ (() => {
  const library = new URL("../../", import.meta.url).href;
  return ["core/", "ops/", "nn/", "optim/", "io/"].map((folder) => library + folder);
})();

/** The first place on a stack that is outside the library: `file:///…/step.ts:12:5`. */
export function outsideLine(stack: string): string | undefined {
  for (const line of stack.split("\n").slice(1)) {
    const place = /\(?((?:file|https?|data|blob|jsr|npm):[^\s()]+:\d+:\d+)\)?$/.exec(line.trim())?.[1];
    if (place && !inside.some((folder) => place.startsWith(folder))) return place;
  }
  return undefined;
}

/** Where the code that `retrace` runs applies the primitive first; undefined if that cannot be found. */
export function lineOf(primitive: Primitive, retrace: () => unknown): string | undefined {
  const { infer } = primitive;
  let found: string | undefined;
  const watched = primitive as { infer: Primitive["infer"] };
  const limit = (Error as { stackTraceLimit?: number }).stackTraceLimit;
  try {
    (Error as { stackTraceLimit?: number }).stackTraceLimit = 100;
    watched.infer = (operands, params) => {
      found ??= outsideLine(new Error().stack ?? "");
      return infer.call(primitive, operands, params);
    };
    retrace();
  } catch {
    // A frozen primitive or a function that cannot run twice: the line stays unknown.
  } finally {
    if (!Object.isFrozen(primitive)) watched.infer = infer;
    (Error as { stackTraceLimit?: number }).stackTraceLimit = limit;
  }
  return found;
}
