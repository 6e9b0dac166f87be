/** Running loops and branches: values go into a block, its kernels run, and what they give goes to the next turn or out. */
import type { Control } from "./loops/control.ts";
import type { Part } from "./program.ts";

/** Words of the arena. */
export interface ArenaSpan {
  readonly at: number;
  readonly words: number;
}

/** A block with its kernels. */
interface ArenaBlock {
  readonly inputs: readonly ArenaSpan[];
  readonly outputs: readonly ArenaSpan[];
  readonly parts: readonly Part[];
}

/** A loop or a branch in a program. */
export interface ControlPart {
  readonly kind: "control";
  readonly flow: Control["flow"];
  readonly operands: readonly ArenaSpan[];
  readonly outputs: readonly ArenaSpan[];
  readonly blocks: readonly ArenaBlock[];
}

function copy(words: Int32Array, from: number, to: number, count: number): void {
  // A call of copyWithin takes as long as a few copies by hand.
  if (count > 8) words.copyWithin(to, from, from + count);
  else for (let i = 0; i < count; i++) words[to + i] = words[from + i];
}

function copyAll(words: Int32Array, from: readonly ArenaSpan[], to: readonly ArenaSpan[]): void {
  for (let i = 0; i < to.length; i++) copy(words, from[i].at, to[i].at, to[i].words);
}

/** Runs a loop or a branch; `run` runs the kernels of a block. */
export function runControl(part: ControlPart, words: Int32Array, run: (parts: readonly Part[]) => void): void {
  const { flow, operands, outputs, blocks } = part;
  switch (flow.kind) {
    case "scan": {
      const { consts, carries, length, reverse, trail } = flow.shape;
      const [block] = blocks;
      const carried = block.inputs.slice(consts, consts + carries);
      copyAll(words, operands, block.inputs.slice(0, consts + carries));
      const ys = block.outputs.length;
      for (let turn = 0; turn < length; turn++) {
        const at = reverse ? length - 1 - turn : turn;
        for (let i = consts + carries; i < operands.length; i++) {
          const to = block.inputs[i];
          copy(words, operands[i].at + at * to.words, to.at, to.words);
        }
        for (let i = 0; trail && i < carries; i++) {
          copy(words, carried[i].at, outputs[ys + i].at + at * carried[i].words, carried[i].words);
        }
        run(block.parts);
        for (let i = carries; i < ys; i++) {
          const from = block.outputs[i];
          copy(words, from.at, outputs[i].at + at * from.words, from.words);
        }
        copyAll(words, block.outputs, carried);
      }
      return copyAll(words, carried, outputs.slice(0, carries));
    }
    case "while": {
      const [condition, body] = blocks;
      const { consts } = flow.shape;
      const state = body.inputs.slice(consts), seen = condition.inputs.slice(consts);
      copyAll(words, operands, body.inputs);
      copyAll(words, operands, condition.inputs.slice(0, consts));
      for (;;) {
        copyAll(words, state, seen);
        run(condition.parts);
        if (words[condition.outputs[0].at] === 0) break;
        run(body.parts);
        copyAll(words, body.outputs, state);
      }
      return copyAll(words, state, outputs);
    }
    case "switch": {
      const index = words[operands[0].at];
      const block = blocks[Math.min(Math.max(index, 0), blocks.length - 1)];
      copyAll(words, operands.slice(1), block.inputs);
      run(block.parts);
      return copyAll(words, block.outputs, outputs);
    }
  }
}
