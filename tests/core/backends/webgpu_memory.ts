/**
 * Trains on webgpu, jitted and then eagerly, disposes of nothing, and writes for each how the memory of the device and of the process went:
 *
 * ```sh
 * deno run -A tests/core/backends/webgpu_memory.ts 5000 2000
 * ```
 *
 * @module
 */
import { device, jit, ops, type Tensor, valueAndGrad, zeros } from "../../../mod.ts";
import type { WebGpuBackend } from "../../../core/backends/webgpu/mod.ts";

const on = await device("webgpu") as WebGpuBackend;
const { machine: { buffers } } = on;
const x = ops.add(zeros([64, 400], { device: on }), 0.25), y = ops.add(zeros([64, 300], { device: on }), 0.5);
const loss = (w: Tensor) => ops.mean(ops.pow(ops.sub(ops.tanh(ops.matmul(x, w)), y), 2));
const step = (w: Tensor): [Tensor, Tensor] => {
  const [value, g] = valueAndGrad(loss)(w);
  return [ops.sub(w, ops.mul(g, 0.1)), value];
};
for (const [f, steps] of [[jit(step), Number(Deno.args[0])], [step, Number(Deno.args[1])]] as const) {
  let w = ops.add(zeros([400, 300], { device: on }), 0.01);
  let most = 0, before = 0, resident = 0;
  for (let i = 0; i < steps; i++) {
    const [next, value] = f(w);
    w = next;
    await value.item();
    if (i === Math.floor(steps / 4)) [before, resident] = [buffers.bytes, Deno.memoryUsage().rss];
    most = Math.max(most, buffers.bytes);
  }
  if (!Number.isFinite((await w.data())[0])) throw new Error("the weights are no numbers");
  console.log(JSON.stringify({ steps, before, most, grown: Deno.memoryUsage().rss - resident }));
}
