import { checkGrads, nn, ops, random, type Tensor, tree, zeros } from "@cotangent/cotangent";
import { assertEquals, assertThrows } from "@std/assert";

const nnKey = (): Tensor => random.key(0, { device: "reference" });

const refuses = (make: () => unknown, ...words: string[]): void => {
  const error = assertThrows(make, RangeError);
  for (const word of words) assertEquals(error.message.includes(word), true, `${word} is not in: ${error.message}`);
};

Deno.test("scConv() refuses channels that its units cannot split, naming the rule and the option", () => {
  refuses(() => nn.scConv(12), "scConv", "3×3", "3 channels", "groupSize 2", "{ groupSize: 3 }");
  refuses(() => nn.scConv(100), "25 channels", "50 of 100", "groupSize 2");
  refuses(() => nn.scConv(2), "2 channels", "groups 4", "{ groups }");
  refuses(() => nn.scConv(7), "7 is odd");
  refuses(() => nn.scConv(10, { groups: 5, groupSize: 3 }), "2 channels", "groupSize 3");
  refuses(() => nn.scConv(18), "18 channels", "not divisible by groups 4", "{ groups: 3 }");
  refuses(() => nn.scConv(0), "channels must be a positive integer, got 0");
  refuses(() => nn.scConv(8.5), "channels must be a positive integer, got 8.5");
});

Deno.test("scConv() refuses an alpha that leaves a branch without channels", () => {
  refuses(() => nn.scConv(16, { alpha: 0.1 }), "alpha 0.1", "1 and 15", "squeezeRatio 2", "from 0.125 to 0.875");
  refuses(() => nn.scConv(16, { alpha: 1 }), "16 and 0");
  refuses(() => nn.scConv(16, { alpha: 0 }), "0 and 16");
  refuses(() => nn.scConv(16, { alpha: 1.5 }), "alpha must be from 0 to 1, got 1.5");
  refuses(() => nn.scConv(4, { squeezeRatio: 4 }), "use 8 channels or more");
});

Deno.test("scConv() refuses an even kernel and outputs that do not fit", () => {
  refuses(() => nn.scConv(16, { groupKernelSize: 4 }), "groupKernelSize must be odd", "got 4", "use 5");
  refuses(() => nn.scConv(16, { outChannels: 31 }), "to 31 in groupSize 2");
  refuses(() => nn.scConv(16, { outChannels: 2 }), "outChannels 2", "4 channels of the squeezed low branch");
  refuses(() => nn.scConv(16, { gateThreshold: 3 }), "gateThreshold must be from 0 to 1, got 3");
  refuses(() => nn.scConv(16, { stride: 0 }), "stride must be a positive integer");
});

Deno.test("scConv() written like a convolution is refused", () => {
  // @ts-expect-error: sizes by position, everything else by name
  const error = assertThrows(() => nn.scConv(64, 64, 3), TypeError);
  assertEquals(error.message.includes("options go by name, got 64"), true, error.message);
  assertEquals(error.message.includes("{ outChannels: 64 }"), true, error.message);
  // @ts-expect-error: a threshold by position
  assertThrows(() => nn.scConv(64, 0.5), TypeError, "options go by name");
  // @ts-expect-error: an unknown option
  assertThrows(() => nn.scConv(64, { gateTreshold: 0.5 }), TypeError, 'did you mean "gateThreshold"?');
  // @ts-expect-error: an unknown choice
  assertThrows(() => nn.scConv(64, { fuse: "papr" }), TypeError, 'did you mean "paper"?');
});

Deno.test("scConv() refuses an input of other rank, channels or a size that the stride does not divide", () => {
  const apply = (layer: nn.ScConv, shape: number[]): Tensor => {
    const params = layer.init(nnKey());
    return layer.apply(params, zeros(shape, { device: "reference" }));
  };
  assertThrows(
    () => apply(nn.scConv(16), [16, 8, 8]),
    TypeError,
    "scConv: the input must be [N, C, H, W], got [16, 8, 8]; add the batch axis",
  );
  assertThrows(() => apply(nn.scConv(16), [1, 8, 8, 8]), TypeError, "has 8 channels, the layer takes 16");
  assertThrows(
    () => apply(nn.scConv(16, { stride: 2 }), [1, 16, 7, 8]),
    RangeError,
    "stride 2 must divide height and width of the input [1, 16, 7, 8]",
  );
});

Deno.test("a residual around scConv() names the shortcut that a stride needs", () => {
  const block = nn.residual(nn.scConv(16, { stride: 2 }));
  const params = block.init(nnKey());
  assertThrows(
    () => block.apply(params, zeros([1, 16, 8, 8], { device: "reference" })),
    TypeError,
    "the body gives [1, 16, 4, 4], the input [1, 16, 8, 8]; pass { shortcut }",
  );
});

Deno.test("groupBatchNorm2d() refuses fewer channels than groups and one value a group", () => {
  refuses(() => nn.groupBatchNorm2d(8), "8 channels are fewer than groups 16");
  refuses(() => nn.groupBatchNorm2d(24), "24 channels are not divisible by groups 16", "{ groups: 12 }");
  const layer = nn.groupBatchNorm2d(16);
  const params = layer.init(nnKey());
  refuses(() => layer.apply(params, zeros([2, 16, 1, 1], { device: "reference" })), "1 value a group");
});

Deno.test("sru() and cru() check in their own names", () => {
  assertThrows(() => nn.sru(12), RangeError, "sru: 12 channels are fewer than groups 16");
  assertThrows(() => nn.cru(12), RangeError, "cru: the 3×3 convolution");
  assertThrows(() => nn.cru(1), RangeError, "cru: channels must be an integer of at least 2");
  // @ts-expect-error: an unknown option
  assertThrows(() => nn.sru(16, { alpha: 0.5 }), TypeError, 'sru: unknown option "alpha"');
});

Deno.test("scConv() may make as few channels as its low branch has: nothing is left for its second convolution", async () => {
  const layer = nn.scConv(16, { outChannels: 4, fuse: "paper" });
  const params = layer.init(random.key(0));
  assertEquals(params.cru.pwc2 as unknown, {});
  assertEquals(
    nn.summary(layer, [1, 16, 4, 4]).totals.parameters,
    2 * 16 + 64 / 2 + 9 * 8 * 4 / 4 + 4 + 8 * 4 / 2 + 64 / 2,
  );
  const x = random.normal(random.key(1), [2, 16, 4, 4]);
  const { rich, cheap } = layer.cru.transform(params.cru, layer.sru.apply(params.sru, x));
  assertEquals([rich.shape, cheap.shape], [[2, 4, 4, 4], [2, 4, 4, 4]]);
  await checkGrads((p) => ops.sum(ops.square(layer.apply(p, ops.cast(x, "float64")))), [
    tree.map((t) => ops.cast(t, "float64"), params),
  ]);
});
