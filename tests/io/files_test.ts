import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { tensor } from "../../core/creation.ts";
import { loadNpy, saveNpy, saveSafetensors } from "../../io/mod.ts";
import { readWhole, writeWhole } from "../../io/files.ts";

/** Runs a test with a folder of its own. */
async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.chmod(folder, 0o755).catch(() => {});
    await Deno.remove(folder, { recursive: true });
  }
}

const names = (folder: string): string[] => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("writeWhole() and readWhole() keep the bytes, by name and by URL", () =>
  withFolder(async (folder) => {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251);
    for (const path of [`${folder}/a b#c%.bin`, new URL(`file://${folder}/d%20e.bin`), `${folder}/empty`]) {
      const data = String(path).endsWith("empty") ? new Uint8Array() : bytes;
      await writeWhole("save", path, data);
      assertEquals((await readWhole("load", path)).bytes, data);
    }
    assertEquals(names(folder), ["a b#c%.bin", "d e.bin", "empty"]);
  }));

Deno.test("a save replaces the old file, and leaves nothing else", () =>
  withFolder(async (folder) => {
    const path = `${folder}/x.npy`;
    await saveNpy(path, tensor([1]));
    await saveNpy(path, tensor([1, 2]));
    assertEquals(await (await loadNpy(path)).toArray(), [1, 2]);
    assertEquals(names(folder), ["x.npy"]);
  }));

Deno.test("a save that fails leaves the old file and no temporary one", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/taken/full`, { recursive: true });
    await assertRejects(
      () => writeWhole("save", `${folder}/taken`, new Uint8Array(9)),
      Error,
      `save: ${folder}/taken: `,
    );
    assertEquals(names(folder), ["taken"]);
    assertEquals(names(`${folder}/taken`), ["full"]);
  }));

Deno.test("many saves at once of one file leave one of them, whole", () =>
  withFolder(async (folder) => {
    const path = `${folder}/x.npy`;
    await Promise.all(Array.from({ length: 8 }, (_, i) => saveNpy(path, tensor(new Float32Array(1000).fill(i)))));
    const data = await (await loadNpy(path)).data();
    assert(data.every((v) => v === data[0]));
    assertEquals(names(folder), ["x.npy"]);
  }));

Deno.test("file errors name the operation, the file and the reason", () =>
  withFolder(async (folder) => {
    await assertRejects(
      () => loadNpy(`${folder}/x.npy`),
      Error,
      `loadNpy: ${folder}/x.npy: there is no such file or folder`,
    );
    await assertRejects(
      () => saveSafetensors(`${folder}/no/x.safetensors`, {}),
      Error,
      `saveSafetensors: ${folder}/no/x.safetensors: there is no such file or folder`,
    );
    await assertRejects(() => readWhole("load", folder), Error, "it is");
    await assertRejects(() => writeWhole("save", `${folder}/`, new Uint8Array()), Error, "it is a folder");
    await Deno.writeFile(`${folder}/file`, new Uint8Array());
    await assertRejects(
      () => writeWhole("save", `${folder}/file/x`, new Uint8Array()),
      Error,
      `save: ${folder}/file/x: `,
    );
    for (const path of ["", "a\0b", 3, null, new URL("https://example.com/x")]) {
      // deno-lint-ignore no-explicit-any
      await assertRejects(() => readWhole("load", path as any), TypeError, "load: the path must be");
    }
  }));

Deno.test("a missing permission is told, and an import needs none", () =>
  withFolder(async (folder) => {
    const module = (path: string) => JSON.stringify(new URL(`../../${path}`, import.meta.url).href);
    await Deno.writeTextFile(
      `${folder}/main.ts`,
      `import { loadNpy, saveNpy } from ${module("io/mod.ts")};
      import { tensor } from ${module("core/creation.ts")};
      for (const act of [() => loadNpy("x.npy"), () => saveNpy("x.npy", tensor(1))]) {
        await act().then(() => console.log("no error"), (error) => console.log(error.message));
      }`,
    );
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--no-check", "--no-config", `${folder}/main.ts`],
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    assertMatch(text, /^loadNpy: x\.npy: not allowed: .*--allow-read/m);
    assertMatch(text, /^saveNpy: x\.npy: not allowed: .*--allow-write/m);
  }));
