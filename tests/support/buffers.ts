/**
 * The buffers of kernels.
 *
 * @module
 */

/** The typed array of a buffer by its dtype: a bool takes 32 bits. */
export const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  uint32: Uint32Array,
  bool: Int32Array,
};
