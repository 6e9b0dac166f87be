/**
 * The first steps of one variant, in a process of their own: prints JSON.
 *
 * @module
 */

import { fresh } from "./cost.ts";
import type { VariantName } from "./variants.ts";

if (import.meta.main) console.log(JSON.stringify(fresh(Deno.args[0] as VariantName, Number(Deno.args[1]))));
