import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { benchFolder } from "./bench-folder.js";
import { htmlOf } from "./html-report.js";
import type { Report } from "./report.js";
import { publicReport, writeText } from "./write-report.js";

/**
 * Writes a report as a page in one file, beside one that it is compared with if there is one. Throws
 * `UsageError` where that cannot be.
 */
export async function writeHtml(path: string, report: Report, before?: Report): Promise<void> {
  const style = await readFile(join(benchFolder(), "src", "charts", "theme.css"), "utf8");
  await writeText(path, "--html", () => htmlOf(publicReport(report), { style, before }));
}
