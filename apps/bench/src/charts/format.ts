import { duration } from "../print-units.js";
import type { Rate } from "../report.js";

/** What stands for a number that there is none of; JSON keeps it as null. */
const missing = "–";

/** Three digits that matter, without an exponent where a person would write none. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return missing;
  const rounded = Number(value.toPrecision(3));
  return Math.abs(rounded) >= 1e4 && Math.abs(rounded) < 1e15
    ? rounded.toLocaleString("en")
    : String(rounded);
}

/** `61.2 GFLOP/s` */
export function rateText({ value, unit }: Pick<Rate, "value" | "unit">): string {
  return `${short(value)} ${unit}`;
}

/** `1.23 ms`; nothing where there is no time. */
export function time(seconds: number | undefined): string {
  if (seconds === undefined) return "";
  return Number.isFinite(seconds) ? duration(seconds) : missing;
}

/** `1.25×` */
export function times(factor: number): string {
  return `${factor < 100 ? factor.toFixed(2) : short(factor)}×`;
}

/** `12.3 %`, on one line. */
export function percent(share: number, digits = 1): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(digits)}\u00a0%` : missing;
}

/** `2025-01-02 03:04 UTC` of a report's date. */
export function moment(date: string): string {
  return date.replace(/T(\d\d:\d\d).*$/, " $1 UTC");
}
