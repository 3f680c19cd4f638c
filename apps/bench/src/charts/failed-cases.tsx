import type { CaseFailure, CaseInput, FailedElement } from "../case-failure.js";
import type { ConformanceEntry } from "../report.js";
import { short } from "./format.js";

/** Each failing case behind its name: why it failed, its inputs, and the element that is wrong. */
export function FailedCases({ cases }: { readonly cases: readonly ConformanceEntry[] }) {
  return (
    <>
      {cases.map(({ name, message, failure }, i) => (
        <details open={i === 0}>
          <summary>{name}</summary>
          <p>{message ?? "it failed without saying why"}</p>
          {failure === undefined ? null : <Failure name={name} {...failure} />}
        </details>
      ))}
    </>
  );
}

function Failure({ name, inputs, wrong }: CaseFailure & { readonly name: string }) {
  return (
    <div class="matrices">
      {inputs.map((input) => (
        <Input of={name} {...input} />
      ))}
      {wrong === undefined ? null : <Wrong {...wrong} />}
    </div>
  );
}

function Input({
  of,
  ...input
}: CaseInput & {
  /** The case. */
  readonly of: string;
}) {
  const { name, dtype, rows, cols, layout, elements } = input;
  const isWhole = elements.length === rows && (elements[0]?.length ?? 0) === cols;
  const shown = isWhole ? "" : `, the first ${elements.length}×${elements[0]?.length ?? 0}`;
  const caption = `${name}: ${rows}×${cols} ${dtype}, ${layout}${shown}`;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by keyboard
    <section class="scroll matrix" tabIndex={0} aria-label={`${caption}, of ${of}`}>
      <table>
        <caption>{caption}</caption>
        <tbody>
          {elements.map((row) => (
            <tr>
              {row.map((element) => (
                <td>{element}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Where in its result an element is, and what it is instead of what. */
function Wrong({ result, rows, cols, row, col, got, expected, bound }: FailedElement) {
  const size = Math.max(rows, cols, 1);
  // At least so large that it can be seen.
  const mark = Math.max(1, size / 24);
  return (
    <div>
      <strong>
        {result}: {rows}×{cols}
      </strong>
      {rows * cols === 1 ? null : (
        <svg class="place" viewBox={`0 0 ${cols} ${rows}`} preserveAspectRatio="none" role="img">
          <title>{`Row ${row}, column ${col} of ${rows}×${cols}`}</title>
          <rect class="whole" width={cols} height={rows} />
          <rect class="spot" x={col} y={row} width={mark} height={mark} />
        </svg>
      )}
      <dl>
        <div>
          <dt>element</dt>
          <dd>
            ({row}, {col})
          </dd>
        </div>
        <div>
          <dt>it is</dt>
          <dd class="bad">{got}</dd>
        </div>
        <div>
          <dt>instead of</dt>
          <dd>
            {expected} ± {short(Number(bound))}
          </dd>
        </div>
      </dl>
    </div>
  );
}
