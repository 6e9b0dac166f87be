/**
 * Figures as text.
 *
 * @module
 */

/** Lines of columns: the first one flush left, the others flush right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => [...row[column]].length)));
  return all.map((row) =>
    row.map((cell, column) => {
      const space = " ".repeat(widths[column] - [...cell].length);
      return column === 0 ? cell + space : space + cell;
    }).join("  ").trimEnd()
  ).join("\n");
}

/** Three digits: 0.123, 1.23, 12.3, 123, 1234. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const magnitude = Math.abs(value);
  return value.toFixed(magnitude >= 99.95 ? 0 : magnitude >= 9.995 ? 1 : magnitude >= 0.9995 ? 2 : 3);
}

/** A time, such as 12.3 µs, 1.23 ms or 1.23 s. */
export function time(milliseconds: number): string {
  if (!Number.isFinite(milliseconds)) return "–";
  if (milliseconds < 0.0995) return `${digits(milliseconds * 1e3)} µs`;
  return milliseconds < 9995 ? `${digits(milliseconds)} ms` : `${digits(milliseconds / 1e3)} s`;
}

/** The quartiles of a time, in the unit of its median. */
export function spread({ median, low, high }: { median: number; low: number; high: number }): string {
  if (!Number.isFinite(median)) return "";
  const unit = median < 0.0995 ? 1e-3 : median < 9995 ? 1 : 1e3;
  return `${digits(low / unit)} – ${digits(high / unit)}`;
}

/** How many times as fast, such as 4.2×. */
export const times = (ratio: number): string => Number.isFinite(ratio) ? `${digits(ratio)}×` : "–";

/** Bytes as megabytes. */
export const megabytes = (bytes: number | null | undefined): string =>
  typeof bytes === "number" ? `${digits(bytes / 1e6)} MB` : "–";
