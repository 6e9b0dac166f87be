/**
 * `deno run -A tests/bench/import.ts`: how long a fresh process takes to import mod.ts, its TypeScript already in Deno's cache.
 *
 * @module
 */

const source = `
  const start = performance.now();
  await import(${JSON.stringify(new URL("../../mod.ts", import.meta.url).href)});
  console.log(performance.now() - start);
`;

const times: number[] = [];
for (let i = 0; i < 16; i++) {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["eval", "--no-check", source] }).output();
  if (i > 0) times.push(Number(new TextDecoder().decode(stdout))); // the first one may fill the cache
}
times.sort((a, b) => a - b);
const [least, median] = [times[0], times[times.length >> 1]].map((ms) => ms.toFixed(1));
console.log(`import of mod.ts: ${median} ms (median of ${times.length} processes), least ${least} ms`);
