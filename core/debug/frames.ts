/** The values of a Graph, one operation after the other, and those inside of its loops and branches. */
import { Bodies, type ScanShape, type WhileShape } from "../bodies.ts";
import { isFloat, type TypedArray } from "../dtype.ts";
import { defaultBackend, setDefaultDevice } from "../devices.ts";
import { bind, call, evaluate, type Graph, type Node } from "../graph.ts";
import type { Aval } from "../shape.ts";
import { Tensor } from "../tensor.ts";

/** A value that is not finite: the first NaN of a tensor, or else its first infinity. */
export interface Fault {
  readonly at: number;
  readonly value: number;
}

/** Which faults are looked for. */
export type Kind = (fault: Fault) => boolean;

/** A turn of a loop, or the branch that was taken. */
export interface NanTurn {
  /** `"scan"` (`forLoop` and `map` too), `"while"` or `"switch"` (`cond` too). */
  readonly primitive: string;
  /** The turn, or the branch, from 0; of a scan in reverse the slice that it takes. */
  readonly index: number;
}

/** A value of a frame. */
export interface Spot {
  readonly frame: Frame;
  readonly tensor: Tensor;
}

/** The fault of some values. */
export function faultIn(values: TypedArray): Fault | undefined {
  let at = values.findIndex(Number.isNaN);
  if (at < 0) at = values.findIndex((v) => !Number.isFinite(v));
  return at < 0 ? undefined : { at, value: values[at] };
}

/** Turns after which a while loop is looked at from outside alone. */
const turnLimit = 1e6;

/** A Graph of concrete arguments with all of its values: the whole program, or one turn of a loop in it. */
export class Frame {
  private readonly known = new Map<Tensor, Tensor>();
  private readonly values = new Map<Tensor, TypedArray>();

  constructor(
    readonly graph: Graph,
    args: readonly Tensor[],
    /** The loops and branches that it is a turn of, the outermost first. */
    readonly turns: readonly NanTurn[] = [],
    /** Where the fault of an input came up in an earlier turn, if it did. */
    readonly before: (input: number, kind: Kind) => Spot | undefined = () => undefined,
  ) {
    graph.inputs.forEach((t, i) => this.known.set(t, args[i]));
    const usual = defaultBackend();
    const concrete = [...args, ...graph.captures];
    if (concrete.length > 0) setDefaultDevice(concrete[0].owner); // where constants are made
    try {
      evaluate(graph, args, (node, operands) => {
        if (node.primitive!.effect) return node.outputs;
        const results = bind(node.primitive!, operands, node.params);
        node.outputs.forEach((t, i) => this.known.set(t, results[i]));
        return results;
      });
    } finally {
      setDefaultDevice(usual);
    }
  }

  /** A value of the Graph as a tensor. */
  tensor(t: Tensor): Tensor {
    return this.known.get(t) ?? t;
  }

  async read(t: Tensor): Promise<TypedArray> {
    let data = this.values.get(t);
    if (!data) this.values.set(t, data = await this.tensor(t).data());
    return data;
  }

  async fault(t: Tensor): Promise<Fault | undefined> {
    return isFloat(t.dtype) ? faultIn(await this.read(t)) : undefined;
  }

  /** What became an output of a loop or a branch, within its body; undefined for other operations, and where that is not found. */
  async within(node: Node, output: Tensor, kind: Kind): Promise<Spot | undefined> {
    const operands = node.operands.map((t) => this.tensor(t));
    const k = node.outputs.indexOf(output);
    switch (node.primitive!.lower.kind) {
      case "scan":
        return await this.withinScan(node, operands, k, kind);
      case "while":
        return await this.withinWhile(node, operands, k, kind);
      case "switch": {
        const { graphs } = node.params as Bodies;
        const [chosen] = await operands[0].data();
        const index = Math.min(Math.max(chosen, 0), graphs.length - 1);
        const frame = new Frame(graphs[index], operands.slice(1), [...this.turns, { primitive: "switch", index }]);
        return { frame, tensor: frame.graph.outputs[k] };
      }
    }
  }

