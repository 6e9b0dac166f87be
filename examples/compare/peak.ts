/**
 * The memory of one variant, in a process of its own: prints bytes.
 *
 * @module
 */

import { peakOfTraining } from "./cost.ts";
import type { VariantName } from "./variants.ts";

if (import.meta.main) console.log(peakOfTraining(Deno.args[0] as VariantName, Number(Deno.args[1])) ?? "");
