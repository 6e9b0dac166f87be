/**
 * Whole files, read and written atomically: the one place that knows the runtime. It asks the running process for its file
 * system when a function is called, so that bundles for browsers stay clean.
 */

/** What is used of node:fs/promises, in Deno, Node and Bun. */
interface FileHandle {
  stat(): Promise<{ size: number; isFile(): boolean }>;
  read(target: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
  writeFile(data: Uint8Array): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

interface FileSystem {
  open(path: string, flags: string): Promise<FileHandle>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  realpath(path: string): Promise<string>;
  stat(path: string): Promise<{ isFile(): boolean }>;
}

interface Builtins {
  getBuiltinModule?(name: "node:fs/promises"): FileSystem | undefined;
  getBuiltinModule?(name: "node:url"): { fileURLToPath(url: URL): string } | undefined;
}

function builtins(operation: string): Required<Builtins> {
  const runtime = (globalThis as { process?: Builtins }).process;
  if (runtime?.getBuiltinModule?.("node:fs/promises")) return runtime as Required<Builtins>;
  throw new TypeError(
    `${operation}: this runtime has no file system; use the function of bytes (encode…, decode…) instead`,
  );
}

function pathOf(operation: string, path: unknown): string {
  if (path instanceof URL && path.protocol === "file:") {
    return builtins(operation).getBuiltinModule("node:url")!.fileURLToPath(path);
  }
  if (typeof path === "string" && path !== "" && !path.includes("\0")) return path;
  const got = path instanceof URL ? path.href : typeof path === "string" ? JSON.stringify(path) : String(path);
  throw new TypeError(`${operation}: the path must be a file name or a file: URL, got ${got}`);
}

const reasons: Record<string, string> = {
  ENOENT: "there is no such file or folder",
  EACCES: "permission denied",
  EPERM: "not permitted",
  ENOTDIR: "a part of the path is a file, not a folder",
  EISDIR: "it is a folder",
  ENOSPC: "the disk is full",
  EROFS: "the file system is read-only",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "its symbolic links go in a circle",
  EFBIG: "the file is too large for the system",
  EDQUOT: "the quota of the disk is used up",
};

/** An error that names the operation and the file, and says what the system's code means. */
function explained(operation: string, path: string, error: unknown): Error {
  const { code, message } = error as { code?: string; message?: string };
  const name = (error as Error)?.name;
  const reason = name === "NotCapable" ? `not allowed: ${message}` : code && reasons[code] || message || String(error);
  return new Error(`${operation}: ${path}: ${reason}`, { cause: error });
}

/**
 * The bytes of a file.
 *
 * @throws TypeError for what is no path, Error naming the file and the reason
 */
export async function readWhole(operation: string, path: string | URL): Promise<{ bytes: Uint8Array; name: string }> {
  const name = pathOf(operation, path);
  const fs = builtins(operation).getBuiltinModule("node:fs/promises")!;
  let handle: FileHandle | undefined;
  try {
    handle = await fs.open(name, "r");
    const status = await handle.stat();
    if (!status.isFile()) throw new Error("it is no regular file");
    const bytes = new Uint8Array(status.size);
    let at = 0;
    while (at < bytes.length) {
      const { bytesRead } = await handle.read(bytes, at, Math.min(bytes.length - at, 2 ** 30), at);
      if (bytesRead === 0) throw new Error(`it became shorter while it was read: ${at} of ${bytes.length} bytes`);
      at += bytesRead;
    }
    return { bytes, name };
  } catch (error) {
    throw explained(operation, name, error);
  } finally {
    await handle?.close();
  }
}

/**
 * The file that shall be replaced: the one that symbolic links name. A file that is not there, or that may not be looked at, is itself.
 *
 * @throws what is there and is no regular file, and links in a circle
 */
async function targetOf(fs: FileSystem, name: string): Promise<string> {
  let target: string, isFile: boolean;
  try {
    target = await fs.realpath(name);
    isFile = (await fs.stat(target)).isFile();
  } catch (error) {
    if ((error as { code?: string }).code === "ELOOP") throw error;
    return name;
  }
  if (!isFile) throw new Error("it is no regular file");
  return target;
}

/**
 * Writes a file so that there is the old one or the whole new one, whatever happens: to a temporary file beside it, which is
 * flushed to the disk and then renamed. Symbolic links stay, and name the new file.
 *
 * @throws TypeError for what is no path, Error naming the file and the reason; the old file is untouched then
 */
export async function writeWhole(operation: string, path: string | URL, bytes: Uint8Array): Promise<void> {
  const name = pathOf(operation, path);
  const fs = builtins(operation).getBuiltinModule("node:fs/promises")!;
  if (/(^|[\\/])(\.|\.\.)?$/.test(name)) throw new Error(`${operation}: ${name}: it is a folder, not a file name`);
  let temporary = "", made = false;
  try {
    const target = await targetOf(fs, name);
    const [, folder, file] = /^(.*[\\/])?([^\\/]*)$/s.exec(target)!;
    temporary = `${folder ?? ""}.${file.slice(0, 100)}.${crypto.randomUUID()}.tmp`;
    const handle = await fs.open(temporary, "wx");
    made = true;
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.rename(temporary, target);
  } catch (error) {
    if (made) await fs.unlink(temporary).catch(() => {});
    throw explained(operation, name, error);
  }
}
