import { evalShape, io, nn, random, type Tensor, tensor, tree, zeros } from "@cotangent/cotangent";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { flatten, pathsOf } from "../../core/tree.ts";
import { isDescribed } from "../../io/restore.ts";
import { parameter, values } from "../bench/numbers.ts";
import { assertClose } from "../support/close.ts";
import { type GoldenArray, loadGolden } from "../support/golden.ts";

/** A network of PyTorch: see tests/golden/gen_networks.py. */
interface Case {
  readonly name: string;
  readonly options: { readonly plug?: nn.ScConvPlugOptions; readonly classes?: number };
  readonly shape: number[];
  readonly entries: number;
  readonly sha256: string;
  readonly sample: string[];
  readonly out: GoldenArray;
  readonly trained?: GoldenArray;
  readonly running_var?: GoldenArray;
}

const { cases } = loadGolden<{ cases: Case[] }>("networks");

function networkOf({ name, options: { plug, ...options } }: Case): nn.Network {
  return nn.networks[name]({ ...options, ...plug && { conv: nn.scConvPlug(plug) } });
}

async function digest(entries: readonly (readonly [string, readonly number[]])[]): Promise<string> {
  const text = [...entries].sort(([a], [b]) => a < b ? -1 : 1).map(([name, shape]) => `${name} ${shape}`).join("\n");
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Names in PyTorch and shapes of what `init` makes, without making it. */
function entriesOf(network: nn.Network): [string, number[]][] {
  const [params, state] = evalShape((key: Tensor) => network.init(key), random.key(0, { device: "reference" }));
  return [params, state].flatMap((part) => {
    const [leaves, structure] = flatten("test", part, isDescribed) as [
      { shape: number[] }[],
      Parameters<typeof pathsOf>[0],
    ];
    return pathsOf(structure).map((path, i): [string, number[]] => [
      path.replace(/\.mean$/, ".running_mean").replace(/\.variance$/, ".running_var"),
      leaves[i].shape,
    ]);
  });
}

for (const golden of cases) {
  const title = `${golden.name} ${JSON.stringify(golden.options)}`;

  Deno.test(`a state dict of PyTorch's ${title} gives PyTorch's outputs, and ours has its names`, async () => {
    const network = networkOf(golden);
    if (golden.name === "vgg16") { // half a gigabyte: names and shapes are enough
      assertEquals(await digest(entriesOf(network)), golden.sha256);
      return;
    }
    const [like, state] = network.init(random.key(0));
    const ours = io.toTorchStateDict(network, like, state);
    assertEquals(Object.keys(ours).length, golden.entries);
    for (const name of golden.sample) assert(ours[name], name);
    assertEquals(await digest(Object.entries(ours).map(([name, t]) => [name, t.shape])), golden.sha256);
    const theirs: Record<string, Tensor> = { "bn1.num_batches_tracked": tensor(3, { dtype: "int32" }) };
    if (golden.name === "denseNet121") delete theirs["bn1.num_batches_tracked"];
    for (const [name, { shape }] of Object.entries(ours)) theirs[name] = tensor(parameter(name, shape), { shape });
    const [params, statistics] = io.fromTorchStateDict(network, theirs);
    const x = tensor(values("x", golden.shape.reduce((a, b) => a * b)), { shape: golden.shape });
    const [y] = network.apply(params, statistics, x, { train: false });
    const scale = Math.max(...golden.out.data.map(Math.abs));
    const first = (await y.data()).filter((_, i) => i % y.shape[1] < 10); // logits that are checked in
    assertClose(first, golden.out.data, { atol: 2e-5 * scale, rtol: 1e-4 });
    if (golden.trained) {
      const [z, next] = network.apply(params, statistics, x, { train: true });
      const scale = Math.max(...golden.trained.data.map(Math.abs));
      assertClose(await z.data(), golden.trained.data, { atol: 2e-4 * scale, rtol: 1e-3 });
      const after = io.toTorchStateDict(network, params, next);
      assertClose(await after["layer3.2.bn2.running_var"].data(), golden.running_var!.data, { rtol: 1e-3 });
    }
  });
}

Deno.test("fromTorchStateDict() with a network lists all that is missing, extra or misshapen at once", () => {
  const network = nn.resNet20({ classes: 10 });
  const dict = io.toTorchStateDict(network, ...network.init(random.key(0)));
  const other: Record<string, Tensor> = { ...dict, extra: zeros([1]), "layer9.num_batches_tracked": zeros([]) };
  delete other["conv1.weight"];
  delete other["bn1.running_var"];
  other["fc.weight"] = zeros([100, 64]);
  const { message } = assertThrows(() => io.fromTorchStateDict(network, other), TypeError, "fromTorchStateDict: ");
  for (
    const part of [
      'missing: "conv1.weight", "bn1.running_var"',
      'not in the tree: "extra", "layer9.num_batches_tracked"',
      '"fc.weight" has shape [100, 64] instead of [10, 64]',
    ]
  ) assertStringIncludes(message, part);
  const wrongClasses = nn.resNet20({ classes: 7 });
  assertThrows(() => io.fromTorchStateDict(wrongClasses, dict), TypeError, '"fc.bias" has shape [10] instead of [7]');
  const deeper = nn.resNet32();
  assertThrows(() => io.fromTorchStateDict(deeper, dict), TypeError, 'missing: "layer1.3.bn1.bias"');
  const withScConv = nn.resNet20({ conv: nn.scConvPlug() });
  assertThrows(() => io.fromTorchStateDict(withScConv, dict), TypeError, "CRU.GWC.bias");
  assertThrows(() => io.toTorchStateDict(deeper, ...network.init(random.key(0))), TypeError, "toTorchStateDict: ");
});

Deno.test("state dicts of layers without state give their parameters", async () => {
  const layer = nn.sequential(nn.scConv(8, { groups: 2 }), nn.relu());
  const params = layer.init(random.key(0));
  const dict = io.toTorchStateDict(layer, params);
  assert("0.SRU.gn.weight" in dict);
  const back = io.fromTorchStateDict(layer, dict);
  assertEquals(await back[0].cru.gwc.bias.data(), await params[0].cru.gwc.bias.data());
  assertThrows(() => io.fromTorchStateDict(layer, { ...dict, a: zeros([1]) }), TypeError, 'not in the tree: "a"');
  assertEquals(io.fromTorchStateDict(layer, { ...dict, a: zeros([1]) }, { extra: "ignore" })[1], {});
});

Deno.test("a state dict of half-precision numbers is converted, and the file says which entries were", async () => {
  const bytes = await Deno.readFile(new URL("../golden/torch-half.safetensors", import.meta.url));
  const { tensors, converted } = io.decodeSafetensors(bytes);
  assertEquals(converted, {
    "0.weight": "BF16",
    "0.bias": "F16",
    "1.num_batches_tracked": "I64",
  });
  const network = nn.sequential(nn.conv2d(1, 2, { kernelSize: 1 }), nn.batchNorm2d(2));
  const [params, state] = io.fromTorchStateDict(network, tensors);
  assertEquals(await params[0].weight.data(), Float32Array.of(0.5, -1.25));
  assertEquals(await params[0].bias.data(), Float32Array.of(0.0999755859375, 3)); // float16 of 0.1
  assertEquals(await state[1].variance.data(), Float32Array.of(2, 4));
  assertEquals(tree.leaves(params).every(({ dtype }) => dtype === "float32"), true);
});
