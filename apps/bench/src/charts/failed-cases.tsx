import type { ConformanceEntry } from "../report.js";

/** Each failing case behind its name: why it failed. */
export function FailedCases({ cases }: { readonly cases: readonly ConformanceEntry[] }) {
  return (
    <>
      {cases.map(({ name, message }, i) => (
        <details open={i === 0}>
          <summary>{name}</summary>
          <p>{message ?? "it failed without saying why"}</p>
        </details>
      ))}
    </>
  );
}
