/**
 * Every public function, called with every wrong kind of value at every argument and in every option: a TypeError or a RangeError that
 * names the function and the argument, at once.
 *
 * @module
 */
import * as all from "../../mod.ts";
import * as io from "../../io/mod.ts";
import * as onnx from "../../io/onnx/mod.ts";
import * as primitive from "../../ops/primitive.ts";
import * as random from "../../core/random.ts";
import * as tree from "../../core/tree.ts";
import * as nn from "../../nn/mod.ts";
import * as ops from "../../ops/mod.ts";
import * as optim from "../../optim/mod.ts";
import { setDefaultDevice } from "../../mod.ts";
import { type Argument, keyOf, type Row, wrongKinds } from "./table.ts";
import { coreRows } from "./core.ts";
import { nnRows } from "./nn.ts";
import { opsRows } from "./ops.ts";
import { optimRows } from "./optim.ts";
import { ioRows, onnxRows, primitiveRows, randomRows, treeRows } from "./others.ts";
import { assertEquals, AssertionError } from "@std/assert";

/** Messages of the engine, which know nothing of the function that was called. */
const internal =
  /Cannot |is not (a function|iterable|defined|a constructor)|reading '|Invalid |unreachable|out of bounds|Maximum|of undefined|BigInt|Reduce of|^(?!\w)/;

/** A call that is wrong in one place. */
interface Try {
  readonly where: string;
  readonly argument: Argument;
  readonly wrong: string;
  readonly args: unknown[];
}

function* tries({ args }: Row): Generator<Try> {
  const values = args.map(({ value }) => value);
  for (const [i, argument] of args.entries()) {
    for (const [wrong, make] of Object.entries(wrongKinds)) {
      yield { where: argument.name, argument, wrong, args: values.with(i, make(argument.value)) };
    }
    for (const field of argument.fields ?? []) {
      for (const [wrong, make] of Object.entries(wrongKinds)) {
        const given = { ...argument.value as object, [keyOf(field)]: make(field.value) };
        yield { where: `options.${keyOf(field)}`, argument: field, wrong, args: values.with(i, given) };
      }
    }
  }
}

/** What is wrong with the outcome of a call, if anything is. */
async function verdict(says: string, f: Row["f"], { argument, wrong, args }: Try): Promise<string | undefined> {
  const taken = argument.takes.includes(wrong);
  const may = argument.may?.includes(wrong);
  const start = performance.now();
  let message: string;
  try {
    await f(...args);
    if (!taken && !may) return "is accepted in silence";
    return;
  } catch (error) {
    if (may && (error as Error).message.startsWith(`${says}: `)) return;
    if (!(error instanceof TypeError || error instanceof RangeError)) {
      return `throws ${(error as Error)?.name}: ${(error as Error)?.message}`;
    }
    message = error.message;
  }
  if (performance.now() - start > 5000) return "takes seconds";
  if (may) return internal.test(message) ? `says: ${message}` : undefined;
  if (taken) return `is right, but throws: ${message}`;
  if (internal.test(message)) return `says: ${message}`;
  if (!message.includes(says)) return `does not name the function: ${message}`;
  // Which of several tensors is on another device, or gone, its shape tells.
  if (/is on|are on|after it was disposed/.test(message)) return;
  if (!argument.name.split("|").some((word) => message.includes(word))) {
    return `does not name the argument: ${message}`;
  }
}

/** The entry points: their names, their functions, their rows. */
const entries: [string, Record<string, unknown>, Readonly<Record<string, Row>>][] = [
  ["ops", ops, opsRows],
  ["optim", optim, optimRows],
  ["nn", nn, nnRows],
  [".", all, coreRows],
  ["random", random, randomRows],
  ["tree", tree, treeRows],
  ["io", io, ioRows],
  ["onnx", onnx, onnxRows],
  ["primitive", primitive, primitiveRows],
];

for (const [entry, exported, rows] of entries) {
  Deno.test(`every function of ${entry} has its row in the table of arguments`, () => {
    const functions = Object.keys(exported).filter((name) => typeof exported[name] === "function");
    assertEquals(functions.filter((name) => !Object.hasOwn(rows, name)), []);
  });

  for (const [name, row] of Object.entries(rows)) {
    if (row.args.length === 0) continue;
    Deno.test(`${entry}.${name}() refuses wrong arguments by name`, async () => {
      setDefaultDevice("cpu");
      await row.f(...row.args.map(({ value }) => value)); // the call itself is right
      const wrongs: string[] = [];
      for (const attempt of tries(row)) {
        const why = await verdict(row.says ?? name, row.f, attempt);
        if (why) wrongs.push(`${attempt.wrong} as ${attempt.where} ${why}`);
      }
      if (wrongs.length > 0) throw new AssertionError(`${name}: ${wrongs.length} wrong outcomes\n${wrongs.join("\n")}`);
    });
  }
}
