import colors from "picocolors";
import type { GoalItem, GoalResult } from "./goals.js";
import { duration, goalText } from "./print-units.js";
import type { Report } from "./report.js";
import { table } from "./table.js";

/** Every goal that figures were measured for, and below it the figures, backend by backend. */
export function printGoals({ goals }: Report): string {
  const measured = goals.filter(({ items }) => items.length > 0);
  if (measured.length === 0) return "";
  const backends = [...new Set(measured.map(({ backend }) => backend))];
  const head = ["", "measured", "goal", "", "of medians", "ours", "beside", "theirs"];
  const explanation = colors.dim(
    "Figures and times are those of the fastest samples but where medians are named; of several figures the worst counts.",
  );
  const tables = backends.map((name) => {
    const own = measured.filter(({ backend }) => backend === name);
    const rows = own.flatMap((goal) => [goalRow(goal), ...itemRows(goal)]);
    return table(`Against the goals: ${name}`, head, rows);
  });
  return `${tables.join("\n\n")}\n${explanation}`;
}

function goalRow({ label, unit, sense, goal, value, met }: GoalResult): string[] {
  const sign = met === undefined ? "" : met ? colors.green("✓") : colors.red("✗");
  const target =
    goal === undefined ? "" : `${sense === "at least" ? "≥" : "≤"} ${goalText(goal, unit)}`;
  const worst = value === undefined ? "" : goalText(value, unit);
  return [colors.bold(label), colors.bold(worst), target, sign, "", "", "", ""];
}

function itemRows({ unit, items }: GoalResult): string[][] {
  const isAll = items.length === 1 && items[0]?.other === undefined;
  if (isAll) return [];
  return items.map(({ label, value, ofMedians, ours, other, theirs }: GoalItem) => [
    `  ${label}`,
    goalText(value, unit),
    "",
    "",
    ofMedians === undefined ? "" : goalText(ofMedians, unit),
    ours === undefined ? "" : duration(ours),
    other ?? "",
    theirs === undefined ? "" : duration(theirs),
  ]);
}
