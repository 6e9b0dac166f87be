/**
 * The comparison with PyTorch, jax-js and TensorFlow.js on the same machine in one run: `deno task bench:peers`. It gets
 * the peers into the user's cache at the first call; a peer that cannot be had is left out.
 *
 * @module
 */

import { device } from "../../../mod.ts";
import { type Case, compared, grouped, keyOf, matching } from "../cases.ts";
import { judge, readRatios, verdict, writeRatios } from "../guard.ts";
import { machine, machineText } from "../machine.ts";
import { quick, steady } from "../measure.ts";
import { commandLine, commonFlags } from "../options.ts";
import { megabytes, table, time, times } from "../table.ts";
import type { Summary } from "../timing.ts";
import { Bound } from "./bound.ts";
import { compareCase, type Comparison, type PeerReport } from "./compare.ts";
import { peakMemory } from "./peak_memory.ts";
import { ourPeer, Peer } from "./peer.ts";
import { Missing, setUpPackages, setUpPython } from "./setup.ts";

const flags = {
  ...commonFlags,
  peers: { value: "NAMES", help: "only these, such as pytorch,tfjs; jax-js takes most of the time" },
  python: {
    value: "FILE",
    help: "a Python that has PyTorch already; default: a virtual environment in the user's cache",
  },
  device: { value: "NAME", help: "webgpu: ours and jax-js there, no others; default: cpu" },
  bound: { value: "FILE", help: "C++ that trains a ScConv, written by hand: see bound.ts" },
} as const;

const script = (name: string): string => new URL(name, import.meta.url).href;

/** The peers that are wanted and can be had, ours first. */
async function findPeers(
  threads: number,
  code: "auto" | "wasm" | "native",
  python: string | undefined,
  wanted: string | undefined,
  on = "cpu",
): Promise<Peer[]> {
  const say = (line: string): void => console.error(line);
  const inDeno = (name: string, file: string) => async (): Promise<Peer> => {
    const args = ["run", "-A", "--v8-flags=--expose-gc", script(file), "--packages", await setUpPackages(say)];
    args.push("--device", on);
    return new Peer(name, { program: Deno.execPath(), args }, threads);
  };
  const makers: Record<string, () => Promise<Peer>> = {
    "PyTorch": async () => {
      const args = [new URL("torch_peer.py", import.meta.url).pathname];
      return new Peer("PyTorch", { program: python ?? await setUpPython(say), args }, threads);
    },
    "jax-js": inDeno("jax-js", "jax_js.ts"),
    "tfjs": inDeno("tfjs", "tfjs.ts"),
  };
  const names = wanted?.toLowerCase().split(",");
  for (const name of names ?? []) {
    if (Object.keys(makers).some((known) => known.toLowerCase() === name)) continue;
    console.error(`There is no peer ${name}: there are ${Object.keys(makers).join(", ")}`);
    Deno.exit(2);
  }
  const peers = [ourPeer(threads, { device: on, code })];
  for (const [name, make] of Object.entries(makers)) {
    if (names && !names.includes(name.toLowerCase())) continue;
    if (on === "webgpu" && name !== "jax-js") continue; // the others have no such backend here
    try {
      peers.push(await make());
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      console.error(`${name} is left out: ${error.message}`);
    }
  }
  return peers;
}

/** Starts the peers; those that do not start are left out. */
async function greet(peers: Peer[]): Promise<Record<string, string>> {
  const versions: Record<string, string> = {};
  for (const peer of peers.slice()) {
    try {
      const { version, threads } = await peer.hello();
      versions[peer.name] = `${version}, ${threads} thread${threads === 1 ? "" : "s"}`;
    } catch (error) {
      if (peer === peers[0]) throw error;
      console.error(`${peer.name} is left out: ${(error as Error).message}`);
      peers.splice(peers.indexOf(peer), 1);
    }
  }
  return versions;
}

