import { assertEquals } from "@std/assert";
import { clock, createProgress, epochLine } from "../../examples/train/progress.ts";

const metrics = {
  epoch: 1,
  trainLoss: 0.25,
  testLoss: 0.125,
  testAccuracy: 0.98614,
  seconds: 46.24,
  imagesPerSecond: 1298.4,
};

/** Follows a run in plain lines with a clock that the test sets. */
async function follow(options: { epochs: number; stepsAnEpoch: number; done?: number; interval?: number }) {
  const lines: string[] = [];
  const time = { ms: 0 };
  const write = (line: string) => void lines.push(line);
  const progress = await createProgress({ ...options, terminal: false, write, now: () => time.ms });
  return { progress, lines, time };
}

Deno.test("createProgress() writes a line now and then, with the time left", async () => {
  const { progress, lines, time } = await follow({ epochs: 2, stepsAnEpoch: 100, interval: 10 });
  for (let step = 0; step < 25; step++) {
    time.ms += 1000;
    progress.step({ loss: 0.5, accuracy: 0.75, images: 128 });
  }
  assertEquals(lines, [
    "epoch 1/2  step 10/100  loss 0.5000  accuracy 75.0 %  128 images/s  3:10 left",
    "epoch 1/2  step 20/100  loss 0.5000  accuracy 75.0 %  128 images/s  3:00 left",
  ]);
});

Deno.test("createProgress() averages over about twenty steps", async () => {
  const { progress, lines, time } = await follow({ epochs: 1, stepsAnEpoch: 1000, interval: 0 });
  for (let step = 0; step < 200; step++) {
    time.ms += 100;
    progress.step({ loss: step < 100 ? 8 : 1, images: 100 });
  }
  assertEquals(lines[0], "epoch 1/1  step 1/1000  loss 8.0000  accuracy –  1,000 images/s  1:40 left");
  assertEquals(lines[199], "epoch 1/1  step 200/1000  loss 1.0414  accuracy –  1,000 images/s  1:20 left");
});

Deno.test("createProgress() sums up an epoch and goes on with the next", async () => {
  const { progress, lines, time } = await follow({ epochs: 2, stepsAnEpoch: 2, interval: 0 });
  const step = () => {
    time.ms += 1000;
    progress.step({ loss: 1, images: 10 });
  };
  step();
  step();
  time.ms += 8000; // The test after an epoch takes time, which will be needed once more.
  progress.epoch(metrics);
  step();
  progress.say("saved");
  progress.stop();
  assertEquals(lines, [
    "epoch 1/2  step 1/2  loss 1.0000  accuracy –  10 images/s  0:03 left",
    "epoch 1/2  step 2/2  loss 1.0000  accuracy –  10 images/s  0:02 left",
    "epoch 1/2  train loss 0.2500  test loss 0.1250  test accuracy 98.61 %  46.2 s  1,298 images/s",
    "epoch 2/2  step 1/2  loss 1.0000  accuracy –  10 images/s  0:04 left",
    "saved",
  ]);
});

Deno.test("createProgress() goes on where a run was", async () => {
  const { progress, lines, time } = await follow({ epochs: 3, stepsAnEpoch: 10, done: 14, interval: 0 });
  time.ms += 500;
  progress.step({ loss: 1, images: 1 });
  assertEquals(lines, ["epoch 2/3  step 5/10  loss 1.0000  accuracy –  2 images/s  0:08 left"]);
});

Deno.test("createProgress() draws a bar in a terminal and takes it away for a line", async () => {
  const script = `
    import { createProgress } from ${JSON.stringify(new URL("../../examples/train/progress.ts", import.meta.url).href)};
    import process from "node:process";
    process.stdout.isTTY = true;
    const progress = await createProgress({ epochs: 1, stepsAnEpoch: 4, terminal: true });
    for (let i = 0; i < 3; i++) progress.step({ loss: 0.5, accuracy: 0.75, images: 8 });
    progress.say("saved");
    progress.stop();
  `;
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-check", script],
    cwd: new URL("../../", import.meta.url),
    stdout: "piped",
  }).output();
  const text = new TextDecoder().decode(stdout);
  assertEquals(success, true);
  assertEquals(
    /epoch 1\/1 [█░]{24} 1\/4 {2}loss 0\.5000 {2}accuracy 75\.0 % {2}[\d,]+ images\/s/.test(text),
    true,
    text,
  );
  assertEquals(text.trimEnd().endsWith("saved"), true, text);
});

Deno.test("epochLine() and clock() write for people", () => {
  const line = epochLine({ ...metrics, trainLoss: NaN }, 3);
  assertEquals(line, "epoch 1/3  train loss –  test loss 0.1250  test accuracy 98.61 %  46.2 s  1,298 images/s");
  assertEquals([clock(7), clock(187.4), clock(3729), clock(-1), clock(NaN)], ["0:07", "3:07", "1:02:09", "0:00", "?"]);
});
