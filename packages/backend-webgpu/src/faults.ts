import { BlkError } from "@blk/core";

/** In the order in which they are opened; they end in the opposite one. */
const scopes = ["internal", "out-of-memory", "validation"] as const;

/**
 * What goes wrong on a device. It tells of errors later than the calls that made them; the first is
 * kept until somebody waits for results.
 */
export class Faults {
  /** Resolves when the device can no longer be used. */
  readonly lost: Promise<Error>;
  private readonly device: GPUDevice;
  private readonly open = new Set<Promise<void>>();
  private first: BlkError | undefined;
  private gone: BlkError | undefined;

  constructor(device: GPUDevice) {
    this.device = device;
    this.lost = device.lost.then((info) => {
      this.gone = new BlkError(
        "DEVICE_LOST",
        `the device was lost (${info.reason || "no reason given"}${info.message && `: ${info.message}`}); open a new backend`,
        { details: { reason: info.reason } },
      );
      return this.gone;
    });
  }

  /** Throws `DEVICE_LOST` once the device is. */
  checkDevice(operation: string): void {
    if (this.gone === undefined) return;
    throw new BlkError("DEVICE_LOST", `${operation}: ${this.gone.message}`, { cause: this.gone });
  }

  /** Does what may make the device complain, and remembers the complaint as that of the operation. */
  guard<T>(operation: string, act: () => T): T {
    this.begin();
    try {
      return act();
    } finally {
      this.end(() => operation);
    }
  }

  /** Complaints from here on to `end` belong together. */
  begin(): void {
    for (const scope of scopes) this.device.pushErrorScope(scope);
  }

  /** `operation` names what was done since `begin`. */
  end(operation: () => string): void {
    for (const scope of [...scopes].reverse()) {
      const check = this.device.popErrorScope().then(
        (error) => {
          if (error !== null) this.report(asBlkError(scope, error, operation()));
        },
        // A lost device has no scopes; `lost` tells of that.
        () => {},
      );
      this.open.add(check);
      void check.then(() => this.open.delete(check));
    }
  }

  report(error: BlkError): void {
    this.first ??= error;
  }

  /** Resolves when the device has told of everything so far; rejects with its first complaint, once. */
  async settle(): Promise<void> {
    await Promise.race([Promise.all([...this.open]), this.lost]);
    const { first } = this;
    this.first = undefined;
    if (first !== undefined) throw first;
  }
}

function asBlkError(
  scope: (typeof scopes)[number],
  { message }: GPUError,
  operation: string,
): BlkError {
  if (scope === "out-of-memory") {
    return new BlkError(
      "OUT_OF_MEMORY",
      `${operation}: the device has no memory left for it; dispose what is no longer needed (${message})`,
    );
  }
  const kind = scope === "internal" ? "an internal error" : "an invalid command";
  return new BlkError(
    "INTERNAL",
    `${operation}: the device reports ${kind}: ${message}; please report this with the adapter's name`,
  );
}
