import { expect, test } from "vitest";
import { GoalsTable } from "../src/charts/goals-table.js";
import type { GoalItem, GoalResult } from "../src/goals.js";
import { rendered } from "./rendered.js";

function goalOf(items: readonly GoalItem[]): GoalResult {
  return {
    ...{ id: "threads", backend: "mine", label: "more threads", unit: "×", sense: "at least" },
    ...{ goal: 1.5, value: 2, met: true, items },
  };
}

const item = { label: "n = 512", value: 2, ours: 1e-3, other: "1 thread", theirs: 2e-3 };

test("each figure stands beside what medians give, which reports from before have not", () => {
  const head = "goal figure value of medians ours beside theirs more threads n = 512 2.00×";
  const textOf = (one: GoalItem): string => rendered(<GoalsTable goals={[goalOf([one])]} />).text;
  expect(textOf({ ...item, ofMedians: 1.25 })).toContain(`${head} 1.25× 1.00 ms 1 thread`);
  expect(textOf(item)).toContain(`${head} 1.00 ms 1 thread`);
});
