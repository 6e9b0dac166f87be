/**
 * What a bundler makes of programs that use the library.
 *
 * @module
 */

import { build, stop } from "esbuild";
import { gzipSync } from "node:zlib";
import { entryPoints, root } from "./package.ts";

/** Bytes of some files. */
export interface Size {
  readonly minified: number;
  readonly gzipped: number;
}

/** A bundle of one program. */
export interface Bundle {
  /** What is loaded when the program starts. */
  readonly start: Size;
  /** What may be loaded later, by the module that is asked for then: another device, machine code. */
  readonly later: Readonly<Record<string, Size>>;
  /** Bytes of each module that is loaded at the start, after minification, by its path from the root. */
  readonly modules: Readonly<Record<string, number>>;
}

/** Bundles a program that imports `@cotangent/cotangent` and its entry points. */
export async function bundle(program: string): Promise<Bundle> {
  const entries = await entryPoints();
  const name = "@cotangent/cotangent";
  try {
    const { outputFiles, metafile } = await build({
      stdin: { contents: program, resolveDir: root.pathname, loader: "ts" },
      absWorkingDir: root.pathname,
      bundle: true,
      splitting: true,
      outdir: "bundle",
      minify: true,
      format: "esm",
      platform: "neutral",
      write: false,
      metafile: true,
      plugins: [{
        name: "entry points",
        setup(build) {
          build.onResolve({ filter: /^@cotangent\/cotangent/ }, ({ path }) => ({
            path: new URL(entries[`.${path.slice(name.length)}`], root).pathname,
          }));
        },
      }],
    });
    const { outputs } = metafile;
    /** A file and all that it imports, but for some. */
    const closure = (file: string, without: ReadonlySet<string> = new Set()): Set<string> => {
      const files = new Set([file]);
      for (const file of files) { // grows on the way
        for (const { path, kind } of outputs[file].imports) {
          if (kind === "import-statement" && !without.has(path)) files.add(path);
        }
      }
      return files;
    };
    const sizeOf = (wanted: ReadonlySet<string>): Size => {
      const files = outputFiles.filter(({ path }) => wanted.has(path.slice(root.pathname.length)));
      const sum = (size: (bytes: Uint8Array) => number) => files.reduce((sum, { contents }) => sum + size(contents), 0);
      return { minified: sum(({ length }) => length), gzipped: sum((bytes) => gzipSync(bytes, { level: 9 }).length) };
    };
    const atStart = closure("bundle/stdin.js");
    const later: Record<string, Size> = {};
    for (const [file, { entryPoint }] of Object.entries(outputs)) {
      if (entryPoint && entryPoint !== "<stdin>") later[entryPoint] = sizeOf(closure(file, atStart));
    }
    const modules = [...atStart].flatMap((file) => Object.entries(outputs[file].inputs))
      .map(([path, { bytesInOutput }]) => [path, bytesInOutput] as const)
      .filter(([path, size]) => size > 0 && path !== "<stdin>");
    return { start: sizeOf(atStart), later, modules: Object.fromEntries(modules) };
  } finally {
    await stop();
  }
}

/** Programs whose sizes are held. */
export const programs = {
  /** The derivative of a function of numbers. */
  scalar: `
    import { grad, tensor } from "@cotangent/cotangent";
    import { mul, sin } from "@cotangent/cotangent/ops";
    console.log(grad((x) => mul(x, sin(x)))(tensor(2)).dataSync());
  `,
  /** All that training a network with ScConv takes. */
  training: `
    import { jit, tensor, valueAndGrad } from "@cotangent/cotangent";
    import { conv2d, flatten, linear, maxPool2d, relu, scConv, sequential } from "@cotangent/cotangent/nn";
    import { mean, softmaxCrossEntropy } from "@cotangent/cotangent/ops";
    import { adam, applyUpdates } from "@cotangent/cotangent/optim";
    import { key } from "@cotangent/cotangent/random";
    const model = sequential(conv2d(1, 32, { kernelSize: 3 }), relu(), scConv(32), maxPool2d(2), flatten(), linear(5408, 10));
    const optimizer = adam({ learningRate: 0.01 });
    let params = model.init(key(0)), state = optimizer.init(params);
    const step = jit((params, state, x, y) => {
      const [loss, grads] = valueAndGrad((p) => mean(softmaxCrossEntropy(model.apply(p, x), y)))(params);
      const [updates, next] = optimizer.update(grads, state, params);
      return [applyUpdates(params, updates), next, loss];
    }, { donate: [0, 1] });
    export function learn(images, labels) {
      let loss;
      [params, state, loss] = step(params, state, tensor(images, { shape: [-1, 1, 28, 28] }), tensor(labels));
      return loss.item();
    }
  `,
};

if (import.meta.main) {
  const text = ({ minified, gzipped }: Size) =>
    `${(minified / 1e3).toFixed(1)} kB minified, ${(gzipped / 1e3).toFixed(1)} kB gzipped`;
  for (const [name, program] of Object.entries(programs)) {
    const { start, later, modules } = await bundle(program);
    console.log(`${name}: ${text(start)}`);
    for (const [module, size] of Object.entries(later)) console.log(`  later, ${module}: ${text(size)}`);
    const folders: Record<string, number> = {};
    for (const [path, size] of Object.entries(modules)) {
      const folder = path.slice(0, path.lastIndexOf("/"));
      folders[folder] = (folders[folder] ?? 0) + size;
    }
    for (const [folder, size] of Object.entries(folders).sort((a, b) => b[1] - a[1])) {
      console.log(`  ${(size / 1e3).toFixed(1).padStart(6)} ${folder}`);
    }
  }
}
