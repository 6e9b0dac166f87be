/** Derivatives on one device against those on another. */
import type { GradMode } from "../check_grads.ts";
import { defaultBackend, type Device, device as open, setDefaultDevice } from "../devices.ts";
import { isFloat } from "../dtype.ts";
import { checkFlag, checkOptions, describe } from "../errors.ts";
import { checkManner } from "./options.ts";
import { convert } from "../primitives/algebra.ts";
import { aval, type Shape } from "../shape.ts";
import { isTensor, Tensor } from "../tensor.ts";
import { scalarOf } from "../transforms/arguments.ts";
import { jvp } from "../transforms/jvp.ts";
import { vjp } from "../transforms/vjp.ts";
import { flatten, pathsOf, unflatten } from "../tree.ts";
import { dice } from "./comparison.ts";
import { table } from "./report.ts";
import type { Anything } from "./subject.ts";

/** Options of `compareGrads`. */
export interface CompareGradsOptions {
  /** The devices; the first is what the others must agree with. Default `["reference", "cpu"]`. */
  readonly devices?: readonly string[];
  /** Which modes to compare; default both. */
  readonly modes?: readonly GradMode[];
  /** How far apart an element may be, relative to the largest of its leaf; default 1e-4. */
  readonly rtol?: number;
  /** How far apart it may be in any case; default 1e-6 of the largest among all values, gradients or tangents. */
  readonly atol?: number;
  /** Report disagreement instead of throwing. */
  readonly collect?: boolean;
}

/** One leaf on one device, beside the first device. */
export interface DeviceCheck {
  /** The device that is compared with the first. */
  readonly device: string;
  /** The leaf: of the value, the gradient or the tangent. */
  readonly leaf: string;
  /** The place in the leaf, row-major, that is furthest off. */
  readonly at: number;
  /** What the device gives there. */
  readonly given: number;
  /** What the first device gives there. */
  readonly expected: number;
  /** How far apart they may be there. */
  readonly allowed: number;
  /** Whether they are near enough. */
  readonly ok: boolean;
}

/** The result of `compareGrads`; as a string a table. */
export interface DeviceReport {
  /** Whether all leaves agree. */
  readonly ok: boolean;
  /** A row for each device and leaf. */
  readonly checks: readonly DeviceCheck[];
  /** The readable text. */
  toString(): string;
}

const isLeaf = (value: unknown): boolean => isTensor(value) || typeof value === "number";

type Leaf = { readonly name: string; readonly values: ArrayLike<number> };

/**
 * Compares the value of a function, its gradient (of a random projection of the result) and its derivative along a random direction on
 * several devices, in float32. What `checkGrads` proves on the cpu this carries over to a device that is read asynchronously.
 *
 * @param f makes its constants on the default device, if any: that is each of the devices in turn
 * @throws Error with the table if a device disagrees with the first one; TypeError for unknown options and devices
 *
 * @example
 * ```ts
 * import { compareGrads, ops, tensor } from "@cotangent/cotangent";
 * import { assert } from "@std/assert";
 *
 * const report = await compareGrads(ops.softmax, [tensor([1, 2, 3])], { devices: ["cpu", "reference"] });
 * assert(report.ok);
 * ```
 */
export async function compareGrads<A extends readonly unknown[]>(
  f: (...args: A) => unknown,
  args: Readonly<A>,
  options: CompareGradsOptions = {},
): Promise<DeviceReport> {
  if (typeof f !== "function") throw new TypeError(`compareGrads: needs a function, got ${describe(f)}`);
  if (!Array.isArray(args)) {
    throw new TypeError(`compareGrads: the arguments must be an array: compareGrads(f, [x]), got ${describe(args)}`);
  }
  checkOptions("compareGrads", options, ["devices", "modes", "rtol", "atol", "collect"]);
  const { devices = ["reference", "cpu"], modes = ["reverse", "forward"], rtol = 1e-4, atol, collect = false } =
    options;
  checkFlag("compareGrads", "collect", collect);
  checkManner("compareGrads", options);
  if (!Array.isArray(devices) || devices.length < 2) {
    throw new TypeError(`compareGrads: devices must name two or more, got ${describe(devices)}`);
  }
  const handles = await Promise.all(devices.map((name) => open(name)));
  const results: Leaf[][] = [];
  for (const handle of handles) {
    results.push(await derivativesOn(handle, f as (...args: Anything[]) => unknown, args, modes));
  }
  const [expected] = results;
  const kind = ({ name }: Leaf): string => name.replace("the ", "").split(" ")[0];
  const scale = (leaf: Leaf): number =>
    expected.reduce((most, other) => kind(other) === kind(leaf) ? Math.max(most, largestOf(other.values)) : most, 0);
  const checks = devices.slice(1).flatMap((device, k) =>
    results[k + 1].map((leaf, i): DeviceCheck => {
      const allowed = (atol ?? 1e-6 * scale(expected[i])) + rtol * largestOf(expected[i].values);
      return worst(device, leaf.name, leaf.values, expected[i].values, allowed);
    })
  );
  const ok = checks.every((check) => check.ok);
  const report = { ok, checks, toString: () => textOf(devices[0], ok, checks) };
  if (!ok && !collect) throw new Error(String(report));
  return report;
}

