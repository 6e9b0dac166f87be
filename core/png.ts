/** PNG files (ISO/IEC 15948) of 8 bits a channel, for the pictures in notebooks. */

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** The check sum of PNG's chunks, bit by bit. */
function crc32(bytes: Uint8Array): number {
  let sum = -1;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}

/** The zlib format without compression: blocks of up to 65,535 bytes, then the check sum Adler-32. */
function stored(bytes: Uint8Array): Uint8Array {
  const limit = 65535;
  const blocks = Math.max(1, Math.ceil(bytes.length / limit));
  const out = new Uint8Array(2 + 5 * blocks + bytes.length + 4);
  const view = new DataView(out.buffer);
  out.set([0x78, 0x01]);
  let at = 2;
  for (let block = 0; block < blocks; block++) {
    const part = bytes.subarray(block * limit, (block + 1) * limit);
    out[at] = block === blocks - 1 ? 1 : 0;
    view.setUint16(at + 1, part.length, true);
    view.setUint16(at + 3, ~part.length & 0xffff, true);
    out.set(part, at + 5);
    at += 5 + part.length;
  }
  let [a, b] = [1, 0];
  for (const byte of bytes) [a, b] = [(a + byte) % 65521, (b + a + byte) % 65521];
  view.setUint32(at, b * 65536 + a);
  return out;
}

/** Compressed where the runtime can do that at once (Deno, Node), stored elsewhere. */
function deflate(bytes: Uint8Array): Uint8Array {
  type Zlib = { deflateSync(bytes: Uint8Array): Uint8Array };
  const runtime = globalThis as { process?: { getBuiltinModule?(name: string): Zlib | undefined } };
  return runtime.process?.getBuiltinModule?.("node:zlib")?.deflateSync(bytes) ?? stored(bytes);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const out = new Uint8Array(12 + data.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) out[4 + i] = type.charCodeAt(i);
  out.set(data, 8);
  view.setUint32(8 + data.length, crc32(out.subarray(4, 8 + data.length)));
  return out;
}

/** An image as a PNG file in base64: `pixels` row by row, red, green and blue. */
export function pngBase64(pixels: Uint8Array, width: number, height: number): string {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 2], 8); // bits a channel; colours without a palette
  const rows = new Uint8Array(height * (1 + 3 * width)); // each begins with its filter: 0, none
  for (let y = 0; y < height; y++) {
    rows.set(pixels.subarray(y * 3 * width, (y + 1) * 3 * width), y * (1 + 3 * width) + 1);
  }
  const parts = [chunk("IHDR", header), chunk("IDAT", deflate(rows)), chunk("IEND", new Uint8Array(0))];
  let text = String.fromCharCode(...signature);
  for (const part of parts) for (const byte of part) text += String.fromCharCode(byte);
  return btoa(text);
}
