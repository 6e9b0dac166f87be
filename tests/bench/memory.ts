/**
 * Whether memory stays flat: resident memory in the course of 10,000 training steps, jitted or one operation at a time.
 * Runs in a process of its own: `deno run -A tests/bench/memory.ts jit|eager [STEPS]` prints a JSON line for each mark.
 *
 * @module
 */

import { jit, nn, ops, random, type Tensor, tree, valueAndGrad } from "../../mod.ts";
import { linesOf } from "./peers/lines.ts";

/** Resident memory after so many steps. */
export interface Mark {
  readonly step: number;
  readonly bytes: number;
}

/** The ways to train. */
export const ways = ["jit", "eager"] as const;

/** Trains a ScConv for so many steps and tells how much memory the process has at ten marks. */
export async function train(way: typeof ways[number], steps: number, mark: (mark: Mark) => void): Promise<void> {
  const layer = nn.scConv(32);
  let params = layer.init(random.key(0));
  const x = random.normal(random.key(1), [1, 32, 16, 16]);
  const lossOf = (p: nn.ScConvParams): Tensor => ops.sum(ops.square(layer.apply(p, x)));
  const step = (p: nn.ScConvParams) => {
    const [loss, grads] = valueAndGrad(lossOf)(p);
    return [tree.map((w: Tensor, g: Tensor) => ops.sub(w, ops.mul(g, 1e-6)), p, grads), loss] as const;
  };
  const run = way === "jit" ? jit(step, { donate: [0] }) : step;
  let loss: Tensor;
  for (let i = 1; i <= steps; i++) {
    [params, loss] = run(params);
    await loss.item();
    if (i % Math.ceil(steps / 10) === 0) mark({ step: i, bytes: Deno.memoryUsage().rss });
  }
}

/** The marks of training in a fresh process. */
export async function memoryMarks(way: typeof ways[number], steps = 10_000): Promise<Mark[]> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", import.meta.url, way, String(steps)],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const marks: Mark[] = [];
  for await (const line of linesOf(child.stdout)) marks.push(JSON.parse(line));
  if (!(await child.status).success) throw new Error(`training ${way} failed after step ${marks.at(-1)?.step ?? 0}`);
  return marks;
}

if (import.meta.main) {
  const [way, steps = "10000"] = Deno.args;
  await train(way as typeof ways[number], Number(steps), (mark) => console.log(JSON.stringify(mark)));
}
