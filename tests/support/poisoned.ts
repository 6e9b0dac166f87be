/**
 * The cpu device in WebAssembly with rubbish in its memory: what reads bytes that nobody wrote gives NaN or nonsense, and what writes
 * outside of its buffers is told.
 *
 * @module
 */
import type { Backend, Executable } from "../../core/backends/backend.ts";
import { CpuBackend, type Made } from "../../core/backends/cpu/mod.ts";
import { arenaAt, type Memory } from "../../core/backends/cpu/memory.ts";
import type { Graph } from "../../core/graph.ts";

/** All bits: NaN as a float, −1 as an integer, neither 0 nor 1 as a boolean. */
const rubbish = -1;
/** Words behind a program's own that are looked at. */
const margin = 4096;

/** What is private in the backend. */
interface Inside {
  wasm(): { readonly machine: { readonly memory: Memory } };
}

/** The device. */
export class PoisonedBackend extends CpuBackend {
  constructor(onClose: (backend: Backend) => void, name: string) {
    super(onClose, name, { code: "wasm", threads: 1 });
  }

  protected override compileNow(graph: Graph): Made {
    const made = super.compileNow(graph);
    const program = made.executable as Executable & { readonly bytes: number };
    const { memory } = (this as unknown as Inside).wasm().machine;
    const executable: Executable = {
      run: (inputs, reuse) => {
        const end = (arenaAt + program.bytes) / 4;
        memory.reserve(program.bytes + 4 * margin);
        memory.words.fill(rubbish, arenaAt / 4, end + margin);
        const results = program.run(inputs, reuse);
        const at = memory.words.subarray(end, end + margin).findIndex((word) => word !== rubbish);
        if (at >= 0) {
          throw new Error(`a kernel wrote ${4 * at} bytes behind the ${program.bytes} of its program`);
        }
        return results;
      },
      report: (inputs) => program.report(inputs),
    };
    return { ...made, executable };
  }
}
