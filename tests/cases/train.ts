/**
 * Trains with workers on a device and ends: `deno run -A tests/cases/train.ts cpu 3`. It may end with a read that nobody waits for (`pending`), or while an
 * error is on its way (`thrown`).
 *
 * @module
 */
import { device, grad, nn, ops, optim, random, setDefaultDevice } from "../../mod.ts";
import "../support/devices.ts";

const [name, threads, end] = Deno.args;
if (name.startsWith("cpu")) await device(name, { threads: Number(threads) });
setDefaultDevice(name);
const layer = nn.scConv(16);
const optimizer = optim.sgd({ learningRate: 0.1 });
let params = layer.init(random.key(0));
let state = optimizer.init(params);
const x = random.normal(random.key(1), [4, 16, 8, 8]);
for (let i = 0; i < 5; i++) {
  const slopes = grad((p: typeof params) => ops.mean(ops.square(layer.apply(p, x))))(params);
  const [updates, next] = optimizer.update(slopes, state, params);
  [params, state] = [optim.applyUpdates(params, updates), next];
}
if (end === "pending") ops.add(params.sru.norm.weight, 1).data();
else if (end === "thrown") await Promise.reject(new Error("as planned")).catch(() => {});
else await params.sru.norm.weight.data();
console.log("trained");
