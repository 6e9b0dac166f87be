/**
 * Loops whose turns the values count, up to a limit that is known: all turns that there may be are in the program, and their kernels are
 * dispatched indirectly. After the condition a kernel writes how many workgroups they have: as many as they take, or none once it is done.
 */
import type { Bodies, WhileShape } from "../../bodies.ts";
import { copied } from "../../compile/expand.ts";
import type { Schedule, Unit } from "../../compile/fuse.ts";
import type { Buffer, Home } from "../../compile/home.ts";
import type { DType } from "../../dtype.ts";
import { type Graph, inline, trace } from "../../graph.ts";
import { stridesOf } from "../../shape.ts";
import type { Lowered } from "./lower.ts";
import { flatKernel } from "./loops.ts";
import { type Dispatch, gridOf, Parameters } from "./wgsl/kernel.ts";

/** Kernels of a program at most, so that what a loop unrolls to can be encoded at each call. */
const longest = 100_000;

type Scratch = (dtype: DType, size: number) => Buffer;
type Compile = (graph: Graph) => Lowered & { readonly schedule: Schedule };

/** The kernels of a while loop. */
export function whileKernels(
  { node, operands, outputs }: Unit & { readonly kind: "control" },
  compile: Compile,
  scratch: Scratch,
): Dispatch[] {
  const { graphs: [condition, body], shape: { consts, most } } = node.params as Bodies<WhileShape>;
  if (most === undefined) throw new Error("a loop without a limit was refused before");
  const dispatches: Dispatch[] = [];
  const copy = (from: Home, to: Home, size: number): Dispatch[] => size === 0 ? [] : [copyKernel(from, to, size)];
  // Constants are read where they are, if kernels that take four elements at a time may.
  const state = operands.map((home, i): Home => {
    if (i < consts && home.offset % 4 === 0) return home;
    const { shape, size } = node.operands[i];
    const held: Home = { buffer: scratch(home.buffer.dtype, size), offset: 0, strides: stridesOf(shape) };
    dispatches.push(...copy(home, held, size));
    return held;
  });
  const test = blockOf(condition, state, compile), turn = blockOf(body, state, compile);
  const next = turn.outputs.flatMap((home, i) => copy(home, state[consts + i], node.outputs[i].size));

  const guarded = [...test.dispatches, ...turn.dispatches, ...next].filter((d) => !d.indirect);
  const commands = scratch("uint32", Math.max(3 * guarded.length, 1)), go = scratch("uint32", 1);
  const within = new Map(guarded.map((d, k): [Dispatch, Dispatch] => [
    d,
    { ...d, indirect: { buffer: commands, at: 3 * k } },
  ]));
  const kept = (list: readonly Dispatch[]): Dispatch[] => list.map((d) => within.get(d) ?? d);
  const gate = gateKernel(guarded, commands, go, test.outputs[0]);
  const one = [...kept(test.dispatches), gate, ...kept(turn.dispatches), ...kept(next)];
  if (most * one.length > longest) {
    throw new RangeError(
      `whileLoop: maxIterations ${most} makes ${
        most * one.length
      } kernels on webgpu, at most ${longest} are possible; ` +
        "give less, do more in a turn, or run it on cpu",
    );
  }
  if (most > 0) dispatches.push(gateKernel(guarded, commands, go, undefined));
  for (let i = 0; i < most; i++) dispatches.push(...one);
  outputs.forEach((home, i) => dispatches.push(...copy(state[consts + i], home, node.outputs[i].size)));
  return dispatches;
}

/** A body over the state: its kernels, and where its results are, which is never where the state is. */
function blockOf(graph: Graph, state: readonly Home[], compile: Compile): { dispatches: Dispatch[]; outputs: Home[] } {
  let made = compile(graph);
  const isInput = (home: Home): boolean => made.schedule.inputs.some(({ buffer }) => buffer === home.buffer);
  if (made.schedule.outputs.some(isInput)) {
    made = compile(trace("copy", graph.inputs.map((t) => t.aval), (inputs) => inline(graph, inputs).map(copied)));
  }
  const places = new Map(made.schedule.inputs.map(({ buffer }, i) => [buffer, state[i]]));
  const dispatches = made.dispatches.map((d): Dispatch => ({
    ...d,
    parameters: d.parameters.map((p) => {
      const home = places.get(p.buffer);
      if (!home) return p;
      const uniform = p.uniform && home.buffer.size === p.buffer.size;
      return { ...p, buffer: home.buffer, offset: p.offset + home.offset, uniform };
    }),
  }));
  return { dispatches, outputs: [...made.schedule.outputs] };
}

/** Writes the workgroups of the kernels: theirs while the loop goes on, none from then on. */
function gateKernel(guarded: readonly Dispatch[], commands: Buffer, go: Buffer, condition: Home | undefined): Dispatch {
  const p = new Parameters();
  const to = p.write(commands), held = p.write(go);
  const holds = condition ? `select(0u, ld${held}(0), ld${p.read(condition.buffer, condition.offset)}(0) != 0u)` : "1u";
  const lines = guarded.flatMap(({ groups }, k) =>
    [...gridOf(groups), 1].map((n, axis) => `st${to}(${3 * k + axis}, ${n}u * on);`)
  );
  return flatKernel(
    "gate",
    1,
    p,
    `  let on = ${holds};\n  st${held}(0, on);\n${lines.join("\n")}`,
    0,
    4 * lines.length,
  );
}

/** Copies elements that stand one after the other. */
function copyKernel(from: Home, to: Home, size: number): Dispatch {
  const p = new Parameters();
  const source = p.read(from.buffer, from.offset), target = p.write(to.buffer, to.offset);
  const wide = [from.offset, to.offset, size].every((n) => n % 4 === 0);
  if (wide) [source, target].forEach((i) => p.widen(i));
  const code = wide ? `  stv${target}(id * 4, ldv${source}(id * 4));` : `  st${target}(id, ld${source}(id));`;
  return flatKernel("copy", wide ? size / 4 : size, p, code, 0, 8 * size);
}
