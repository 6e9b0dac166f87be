/**
 * A program written by hand, to measure against: C++ that trains a ScConv of the shape that NN, CC and HH say and prints
 * `median … ms`. Compiled for 128-bit vectors, which is what WebAssembly has.
 *
 * @module
 */

import type { Work } from "../work.ts";
import { Missing } from "./setup.ts";

const flags = "-w -O3 -msse4.2 -mavx2 -mfma -mno-avx512f -DMT0=6 -DMT3=6 -DOT=2 -std=c++17 -ffast-math".split(" ");

/** A bound at hand. */
export class Bound {
  private readonly folder = Deno.makeTempDirSync({ prefix: "cotangent-bench-" });
  private readonly programs = new Map<string, string>();

  /** @param file the source */
  constructor(private readonly file: string) {}

  /**
   * Compiles it for some work; undefined if it has no such thing.
   *
   * @throws {Missing} If it cannot be compiled.
   */
  async prepare(work: Work): Promise<(() => Promise<number[]>) | undefined> {
    if (work.kind !== "step" || work.layer !== "scconv" || work.depth || work.shape[2] !== work.shape[3]) {
      return undefined;
    }
    const [n, c, h] = work.shape;
    const name = `${this.folder}/${n}-${c}-${h}`;
    if (!this.programs.has(name)) {
      const args = [...flags, `-DNN=${n}`, `-DCC=${c}`, `-DHH=${h}`, this.file, "-o", name, "-lpthread"];
      let output: Deno.CommandOutput;
      try {
        output = await new Deno.Command("g++", { args, stdin: "null" }).output();
      } catch (error) {
        throw new Missing(`g++ does not start: ${(error as Error).message}`);
      }
      if (!output.success) throw new Missing(new TextDecoder().decode(output.stderr).trim().split("\n")[0]);
      this.programs.set(name, name);
    }
    return async () => {
      const { stdout } = await new Deno.Command(name, { stdin: "null" }).output();
      const median = /median ([\d.]+) ms/.exec(new TextDecoder().decode(stdout))?.[1];
      if (!median) throw new Error(`${this.file} says no median`);
      return [Number(median)];
    };
  }

  /** Removes what was compiled. */
  close(): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}
