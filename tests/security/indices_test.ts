/**
 * Indices that are out of range follow one rule on every device, in every operation that reads or writes by them: negative ones count from
 * the end, and what is still outside is clamped to the nearest element; classes that there are not give zeros (`oneHot`) or NaN (a loss).
 * On the guarded devices a read or write outside of a tensor ends the test.
 *
 * @module
 */
import { grad, jit, ops, type Tensor, tensor, vmap } from "../../mod.ts";
import { allDeviceNames, guardedNames } from "../support/devices.ts";
import { runsOf } from "../support/programs.ts";
import { onDevices } from "../ops/golden.ts";
import { assertEquals } from "@std/assert";
import fc from "fast-check";

const index = fc.oneof(
  fc.integer({ min: -12, max: 12 }),
  fc.constantFrom(2 ** 31 - 1, -(2 ** 31), 2 ** 30, -(2 ** 30), 65536),
);

const inputs = fc.record({
  rows: fc.integer({ min: 1, max: 5 }),
  columns: fc.integer({ min: 1, max: 4 }),
  indices: fc.array(index, { minLength: 1, maxLength: 6 }),
});

/** Where an index reads. */
const place = (i: number, extent: number): number => Math.min(Math.max(i < 0 ? i + extent : i, 0), extent - 1);

const names = [...allDeviceNames, ...guardedNames];

onDevices("indices out of range read and write the nearest element, eager, jitted, mapped and differentiated", () => {
  const property = fc.asyncProperty(inputs, async ({ rows, columns, indices }) => {
    const values = Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => 10 * i + j + 1));
    const x = tensor(values), at = tensor(Int32Array.from(indices));
    const places = indices.map((i) => place(i, rows));
    const expected = places.map((i) => values[i]);
    const take = (x: Tensor, at: Tensor) => ops.take(x, at, 0);
    for (const f of [take, jit(take)]) assertEquals(await f(x, at).toArray(), expected);
    assertEquals(await vmap(take, { inAxes: [null, 0] })(x, at).toArray(), expected);
    // The derivative is a scatter that adds: as often as a row was read.
    const counts = values.map((row, i) => row.map(() => places.filter((k) => k === i).length));
    const slope = grad((x: Tensor) => ops.sum(take(x, at)));
    for (const f of [slope, jit(slope)]) assertEquals(await f(x).toArray(), counts);
    const column = ops.expandDims(at, 1);
    const gathered = places.map((i) => [values[i][0]]);
    const gather = (x: Tensor) => ops.gather(ops.slice(x, [0, 0], [rows, 1]), column, 0);
    for (const f of [gather, jit(gather)]) assertEquals(await f(x).toArray(), gathered);
    const classes = indices.map((i) => Array.from({ length: columns }, (_, k) => Number(i === k)));
    assertEquals(await ops.oneHot(at, columns).toArray(), classes);
    const losses = await ops.softmaxCrossEntropy(ops.broadcastTo(tensor(0), [indices.length, columns]), at).data();
    assertEquals(Array.from(losses, Number.isNaN), indices.map((i) => i < 0 || i >= columns));
  });
  return fc.assert(property, runsOf(10));
}, names);
