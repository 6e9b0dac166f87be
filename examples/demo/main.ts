/**
 * The demo in the browser: `deno task demo` builds it to a folder and serves that.
 *
 * @module
 */

import { build } from "./build.ts";

const types: Record<string, string> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  bin: "application/octet-stream",
};

/** Serves the files of a folder on this computer. */
export function serve(folder: string, port: number, onListen?: (port: number) => void): Deno.HttpServer {
  return Deno.serve({ port, hostname: "localhost", onListen: ({ port }) => onListen?.(port) }, async (request) => {
    const name = new URL(request.url).pathname.slice(1) || "index.html";
    if (!/^[\w-]+\.\w+$/.test(name)) return new Response("not found", { status: 404 });
    try {
      const body = await Deno.readFile(`${folder}/${name}`);
      const headers = { "content-type": types[name.split(".").pop()!] ?? "text/plain", "cache-control": "no-cache" };
      return new Response(body, { headers });
    } catch {
      return new Response("not found", { status: 404 });
    }
  });
}

if (import.meta.main) {
  const value = (name: string): string | undefined => {
    const at = Deno.args.indexOf(`--${name}`);
    return at < 0 ? undefined : Deno.args[at + 1];
  };
  const folder = value("out") ?? "runs/demo";
  await build(folder);
  console.log(`Wrote ${folder}`);
  if (!Deno.args.includes("--build-only")) {
    serve(folder, Number(value("port") ?? 8000), (port) => console.log(`Open http://localhost:${port}`));
  }
}
