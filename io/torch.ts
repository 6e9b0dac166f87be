/** Parameters under the names that PyTorch modules give them. */
import { checkChoice, checkOptions, describe } from "../core/errors.ts";
import { key } from "../core/random.ts";
import { isTensor, type Tensor } from "../core/tensor.ts";
import { evalShape } from "../core/transforms/derived.ts";
import { flatten, type Structure } from "../core/tree.ts";
import { type AnyLayer, isStateful, type Layer, type StatefulLayer } from "../nn/layer.ts";
import { isDescribed, restore } from "./restore.ts";

// What the published ScConv module calls its parts; in our trees they are in lower case, and the norm is a norm.
const cruNames: Readonly<Record<string, string>> = { gwc: "GWC", pwc1: "PWC1", pwc2: "PWC2" };
const cruKeys = "gwc,pwc1,pwc2,squeeze1,squeeze2"; // sorted, as structures are

// The running statistics of a batch norm: in our trees the state, in PyTorch's buffers beside the parameters.
const statistics: Readonly<Record<string, string>> = { mean: "running_mean", variance: "running_var" };
const statisticsKeys = "mean,variance";

const isCru = (s: Structure): boolean => s.kind === "object" && s.keys.join() === cruKeys;

function isScConv(s: Structure): boolean {
  return s.kind === "object" && s.keys.join() === "cru,sru" && isCru(s.items[0]);
}

/** The name of each leaf, in order: its path, with parts called as in PyTorch where they differ. */
function torchNames(structure: Structure): string[] {
  const names: string[] = [];
  const walk = (s: Structure, path: readonly (string | number)[], rename: Readonly<Record<string, string>>): void => {
    if (s.kind === "leaf") names.push(path.join("."));
    else if (s.kind === "array") s.items.forEach((item, i) => walk(item, [...path, i], {}));
    else if (s.kind === "object") {
      const own: Readonly<Record<string, string>> = isScConv(s)
        ? { cru: "CRU", sru: "SRU" }
        : isCru(s)
        ? cruNames
        : s.keys.join() === statisticsKeys
        ? statistics
        : rename;
      s.keys.forEach((key, i) => {
        const name = Object.hasOwn(own, key) ? own[key] : key;
        walk(s.items[i], [...path, name], isScConv(s) && key === "sru" ? { norm: "gn" } : {});
      });
    }
  };
  walk(structure, [], {});
  return names;
}

function checkedNames(where: string, structure: Structure): string[] {
  const names = torchNames(structure);
  const seen = new Set<string>();
  for (const name of names) {
    if (name === "") throw new TypeError(`${where}: a single tensor has no name; give a tree { name: tensor }`);
    if (seen.has(name)) throw new TypeError(`${where}: two leaves have the name ${describe(name)}; rename one`);
    seen.add(name);
  }
  return names;
}

/** Whether a value is a layer, and no tree. */
function isLayer(value: unknown): value is AnyLayer {
  const { init, apply } = (value ?? {}) as Record<string, unknown>;
  return typeof init === "function" && typeof apply === "function";
}

/** What `init` of a layer would make: shapes and dtypes, parameters and state. */
function initShapes(layer: AnyLayer): { params: unknown; state: unknown } {
  const made = evalShape((key: Tensor) => layer.init(key), key(0));
  return isStateful(layer) ? { params: made[0], state: made[1] } : { params: made, state: {} };
}

/** The leaves of a tree by their names. */
function dictOf(where: string, tree: unknown): Record<string, Tensor> {
  const [leaves, structure] = flatten(where, tree) as [Tensor[], Structure];
  const names = checkedNames(where, structure);
  return Object.fromEntries(names.map((name, i) => [name, leaves[i]]));
}

/** The names of all leaves of parameters and state. */
function namesOf(where: string, like: unknown): string[] {
  const [, structure] = flatten(where, like, isDescribed);
  return checkedNames(where, structure);
}

/** Beside its running statistics a batch norm of PyTorch counts its batches, which nothing here needs. */
function isBatchCount(name: string, known: ReadonlySet<string>): boolean {
  const end = "num_batches_tracked";
  return name.endsWith(end) && known.has(`${name.slice(0, -end.length)}running_mean`);
}

/**
 * Parameters as a PyTorch state dict: a flat record of tensors. A name is the path of the leaf (`0.weight` for the first
 * layer of a `sequential`, as in `torch.nn.Sequential`; `layer1.0.conv1.weight` in a ResNet, as in torchvision), and the parts
 * of a ScConv have the names of the published module: `SRU.gn.weight`, `CRU.squeeze1.weight`, `CRU.GWC.bias` and so on. Shapes
 * are PyTorch's already.
 *
 * With a network first, its parameters are checked to be its own, and a state, if given, is written beside them: a batch norm's
 * statistics are called `running_mean` and `running_var` there.
 *
 * Saved by `saveSafetensors`, it is read there by `model.load_state_dict(safetensors.torch.load_file(path))`.
 *
 * @throws TypeError for a tree with a wrong leaf or with two leaves of one name, and listing all that is not the network's
 *
 * @example
 * ```ts
 * import { io, nn, random } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const network = nn.resNet20({ conv: nn.scConvPlug() });
 * const [params, state] = network.init(random.key(0));
 * const dict = io.toTorchStateDict(network, params, state);
 * assertEquals(dict["layer1.0.conv2.SRU.gn.weight"].shape, [16, 1, 1]);
 * assertEquals(dict["layer2.0.downsample.1.running_var"].shape, [32]);
 * const layers = [{ weight: params }, {}];
 * assertEquals(Object.keys(io.toTorchStateDict(layers))[0], "0.weight.bn1.bias");
 * ```
 */
