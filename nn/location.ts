/** Where in a network an error happened. */

const located = new WeakMap<Error, { readonly path: string; readonly message: string }>();

/** Runs a part of a layer; an error out of it says where that is: `in layer 2.body.0: conv2d: …`. */
export function within<T>(path: string | number, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const inner = located.get(error);
    const here = {
      path: inner ? `${path}.${inner.path}` : String(path),
      message: inner ? inner.message : error.message,
    };
    located.set(error, here);
    error.message = `in layer ${here.path}: ${here.message}`;
    throw error;
  }
}
