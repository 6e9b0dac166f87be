/**
 * What a data-parallel step costs on many devices, before buying any: `deno run -A tools/xla/cost.ts --flops 50e12 --bandwidth 25e9`.
 *
 * A step of n devices, each with its own part of the batch, takes compute + exchange: FLOPs a device / (FLOP/s of a device), and
 * a ring all-reduce of all gradients, 2(n − 1)/n · 4 · parameters / bandwidth + 2(n − 1) · latency. Nothing is hidden behind
 * anything, so this is the slower end: XLA overlaps the exchange with the backward pass where it can.
 *
 * @module
 */
import { nn, random, tree } from "../../mod.ts";

/** A kind of device and what connects them. */
export interface Cluster {
  /** FLOP/s that a device reaches on this network. */
  readonly flops: number;
  /** Bytes a second out of each device. */
  readonly bandwidth: number;
  /** Seconds a message takes, however short. */
  readonly latency: number;
}

/** A network as the model sees it. */
export interface Load {
  readonly parameters: number;
  /** FLOPs of forward and backward for one device's part of the batch. */
  readonly flops: number;
}

/** Seconds of a step on n devices. */
export function predict({ parameters, flops }: Load, cluster: Cluster, devices: number) {
  const compute = flops / cluster.flops;
  const bytes = 4 * parameters;
  const exchange = 2 * (devices - 1) * (bytes / devices / cluster.bandwidth + cluster.latency);
  return { compute, exchange, step: compute + exchange, efficiency: compute / (compute + exchange) };
}

/** A residual network of three stages whose second convolutions are 3×3 or ScConv, as in the bench. */
function stages(blocks: number, width: number, scConv: boolean): nn.AnyLayer {
  const conv = (from: number, to: number, stride = 1) =>
    nn.conv2d(from, to, { kernelSize: 3, stride, padding: 1, bias: false });
  const layers: nn.AnyLayer[] = [conv(3, width)];
  let channels = width;
  for (const wide of [width, 2 * width, 4 * width]) {
    for (let i = 0; i < blocks; i++) {
      const stride = i === 0 && wide > width ? 2 : 1;
      layers.push(conv(channels, wide, stride), nn.relu(), scConv ? nn.scConv(wide) : conv(wide, wide), nn.relu());
      channels = wide;
    }
  }
  return nn.sequential(...layers, nn.adaptiveAvgPool2d(1), nn.flatten(), nn.linear(channels, 10));
}

/** Parameters of a layer, and FLOPs of a training step: a multiply–add is two, backward twice forward. */
export function loadOf(layer: nn.AnyLayer, shape: readonly number[]): Load {
  const { rows } = nn.summary(layer as nn.Layer<object>, shape);
  const parameters = tree.leaves((layer as nn.Layer<object>).init(random.key(0))).reduce((n, t) => n + t.size, 0);
  return { parameters, flops: 6 * rows.reduce((n, row) => n + row.macs, 0) };
}

if (import.meta.main) {
  const options = new Map<string, number>();
  for (let i = 0; i < Deno.args.length; i += 2) options.set(Deno.args[i].replace(/^--/, ""), Number(Deno.args[i + 1]));
  const cluster = {
    flops: options.get("flops") ?? 50e12,
    bandwidth: options.get("bandwidth") ?? 25e9,
    latency: options.get("latency") ?? 5e-6,
  };
  const [blocks, width, batch] = [options.get("blocks") ?? 9, options.get("width") ?? 64, options.get("batch") ?? 32];
  console.log(`${JSON.stringify(cluster)}, ${6 * blocks + 2} layers of ${width} channels, ${batch} images a device\n`);
  console.log(
    "| second convolutions | parameters | MB a step | devices | compute, ms | exchange, ms | step, ms | efficiency |",
  );
  console.log("|---|---|---|---|---|---|---|---|");
  for (const scConv of [false, true]) {
    const load = loadOf(stages(blocks, width, scConv), [batch, 3, 32, 32]);
    for (const devices of [1, 8, 64, 512]) {
      const { compute, exchange, step, efficiency } = predict(load, cluster, devices);
      const ms = (seconds: number) => (1000 * seconds).toFixed(2);
      const cells = [
        scConv ? "ScConv" : "3×3",
        load.parameters.toLocaleString("en"),
        (4e-6 * load.parameters).toFixed(1),
      ];
      console.log(
        `| ${
          [...cells, devices, ms(compute), ms(exchange), ms(step), `${(100 * efficiency).toFixed(0)} %`].join(" | ")
        } |`,
      );
    }
  }
}
