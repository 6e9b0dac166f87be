/** Kernels made before: a deep network repeats its blocks, and equal work gives one kernel without lowering it anew. */
import { valuesOf } from "../../../compile/fuse.ts";
import type { Buffer } from "../../../compile/home.ts";
import type { Kernel, Target } from "../../../compile/loop.ts";
import type { Nest } from "../../../compile/nest.ts";
import { identityOf, paramsKey } from "../../../primitive.ts";
import { Recent } from "../../../recent.ts";
import { contract, type Contraction } from "./contract.ts";
import { type Packing, packing } from "./contract_pack.ts";
import { type LoweredNest, lowerNest } from "./lower_nest.ts";
import { lowerTransposition } from "./transpose.ts";

const limit = 4096; // an exploring session stays bounded

/** A lowered nest whose buffers are numbered in the order in which its values and roots name them. */
interface NestShape {
  readonly kernel: Kernel;
  readonly order: readonly (number | "lanes")[];
  readonly repeats: boolean;
}

/** Remembers the kernels for one target. */
export class KernelMemo {
  private readonly contractions = new Recent<Kernel>(limit);
  private readonly packings = new Recent<Packing | null>(limit);
  private readonly nests = new Recent<NestShape>(limit);

  constructor(readonly target: Target) {}

  contraction(c: Contraction, epilogue?: Nest): Kernel {
    const key = JSON.stringify(c) + (epilogue ? describe(epilogue).key : "");
    return this.contractions.remember(key, () => contract(c, this.target));
  }

  packing(c: Contraction): Packing | undefined {
    return this.packings.remember(JSON.stringify(c), () => packing(c, this.target) ?? null) ?? undefined;
  }

  nest(nest: Nest, accumulate: ReadonlySet<Buffer>, name: string): LoweredNest {
    const { key, buffers, numbers } = describe(nest, accumulate);
    const { kernel, order, repeats } = this.nests.remember(key, () => {
      const given = [nest, this.target, accumulate, name] as const;
      const lowered = lowerTransposition(...given) ?? lowerNest(...given);
      const order = lowered.buffers.map((b) => b === "lanes" ? b : numbers.get(b)!);
      return { kernel: lowered.kernel, order, repeats: lowered.repeats };
    });
    return { kernel, buffers: order.map((n) => n === "lanes" ? n : buffers[n]), repeats };
  }
}

/** What a nest computes, with its buffers numbered in the order in which its values and roots name them. */
function describe(
  nest: Nest,
  accumulate: ReadonlySet<Buffer> = new Set(),
): { key: string; buffers: Buffer[]; numbers: ReadonlyMap<Buffer, number> } {
  const buffers: Buffer[] = [];
  const numbers = new Map<Buffer, number>();
  const number = (buffer: Buffer): string => {
    let n = numbers.get(buffer);
    if (n === undefined) {
      numbers.set(buffer, n = buffers.length);
      buffers.push(buffer);
    }
    return `${n}${buffer.dtype}${accumulate.has(buffer) ? "+" : ""}`;
  };
  const ids = new Map<number, number>();
  let key = `${nest.extents.join()}/${nest.rows ? [...nest.rows].join() : "-"}`;
  for (const value of valuesOf(nest)) {
    ids.set(value.id, ids.size);
    key += `;${value.kind}${value.dtype}`;
    if (value.home) key += number(value.home.buffer);
    if (value.index) key += `[${value.index.join()}]`;
    if (value.node) {
      const { primitive, params, outputs } = value.node;
      key += identityOf(primitive!) + paramsKey(params) + outputs[0].dtype;
    }
    if (value.number !== undefined) key += paramsKey(value.number);
    if (value.op) key += value.op;
    for (const arg of value.args) key += `,${ids.get(arg.id)}`;
  }
  for (const { value, home, index } of nest.roots) {
    key += `>${ids.get(value.id)}:${number(home.buffer)}[${index.join()}]`;
  }
  return { key, buffers, numbers };
}
