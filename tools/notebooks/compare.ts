/**
 * Comparing the outputs of notebooks: texts must be equal, their numbers within a tolerance, pictures nearly so.
 *
 * @module
 */

import { decode } from "fast-png";

/** What a cell put out, in the format of Jupyter's notebooks, version 4. */
export interface Output {
  output_type: string;
  name?: string;
  text?: string | string[];
  data?: Record<string, string | string[]>;
  execution_count?: number | null;
  metadata?: Record<string, unknown>;
}

/** A part of a notebook. */
export interface Cell {
  cell_type: string;
  source: string | string[];
  metadata: { tags?: string[] };
  outputs?: Output[];
  execution_count?: number | null;
}

/** A notebook: what of it is looked at here. */
export interface Notebook {
  cells: Cell[];
}

/** A cell with this tag shows times and the like: only what kinds of outputs it has is compared. */
const varying = "varies";

/** Relative and absolute: results of the same program on another machine, after some hundred steps of training. */
const relative = 0.02, absolute = 0.02;

/** Mean difference of the channels of two pictures, of 255. */
const pictureTolerance = 4;

const joined = (text: string | string[]): string => typeof text === "string" ? text : text.join("");

/** A notebook as it is stored: outputs that belong together are one, and nothing is left that changes with every run. */
export function tidy<N extends Notebook>(notebook: N): N {
  for (const cell of notebook.cells) {
    if (!cell.outputs) continue;
    const outputs: Output[] = [];
    for (const output of cell.outputs) {
      const last = outputs.at(-1);
      if (output.output_type === "stream" && last?.output_type === "stream" && last.name === output.name) {
        last.text = [joined(last.text!) + joined(output.text!)];
      } else outputs.push(output);
    }
    for (const output of outputs) {
      if (output.text) output.text = joined(output.text).split(/(?<=\n)/);
    }
    cell.outputs = outputs;
  }
  return notebook;
}

/** Numbers that stand alone: 1.5 and -2e-3, not the digits of names and colours. */
const number = /(?<![\w.#])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w#])/g;

/** The first place where two texts differ by more than their numbers may; undefined if there is none. */
export function textDifference(stored: string, found: string): string | undefined {
  const [words, others] = [stored, found].map((text) => text.split(number));
  const place = words.findIndex((word, i) => word !== others[i]);
  if (place >= 0 || words.length !== others.length) {
    return `${JSON.stringify(words.at(place)?.slice(-60))} became ${JSON.stringify(others.at(place)?.slice(-60))}`;
  }
  const [values, now] = [stored, found].map((text) => text.match(number) ?? []);
  const scale = Math.max(...values.map((v) => Math.abs(Number(v))), 0);
  for (let i = 0; i < values.length; i++) {
    const [a, b] = [Number(values[i]), Number(now[i])];
    // Coordinates in a drawing count by the size of the drawing.
    const bound = absolute * (scale > 100 ? scale / 10 : 1) + relative * Math.abs(a);
    if (!(Math.abs(a - b) <= bound)) return `${values[i]} became ${now[i]} (number ${i + 1} of ${values.length})`;
  }
  return undefined;
}

const bytesOf = (base64: string): Uint8Array =>
  Uint8Array.from(atob(base64.replace(/\s/g, "")), (c) => c.charCodeAt(0));

/** How two PNG pictures in base64 differ; undefined if hardly. */
export function pictureDifference(stored: string, found: string): string | undefined {
  if (stored === found) return undefined;
  const [a, b] = [stored, found].map((text) => decode(bytesOf(text)));
  if (a.width !== b.width || a.height !== b.height || a.channels !== b.channels) {
    return `a picture of ${a.width} × ${a.height} became one of ${b.width} × ${b.height}`;
  }
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += Math.abs(a.data[i] - b.data[i]);
  const mean = sum / a.data.length;
  return mean > pictureTolerance ? `a picture changed by ${mean.toFixed(1)} of 255 on average` : undefined;
}

/** The pictures inside of HTML are compared as `image/png` beside it. */
const withoutPictures = (html: string): string => html.replace(/data:image\/png;base64,[\w+/=]+/g, "picture");

const kindsOf = (outputs: readonly Output[]): string =>
  outputs.map((o) => `${o.output_type}(${Object.keys(o.data ?? {}).sort().join()})`).join(" ") || "nothing";

function outputDifference(stored: Output, found: Output): string | undefined {
  if (stored.text) return textDifference(joined(stored.text), joined(found.text ?? ""));
  for (const [type, content] of Object.entries(stored.data ?? {})) {
    const [a, b] = [joined(content), joined(found.data![type])];
    const difference = type === "image/png"
      ? pictureDifference(a, b)
      : textDifference(withoutPictures(a), withoutPictures(b));
    if (difference) return `${type}: ${difference}`;
  }
  return undefined;
}

/** What differs between a stored notebook and the same one executed again, one line for each cell. */
export function differences(stored: Notebook, executed: Notebook): string[] {
  return executed.cells.flatMap((cell, i) => {
    const [before, after] = [stored.cells[i].outputs ?? [], cell.outputs ?? []];
    const say = (what: string) => [`cell ${i + 1} (${joined(cell.source).split("\n")[0].slice(0, 60)}): ${what}`];
    if (kindsOf(before) !== kindsOf(after)) return say(`${kindsOf(before)} became ${kindsOf(after)}`);
    if (cell.metadata.tags?.includes(varying)) return [];
    const difference = before.map((output, k) => outputDifference(output, after[k])).find((d) => d !== undefined);
    return difference === undefined ? [] : say(difference);
  });
}
