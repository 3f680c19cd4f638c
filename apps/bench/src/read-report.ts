import { readFile } from "node:fs/promises";
import { messageOf } from "./message-of.js";
import type { Report } from "./report.js";
import { UsageError } from "./usage-error.js";
import { wholeReport } from "./whole-report.js";

/** Reads and validates a report. Throws `UsageError` with the remedy. */
export async function readReport(path: string): Promise<Report> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new UsageError(
      `the report ${path} cannot be read (${messageOf(error)}); run the bench with --json FILE to make one`,
    );
  }
  return wholeReport(text, path, withoutControls);
}

/** A report may come from anybody, and terminals take orders from such characters. */
function withoutControls(_name: string, value: unknown): unknown {
  return typeof value === "string" ? value.replace(/\p{Cc}+/gu, " ") : value;
}
