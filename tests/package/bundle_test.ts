import { assert, assertEquals } from "@std/assert";
import { bundle, programs, type Size } from "./bundle.ts";
import { root } from "./package.ts";

/**
 * Gzipped sizes that programs stay below, in kB. The cpu device is over 50 of them: its compiler has to know every kind of kernel, since
 * what a program needs is known only when it runs. Machine code and WebGPU are loaded when they are asked for.
 */
const limits: Readonly<Record<string, number>> = {
  scalar: 72,
  training: 91,
  "core/backends/cpu/x64/engine.ts": 25,
  "core/backends/webgpu/mod.ts": 27,
};

Deno.test("bundles hold what a program uses, and stay small", async (t) => {
  const scalar = await bundle(programs.scalar), training = await bundle(programs.training);
  const sizes: Record<string, Size> = { scalar: scalar.start, training: training.start, ...training.later };
  assertEquals(Object.keys(sizes).sort(), Object.keys(limits).sort());
  for (const [name, limit] of Object.entries(limits)) {
    const { gzipped } = sizes[name];
    await t.step(
      `${name}: at most ${limit} kB`,
      () => assert(gzipped > 0 && gzipped <= limit * 1000, `has ${gzipped} bytes`),
    );
  }
  await t.step("modules that a program does not use are dropped", () => {
    const unused = /^(nn|optim|io)\/|^core\/(random|check_grads|explain)|transforms\/(jit|jvp|vmap)|x64\//;
    assertEquals(Object.keys(scalar.modules).filter((path) => unused.test(path)), []);
    assertEquals(Object.keys(training.modules).filter((path) => /^io\/|^core\/check_grads|x64\//.test(path)), []);
  });
});

Deno.test("importing the library changes nothing outside of it and asks for nothing", async () => {
  const source = `
    const names = () => Reflect.ownKeys(globalThis).map(String).sort().join();
    const before = names();
    await import(${JSON.stringify(new URL("mod.ts", root).href)});
    if (names() !== before) throw new Error("There are new global names");
  `;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--no-prompt", "-"],
    cwd: root,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(source));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  assertEquals([success, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr)], [true, ""]);
});
