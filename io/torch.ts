/** Parameters under the names that PyTorch modules give them. */
import { checkOptions, describe } from "../core/errors.ts";
import { isTensor, type Tensor } from "../core/tensor.ts";
import { flatten, type Structure } from "../core/tree.ts";
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

/**
 * Parameters as a PyTorch state dict: a flat record of tensors. A name is the path of the leaf (`0.weight` for the first
 * layer of a `sequential`, as in `torch.nn.Sequential`), and the parts of a ScConv have the names of the published module:
 * `SRU.gn.weight`, `CRU.squeeze1.weight`, `CRU.GWC.bias` and so on. Shapes are PyTorch's already.
 *
 * The state of a batch norm has PyTorch's names too (`running_mean`, `running_var`): write parameters and state by
 * `{ ...toTorchStateDict(params), ...toTorchStateDict(state) }`.
 *
 * Saved by `saveSafetensors`, it is read there by `model.load_state_dict(safetensors.torch.load_file(path))`.
 *
 * @throws TypeError for a tree with a wrong leaf or with two leaves of one name
 *
 * @example
 * ```ts
 * import { io, zeros } from "@cotangent/cotangent";
 * import { assertEquals } from "@std/assert";
 *
 * const params = [{ weight: zeros([8, 3]), bias: zeros([8]) }, {}, { weight: zeros([2, 8]) }];
 * assertEquals(Object.keys(io.toTorchStateDict(params)), ["0.bias", "0.weight", "2.weight"]);
 * ```
 */
export function toTorchStateDict(params: unknown): Record<string, Tensor> {
  const [leaves, structure] = flatten("toTorchStateDict", params) as [Tensor[], Structure];
  const names = checkedNames("toTorchStateDict", structure);
  return Object.fromEntries(names.map((name, i) => [name, leaves[i]]));
}

/** Options of `fromTorchStateDict`. */
export interface TorchReadOptions {
  /** What to do about entries that `like` has no place for; default "error". */
  readonly extra?: "error" | "ignore";
}

/**
 * The parameters in a PyTorch state dict: the inverse of `toTorchStateDict`.
 *
 * @param dict tensors by name, as `loadSafetensors` gives them
 * @param like parameters of the model (or what `evalShape` gives of its `init`): the structure, shapes and dtypes to fill.
 *   Or the state, whose entries lie in the same dict: then both need `{ extra: "ignore" }`.
 * @returns a tree like `like`, of the dict's tensors
 * @throws TypeError listing all names that are missing, unknown, or of another shape or dtype
 *
 * @example
 * ```ts
 * import { io, ones, zeros } from "@cotangent/cotangent";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const like = [{ weight: zeros([2]) }];
 * const [layer] = io.fromTorchStateDict({ "0.weight": ones([2]) }, like);
 * assertEquals(await layer.weight.toArray(), [1, 1]);
 * assertThrows(() => io.fromTorchStateDict({ "1.weight": ones([2]) }, like), TypeError, 'missing: "0.weight"');
 * ```
 */
export function fromTorchStateDict<P>(
  dict: Readonly<Record<string, Tensor>>,
  like: P,
  options: TorchReadOptions = {},
): P {
  const where = "fromTorchStateDict";
  checkOptions(where, options, ["extra"]);
  const { extra = "error" } = options;
  if (extra !== "error" && extra !== "ignore") {
    throw new TypeError(`${where}: extra must be "error" or "ignore", got ${describe(extra)}`);
  }
  if (typeof dict !== "object" || dict === null || isTensor(dict) || Array.isArray(dict)) {
    throw new TypeError(`${where}: the state dict must be a record of tensors, got ${describe(dict)}`);
  }
  const entries = new Map(Object.entries(dict));
  for (const [name, value] of entries) {
    if (!isTensor(value)) throw new TypeError(`${where}: ${describe(name)} is ${describe(value)}, no tensor`);
  }
  const [, structure] = flatten(where, like, isDescribed);
  return restore(where, like, checkedNames(where, structure), entries, extra === "ignore");
}