  private async withinScan(node: Node, operands: readonly Tensor[], k: number, kind: Kind): Promise<Spot | undefined> {
    const { graphs: [body], shape } = node.params as Bodies<ScanShape>;
    const { consts, carries, length, reverse } = shape;
    const results = bind(node.primitive!, operands, new Bodies([body], { ...shape, trail: true }));
    const read = (list: readonly Tensor[]) => Promise.all(list.map((t) => t.data()));
    const [xs, ys, trail] = await Promise.all([
      read(operands.slice(consts + carries)),
      read(results.slice(carries, body.outputs.length)),
      read(results.slice(body.outputs.length)),
    ]);
    const avals = body.inputs.map((t) => t.aval);
    const sliceOf = (data: TypedArray, turn: number): TypedArray => {
      const at = reverse ? length - 1 - turn : turn, size = data.length / length;
      return data.slice(at * size, (at + 1) * size);
    };
    const turns = new Turns(body, (turn, before) => {
      const slices = [...trail, ...xs].map((data, i) => concrete(operands[0], avals[consts + i], sliceOf(data, turn)));
      const index = reverse ? length - 1 - turn : turn;
      return new Frame(
        body,
        [...operands.slice(0, consts), ...slices],
        [...this.turns, { primitive: "scan", index }],
        before,
      );
    }, { consts, carries, carry: (i, turn) => sliceOf(trail[i], turn) });
    if (k < carries) return turns.carry(k, length, kind);
    if (k < body.outputs.length) {
      const y = ys[k - carries];
      for (let turn = 0; turn < length; turn++) if (isOf(kind, sliceOf(y, turn))) return turns.output(k, turn);
      return undefined;
    }
    const i = k - body.outputs.length;
    for (let turn = 0; turn < length; turn++) {
      if (isOf(kind, sliceOf(trail[i], turn))) return turns.carry(i, turn, kind);
    }
  }

  private async withinWhile(node: Node, operands: readonly Tensor[], k: number, kind: Kind): Promise<Spot | undefined> {
    const { graphs: [condition, body], shape: { consts } } = node.params as Bodies<WhileShape>;
    const held = operands.slice(0, consts);
    const states: Tensor[][] = [operands.slice(consts)];
    const data: TypedArray[][] = [];
    while (true) {
      const state = states[states.length - 1];
      data.push(await Promise.all(state.map((t) => t.data())));
      const [go] = await call(condition, [...held, ...state])[0].data();
      if (go === 0) break;
      if (states.length > turnLimit) return undefined;
      states.push(call(body, [...held, ...state]));
    }
    const turns = new Turns(
      body,
      (index, before) =>
        new Frame(body, [...held, ...states[index]], [...this.turns, { primitive: "while", index }], before),
      {
        consts,
        carries: operands.length - consts,
        carry: (i, turn) => data[turn][i],
      },
    );
    return turns.carry(k, states.length - 1, kind);
  }
}

/** The carries of a loop: how many constants stand before them, how many they are, and their values at the begin of each turn. */
interface Carries {
  readonly consts: number;
  readonly carries: number;
  carry(i: number, turn: number): TypedArray;
}

/** The turns of a loop as frames, each of which knows those before it. */
class Turns {
  constructor(
    private readonly body: Graph,
    private readonly frame: (turn: number, before: Frame["before"]) => Frame,
    private readonly state: Carries,
  ) {}

  /** An output of the body in a turn. */
  output(k: number, turn: number): Spot {
    const { consts, carries } = this.state;
    const frame = this.frame(turn, (input, kind) => {
      const i = input - consts;
      return i < 0 || i >= carries ? undefined : this.carry(i, turn, kind);
    });
    return { frame, tensor: this.body.outputs[k] };
  }

  /** Where the fault of a carry, as it is at the begin of a turn (or at the end of all), came up: the turn before the first that has it. */
  carry(i: number, turn: number, kind: Kind): Spot | undefined {
    let first = turn;
    while (first > 0 && isOf(kind, this.state.carry(i, first - 1))) first--;
    return first > 0 ? this.output(i, first - 1) : undefined;
  }
}

function isOf(kind: Kind, values: TypedArray): boolean {
  const fault = faultIn(values);
  return fault !== undefined && kind(fault);
}

/** Values on the device of another tensor. */
function concrete(beside: Tensor, a: Aval, values: TypedArray): Tensor {
  return Tensor.concrete(a, beside.owner, beside.owner.write(values, a));
}
