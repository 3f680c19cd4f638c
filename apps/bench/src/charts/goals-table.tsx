import type { GoalItem, GoalResult } from "../goals.js";
import { goalText } from "../print-units.js";
import type { Report } from "../report.js";
import { DataTable } from "./data-table.js";
import { time } from "./format.js";

/** What the figures are to reach, what they are, and the figures behind each. */
export function GoalsTable({ goals }: Pick<Report, "goals">) {
  const measured = goals.filter(({ items }) => items.length > 0);
  const backends = [...new Set(measured.map(({ backend }) => backend))];
  return (
    <>
      {backends.map((name) => (
        <Goals backend={name} goals={measured.filter(({ backend }) => backend === name)} />
      ))}
    </>
  );
}

function Goals({
  backend,
  goals,
}: {
  readonly backend: string;
  readonly goals: readonly GoalResult[];
}) {
  const items = goals.flatMap((goal) => goal.items.map((item) => ({ goal, item })));
  return (
    <div class="goals">
      <DataTable
        caption={backend}
        showCaption
        head={["goal", "measured", "wanted", "verdict"]}
        rows={goals.map(({ label, value, goal, sense, unit, met }) => [
          label,
          value === undefined ? "" : goalText(value, unit),
          goal === undefined ? "" : `${sense === "at least" ? "≥" : "≤"} ${goalText(goal, unit)}`,
          met === undefined ? (
            ""
          ) : (
            <span class={met ? "good" : "bad"}>{met ? "✓ met" : "✗ missed"}</span>
          ),
        ])}
      />
      <details>
        <summary>The figures behind each goal; the worst counts</summary>
        <DataTable
          caption={`Figures behind the goals, ${backend}`}
          head={["goal", "figure", "value", "of medians", "ours", "beside", "theirs"]}
          figuresFrom={2}
          rows={items.map(({ goal, item }) => [goal.label, ...itemCells(item, goal.unit)])}
        />
      </details>
    </div>
  );
}

function itemCells(
  { label, value, ofMedians, ours, other, theirs }: GoalItem,
  unit: GoalResult["unit"],
): readonly string[] {
  const medians = ofMedians === undefined ? "" : goalText(ofMedians, unit);
  return [label, goalText(value, unit), medians, time(ours), other ?? "", time(theirs)];
}
