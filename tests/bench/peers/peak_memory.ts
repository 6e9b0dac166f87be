/**
 * The peak of the memory of a training step, batch by batch: what a framework needs to hold between forward and backward.
 *
 * @module
 */

import type { Work } from "../work.ts";
import type { Peer } from "./peer.ts";

/** The peaks of one case. */
export interface MemoryRow {
  readonly name: string;
  /** Bytes over what the process had before, by side. */
  readonly peaks: Readonly<Record<string, number | undefined>>;
}

const batches = [8, 64, 512];

const cases: readonly (readonly [name: string, work: Work])[] = [
  ...batches.flatMap((batch) =>
    [
      [`ScConv step (${batch}, 64, 32, 32)`, { kind: "step", layer: "scconv", shape: [batch, 64, 32, 32] }],
      [`ResNet-8 step, ${batch} images`, { kind: "network-step", network: "resnet8", batch, size: 32 }],
    ] as const
  ),
  ["ResNet-20 step, 64 images", { kind: "network-step", network: "resnet20-train", batch: 64, size: 32 }],
  [
    "ResNet-20 with ScConv step, 64 images",
    { kind: "network-step", network: "resnet20-scconv-train", batch: 64, size: 32 },
  ],
];

/** Measures the peaks of three steps, each in a fresh process. */
export async function peakMemory(peers: readonly Peer[]): Promise<MemoryRow[]> {
  const rows: MemoryRow[] = [];
  for (const [name, work] of cases) {
    const peaks: Record<string, number | undefined> = {};
    for (const peer of peers) {
      const answer = await peer.once(work, 3).catch(() => undefined);
      if (answer?.peakBytes && answer.baseBytes) peaks[peer.name] = answer.peakBytes - answer.baseBytes;
    }
    rows.push({ name, peaks });
  }
  return rows;
}