function comparisonTable(rows: readonly Comparison[], names: readonly string[]): string {
  const cells = rows.map(({ name, sides }) => [
    name,
    ...names.flatMap((side, i) => {
      const { time: summary, ratio, error } = sides[side] ?? {};
      const shown = summary ? time(summary.median) : error ? "failed" : "–";
      return i === 0 ? [shown] : [shown, ratio ? times(1 / ratio.median) : ""];
    }),
  ]);
  return table(["", ...names.flatMap((name, i) => i === 0 ? [name] : [name, "÷ ours"])], cells);
}

async function main(): Promise<number> {
  const given = commandLine(flags);
  const { threadCount: threads, codeKind: code } = given;
  if (given.device !== undefined && given.device !== "cpu" && given.device !== "webgpu") {
    console.error(`--device must be cpu or webgpu, got ${given.device}`);
    return 2;
  }
  const pace = given.quick ? quick : steady;
  const here = machine();
  const { description } = given.device === "webgpu" ? await device("webgpu") : await device("cpu", { threads, code });
  console.log(machineText(here, description));
  const peers = await findPeers(threads, code, given.python, given.peers, given.device);
  const sides = await greet(peers);
  console.log(Object.entries(sides).map(([name, version]) => `${name} ${version}`).join("; "));
  const bound = given.bound ? new Bound(given.bound) : undefined;
  const names = [...peers.map(({ name }) => name), ...bound ? ["bound"] : []];

  const chosen = matching(compared, given.filter);
  const comparisons: Comparison[] = [];
  for (const [group, members] of grouped(chosen)) {
    const rows: Comparison[] = [];
    for (const member of members) rows.push(await compareCase(member, peers, bound, pace));
    comparisons.push(...rows);
    console.log(`\n${group}\n${comparisonTable(rows, names)}`);
    for (const { name, sides } of rows) {
      for (const [side, { error }] of Object.entries(sides)) if (error) console.log(`${name}, ${side}: ${error}`);
    }
  }
  const memory = given.memory ? await peakMemory(peers) : [];
  if (memory.length > 0) {
    const rows = memory.map(({ name, peaks }) => [name, ...peers.map((peer) => megabytes(peaks[peer.name]))]);
    console.log(`\nPeak of resident memory\n${table(["", ...peers.map(({ name }) => name)], rows)}`);
  }

  const report: PeerReport = { machine: here, code: description, threads, sides, comparisons, memory };
  if (given.json) await Deno.writeTextFile(given.json, `${JSON.stringify(report, null, 1)}\n`);
  if (given.html) {
    const { comparePage } = await import("../report/compare_page.ts");
    await Deno.writeTextFile(given.html, comparePage(report));
  }
  let failed = comparisons.some(({ sides }) => sides[peers[0].name]?.error);
  if (given.guard) failed = !await guarded(chosen, comparisons, peers, threads) || failed;
  if (given["update-ratios"]) await writeRatios("pytorch", ratiosOf(comparisons), threads);
  for (const peer of peers) await peer.close();
  bound?.close();
  return failed ? 1 : 0;
}

/** Our time in PyTorch's, by case. */
function ratiosOf(comparisons: readonly Comparison[]): Map<string, Summary> {
  return new Map(comparisons.flatMap((row) => {
    const ratio = row.sides["PyTorch"]?.ratio;
    return ratio ? [[keyOf(row), ratio] as const] : [];
  }));
}

/** Whether the guard lets the ratios pass. */
async function guarded(
  chosen: readonly Case[],
  comparisons: readonly Comparison[],
  peers: readonly Peer[],
  threads: number,
): Promise<boolean> {
  const known = await readRatios();
  const ratios = ratiosOf(comparisons);
  if (known.threads !== threads || ratios.size === 0) {
    console.log(`\nThe ratios of the guard are to PyTorch, for ${known.threads} threads: there is nothing to compare`);
    return false;
  }
  const pair = peers.filter(({ name }, i) => i === 0 || name === "PyTorch");
  const judged = await judge(ratios, known.pytorch, async (names) => {
    const rows: Comparison[] = [];
    for (const one of chosen) if (names.has(keyOf(one))) rows.push(await compareCase(one, pair, undefined, steady));
    return ratiosOf(rows);
  });
  console.log(`\n${verdict(judged, "of PyTorch's time")}`);
  return judged.slower.length === 0;
}

if (import.meta.main) Deno.exit(await main());
