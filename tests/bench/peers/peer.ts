/**
 * A peer: a process that lives as long as the bench and answers requests, so that the sides are measured by turns.
 *
 * @module
 */

import { linesOf } from "./lines.ts";
import type { Answer, OnceAnswer, Request } from "./protocol.ts";
import type { Runner } from "../timing.ts";
import type { Work } from "../work.ts";

/** How a peer's process is started, without its flags. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A request takes longer than that only if something hangs. */
const patience = 180_000;

/** What a process says that is an answer. */
async function* answersOf(stdout: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  for await (const line of linesOf(stdout)) if (line.startsWith("@")) yield line.slice(1);
}

function spawn({ program, args, env }: Command, flags: readonly string[], stdin: "piped" | "null"): Deno.ChildProcess {
  return new Deno.Command(program, { args: [...args, ...flags], env, stdin, stdout: "piped", stderr: "null" }).spawn();
}

async function within<T>(promise: Promise<T>, child: Deno.ChildProcess): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`no answer in ${patience / 1000} s`));
    }, patience);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A side of the comparison. */
export class Peer {
  private child: Deno.ChildProcess | undefined;
  private answers!: AsyncGenerator<string>;
  private writer!: WritableStreamDefaultWriter<Uint8Array>;

  /** @param name in tables */
  constructor(readonly name: string, private readonly command: Command, private readonly threads: number) {}

  private async ask(request: Request): Promise<Answer> {
    if (!this.child) {
      this.child = spawn(this.command, ["--threads", String(this.threads)], "piped");
      this.answers = answersOf(this.child.stdout);
      this.writer = this.child.stdin.getWriter();
    }
    const { child } = this;
    try {
      await this.writer.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
      const { value } = await within(this.answers.next(), child);
      if (value === undefined) throw new Error(`${this.name} ended without an answer`);
      const answer = JSON.parse(value) as Answer;
      if (answer.error) throw new Error(answer.error);
      return answer;
    } catch (error) {
      await this.close(); // the next request begins anew
      throw error;
    }
  }

  /** Its version and its number of threads; starts it. */
  async hello(): Promise<{ version: string; threads: number }> {
    const { version = "", threads = 1 } = await this.ask({ op: "hello" });
    return { version, threads };
  }

  /**
   * Prepares some work and calls it once; undefined if the peer has no such thing.
   *
   * @returns a number that depends on all of the work, and the milliseconds of the call
   */
  async prepare(work: Work): Promise<{ value: number; first: number } | undefined> {
    const { value, first = 0 } = await this.ask({ op: "prepare", work });
    return value === undefined ? undefined : { value, first };
  }

  /** What was prepared last, to be timed. */
  runner(milliseconds: { warm: number; block: number }): Runner {
    return {
      warm: async () => void await this.ask({ op: "warm", milliseconds: milliseconds.warm }),
      block: async () => [...(await this.ask({ op: "measure", milliseconds: milliseconds.block })).times!],
    };
  }

  /** A call in a process of its own: what it says, and the milliseconds from the start of the process to that. */
  async once(work: Work, calls = 1): Promise<(OnceAnswer & { started: number }) | undefined> {
    const flags = ["--threads", String(this.threads), "--once", JSON.stringify(work), "--calls", String(calls)];
    const start = performance.now();
    const child = spawn(this.command, flags, "null");
    const { value } = await within(answersOf(child.stdout).next(), child);
    const started = performance.now() - start;
    await child.status;
    if (value === undefined) throw new Error(`${this.name} ended without an answer`);
    const answer = JSON.parse(value) as OnceAnswer & Answer;
    return answer.unsupported ? undefined : { ...answer, started };
  }

  /** Ends the process. */
  async close(): Promise<void> {
    const { child } = this;
    if (!child) return;
    this.child = undefined;
    await this.writer.close().catch(() => {});
    await this.answers.return(undefined).catch(() => {});
    const timer = setTimeout(() => child.kill("SIGKILL"), 2000);
    await child.status;
    clearTimeout(timer);
  }
}

/** Cotangent as a peer. */
export function ourPeer(
  threads: number,
  { device = "cpu", code = "auto" }: { device?: string; code?: "auto" | "wasm" | "native" } = {},
): Peer {
  const file = new URL("ours.ts", import.meta.url).href;
  const args = ["run", "-A", "--v8-flags=--expose-gc", file, "--device", device, "--code", code];
  return new Peer("Cotangent", { program: Deno.execPath(), args }, threads);
}
