import type { Report } from "../src/report.js";

/** Would run in a page, as an element of its own or out of an attribute. */
export const markup = `"><script>globalThis.hurt = 1</script><img src=x onerror='globalThis.hurt = 1'>`;

/** What code looks for: not free text. */
const known = new Set(["status", "kind", "unit", "roof", "id", "sense"]);

/** The report with markup before every text of it. */
export function hostile(report: Report): Report {
  const text = JSON.stringify(report, (name, value: unknown) =>
    typeof value === "string" && !known.has(name) ? `${markup}${value}` : value,
  );
  return JSON.parse(text) as Report;
}
