/**
 * The side of a peer that runs in Deno: answers requests until its input ends, or makes one call and tells of it.
 *
 * ```sh
 * deno run -A ours.ts --threads 2
 * deno run -A ours.ts --threads 2 --once WORK --calls 1
 * ```
 *
 * @module
 */

import { linesOf } from "./lines.ts";
import type { Answer, OnceAnswer, Request } from "./protocol.ts";
import { block, type Run, warmUp } from "../timing.ts";
import type { Work } from "../work.ts";

/** Something to measure: as in programs.ts, but it may take its time. */
export interface PeerBody {
  run: Run;
  value(): number | Promise<number>;
}

/** A peer that runs in Deno. */
export interface PeerSide {
  version: string;
  threads: number;
  /** Undefined where the peer has no such thing. */
  bodyOf(work: Work): PeerBody | undefined | Promise<PeerBody | undefined>;
}

const say = (answer: Answer | OnceAnswer): void => {
  const bytes = new TextEncoder().encode(`@${JSON.stringify(answer)}\n`);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
};

/** Forgets what making the numbers took, where the system can. */
async function resetPeak(): Promise<void> {
  (globalThis as { gc?: () => void }).gc?.();
  await new Promise((resolve) => setTimeout(resolve, 200)); // buffers are freed in the background
  try {
    Deno.writeTextFileSync("/proc/self/clear_refs", "5");
  } catch {
    // then the peak has that too
  }
}

/** The largest resident memory of this process so far, where the system tells. */
function peakBytes(): number | null {
  try {
    const match = /VmHWM:\s+(\d+) kB/.exec(Deno.readTextFileSync("/proc/self/status"));
    return match ? Number(match[1]) * 1024 : null;
  } catch {
    return null;
  }
}

async function once(side: PeerSide, work: Work, calls: number): Promise<void> {
  const baseBytes = peakBytes();
  const body = await side.bodyOf(work);
  if (!body) return say({ unsupported: true });
  if (calls > 1) await resetPeak();
  const start = performance.now();
  await body.run();
  const value = await body.value();
  const first = performance.now() - start;
  for (let i = 1; i < calls; i++) await body.run();
  say({ value, first, baseBytes, peakBytes: peakBytes() });
}

async function answer(side: PeerSide, request: Request, body: PeerBody | undefined): Promise<[Answer, PeerBody?]> {
  switch (request.op) {
    case "hello":
      return [{ version: side.version, threads: side.threads }, body];
    case "prepare": {
      const made = await side.bodyOf(request.work);
      if (!made) return [{ unsupported: true }];
      const start = performance.now();
      await made.run();
      const first = performance.now() - start;
      return [{ value: await made.value(), first }, made];
    }
    case "warm":
      await warmUp(body!.run, request.milliseconds, 5 * request.milliseconds);
      return [{}, body];
    case "measure":
      return [{ times: await block(body!.run, request.milliseconds) }, body];
  }
}

/** The device that the command line asks for. */
export function deviceOf(args: readonly string[]): string {
  return args[args.indexOf("--device") + 1 || args.length] ?? "cpu";
}

/** Answers what the command line and the input ask for, and ends the process: some peers' workers would keep it. */
export async function serve(
  makeSide: (threads: number) => PeerSide | Promise<PeerSide>,
  args: readonly string[],
): Promise<never> {
  const flag = (name: string): string | undefined => args[args.indexOf(name) + 1 || args.length];
  const side = await makeSide(Number(flag("--threads") ?? 2));
  const work = flag("--once");
  if (work) {
    await once(side, JSON.parse(work) as Work, Number(flag("--calls") ?? 1));
    Deno.exit(0);
  }
  let body: PeerBody | undefined;
  for await (const line of linesOf(Deno.stdin.readable)) {
    let said: Answer;
    try {
      [said, body] = await answer(side, JSON.parse(line) as Request, body);
    } catch (error) {
      said = { error: String(error) };
    }
    say(said);
  }
  Deno.exit(0);
}
