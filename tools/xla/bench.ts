/**
 * The step time of XLA on the CPU beside ours, for the shapes of ScConv in the bench: the shortest of many calls, both sides in
 * turn. `deno run -A tools/xla/bench.ts`.
 *
 * @module
 */
import { io, jit, nn, ops, random, type Tensor, tree, valueAndGrad } from "../../mod.ts";
import { pythonWithJax, startPython } from "./test/python.ts";

const shapes = [[1, 32, 16, 16], [32, 64, 32, 32], [32, 256, 14, 14], [8, 64, 56, 56]];
const rounds = 3, milliseconds = 1500;

/** A training step of one ScConv: forward, sum of squares, gradients, SGD. */
function stepOf(channels: number) {
  const layer = nn.scConv(channels);
  type Params = nn.ScConvParams;
  const lossOf = (p: Params, x: Tensor): Tensor => ops.sum(ops.square(layer.apply(p, x)));
  const step = (p: Params, x: Tensor) => {
    const [loss, grads] = valueAndGrad(lossOf)(p, x);
    return { params: tree.map((w: Tensor, g: Tensor) => ops.sub(w, ops.mul(g, 1e-6)), p, grads), loss };
  };
  return { params: layer.init(random.key(0)), step };
}

function shortest(call: () => unknown): number {
  let best = Infinity;
  const start = performance.now();
  while (performance.now() - start < milliseconds) {
    const before = performance.now();
    call();
    best = Math.min(best, performance.now() - before);
  }
  return best;
}

const python = await pythonWithJax((line) => console.log(line));
const folder = await Deno.makeTempDir({ prefix: "cotangent-xla-" });
console.log("| shape | ours, ms | XLA, ms | ours / XLA |\n|---|---|---|---|");
for (const shape of shapes) {
  const { params, step } = stepOf(shape[1]);
  const x = random.normal(random.key(1), shape);
  const { text, signature } = io.exportStableHlo(step, [params, x], { name: "step", donate: [0] });
  await Deno.writeTextFile(`${folder}/step.mlir`, text);
  await Deno.writeTextFile(`${folder}/step.json`, JSON.stringify(signature));
  const compiled = jit(step, { donate: [0] });
  let held = params;
  let ours = Infinity, theirs = Infinity;
  for (let round = 0; round < rounds; round++) {
    ours = Math.min(
      ours,
      shortest(() => {
        const { params, loss } = compiled(held, x);
        held = params;
        loss.dataSync();
      }),
    );
    const script = new URL("bench_step.py", import.meta.url).pathname;
    const { code, output } = await startPython(python, [script, `${folder}/step.mlir`, String(milliseconds)]).ended;
    if (code !== 0) throw new Error(output);
    theirs = Math.min(theirs, Number(output.trim().split("\n").pop()));
  }
  console.log(`| ${shape.join(" × ")} | ${ours.toFixed(2)} | ${theirs.toFixed(2)} | ${(ours / theirs).toFixed(2)} |`);
}
await Deno.remove(folder, { recursive: true });
Deno.exit(0);
