import { assert, assertEquals } from "@std/assert";
import { pngBase64 } from "../../core/png.ts";
import { differences, type Notebook, pictureDifference, textDifference, tidy } from "../../tools/notebooks/compare.ts";

const notebook = (outputs: Notebook["cells"][0]["outputs"], tags: string[] = []): Notebook => ({
  cells: [{ cell_type: "code", source: ["f(x)\n", "g"], metadata: { tags }, outputs }],
});
const text = (text: string) => notebook([{ output_type: "stream", name: "stdout", text }]);

Deno.test("textDifference() lets numbers differ a little, and words not at all", () => {
  assertEquals(textDifference("loss 0.5012, -3e-4 left", "loss 0.5049, -2e-4 left"), undefined);
  assertEquals(textDifference("loss 0.5", "loss 0.6"), "0.5 became 0.6 (number 1 of 1)");
  assert(textDifference("loss 0.5", "cost 0.5"));
  assert(textDifference("loss 0.5", "loss NaN"));
  assert(textDifference("1 2", "1 2 3"));
  assert(textDifference("float32", "float64"), "digits of a name are no number");
});

Deno.test("pictureDifference() lets pixels differ a little", () => {
  const picture = (value: number, width = 4) => pngBase64(new Uint8Array(3 * width * 4).fill(value), width, 4);
  assertEquals(pictureDifference(picture(100), picture(102)), undefined);
  assertEquals(pictureDifference(picture(100), picture(120)), "a picture changed by 20.0 of 255 on average");
  assertEquals(pictureDifference(picture(1), picture(1, 5)), "a picture of 4 × 4 became one of 5 × 4");
});

Deno.test("differences() names the cell, and passes over times where a cell is marked", () => {
  assertEquals(differences(text("1 ms"), text("1.01 ms")), []);
  assertEquals(differences(text("1 ms"), text("9 ms")), ["cell 1 (f(x)): 1 became 9 (number 1 of 1)"]);
  const table = (html: string, tags: string[]) =>
    notebook([{ output_type: "display_data", data: { "text/html": html } }], tags);
  assertEquals(differences(table("1 ms", ["varies"]), table("9 ms", ["varies"])), []);
  assertEquals(differences(table("1 ms", ["varies"]), notebook([], ["varies"])), [
    "cell 1 (f(x)): display_data(text/html) became nothing",
  ]);
});

Deno.test("tidy() joins what was printed in pieces", () => {
  const pieces = notebook(["a", "b\nc\n"].map((text) => ({ output_type: "stream", name: "stdout", text })));
  assertEquals(tidy(pieces).cells[0].outputs, [{ output_type: "stream", name: "stdout", text: ["ab\n", "c\n"] }]);
});

Deno.test("the notebooks are stored with their outputs, without errors, and name no place of the machine", async () => {
  const folder = new URL("../../examples/notebooks/", import.meta.url);
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".ipynb"));
  assert(names.length >= 4);
  for (const name of names) {
    const source = await Deno.readTextFile(new URL(name, folder));
    assertEquals(/file:\/\/|\/home\/|\/root\//.exec(source), null, name);
    const outputs = (JSON.parse(source) as Notebook).cells.flatMap((cell) => cell.outputs ?? []);
    assert(outputs.some(({ data }) => data?.["image/png"] || data?.["image/svg+xml"]), `${name} has no picture`);
    assert(outputs.every(({ output_type, name }) => output_type !== "error" && name !== "stderr"), name);
  }
});
