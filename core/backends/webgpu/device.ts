/** The GPU: adapter, limits, and what goes wrong on it. Nothing that fails there passes unheard. */

/** The error of every call after a device is gone. */
export class DeviceLostError extends Error {
  override readonly name = "DeviceLostError";
}

const wanted = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupsPerDimension",
] as const;

/** The limits that the backend looks at. */
export type Limits = { readonly [K in typeof wanted[number]]: number };

const help =
  "In Deno: a graphics driver with Vulkan, Metal or DirectX 12; on Linux without a graphics card, Mesa's software driver does " +
  "(Debian: apt-get install mesa-vulkan-drivers libvulkan1). In a browser: one with WebGPU, on a page served by https or localhost";

/** Where errors of the GPU come from: one may be set off by what was asked for long before. */
interface Fault {
  readonly message: string;
  /** Everything made up to then may be wrong. */
  readonly clock: number;
}

/** An open device. */
export class Gpu {
  /** Why the device is gone, once it is. */
  lost: string | undefined;
  /** Whether this is a driver that runs on the CPU. */
  readonly software: boolean;
  readonly limits: Limits;
  readonly timestamps: boolean;
  /** A name of the adapter for people. */
  readonly label: string;
  private faults: Fault[] = [];
  private readonly waiting = new Set<(reason: Error) => void>();
  private closing = false;
  private time = 0;

  private constructor(readonly device: GPUDevice, adapter: GPUAdapter, private readonly onLost: () => void) {
    const { info } = adapter;
    this.limits = Object.fromEntries(wanted.map((name) => [name, device.limits[name]])) as Limits;
    this.timestamps = device.features.has("timestamp-query");
    this.label = info?.description || [info?.vendor, info?.architecture].filter(Boolean).join(" ") || "unknown adapter";
    const flagged = (info as { isFallbackAdapter?: boolean } | undefined)?.isFallbackAdapter ??
      (adapter as { isFallbackAdapter?: boolean }).isFallbackAdapter;
    this.software = flagged === true ||
      /llvmpipe|swiftshader|software/i.test(`${this.label} ${info?.architecture ?? ""} ${info?.device ?? ""}`);
    device.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      this.fail((event as GPUUncapturedErrorEvent).error);
    });
    device.lost.then(({ reason, message }) =>
      this.lose(this.closing ? "it was closed" : `${reason}: ${message || "no reason given"}`)
    );
  }

  /**
   * Opens the device of the best adapter.
   *
   * @throws Error saying what was looked for where there is none
   */
  static async open(onLost: () => void): Promise<Gpu> {
    const gpu = (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu;
    if (!gpu) {
      throw new Error(
        `device: no webgpu here: looked for navigator.gpu, which this runtime lacks. ${help}; "cpu" works everywhere`,
      );
    }
    const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" }) ?? await gpu.requestAdapter();
    if (!adapter) {
      throw new Error(
        `device: no webgpu here: navigator.gpu.requestAdapter() found no adapter, neither hardware nor software. ${help}; "cpu" works everywhere`,
      );
    }
    const requiredLimits: Record<string, number> = {};
    for (const name of wanted) requiredLimits[name] = adapter.limits[name];
    const requiredFeatures: GPUFeatureName[] = adapter.features.has("timestamp-query") ? ["timestamp-query"] : [];
    return new Gpu(await adapter.requestDevice({ requiredLimits, requiredFeatures }), adapter, onLost);
  }

  /** A moment: later things have larger ones. */
  tick(): number {
    return ++this.time;
  }

  private fail(error: GPUError): void {
    const kind = error.constructor.name.replace(/^GPU|Error$/g, "").toLowerCase();
    this.faults.push({ message: `${kind}: ${error.message}`, clock: this.time });
    if (this.faults.length > 64) this.faults.shift();
  }

  private lose(reason: string): void {
    if (this.lost !== undefined) return;
    this.lost = reason;
    this.onLost();
    for (const reject of this.waiting) reject(this.lostError("data"));
    this.waiting.clear();
  }

  private lostError(operation: string): DeviceLostError {
    return new DeviceLostError(
      `${operation}: the webgpu device is lost (${this.lost}); its tensors are gone: open a new one with await device("webgpu")`,
    );
  }

  /** Throws if the device is gone. */
  check(operation: string): void {
    if (this.lost !== undefined) throw this.lostError(operation);
  }

  /** Rejects what was made before an error of the GPU: it may be wrong. */
  checkFaults(operation: string, clock: number): void {
    const fault = this.faults.find((f) => f.clock >= clock);
    if (fault) {
      throw new Error(
        `${operation}: the GPU reported an error, so that this value cannot be trusted: ${fault.message}`,
      );
    }
  }

  /** The promise, or a rejection as soon as the device is lost. */
  async orLost<T>(operation: string, promise: Promise<T>): Promise<T> {
    let cancel: (reason: Error) => void = () => {};
    const lost = new Promise<never>((_, reject) => cancel = reject);
    this.waiting.add(cancel);
    try {
      const value = await Promise.race([promise, lost]);
      this.check(operation);
      return value;
    } catch (e) {
      promise.catch(() => {});
      // A destroyed device fails what is under way a little before it says that it is lost.
      if (this.lost === undefined) {
        await Promise.race([
          this.device.lost,
          new Promise((resolve) => setTimeout(resolve, 200)),
        ]);
      }
      this.check(operation);
      throw e;
    } finally {
      lost.catch(() => {});
      this.waiting.delete(cancel);
    }
  }

  close(): void {
    this.closing = true;
    this.device.destroy();
    this.lose("it was closed");
  }
}
