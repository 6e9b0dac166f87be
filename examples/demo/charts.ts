/**
 * Pictures: the loss as a line, the masks of the SRU over the digit.
 *
 * @module
 */

/// <reference lib="dom" />
import { side } from "./network.ts";

/** What draws the pictures. */
export interface Charts {
  loss(losses: readonly number[]): void;
  masks(pixels: Float32Array, mask: Uint8Array): void;
}

const half = side / 2;

/** Sets the pictures up: a canvas for the loss, a box that gets a canvas for each mask. */
export function createCharts(chart: HTMLCanvasElement, box: HTMLElement, channels: number): Charts {
  const canvases = Array.from({ length: channels }, (_, k) => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = half;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `mask of channel ${k + 1}`);
    box.append(canvas);
    return canvas;
  });
  const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name);

  return {
    loss(losses) {
      const context = chart.getContext("2d")!;
      const { width, height } = chart;
      context.clearRect(0, 0, width, height);
      const top = Math.max(2.5, ...losses.slice(0, 5));
      context.strokeStyle = colour("--faint");
      context.fillStyle = colour("--text");
      context.font = "20px system-ui";
      for (let v = 0; v <= top; v += 0.5) {
        const y = height - 10 - (height - 30) * v / top;
        context.beginPath();
        context.moveTo(48, y);
        context.lineTo(width, y);
        context.stroke();
        context.fillText(v.toFixed(1), 4, y + 7);
      }
      if (losses.length < 2) return;
      // Each point of the line is a mean of some steps, so that it stays a line.
      const points = Math.min(losses.length, 200), each = losses.length / points;
      context.strokeStyle = colour("--accent");
      context.lineWidth = 3;
      context.beginPath();
      for (let i = 0; i < points; i++) {
        const part = losses.slice(Math.floor(i * each), Math.max(Math.floor((i + 1) * each), Math.floor(i * each) + 1));
        const mean = part.reduce((a, b) => a + b, 0) / part.length;
        context.lineTo(
          48 + (width - 56) * i / (points - 1 || 1),
          height - 10 - (height - 30) * Math.min(mean, top) / top,
        );
      }
      context.stroke();
    },
    masks(pixels, mask) {
      canvases.forEach((canvas, k) => {
        const context = canvas.getContext("2d")!;
        const image = context.createImageData(half, half);
        for (let i = 0; i < half * half; i++) {
          const y = Math.floor(i / half) * 2, x = (i % half) * 2;
          const ink = (pixels[y * side + x] + pixels[y * side + x + 1] + pixels[(y + 1) * side + x] +
            pixels[(y + 1) * side + x + 1]) / 4;
          const open = mask[k * half * half + i] === 1;
          image.data.set(open ? [255, 190 - ink / 3, 60, 255] : [ink / 2, ink / 2 + 20, ink / 2 + 60, 255], 4 * i);
        }
        context.putImageData(image, 0, 0);
      });
    },
  };
}
