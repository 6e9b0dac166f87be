/**
 * The IDX format of the MNIST files: two zero bytes, one byte for the kind of number, one for the number of axes, the
 * length of each axis as a big-endian uint32, then the numbers, row-major.
 *
 * @module
 */

/** The content of an IDX file. */
export interface Idx {
  /** The length of each axis. */
  shape: number[];
  /** The numbers, row-major: a view of the bytes that were parsed, not a copy. */
  data: Uint8Array;
}

const uint8 = 0x08;

const hex = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");

/**
 * Parses the bytes of an IDX file of unsigned bytes.
 *
 * @param bytes The whole file, not compressed.
 * @param axes How many axes the file must have: 3 for images, 1 for labels.
 * @param file The name of the file, for messages.
 * @throws {TypeError} If it is no IDX file of unsigned bytes with that number of axes.
 * @throws {RangeError} If it is shorter or longer than its header says.
 */
export function parseIdx(bytes: Uint8Array, axes: number, file: string): Idx {
  if (bytes.length < 4) throw new RangeError(`${file}: ends after ${bytes.length} bytes, inside the IDX header`);
  if (bytes[0] !== 0 || bytes[1] !== 0) {
    throw new TypeError(`${file}: starts with ${hex(bytes.subarray(0, 4))}, so it is no IDX file (00 00 08 0${axes})`);
  }
  if (bytes[2] !== uint8) {
    throw new TypeError(
      `${file}: holds numbers of kind 0x${hex(bytes.subarray(2, 3))}, expected unsigned bytes (0x08)`,
    );
  }
  if (bytes[3] !== axes) throw new TypeError(`${file}: has ${bytes[3]} axes, expected ${axes}`);
  const header = 4 + 4 * axes;
  if (bytes.length < header) {
    throw new RangeError(`${file}: ends after ${bytes.length} bytes, inside the IDX header of ${header}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  const size = shape.reduce((product, length) => product * length, 1);
  const found = bytes.length - header;
  if (found !== size) {
    const problem = found < size ? "is truncated" : "has bytes left over";
    throw new RangeError(`${file}: ${problem}: the shape [${shape.join(", ")}] needs ${size} bytes, found ${found}`);
  }
  return { shape, data: bytes.subarray(header) };
}
