import type { EpochResult, FitProgress, Measured } from "../fit/progress.js";

/** Where progress goes: a stream like `process.stderr`. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Shows the progress of `fit`. */
export interface ProgressBar {
  show(progress: FitProgress): void;
  /** A line that stays. */
  say(text: string): void;
  /** Wipes the bar, so that what follows starts clean. */
  end(): void;
}

const wipe = "\r\x1b[2K";
const barLength = 20;

/** On a terminal one line that is rewritten; anywhere else, and there too, a line for each epoch. */
export function progressBar(stream: ProgressStream): ProgressBar {
  let shown = false;
  const end = (): void => {
    if (shown) stream.write(wipe);
    shown = false;
  };
  const say = (text: string): void => {
    end();
    stream.write(`${text}\n`);
  };
  return {
    say,
    end,
    show(progress) {
      if (progress.result !== undefined) say(epochLine(progress.result, progress.epochs));
      else if (stream.isTTY) {
        stream.write(wipe + barLine(progress, (stream.columns || 80) - 1));
        shown = true;
      }
    },
  };
}

/**
 * `epoch 2/10 ━━━━━╸──────────── 45/469  loss 0.312  accuracy 89.1 %  12 s left`, of `width` characters
 * at most: the bar is what becomes shorter first.
 */
export function barLine(progress: FitProgress, width: number): string {
  const { epoch, epochs, step, steps, secondsLeft } = progress;
  const parts = [`${step}/${steps}`];
  if (progress.loss !== undefined) parts.push(measured(progress as Measured));
  if (secondsLeft !== undefined) parts.push(`${duration(secondsLeft)} left`);
  const [before, after] = [`epoch ${epoch}/${epochs}`, parts.join("  ")];
  const room = width - before.length - after.length - 2;
  if (room < 1) return `${before} ${after}`.slice(0, width);
  const length = Math.min(barLength, room);
  const done = steps === 0 ? length : Math.floor((length * step) / steps);
  return `${before} ${"━".repeat(done)}${"─".repeat(length - done)} ${after}`;
}

/** `epoch 2/10  loss 0.312  accuracy 89.1 %  held out: loss 0.331  accuracy 88.0 %  3.1 s` */
export function epochLine(result: EpochResult, epochs: number): string {
  const parts = [`epoch ${result.epoch}/${epochs}`, measured(result)];
  if (result.validation !== undefined) parts.push(`held out: ${measured(result.validation)}`);
  parts.push(duration(result.seconds));
  return parts.join("  ");
}

function measured({ loss, accuracy }: Measured): string {
  const text = `loss ${loss.toPrecision(4)}`;
  return accuracy === undefined ? text : `${text}  accuracy ${(100 * accuracy).toFixed(1)} %`;
}

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 05 min` */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (count: number): string => String(count).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${two(whole % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}
