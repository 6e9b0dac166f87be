/**
 * The page of the demo: trains, and shows what the network sees.
 *
 * @module
 */

/// <reference lib="dom" />
import { device } from "../../mod.ts";
import { createCharts } from "./charts.ts";
import { createPad } from "./pad.ts";
import { channels, createLearner, type Learner, side } from "./network.ts";

const batch = 32;
const byId = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const text = (id: string, value: string): void => void (byId(id).textContent = value);

interface Images {
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

async function load(name: string): Promise<Images> {
  const [pixels, labels] = await Promise.all(["images", "labels"].map(async (part) => {
    const response = await fetch(`${name}-${part}.bin`);
    if (!response.ok) throw new Error(`${name}-${part}.bin: ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  }));
  return { pixels, labels };
}

function pick({ pixels, labels }: Images, indices: readonly number[]): { x: Float32Array; y: Int32Array } {
  const area = side * side;
  const x = new Float32Array(indices.length * area);
  indices.forEach((at, i) => x.set(pixels.subarray(at * area, (at + 1) * area), i * area));
  return { x, y: Int32Array.from(indices, (at) => labels[at]) };
}

/** The devices that there are, the best first. */
async function findDevices(): Promise<string[]> {
  try {
    await device("webgpu");
    return ["webgpu", "cpu"];
  } catch (e) {
    text("note", `No WebGPU here, so the CPU computes: ${(e as Error).message}`);
    return ["cpu"];
  }
}

async function main(): Promise<void> {
  const choice = byId<HTMLSelectElement>("device"), toggle = byId<HTMLButtonElement>("toggle");
  const [train, test, found] = await Promise.all([load("train"), load("test"), findDevices()]);
  const asked = new URLSearchParams(location.search).get("device");
  for (const name of found) choice.add(new Option(name === "cpu" ? "CPU" : "WebGPU", name));
  if (asked && found.includes(asked)) choice.value = asked;
  const charts = createCharts(byId<HTMLCanvasElement>("chart"), byId("masks"), channels);
  let learner: Learner = createLearner(choice.value);
  let running = false, steps = 0, shown = 0, generation = 0, drawn = false, busy = false;
  const losses: number[] = [], accuracies: number[] = [];

  /** Shows what the network makes of the pad, or of a digit of the test images while nothing is drawn. */
  async function look(): Promise<void> {
    if (busy) return;
    busy = true;
    try {
      const pixels = drawn ? pad.pixels() : pick(test, [shown]).x;
      const { probabilities, mask } = await learner.look(pixels);
      charts.masks(pixels, mask);
      text("seen", drawn ? "What the SRU sees in your digit" : "What the SRU sees in a digit of the test images");
      const order = [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a]);
      text("prediction", drawn ? `${order[0]}` : "–");
      text(
        "chances",
        drawn
          ? order.slice(0, 3).map((d) => `${d}: ${(100 * probabilities[d]).toFixed(0)} %`).join("   ")
          : "draw a digit",
      );
    } finally {
      busy = false;
    }
  }

  const pad = createPad(byId<HTMLCanvasElement>("pad"), () => {
    drawn = true;
    if (!running) void look();
  });
  byId("clear").addEventListener("click", () => {
    pad.clear();
    drawn = false;
    if (!running) void look();
  });

  async function run(): Promise<void> {
    const mine = ++generation;
    let images = 0, since = performance.now();
    while (running && mine === generation) {
      const { x, y } = pick(
        train,
        Array.from({ length: batch }, () => Math.floor(Math.random() * train.labels.length)),
      );
      const { loss, accuracy } = await learner.step(x, y);
      if (mine !== generation) return;
      losses.push(loss);
      accuracies.push(accuracy);
      steps++;
      images += batch;
      const recent = accuracies.slice(-20);
      text("steps", String(steps));
      text("loss", loss.toFixed(3));
      text("accuracy", `${(100 * recent.reduce((a, b) => a + b, 0) / recent.length).toFixed(0)} %`);
      const now = performance.now();
      if (now - since > 500) {
        text("speed", (1000 * images / (now - since)).toFixed(0));
        images = 0;
        since = now;
        if (!drawn && steps % 8 === 0) shown = (shown + 1) % test.labels.length;
        await look();
      }
      charts.loss(losses);
      // Let the page draw and listen.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }

  function setRunning(on: boolean): void {
    running = on;
    toggle.textContent = on ? "Pause" : "Train";
    toggle.setAttribute("aria-pressed", String(on));
    if (on) run().catch(fail);
  }

  function restart(): void {
    const again = running;
    running = false;
    generation++;
    learner = createLearner(choice.value);
    losses.length = accuracies.length = steps = 0;
    for (const id of ["loss", "accuracy", "speed"]) text(id, "–");
    text("steps", "0");
    charts.loss(losses);
    if (again) setRunning(true);
  }

  toggle.addEventListener("click", () => setRunning(!running));
  choice.addEventListener("change", restart);
  byId("restart").addEventListener("click", restart);
  toggle.disabled = choice.disabled = byId<HTMLButtonElement>("restart").disabled = false;
  setRunning(true);
}

function fail(error: unknown): void {
  text("note", `Something failed: ${error instanceof Error ? error.message : error}`);
  console.error(error);
}

main().catch(fail);
