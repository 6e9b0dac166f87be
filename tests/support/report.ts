/**
 * Made-up data for the report of a training run.
 *
 * @module
 */

import type { DigitExample, DigitImage, Mistake, ReportData } from "../../examples/train/report.ts";

/** A ring with a tail, different for each number: something to look at. */
export function drawnDigit(digit: number, size = 28): DigitImage {
  const pixels = new Uint8Array(size * size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const [dx, dy] = [x - size / 2, y - size / 2 + (digit % 3)];
      const ring = Math.abs(Math.hypot(dx * (1 + digit / 12), dy) - size / 4);
      const tail = Math.abs(dx - digit + 5) + Math.max(0, -dy);
      pixels[y * size + x] = 255 * Math.max(0, 1 - Math.min(ring, tail) / 2);
    }
  }
  return { width: size, height: size, pixels };
}

/** Numbers between 0 and 1 that look random and are the same each time. */
export function noise(length: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  });
}

function example(digit: number, drawn: DigitImage): DigitExample {
  const masks = [[32, 28], [32, 14]].map(([channels, size], i) => {
    const random = noise(channels * size * size, digit + 7 * i + 1);
    const values = random.map((value, at) => {
      const [y, x] = [Math.floor(at / size) % size, at % size];
      const ink = drawn.pixels[Math.floor(y * 28 / size) * 28 + Math.floor(x * 28 / size)] / 255;
      return Number(0.25 + 0.6 * ink > value);
    });
    return { path: `${3 * i + 2}.sru`, channels, height: size, width: size, values };
  });
  const weights = [64, 128].map((length, i) => {
    const raw = noise(length, digit + i + 3).map((value, at) => Math.exp(at < length / 2 ? value : 0.6 * value));
    const total = raw.reduce((sum, value) => sum + value);
    return { path: `${3 * i + 2}.cru`, values: raw.map((value) => value / total) };
  });
  return { image: drawn, label: digit, predicted: digit === 4 ? 9 : digit, masks, weights };
}

/** A whole run: `epochs` epochs of 469 steps. */
export function syntheticReport(epochs = 1, drawn: (digit: number) => DigitImage = drawnDigit): ReportData {
  const steps = 469 * epochs;
  const random = noise(steps, 5);
  const confusion = Array.from({ length: 10 }, (_, label) =>
    Array.from({ length: 10 }, (_, predicted) => {
      if (label === predicted) return 970 + 3 * label;
      return Math.max(0, Math.round(14 * noise(100, 77)[10 * label + predicted] ** 4 - 1));
    }));
  if (confusion[4]) confusion[4][9] = 17;
  const mistakes: Mistake[] = Array.from({ length: 12 }, (_, i) => ({
    image: drawn((i * 7) % 10),
    label: (i * 7) % 10,
    predicted: (i * 7 + 5) % 10,
    probability: 0.999 - i * 0.02,
    loss: 7.2 - i * 0.3,
  }));
  return {
    title: "ScConv on MNIST",
    date: new Date(Date.UTC(2026, 0, 2, 3, 4)),
    config: { model: "scconv", epochs, batch: 128, "learning rate": 0.01, seed: 0, device: "cpu", limit: "none" },
    environment: "Cotangent 0.1.0, Deno 2.9.6, V8 15.0, linux x86_64, cpu",
    epochs: Array.from({ length: epochs }, (_, i) => ({
      epoch: i + 1,
      trainLoss: 0.11 / (i + 1),
      testLoss: 0.045 / (i + 1) ** 0.3,
      testAccuracy: 0.9861 + 0.001 * i,
      seconds: 46.2 + i,
      imagesPerSecond: 1298.3 - i,
    })),
    stepLosses: random.map((value, i) => 2.3 * Math.exp(-i / 60) + 0.05 + 0.12 * value * Math.exp(-i / 900)),
    confusion,
    mistakes,
    examples: [0, 2, 4, 7].map((digit) => example(digit, drawn(digit))),
    layers: [
      { path: "0 conv2d", outputShape: [32, 28, 28], parameters: 320, macs: 225_792 },
      { path: "2 scConv.sru", outputShape: [32, 28, 28], parameters: 64, macs: 125_440 },
      { path: "2 scConv.cru", outputShape: [32, 28, 28], parameters: 1904, macs: 1_467_648 },
      { path: "6 scConv.sru", outputShape: [32, 14, 14], parameters: 64, macs: 31_360 },
      { path: "6 scConv.cru", outputShape: [64, 14, 14], parameters: 3360, macs: 652_288 },
      { path: "10 linear", outputShape: [10], parameters: 31_370, macs: 31_360 },
    ],
    profile: [
      { name: "conv2d 3×3 groups 2 [128, 8, 28, 28]", milliseconds: 18.4, share: 0.31, gflops: 38.1 },
      { name: "conv2d 3×3 weight gradient", milliseconds: 14.9, share: 0.25, gflops: 30.4 },
      { name: "conv2d 1×1 [128, 16, 28, 28]", milliseconds: 9.2, share: 0.16, gflops: 36.0 },
      { name: "standardize + sigmoid + mask", milliseconds: 6.1, share: 0.1 },
      { name: "softmax + scale + add", milliseconds: 4.4, share: 0.07 },
      { name: "maxPool2d", milliseconds: 2.2, share: 0.04 },
      { name: "adam", milliseconds: 0.9, share: 0.015 },
    ],
  };
}
