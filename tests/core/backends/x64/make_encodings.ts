/**
 * Writes encodings.json: what the GNU assembler (`as` of binutils) makes of every form, byte for byte.
 *
 * ```sh
 * deno run -A tests/core/backends/x64/make_encodings.ts
 * ```
 *
 * @module
 */
import { forms } from "./forms.ts";

const texts = forms().map(({ text }) => text);
const folder = await Deno.makeTempDir();
const source = texts.map((text, i) => `.globl form${i}\nform${i}:\n${text}\n`).join("") + "form_end:\n";
await Deno.writeTextFile(`${folder}/forms.s`, `.intel_syntax noprefix\n.text\n${source}`);

async function run(command: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args, cwd: folder }).output();
  const text = new TextDecoder().decode(stderr);
  if (!success || text) throw new Error(`${command}: ${text}`);
  return new TextDecoder().decode(stdout);
}

await run("as", "-o", "forms.o", "forms.s");
await run("objcopy", "-O", "binary", "-j", ".text", "forms.o", "forms.bin");
const code = await Deno.readFile(`${folder}/forms.bin`);
const places = new Map<string, number>();
for (const line of (await run("nm", "forms.o")).split("\n")) {
  const [at, , name] = line.split(" ");
  if (name) places.set(name, parseInt(at, 16));
}
const encodings = texts.map((text, i) => {
  const from = places.get(`form${i}`)!, to = places.get(i + 1 < texts.length ? `form${i + 1}` : "form_end")!;
  return [text, [...code.subarray(from, to)].map((byte) => byte.toString(16).padStart(2, "0")).join("")];
});
const lines = encodings.map(([text, bytes]) => `  [${JSON.stringify(text)}, "${bytes}"]`).join(",\n");
await Deno.writeTextFile(new URL("encodings.json", import.meta.url), `[\n${lines}\n]\n`);
await Deno.remove(folder, { recursive: true });
console.log(`${texts.length} forms`);
