import type { GoalResult } from "./goals.js";

/** `1.23 ms` */
export function duration(seconds: number): string {
  if (seconds >= 1) return `${seconds.toPrecision(3)} s`;
  if (seconds >= 1e-3) return `${(seconds * 1e3).toPrecision(3)} ms`;
  return `${(seconds * 1e6).toPrecision(3)} µs`;
}

/** `1.5 MiB` */
export function bytes(count: number): string {
  if (count >= 2 ** 20) return `${(count / 2 ** 20).toFixed(1)} MiB`;
  return count >= 1024 ? `${(count / 1024).toFixed(0)} KiB` : `${count} B`;
}

/** `1.25×`, `85 %`, `1.2 ms` */
export function goalText(value: number, unit: GoalResult["unit"]): string {
  switch (unit) {
    case "×":
      return `${value.toFixed(2)}×`;
    case "share":
      return `${(100 * value).toFixed(0)} %`;
    case "s":
      return duration(value);
  }
}