export function toTorchStateDict(network: AnyLayer, params: unknown, state?: unknown): Record<string, Tensor>;
/** A tree of parameters as a PyTorch state dict. */
export function toTorchStateDict(params: unknown): Record<string, Tensor>;
export function toTorchStateDict(first: unknown, params?: unknown, state?: unknown): Record<string, Tensor> {
  const where = "toTorchStateDict";
  if (!isLayer(first)) return dictOf(where, first);
  const like = initShapes(first);
  const fit = (tree: unknown, like: unknown): Record<string, Tensor> => {
    const dict = dictOf(where, tree);
    restore(where, like, namesOf(where, like), new Map(Object.entries(dict)));
    return dict;
  };
  return { ...fit(params, like.params), ...(state === undefined ? {} : fit(state, like.state)) };
}

/** Options of `fromTorchStateDict`. */
export interface TorchReadOptions {
  /** What to do about entries that there is no place for; default "error". */
  readonly extra?: "error" | "ignore";
}

/**
 * The parameters in a PyTorch state dict: the inverse of `toTorchStateDict`. With a network first, its parameters and, for a
 * stateful one, its state: `[params, state]`. Counts of batches (`num_batches_tracked`) are passed over.
 *
 * `loadSafetensors` reads float16 and bfloat16 as float32, exactly, and says so in `converted`.
 *
 * @param network what the dict is of
 * @param dict tensors by name, as `loadSafetensors` gives them
 * @throws TypeError listing all names that are missing, unknown, or of another shape or dtype
 *
 * @example
 * ```ts
 * import { io, nn, ones, random, zeros } from "@cotangent/cotangent";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const network = nn.resNet20();
 * const dict = io.toTorchStateDict(network, ...network.init(random.key(0)));
 * const [params, state] = io.fromTorchStateDict(network, dict);
 * assertEquals(network.apply(params, state, ones([1, 3, 32, 32]), { train: false })[0].shape, [1, 10]);
 *
 * const like = [{ weight: zeros([2]) }]; // or with parameters to fill
 * const [layer] = io.fromTorchStateDict({ "0.weight": ones([2]) }, like);
 * assertEquals(await layer.weight.toArray(), [1, 1]);
 * assertThrows(() => io.fromTorchStateDict({ "1.weight": ones([2]) }, like), TypeError, 'missing: "0.weight"');
 * ```
 */
export function fromTorchStateDict<P, S>(
  network: StatefulLayer<P, S>,
  dict: Readonly<Record<string, Tensor>>,
  options?: TorchReadOptions,
): [params: P, state: S];
/** The parameters of a layer without state. */
export function fromTorchStateDict<P>(
  network: Layer<P>,
  dict: Readonly<Record<string, Tensor>>,
  options?: TorchReadOptions,
): P;
/**
 * The parameters as a tree like `like` (parameters, or what `evalShape` gives of `init`; or the state, whose entries lie in the
 * same dict: then both need `{ extra: "ignore" }`).
 */
export function fromTorchStateDict<P>(
  dict: Readonly<Record<string, Tensor>>,
  like: P,
  options?: TorchReadOptions,
): P;
export function fromTorchStateDict(first: unknown, second: unknown, options: TorchReadOptions = {}): unknown {
  const where = "fromTorchStateDict";
  checkOptions(where, options, ["extra"]);
  const { extra = "error" } = options;
  checkChoice(where, "extra", extra, ["error", "ignore"]);
  const [dict, network] = isLayer(first) ? [second, first] : [first, undefined];
  if (typeof dict !== "object" || dict === null || isTensor(dict) || Array.isArray(dict)) {
    throw new TypeError(`${where}: the state dict must be a record of tensors, got ${describe(dict)}`);
  }
  const entries = new Map(Object.entries(dict));
  for (const [name, value] of entries) {
    if (!isTensor(value)) throw new TypeError(`${where}: ${describe(name)} is ${describe(value)}, no tensor`);
  }
  const ignore = extra === "ignore";
  if (!network) return restore(where, second, namesOf(where, second), entries, ignore);
  const { params, state } = initShapes(network);
  const names = [...namesOf(where, params), ...namesOf(where, state)];
  const known = new Set(names);
  for (const name of entries.keys()) if (isBatchCount(name, known)) entries.delete(name);
  const [p, s] = restore(where, [params, state], names, entries, ignore);
  return isStateful(network) ? [p, s] : p;
}
