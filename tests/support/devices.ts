/**
 * The devices that tests of values run on.
 *
 * @module
 */
import { CpuBackend } from "../../core/backends/cpu/mod.ts";
import type { DeviceOptions } from "../../core/devices.ts";
import { unlisted } from "../../core/devices.ts";
import { nativeFeatures } from "./native.ts";

/** The set-ups of the cpu device besides its default, which is the widest machine code that there is. */
const setUps: Readonly<Record<string, DeviceOptions>> = {
  ...nativeFeatures().length > 0 && { "cpu in WebAssembly": { code: "wasm" } },
  ...nativeFeatures().length > 1 && { "cpu with 256 bits": { code: "native", vectors: 256 } },
};

for (const [name, options] of Object.entries(setUps)) {
  unlisted.set(name, (onClose) => new CpuBackend(onClose, name, options));
}

/** Machine code in which each buffer stands by itself, ends where nobody may read or write, and holds rubbish at first. */
export const guardedNames: readonly string[] = nativeFeatures().map(({ wide }) =>
  `cpu guarded, ${wide ? 512 : 256} bits`
);

nativeFeatures().forEach(({ wide }, i) => {
  const name = guardedNames[i];
  unlisted.set(name, (onClose) => new CpuBackend(onClose, name, { code: "native", vectors: wide ? 512 : 256 }, true));
});

/** Every device that needs nothing but the runtime; `reference` is the oracle. */
export const deviceNames: readonly string[] = ["reference", "cpu", ...Object.keys(setUps)];
