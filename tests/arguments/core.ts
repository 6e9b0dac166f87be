/** Rows of the package's own entry point: creation, transforms, control, checks, devices. */
import * as all from "../../mod.ts";
import { ops, type Tensor, tensor } from "../../mod.ts";
import {
  also,
  axis,
  finite,
  kindOf,
  leafless,
  matrix,
  nonNegative,
  optional,
  options,
  type Row,
  shape,
  strict,
  tree,
  treeAlone,
} from "./table.ts";

const count = strict;
const dtype = optional(strict("dtype", "float32"));
const device = optional(strict("device", "cpu"));
const made = options(dtype, device);
const f = strict("function", (x: Tensor) => ops.sum(ops.square(x)));
const map = strict("function", (x: Tensor) => ops.tanh(x));
const flag = (name: string) => optional(strict(name, true));
const lists = strict;
const x = tensor([1, 2]);
const loss = (x: Tensor): Tensor => ops.sum(ops.square(x));
const tolerances = [optional(nonNegative("rtol", 1e-3)), optional(nonNegative("atol", 1e-3))];
const modes = optional(lists("modes", ["reverse"]));
const derived = (make: (...args: never[]) => (...args: never[]) => unknown, says: string, g: unknown = loss): Row => ({
  f: (...args) => (make as (g: unknown) => (...args: unknown[]) => unknown)(g)(...args),
  args: [{
    ...treeAlone("root|argument", says === "hessian" ? tensor([1, 2]) : matrix),
    ...(says === "debugNans" ? { may: [...leafless, "NaN", "Infinity"] } : {}),
  }],
  says,
});

