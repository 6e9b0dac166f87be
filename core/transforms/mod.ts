/** The transforms: functions that take a function and give a function. */
export { associativeScan, type AssociativeScanOptions } from "./control/associative.ts";
export { cond, switchCase } from "./control/branch.ts";
export { type Carried, type Given, map, scan, type ScanOptions } from "./control/scan.ts";
export { forLoop, whileLoop, type WhileOptions } from "./control/while.ts";
export { checkpoint, customJvp, customVjp, straightThrough } from "./custom.ts";
export { evalShape, hessian, hvp, jacfwd, type Jacobian, jacobian, jacobian as jacrev } from "./derived.ts";
export { jit, type JitOptions } from "./jit.ts";
export { jvp } from "./jvp.ts";
export { linearize, linearTranspose, type ShapeLike, type Transposed } from "./linear.ts";
export { grad, type GradOptions, valueAndGrad, vjp } from "./vjp.ts";
export { type BatchAxes, vmap, type VmapOptions } from "./vmap.ts";