/** The largest finite magnitude. */
function largestOf(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) largest = Math.max(largest, Math.abs(values[i]));
  }
  return largest;
}

function worst(
  device: string,
  leaf: string,
  values: ArrayLike<number>,
  expected: ArrayLike<number>,
  allowed: number,
): DeviceCheck {
  const off = (i: number): number => {
    if (Object.is(values[i], expected[i]) || values[i] === expected[i]) return 0;
    const error = Math.abs(values[i] - expected[i]);
    return Number.isNaN(error) ? Infinity : error;
  };
  let at = 0;
  for (let i = 1; i < expected.length; i++) if (off(i) > off(at)) at = i;
  const ok = values.length === expected.length && (expected.length === 0 || off(at) <= allowed);
  return { device, leaf, at, given: values[at], expected: expected[at], allowed, ok };
}

async function derivativesOn(
  handle: Device,
  f: (...args: Anything[]) => unknown,
  args: readonly unknown[],
  modes: readonly GradMode[],
): Promise<Leaf[]> {
  const [leaves, structure] = flatten("compareGrads", args, isLeaf);
  const paths = pathsOf(structure);
  const given = await Promise.all(leaves.map(async (leaf) => {
    const t = typeof leaf === "number" ? scalarOf(leaf) : leaf as Tensor;
    const single = isFloat(t.dtype) ? convert(t, "float32") : t;
    // Through the host, so that a device which is read asynchronously may be the source.
    return [single.aval, await single.data()] as const;
  }));
  const before = defaultBackend();
  const kept: [string, Tensor][] = [];
  setDefaultDevice(handle);
  try {
    const owner = defaultBackend();
    const primals = given.map(([a, data]) => Tensor.concrete(a, owner, owner.write(data.slice(), a)));
    const random = dice(1);
    const numbers = (shape: Shape): Tensor => {
      const a = aval(shape, "float32");
      return Tensor.concrete(a, owner, owner.write(new Float32Array(a.size).map(random), a));
    };
    const zeros = (t: Tensor): Tensor => {
      const a = aval(t.shape, isFloat(t.dtype) ? "float32" : t.dtype);
      return convert(
        Tensor.concrete(aval(a.shape, "float32"), owner, owner.write(new Float32Array(a.size), a)),
        a.dtype,
      );
    };
    const own = unflatten(structure, primals);
    if (modes.includes("reverse")) {
      const [out, pullback] = vjp(f, ...own);
      const [list, shape] = flatten("compareGrads (result of the function)", out, isLeaf) as [
        Tensor[],
        typeof structure,
      ];
      pathsOf(shape).forEach((path, i) => kept.push([path ? `value ${path}` : "the value", list[i]]));
      const cotangents = list.map((t) => isTensor(t) && isFloat(t.dtype) ? numbers(t.shape) : zeros(t));
      const gradient = flatten("compareGrads", pullback(unflatten(shape, cotangents)), isLeaf)[0] as Tensor[];
      gradient.forEach((t, i) => isFloat(primals[i].dtype) && kept.push([`gradient by argument ${paths[i]}`, t]));
    }
    if (modes.includes("forward")) {
      const directions = primals.map((t) => isFloat(t.dtype) ? numbers(t.shape) : zeros(t));
      const [, tangent] = jvp(f, own, unflatten(structure, directions));
      const [list, shape] = flatten("compareGrads", tangent, isLeaf) as [Tensor[], typeof structure];
      pathsOf(shape).forEach((path, i) => kept.push([path ? `tangent ${path}` : "the tangent", list[i]]));
    }
  } finally {
    setDefaultDevice(before);
  }
  return await Promise.all(kept.map(async ([name, t]) => ({ name, values: isTensor(t) ? await t.data() : [t] })));
}

function textOf(first: string, ok: boolean, checks: readonly DeviceCheck[]): string {
  const rows = checks.map((c) => [
    c.ok ? "ok" : "WRONG",
    c.device,
    c.leaf,
    `${c.given}`,
    `${c.expected}`,
    Math.abs(c.given - c.expected).toExponential(1),
    c.allowed.toExponential(1),
  ]);
  const head = ["", "device", "leaf", "worst", `on ${first}`, "apart", "allowed"];
  return `compareGrads: ${ok ? "ok" : "the devices disagree"}\n${table(head, rows)}`;
}
