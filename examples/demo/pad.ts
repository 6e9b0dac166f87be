/**
 * The pad on which a visitor draws a digit: with a pointer, or with arrow keys and the space bar.
 *
 * @module
 */

/// <reference lib="dom" />
import { side } from "./network.ts";

/** The pad. */
export interface Pad {
  /** The drawing as an image of MNIST's kind: 0 to 255, the ink in the middle. */
  pixels(): Float32Array;
  clear(): void;
}

/** Listens to a canvas; `changed` hears of every stroke. */
export function createPad(canvas: HTMLCanvasElement, changed: () => void): Pad {
  const ink = new Float32Array(side * side);
  const cursor = { x: side / 2, y: side / 2 };
  let pressed = false, last: { x: number; y: number } | undefined;

  function draw(): void {
    const context = canvas.getContext("2d")!;
    const image = new ImageData(side, side);
    ink.forEach((v, i) => image.data.set([v, v, v, 255], 4 * i));
    const small = document.createElement("canvas");
    small.width = small.height = side;
    small.getContext("2d")!.putImageData(image, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(small, 0, 0, canvas.width, canvas.height);
    if (document.activeElement === canvas) {
      const scale = canvas.width / side;
      context.strokeStyle = "#f80";
      context.lineWidth = 2;
      context.strokeRect((cursor.x - 1) * scale, (cursor.y - 1) * scale, 2 * scale, 2 * scale);
    }
  }

  /** A dab of about two pixels. */
  function dab(x: number, y: number): void {
    for (let j = Math.floor(y - 2); j <= y + 2; j++) {
      for (let i = Math.floor(x - 2); i <= x + 2; i++) {
        if (i < 0 || j < 0 || i >= side || j >= side) continue;
        const distance = Math.hypot(i + 0.5 - x, j + 0.5 - y);
        const v = 255 * Math.max(0, Math.min(1, 1.9 - distance));
        ink[j * side + i] = Math.max(ink[j * side + i], v);
      }
    }
  }

  function stroke(x: number, y: number): void {
    const from = last ?? { x, y };
    const steps = Math.max(1, Math.ceil(2 * Math.hypot(x - from.x, y - from.y)));
    for (let i = 0; i <= steps; i++) dab(from.x + (x - from.x) * i / steps, from.y + (y - from.y) * i / steps);
    last = { x, y };
    draw();
    changed();
  }

  const place = (event: PointerEvent): [number, number] => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width * side, (event.clientY - box.top) / box.height * side];
  };
  canvas.addEventListener("pointerdown", (event) => {
    pressed = true;
    last = undefined;
    canvas.setPointerCapture(event.pointerId);
    stroke(...place(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (pressed) stroke(...place(event));
  });
  for (const name of ["pointerup", "pointercancel"] as const) {
    canvas.addEventListener(name, () => {
      pressed = false;
      last = undefined;
    });
  }
  const arrows: Record<string, [number, number]> = {
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
    ArrowUp: [0, -1],
    ArrowDown: [0, 1],
  };
  let inking = false;
  canvas.addEventListener("keydown", (event) => {
    const arrow = arrows[event.key];
    if (event.key === " ") {
      inking = !inking;
      last = undefined;
      if (inking) stroke(cursor.x, cursor.y);
    } else if (arrow) {
      cursor.x = Math.max(1, Math.min(side - 1, cursor.x + arrow[0]));
      cursor.y = Math.max(1, Math.min(side - 1, cursor.y + arrow[1]));
      if (inking) stroke(cursor.x, cursor.y);
      else draw();
    } else return;
    event.preventDefault();
  });
  canvas.addEventListener("focus", draw);
  canvas.addEventListener("blur", () => {
    inking = false;
    draw();
  });
  draw();

  return {
    pixels() {
      // MNIST's digits stand with their centre of mass in the middle.
      let mass = 0, mx = 0, my = 0;
      ink.forEach((v, i) => {
        mass += v;
        mx += v * (i % side);
        my += v * Math.floor(i / side);
      });
      const dx = mass ? Math.round((side - 1) / 2 - mx / mass) : 0,
        dy = mass ? Math.round((side - 1) / 2 - my / mass) : 0;
      return ink.map((_, i) => {
        const x = i % side - dx, y = Math.floor(i / side) - dy;
        return x < 0 || y < 0 || x >= side || y >= side ? 0 : ink[y * side + x];
      });
    },
    clear() {
      ink.fill(0);
      last = undefined;
      draw();
    },
  };
}
