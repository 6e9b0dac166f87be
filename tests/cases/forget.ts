/**
 * Makes tensors, eagerly, jitted and differentiated, and forgets them; writes by how many bytes the process grew after a quarter
 * of the steps: `deno run -A tests/cases/forget.ts cpu 200 1048576`.
 *
 * @module
 */
import { grad, jit, ops, setDefaultDevice, type Tensor, zeros } from "../../mod.ts";
import "../support/devices.ts";

const name = Deno.args[0], [steps, size] = Deno.args.slice(1).map(Number);
setDefaultDevice(name);
const x = zeros([size]);
const f = (x: Tensor) => ops.sum(ops.mul(ops.add(x, 1), 2));
const ways: ((x: Tensor) => Tensor)[] = [(x) => ops.add(x, 1), jit((x: Tensor) => ops.add(x, 2)), grad(f)];
let before = 0;
for (let i = 0; i < steps; i++) {
  const forgotten = ways[i % ways.length](x);
  if ((await ops.take(forgotten, 0).item()) < 1) throw new Error("wrong");
  if (i === Math.floor(steps / 4)) before = Deno.memoryUsage().rss;
}
console.log(JSON.stringify({ grown: Deno.memoryUsage().rss - before }));