/** The rows. */
export const coreRows: Readonly<Record<string, Row>> = {
  tensor: {
    f: all.tensor,
    args: [
      kindOf("NaN", "Infinity", "-1", "1.5", "2**53")("data", 1),
      { ...options(dtype, device, optional(shape("shape", [1]))), name: "option|shape" },
    ],
  },
  zeros: { f: all.zeros, args: [shape("shape", [2]), made] },
  ones: { f: all.ones, args: [shape("shape", [2]), made] },
  full: { f: all.full, args: [shape("shape", [2]), kindOf("NaN", "Infinity", "-1", "1.5", "2**53")("value", 1), made] },
  arange: {
    f: all.arange,
    args: [
      finite("start", 0),
      { ...finite("stop|option", 2), may: ["2**53", "undefined", "{}"] },
      options(dtype, device, optional(finite("step", 0.5))),
    ],
  },
  linspace: {
    f: all.linspace,
    args: [finite("end|start", 0), finite("end|stop", 1), optional(count("count|shape", 3)), made],
  },
  eye: { f: all.eye, args: [count("n|shape", 2), optional(count("m|shape", 2)), made] },
  grad: { f: all.grad, args: [f, options(optional(kindOf("[]")("argnums", 0)), flag("hasAux"))] },
  valueAndGrad: { f: all.valueAndGrad, args: [f, options(optional(kindOf("[]")("argnums", 0)), flag("hasAux"))] },
  hessian: { f: all.hessian, args: [f] },
  jacobian: { f: all.jacobian, args: [f] },
  jacfwd: { f: all.jacfwd, args: [f] },
  jacrev: { f: all.jacrev, args: [f], says: "jacobian" },
  checkpoint: { f: all.checkpoint, args: [f] },
  straightThrough: { f: all.straightThrough, args: [map] },
  customVjp: {
    f: all.customVjp,
    args: [f, strict("forward", (x: Tensor) => [loss(x), x]), strict("backward", (x: Tensor) => [x])],
  },
  customJvp: { f: all.customJvp, args: [f, strict("rule", () => [])] },
  debugNans: { f: all.debugNans, args: [f] },
  explain: { f: all.explain, args: [f] },
  evalShape: {
    f: all.evalShape,
    args: [f, { ...treeAlone("root|argument", x), may: leafless }],
  },
  jit: { f: all.jit, args: [f, options(optional(kindOf("[]")("donate", [0])), optional(kindOf("[]")("static", [1])))] },
  vmap: {
    f: all.vmap,
    args: [
      map,
      options(
        optional({ ...kindOf("null", "[]", "{}", "-1")("inAxes", 0), may: ["-1"] }),
        optional({ ...kindOf("null", "[]", "{}", "-1")("outAxes", 0) }),
      ),
    ],
  },
  vjp: {
    f: all.vjp,
    args: [
      f,
      treeAlone("root|argument", x),
    ],
  },
  jvp: { f: all.jvp, args: [f, { ...lists("primals", [x]) }, lists("tangents", [x])] },
  hvp: { f: all.hvp, args: [f, { ...lists("primals", [x]) }, lists("tangents", [x])] },
  linearize: {
    f: all.linearize,
    args: [
      map,
      treeAlone("root|argument", x),
    ],
  },
  linearTranspose: {
    f: all.linearTranspose,
    args: [strict("function", (x: Tensor) => ops.mul(x, 2)), {
      ...kindOf("elsewhere", "disposed", "foreign")("at 0|shape", x),
      may: leafless,
    }],
  },
  map: { f: all.map, args: [map, kindOf("elsewhere")("xs|argument|axis|axes|root", x)] },
  scan: {
    f: all.scan,
    args: [
      strict("function", (c: Tensor, x: Tensor) => [ops.add(c, x), c]),
      tree("root|argument|carry", tensor(0)),
      { ...strict("xs|leaves|length|argument|root", x), may: leafless },
      options(optional(count("length|turns", 2)), flag("reverse"), optional(kindOf("2**53")("checkpointEvery", 2))),
    ],
  },
  forLoop: {
    f: all.forLoop,
    args: [
      kindOf("-1")("lower|start", 0),
      kindOf("-1")("upper|stop|end", 3),
      strict("function", (_: Tensor, c: Tensor) => c),
      treeAlone("root|argument|state", tensor(0)),
    ],
  },
  whileLoop: {
    f: all.whileLoop,
    args: [
      strict("condition", (c: Tensor) => ops.less(c, 3)),
      strict("body", (c: Tensor) => ops.add(c, 1)),
      treeAlone("root|argument|state", tensor(0)),
      options(optional(count("maxIterations", 9))),
    ],
  },
  associativeScan: {
    f: all.associativeScan,
    args: [
      strict("function", ops.add),
      { ...kindOf("elsewhere")("xs|root|axis|argument", x) },
      options(optional(axis("axis", 0)), flag("reverse")),
    ],
  },
  cond: {
    f: all.cond,
    args: [
      strict("predicate", tensor(true)),
      strict("function|branch", loss),
      strict("function|branch", loss),
      tree("root|argument", x),
    ],
  },
  switchCase: {
    f: all.switchCase,
    args: [
      strict("index", tensor(0, { dtype: "int32" })),
      strict("branches", [loss, loss]),
      tree("root|argument", x),
    ],
  },
  checkGrads: {
    f: all.checkGrads,
    args: [
      f,
      { ...lists("argument", [x]), may: ["[]"] },
      options(
        optional(count("order", 1)),
        modes,
        optional(strict("probe", "auto")),
        optional(strict("directions", 2)),
        optional(strict("dtype", "float32")),
        flag("collect"),
        optional(kindOf("1.5", "2**53")("eps", 1e-2)),
        ...tolerances,
      ),
    ],
  },
  compareGrads: {
    f: all.compareGrads,
    args: [
      f,
      { ...lists("argument", [x]), may: ["[]"] },
      options(optional(lists("devices", ["reference", "cpu"])), modes, flag("collect"), ...tolerances),
    ],
  },
  debugPrint: {
    f: all.debugPrint,
    args: [
      kindOf('""')("label", "x"),
      { ...also(tree("value|root", x), "elsewhere") },
      optional(strict("write", () => {})),
    ],
  },
  debugCheck: {
    f: all.debugCheck,
    args: [
      kindOf("elsewhere")("condition", tensor(true)),
      kindOf('""')("message", "x"),
      kindOf("elsewhere")("value|argument", x),
    ],
  },
  device: {
    f: all.device,
    args: [
      strict("device", "cpu"),
      options(optional(count("threads", 2)), optional(strict("code", "auto")), optional(strict("vectors", 256))),
    ],
  },
  devices: { f: all.devices, args: [] },
  setDefaultDevice: { f: all.setDefaultDevice, args: [strict("device", "cpu")] },
  stopGradient: {
    f: all.stopGradient,
    args: [kindOf("NaN", "Infinity", "-1", "1.5", "2**53", "elsewhere")("x", matrix)],
  },
  // Classes that the functions make, which are exported for instanceof.
  ...Object.fromEntries(
    ["CheckError", "GradError", "NanError", "Tensor"].map((name) => [name, { f: () => {}, args: [] }]),
  ),
  "grad(f)": derived(all.grad as never, "grad"),
  "valueAndGrad(f)": derived(all.valueAndGrad as never, "valueAndGrad"),
  "jit(f)": derived(all.jit as never, "jit"),
  "hessian(f)": derived(all.hessian as never, "hessian"),
  "jacobian(f)": derived(all.jacobian as never, "jacobian"),
  "jacfwd(f)": derived(all.jacfwd as never, "jacfwd"),
  "checkpoint(f)": derived(all.checkpoint as never, "checkpoint"),
  "straightThrough(f)": derived(all.straightThrough as never, "straightThrough"),
  "explain(f)": derived(all.explain as never, "explain"),
  "debugNans(f)": derived(all.debugNans as never, "debugNans"),
};
