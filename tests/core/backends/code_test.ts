/** Which code the cpu device runs: what is chosen, what is said of it, and that no permission is asked for. */
import { device, explain, jit, ops, setDefaultDevice, tensor } from "../../../mod.ts";
import { obstacle } from "../../../core/backends/cpu/native.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";

const mod = new URL("../../../mod.ts", import.meta.url).href;

/** Runs a script with flags of `deno run` and no terminal; gives what it says. */
async function say(source: string, ...flags: string[]): Promise<{ out: string; error: string }> {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(file, source.replaceAll("MOD", JSON.stringify(mod)));
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-config", "--no-lock", ...flags, file],
    stdin: "null",
  }).output();
  await Deno.remove(file);
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes).trim();
  return { out: text(stdout), error: text(stderr) };
}

const asks = `
  import { device, explain, jit, ops, tensor } from MOD;
  const cpu = await device("cpu", { threads: 2 });
  console.log(cpu.description);
  const told = explain((x: ReturnType<typeof tensor>) => ops.add(x, 1))(tensor([1, 2]));
  console.log(told.program.notes[0]);
  try { await device("cpu", { code: "native" }); } catch (e) { console.log((e as Error).message); }
  console.log(await ops.add(tensor([1, 2]), 1).toArray());`;

Deno.test("without a permission the cpu device runs WebAssembly, and says why", async () => {
  const { out, error } = await say(asks, "--no-prompt");
  const reason = obstacle() ?? "--allow-ffi is not granted";
  assertEquals(error, "");
  assertEquals(out.split("\n"), [
    `WebAssembly, 2 threads; no machine code: ${reason}`,
    `WebAssembly, no machine code: ${reason}`,
    `device: native code cannot run here: ${reason}`,
    "[ 2, 3 ]",
  ]);
});

Deno.test("--deny-ffi turns machine code off", async () => {
  const { out } = await say(asks, "-A", "--deny-ffi");
  assertMatch(out, /^WebAssembly, 2 threads; no machine code: /);
});

if (obstacle() === undefined) {
  Deno.test("with --allow-ffi alone the cpu device runs machine code", async () => {
    const { out, error } = await say(asks, "--allow-ffi", "--no-prompt");
    assertEquals(error, "");
    assertMatch(
      out,
      /^x86-64 code with vectors of (256|512) bits, 2 threads\nx86-64 code with vectors of (256|512) bits\n\[ 2, 3 \]$/,
    );
  });

  Deno.test("what runs before the first awaited value runs as WebAssembly, with the same bits, then as machine code", async () => {
    const { out, error } = await say(
      `
      import { explain, jit, ops, random } from MOD;
      const f = jit((x: ReturnType<typeof random.normal>) => ops.sum(ops.sin(ops.mul(x, x)), 1));
      const x = random.normal(random.key(1), [64, 1000]);
      const early = f(x).dataSync();
      const note = () => explain(f)(x).program.notes[0];
      console.log(note());
      const awaited = await f(x).data();
      console.log(note());
      console.log([awaited, f(x).dataSync()].every((y) => String(y) === String(early)));`,
      "-A",
    );
    assertEquals(error, "");
    const [before, after, same] = out.split("\n");
    assertEquals(
      before,
      "WebAssembly, no machine code: it is still being loaded, and runs once a value has been awaited",
    );
    assertMatch(after, /^x86-64 code with vectors of (256|512) bits$/);
    assertEquals(same, "true");
  });

  Deno.test("device() changes the code of programs that are there already", async () => {
    const f = (x: ReturnType<typeof tensor>) => ops.mul(x, 3);
    const x = tensor([1, 2, 3]);
    const notes: string[] = [];
    for (const options of [{ code: "wasm" }, { code: "native", vectors: 256 }, { code: "auto" }] as const) {
      await device("cpu", options);
      assertEquals(await f(x).toArray(), [3, 6, 9]);
      notes.push(explain(f)(x).program.notes[0]);
    }
    assertEquals(notes[0], "WebAssembly");
    assertEquals(notes[1], "x86-64 code with vectors of 256 bits");
    assertMatch(notes[2], /^x86-64/);
  });

  Deno.test("a program that calls JavaScript's functions runs as WebAssembly, and explain says so", async () => {
    setDefaultDevice(await device("cpu"));
    const x = tensor([1, 2], { dtype: "float64" });
    const { notes } = explain(ops.exp)(x).program;
    assertEquals(notes[0], "WebAssembly, no machine code: exp of float64 is a function of JavaScript");
  });

  Deno.test("large arguments and results are used where they are, donated ones for later results", async () => {
    const step = jit((x: ReturnType<typeof tensor>) => ops.add(ops.mul(x, 2), 1), { donate: [0] });
    let x = tensor(new Float32Array(10_000).fill(1));
    for (let i = 0; i < 6; i++) x = step(x);
    assertEquals(await ops.max(x).item(), 127);
    assertEquals(await ops.min(x).item(), 127);
    assert(x.dataSync().length === 10_000);
  });
}

Deno.test("a program goes on after its device was closed, in new code", async () => {
  const f = jit((x: ReturnType<typeof tensor>) => ops.sum(ops.mul(x, 2)));
  const x = tensor(new Float32Array(50_000).fill(1));
  assertEquals(await f(x).item(), 100_000);
  (await device("cpu")).close();
  assertEquals(await f(x).item(), 100_000);
  assertEquals(await f(tensor(new Float32Array(50_000).fill(2))).item(), 200_000);
});

Deno.test("device() refuses what it does not know", async () => {
  await assertRejects(
    () => device("cpu", { code: "jit" as "wasm" }),
    TypeError,
    'code must be "auto", "wasm" or "native"',
  );
  await assertRejects(() => device("cpu", { vectors: 128 as 256 }), RangeError, "vectors must be 256 or 512");
  await assertRejects(() => device("reference", { code: "wasm" }), TypeError, "has no code to choose");
});
