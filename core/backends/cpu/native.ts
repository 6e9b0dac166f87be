/**
 * Machine code on call: whether it may run here, and its emitter, which is loaded where it may. So a page never fetches it, and importing
 * the library waits for nothing.
 */
import type { Engine } from "./engine.ts";

/** What is asked of Deno, which the library must do without elsewhere. */
interface DenoHost {
  readonly build: { readonly os: string; readonly arch: string };
  readonly permissions?: { querySync?(what: { name: "ffi" }): { readonly state: string } };
  readonly dlopen?: unknown;
}

const deno = (globalThis as unknown as { Deno?: DenoHost }).Deno;

type Start = (vectors: number, threads: number, guarded?: boolean) => Engine | string;

/** How the engine is started, or, where its modules could not be had, why not. */
let emitter: Start | string | undefined;
let loading: Promise<void> | undefined;

function findObstacle(): string | undefined {
  if (!deno?.dlopen || !deno.permissions?.querySync) return "this runtime has no foreign functions";
  if (deno.build.os !== "linux" || deno.build.arch !== "x86_64") {
    return `machine code is for Linux on x86-64, not ${deno.build.os} on ${deno.build.arch}`;
  }
  try {
    if (deno.permissions.querySync({ name: "ffi" }).state !== "granted") return "--allow-ffi is not granted";
  } catch {
    return "--allow-ffi is not granted";
  }
  return undefined;
}

let found: { readonly obstacle: string | undefined } | undefined;

/** Why machine code cannot run here; undefined where it may be tried. Asking never prompts for the permission. */
export function obstacle(): string | undefined {
  return (found ??= { obstacle: findObstacle() }).obstacle;
}

/** Loads the emitter, once, where it may run. Never rejects. */
export function loadNative(): Promise<void> {
  if (obstacle()) return Promise.resolve();
  return loading ??= import("./x64/engine.ts").then(
    ({ startNative }) => void (emitter = startNative),
    (e) => void (emitter = `its modules did not load: ${e instanceof Error ? e.message : e}`),
  );
}

/** Whether the emitter may run and is still to come. */
export function awaitsNative(): boolean {
  return emitter === undefined && obstacle() === undefined;
}

/** The engine with vectors of at most so many bits (0: the widest), or why there is none now. */
export function startNative(...set: Parameters<Start>): Engine | string {
  const why = obstacle();
  if (why) return why;
  if (emitter === undefined) return "it is still being loaded, and runs once a value has been awaited";
  return typeof emitter === "string" ? emitter : emitter(...set);
}
