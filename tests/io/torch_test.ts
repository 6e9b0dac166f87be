import { assert, assertEquals, assertThrows } from "@std/assert";
import { ones, zeros } from "../../core/creation.ts";
import { fromTorchStateDict, loadSafetensors, toTorchStateDict } from "../../io/mod.ts";
import type { Tensor } from "../../core/tensor.ts";

/** The parameters of a ScConv of 8 channels with 2 groups in the CRU's k × k convolution. */
function scConvParams() {
  return {
    sru: { norm: { weight: zeros([8, 1, 1]), bias: zeros([8, 1, 1]) } },
    cru: {
      squeeze1: { weight: zeros([2, 4, 1, 1]) },
      squeeze2: { weight: zeros([2, 4, 1, 1]) },
      gwc: { weight: zeros([8, 1, 3, 3]), bias: zeros([8]) },
      pwc1: { weight: zeros([8, 2, 1, 1]) },
      pwc2: { weight: zeros([6, 2, 1, 1]) },
    },
  };
}

const torchNames = [
  "CRU.GWC.bias",
  "CRU.GWC.weight",
  "CRU.PWC1.weight",
  "CRU.PWC2.weight",
  "CRU.squeeze1.weight",
  "CRU.squeeze2.weight",
  "SRU.gn.bias",
  "SRU.gn.weight",
];

Deno.test("toTorchStateDict() names the parts of a ScConv as PyTorch's module does", () => {
  assertEquals(Object.keys(toTorchStateDict(scConvParams())).sort(), torchNames);
});

Deno.test("toTorchStateDict() prefixes the names of nested layers", () => {
  const params = [{ weight: zeros([1]) }, {}, { block: scConvParams(), norm: { weight: zeros([2]) } }, null];
  const expected = ["0.weight", ...torchNames.map((name) => `2.block.${name}`), "2.norm.weight"];
  assertEquals(Object.keys(toTorchStateDict(params)).sort(), expected);
});

Deno.test("toTorchStateDict() renames a CRU alone, and nothing that only looks like a part", () => {
  assertEquals(Object.keys(toTorchStateDict(scConvParams().cru)).sort(), torchNames.slice(0, 6).map((n) => n.slice(4)));
  const w = zeros([1]);
  const names = ["cru.gwc.weight", "gwc.weight", "norm.weight", "sru.norm.weight"];
  const params = { sru: { norm: { weight: w } }, cru: { gwc: { weight: w } }, gwc: { weight: w }, norm: { weight: w } };
  assertEquals(Object.keys(toTorchStateDict(params)).sort(), names);
});

Deno.test("fromTorchStateDict() is the inverse", () => {
  const params = { a: scConvParams(), b: [{ weight: ones([3]) }] };
  const back = fromTorchStateDict(toTorchStateDict(params), params);
  assertEquals(back.b[0].weight, params.b[0].weight);
  assertEquals(back.a.cru.gwc.bias, params.a.cru.gwc.bias);
  assertEquals(back.a.sru.norm.weight, params.a.sru.norm.weight);
});

Deno.test("fromTorchStateDict() takes a checkpoint that PyTorch wrote", async () => {
  const { tensors } = await loadSafetensors(new URL("../golden/scconv.safetensors", import.meta.url));
  const params = fromTorchStateDict(tensors, scConvParams());
  assertEquals(params.cru.squeeze1.weight, tensors["CRU.squeeze1.weight"]);
  assertEquals(params.sru.norm.bias, tensors["SRU.gn.bias"]);
});

Deno.test("the state of a batch norm has PyTorch's names, in the same dict", () => {
  const params = [{ weight: zeros([2]) }, { weight: ones([2]), bias: zeros([2]) }];
  const state = [null, { mean: zeros([2]), variance: ones([2]) }];
  const dict = { ...toTorchStateDict(params), ...toTorchStateDict(state), "1.num_batches_tracked": zeros([]) };
  assertEquals(Object.keys(toTorchStateDict(state)), ["1.running_mean", "1.running_var"]);
  assertEquals(fromTorchStateDict(dict, params, { extra: "ignore" })[1].weight, params[1].weight);
  assertEquals(fromTorchStateDict(dict, state, { extra: "ignore" })[1]!.variance, state[1]!.variance);
  assertThrows(() => fromTorchStateDict(dict, params), TypeError, '"1.running_mean"');
  // deno-lint-ignore no-explicit-any
  assertThrows(() => fromTorchStateDict(dict, params, { extra: "skip" } as any), TypeError, 'got "skip"');
});

Deno.test("fromTorchStateDict() lists all that does not fit, at once", () => {
  const dict: Record<string, Tensor> = { "0.weight": zeros([2]), "1.bias": zeros([1]), "2.weight": zeros([1]) };
  const like = [{ weight: zeros([3]) }, { bias: zeros([1], { dtype: "float64" }) }, { bias: zeros([1]) }];
  const { message } = assertThrows(() => fromTorchStateDict(dict, like), TypeError, "fromTorchStateDict: ");
  for (
    const part of [
      'missing: "2.bias"',
      'not in the tree: "2.weight"',
      '"0.weight" has shape [2] instead of [3]',
      '"1.bias" is float32 instead of float64',
    ]
  ) assert(message.includes(part), message);
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`x${i}`, zeros([1])]));
  assertThrows(() => fromTorchStateDict(many, {}), TypeError, "and 80 more");
});

Deno.test("state dicts refuse what they cannot name", () => {
  const x = zeros([1]);
  assertThrows(() => toTorchStateDict(x), TypeError, "a single tensor has no name");
  assertThrows(() => toTorchStateDict({ a: { b: x }, "a.b": x }), TypeError, 'two leaves have the name "a.b"');
  assertThrows(() => toTorchStateDict({ a: 1 }), TypeError, "a");
  // deno-lint-ignore no-explicit-any
  assertThrows(() => fromTorchStateDict({ a: 1 } as any, { a: x }), TypeError, '"a" is 1, no tensor');
  // deno-lint-ignore no-explicit-any
  assertThrows(() => fromTorchStateDict([x] as any, [x]), TypeError, "an array of 1");
});
