/**
 * Processes that are killed at any moment while they train and save: the checkpoint is always a whole one, and a run that goes on from it
 * ends with the same bits as one that nothing stopped. `COTANGENT_FUZZ=100` kills 500 of them.
 *
 * @module
 */
import { io, tree } from "../../mod.ts";
import { dice } from "../support/mutate.ts";
import { runsOf } from "../support/programs.ts";
import { advance, resume } from "./saver.ts";
import { assert, assertEquals, AssertionError } from "@std/assert";

const script = new URL("saver.ts", import.meta.url).href;

/** Starts to train; resolves when so many lines were written: that it is ready, then one for each save. */
async function started(file: string, steps: number, lines: number): Promise<Deno.ChildProcess> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script, file, String(steps)],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let count = 0;
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream()).values({ preventCancel: true })) {
    count += chunk.split("\n").length - 1;
    if (count >= lines) return child;
  }
  throw new AssertionError(`the run ended by itself, after ${count} lines`);
}

Deno.test({
  name: "a run that is killed at any moment leaves a whole checkpoint, from which it goes on with the same bits",
  ignore: Deno.build.os === "windows",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    // In memory, where that can be had: many more saves in the same time.
    const folder = await Deno.makeTempDir({ dir: "/dev/shm" }).catch(() => Deno.makeTempDir());
    const file = `${folder}/checkpoint.safetensors`;
    const { numRuns: kills } = runsOf(5);
    const roll = dice(Deno.env.has("COTANGENT_FUZZ") ? Date.now() : 1);
    // What nothing stops, step by step.
    let { run, done } = await resume(`${folder}/none`);
    let last = 0;
    try {
      for (let i = 0; i < kills; i++) {
        const child = await started(file, last + 100_000, 1 + roll(12));
        await new Promise((resolve) => setTimeout(resolve, roll(20)));
        child.kill("SIGKILL");
        await child.status;
        const found = await resume(file); // throws if it is not whole
        assert(found.done >= last, `${found.done} steps, after ${last}`);
        last = found.done;
        while (done < found.done) run = advance(run, done++);
        const [actual, expected] = [found.run, run].map((r) => tree.leaves(r).map((t) => t.dataSync()));
        assertEquals(actual, expected, `kill ${i}, after ${done} steps`);
        for (const { name } of Deno.readDirSync(folder)) {
          assert(name === "checkpoint.safetensors" || /^\.checkpoint.*\.tmp$/.test(name), name);
          if (name.endsWith(".tmp")) Deno.removeSync(`${folder}/${name}`);
        }
      }
      assert(last > 0, "nothing was saved before the kills");
      const child = await started(file, last + 3, 3);
      assertEquals((await child.status).success, true);
      while (done < last + 3) run = advance(run, done++);
      const { tensors } = await io.loadSafetensors(file, { into: run });
      assertEquals(tree.leaves(tensors).map((t) => t.dataSync()), tree.leaves(run).map((t) => t.dataSync()));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
