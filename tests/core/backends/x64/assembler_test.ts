/** The assembler, byte for byte against another one. */
import { assert, assertEquals } from "@std/assert";
import { Assembler } from "../../../../core/backends/cpu/x64/assembler.ts";
import encodings from "./encodings.json" with { type: "json" };
import { forms } from "./forms.ts";

Deno.test("every form of every instruction is encoded as the GNU assembler does", () => {
  const expected = new Map(encodings as [string, string][]);
  const wrong: string[] = [];
  for (const { text, write } of forms()) {
    const asm = new Assembler();
    write(asm);
    const bytes = [...asm.finish()].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    if (bytes !== expected.get(text)) wrong.push(`${text}: ${bytes}, not ${expected.get(text)}`);
  }
  assertEquals(wrong.slice(0, 20), []);
  assert(forms().length > 2000);
});
