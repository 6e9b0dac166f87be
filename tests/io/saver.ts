/**
 * Trains, and saves a checkpoint after each step and says so, until it is killed or has done so many steps; goes on from the checkpoint if there is
 * one: `deno run -A tests/io/saver.ts checkpoint.safetensors 40`.
 *
 * @module
 */
import { device, io, jit, nn, ops, optim, random, type Tensor, valueAndGrad } from "../../mod.ts";

const layer = nn.sequential(nn.linear(16, 64), nn.tanh(), nn.linear(64, 1));
const optimizer = optim.adam({ learningRate: 1e-2 });
const start = () => {
  const params = layer.init(random.key(0));
  return { params, state: optimizer.init(params) };
};
type Run = ReturnType<typeof start>;

const step = jit(({ params, state }: Run, key: Tensor): Run => {
  const x = random.normal(key, [8, 16]);
  const loss = (p: Run["params"]) =>
    ops.mean(ops.square(ops.sub(layer.apply(p, x), ops.sum(x, { axis: 1, keepDims: true }))));
  const [, grads] = valueAndGrad(loss)(params);
  const [updates, next] = optimizer.update(grads, state, params);
  return { params: optim.applyUpdates(params, updates), state: next };
});

/** The checkpoint of a file and the steps that it has done; a fresh one where there is none. */
export async function resume(file: string): Promise<{ run: Run; done: number }> {
  const run = start();
  if (!await Deno.stat(file).then(() => true, () => false)) return { run, done: 0 };
  const { tensors, metadata } = await io.loadSafetensors(file, { into: run });
  return { run: tensors, done: Number(metadata.done) };
}

/** One step further; the numbers of a step depend on which one it is. */
export const advance = (run: Run, done: number): Run => step(run, random.foldIn(random.key(1), done));

if (import.meta.main) {
  const [file, steps] = [Deno.args[0], Number(Deno.args[1])];
  await device("cpu", { threads: 1 });
  let { run, done } = await resume(file);
  advance(run, done); // compiled before anybody waits
  console.log("ready");
  while (done < steps) {
    run = advance(run, done++);
    await io.saveSafetensors(file, run, { metadata: { done: String(done) } });
    console.log("saved");
  }
}
