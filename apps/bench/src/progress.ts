import type { BenchEvent, Emit } from "./events.js";

/** Where progress goes: a stream like `process.stderr`. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface Progress {
  readonly emit: Emit;
  /** Wipes the line, so that what follows starts clean. */
  end(): void;
}

const pause = 80;
const wipe = "\r\x1b[2K";

/** One line that is rewritten on a terminal; elsewhere one calm line for each part. */
export function createProgress(stream: ProgressStream): Progress {
  let last = Number.NEGATIVE_INFINITY;
  let shown = false;
  const show = (text: string): void => {
    stream.write(wipe + text.slice(0, (stream.columns || 80) - 1));
    shown = true;
  };
  const line = (text: string): void => {
    stream.write(`${shown ? wipe : ""}${text}\n`);
    shown = false;
  };
  const emit = (event: BenchEvent): void => {
    if (event.kind === "found" || event.kind === "loss" || event.kind === "memory") return;
    if (event.kind === "note" || event.kind === "news") {
      line(event.text);
    } else if (!stream.isTTY) {
      if (event.kind === "part") line(`Measuring ${event.part} …`);
    } else if (event.kind === "part") {
      show(`${event.part} …`);
    } else if (performance.now() - last > pause) {
      last = performance.now();
      show(`${event.part}: ${event.done + 1} of ${event.total}, ${event.label}`);
    }
  };
  return {
    emit,
    end() {
      if (shown) stream.write(wipe);
      shown = false;
    },
  };
}
