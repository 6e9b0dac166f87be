/** Times of kernels by the clock of the GPU. */
import type { Gpu } from "./device.ts";

/** Runs passes with a clock before and after each, and gives their milliseconds. */
export async function timeKernels(
  gpu: Gpu,
  count: number,
  encode: (encoder: GPUCommandEncoder, timed: (i: number) => GPUComputePassTimestampWrites) => void,
): Promise<number[]> {
  const { device } = gpu;
  const most = 2048; // pairs of a query set
  const sets = Array.from(
    { length: Math.ceil(count / most) },
    () => device.createQuerySet({ type: "timestamp", count: 2 * most }),
  );
  const resolved = device.createBuffer({
    size: 16 * most * sets.length,
    usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
  });
  const staged = device.createBuffer({
    size: 16 * most * sets.length,
    usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
  });
  const encoder = device.createCommandEncoder({ label: "explain" });
  encode(encoder, (i) => {
    const at = 2 * (i % most);
    return { querySet: sets[Math.floor(i / most)], beginningOfPassWriteIndex: at, endOfPassWriteIndex: at + 1 };
  });
  sets.forEach((set, k) =>
    encoder.resolveQuerySet(set, 0, 2 * Math.min(most, count - k * most), resolved, 16 * most * k)
  );
  encoder.copyBufferToBuffer(resolved, 0, staged, 0, 16 * most * sets.length);
  device.queue.submit([encoder.finish()]);
  await gpu.orLost("explain", staged.mapAsync(GPUMapMode.READ));
  const stamps = new BigUint64Array(staged.getMappedRange().slice(0));
  staged.destroy();
  resolved.destroy();
  return Array.from({ length: count }, (_, i) => Number(stamps[2 * i + 1] - stamps[2 * i]) / 1e6);
}
