/** What this engine's WebAssembly can do. */
import { Bytes, Simd, Type } from "./assembler.ts";

/** Whether a module with one function of this code, without parameters, validates. */
function validates(write: (bytes: Bytes) => void): boolean {
  const body = new Bytes();
  body.byte(0); // no locals
  write(body);
  body.byte(0x0b);
  const out = new Bytes();
  for (const byte of [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]) out.byte(byte);
  for (const byte of [1, 5, 1, 0x60, 0, 1, Type.v128]) out.byte(byte); // type: () -> v128
  for (const byte of [3, 2, 1, 0]) out.byte(byte); // one function of that type
  out.byte(10);
  out.u32(body.length + 2);
  out.byte(1);
  out.byte(body.length);
  out.append(body.view());
  return WebAssembly.validate(out.take());
}

function zero(bytes: Bytes): void {
  bytes.simd(Simd.const);
  for (let i = 0; i < 16; i++) bytes.byte(0);
}

/** Whether there are 128-bit vectors at all. */
export const hasSimd: boolean = /* @__PURE__ */ validates(zero);

/** Whether there is a multiply-add that the processor may fuse. */
export const hasRelaxedMadd: boolean = /* @__PURE__ */ validates((bytes) => {
  for (let i = 0; i < 3; i++) zero(bytes);
  bytes.simd(Simd.f32x4RelaxedMadd);
});
