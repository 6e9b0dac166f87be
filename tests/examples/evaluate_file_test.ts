import { assertEquals, assertRejects } from "@std/assert";
import { io, random } from "../../mod.ts";
import { evaluateFile } from "../../examples/train/evaluate_file.ts";
import { Failure } from "../../examples/train/failure.ts";
import { models } from "../../examples/train/model.ts";
import { parseOptions } from "../../examples/train/options.ts";

const [rows, columns, count] = [8, 8, 6];
const test = {
  images: Uint8Array.from({ length: count * rows * columns }, (_, i) => i * 7 % 256),
  labels: Uint8Array.from({ length: count }, (_, i) => i),
  count,
  rows,
  columns,
};

Deno.test("evaluateFile() tests a model and a checkpoint alike, and refuses those of other networks", async () => {
  const folder = await Deno.makeTempDir();
  const params = models.conv({ rows, columns }).init(random.key(0));
  await io.saveSafetensors(`${folder}/model`, params, { metadata: { model: "conv" } });
  await io.saveSafetensors(`${folder}/checkpoint`, { params }, {
    metadata: { run: JSON.stringify({ flags: ["--model=conv"] }) },
  });
  await io.saveSafetensors(`${folder}/bare`, params);
  const options = parseOptions([]); // of the other network
  const [model, checkpoint] = [
    await evaluateFile(`${folder}/model`, options, test),
    await evaluateFile(`${folder}/checkpoint`, options, test),
  ];
  assertEquals(model.predicted.length, count);
  assertEquals(checkpoint.loss, model.loss);
  await assertRejects(() => evaluateFile(`${folder}/bare`, options, test), Failure, "--model names another");
  await assertRejects(() => evaluateFile(`${folder}/none`, options, test), Failure, "no such file");
  await Deno.remove(folder, { recursive: true });
});
