import type { Backend } from "@blk/core";
import type { BackendResults } from "./run-backends.js";

/** What was chosen and yet not run, and why: a line of the report each. */
export function skipNotes(
  { conformance, performance }: Pick<BackendResults, "conformance" | "performance">,
  opened: readonly Backend[],
): readonly string[] {
  const notes: string[] = [];
  const skippedCases = conformance.filter(({ status }) => status === "skipped").length;
  if (skippedCases > 0) {
    notes.push(
      `${skippedCases} conformance cases were not run: the time of this part was used up; choose some with --cases conformance/…`,
    );
  }
  const skipped = performance.filter(({ status }) => status === "skipped");
  for (const { name, capabilities } of opened) {
    const own = skipped.filter(({ backend }) => backend === name);
    const lacking = own.filter(({ dtype }) => !isAmong(capabilities.dtypes, dtype));
    // A backend without a type is no news case by case.
    for (const dtype of new Set(lacking.map((entry) => entry.dtype))) {
      const count = lacking.filter((entry) => entry.dtype === dtype).length;
      notes.push(`${name}: ${count} cases not timed, for it has no ${dtype}`);
    }
    for (const { id, message } of own.filter((entry) => !lacking.includes(entry))) {
      notes.push(`${name} ${id}: not timed, ${message}`);
    }
  }
  return notes;
}

function isAmong(dtypes: readonly string[], dtype: string): boolean {
  return dtypes.includes(dtype);
}
