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

Deno.test("a save through a symbolic link replaces the file that it names; links in a circle are told", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/far`);
    await saveNpy(`${folder}/far/x.npy`, tensor([1]));
    await Deno.symlink(`${folder}/far/x.npy`, `${folder}/link.npy`);
    await saveNpy(`${folder}/link.npy`, tensor([1, 2]));
    assertEquals(await (await loadNpy(`${folder}/far/x.npy`)).toArray(), [1, 2]);
    assertEquals((await Deno.lstat(`${folder}/link.npy`)).isSymlink, true);
    assertEquals(names(`${folder}/far`), ["x.npy"]);
    await Deno.symlink(`${folder}/b`, `${folder}/a`);
    await Deno.symlink(`${folder}/a`, `${folder}/b`);
    for (const act of [() => saveNpy(`${folder}/a`, tensor(1)), () => loadNpy(`${folder}/a`)]) {
      await assertRejects(act, Error, "its symbolic links go in a circle");
    }
    // A folder in the way, by a link too, and what is no file at all.
    await Deno.symlink(`${folder}/far`, `${folder}/folder.npy`);
    for (const path of [`${folder}/far`, `${folder}/folder.npy`, "/dev/null"]) {
      await assertRejects(() => saveNpy(path, tensor(1)), Error, "it is no regular file");
    }
    assertEquals(names(folder), ["a", "b", "far", "folder.npy", "link.npy"]);
  }));

Deno.test("where nothing may be written, a save says so, and the old file stays", () =>
  withFolder(async (folder) => {
    const path = `${folder}/x.npy`;
    await saveNpy(path, tensor([1]));
    await Deno.chmod(folder, 0o555);
    // Nobody forbids the superuser a folder of this kind; the system's own ones are.
    const forbidden = Deno.uid() === 0 ? "/sys/x.npy" : path;
    await assertRejects(() => saveNpy(forbidden, tensor([2])), Error, `saveNpy: ${forbidden}: `);
    assertEquals(await (await loadNpy(path)).toArray(), [1]);
  }));

/** Saves more than there is room for, after a shell has made the room scarce. */
async function saveWithout(room: string, folder: string): Promise<string> {
  const module = (path: string) => JSON.stringify(new URL(`../../${path}`, import.meta.url).href);
  await Deno.writeTextFile(
    `${folder}/main.ts`,
    `import { saveNpy } from ${module("io/mod.ts")};
    import { zeros } from ${module("core/creation.ts")};
    await saveNpy("full/x.npy", zeros([2 ** 20])).then(() => console.log("no error"), (error) => console.log(error.message));`,
  );
  const { stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", `${room}; exec "$0" run -A --no-check --no-config main.ts`, Deno.execPath()],
    cwd: folder,
    env: { NO_COLOR: "1" },
  }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

Deno.test({
  name: "where the disk is full or a file may not be so large, a save says so, and the old file stays",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    withFolder(async (folder) => {
      const full = `${folder}/full`;
      await Deno.mkdir(full);
      const check = async (told: string, reason: string) => {
        assertEquals(told.trim(), `saveNpy: full/x.npy: ${reason}`);
        assertEquals(await (await loadNpy(`${full}/x.npy`)).toArray(), [1]);
        assertEquals(names(full), ["x.npy"]);
      };
      await saveNpy(`${full}/x.npy`, tensor([1]));
      await check(await saveWithout("trap '' XFSZ; ulimit -f 1024", folder), "the file is too large for the system");
      const mount = (...args: string[]) => new Deno.Command(args[0], { args: args.slice(1), stderr: "null" }).output();
      if (Deno.uid() !== 0 || !(await mount("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", full)).success) return;
      try {
        await saveNpy(`${full}/x.npy`, tensor([1]));
        await check(await saveWithout("true", folder), "the disk is full");
      } finally {
        await mount("umount", full);
      }
    }),
});

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
