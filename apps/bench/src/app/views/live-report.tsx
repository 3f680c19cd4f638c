import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ReportView } from "../../charts/report-view.js";
import type { Report } from "../../report.js";
import { Guarded } from "./guarded.js";

interface Props {
  readonly report: Report | undefined;
  readonly isRunning: boolean;
}

/** Milliseconds between two pictures of a run: they take the processor that is being measured. */
const pause = 1000;

/** The report of a run while it grows, drawn anew once a second, and when it is done. */
export function LiveReport({ report, isRunning }: Props) {
  const drawn = useSignal<Report | undefined>(undefined);
  const newest = useRef(report);
  newest.current = report;
  useEffect(() => {
    const draw = (): void => {
      drawn.value = newest.current;
    };
    draw();
    if (!isRunning) return undefined;
    const timer = setInterval(draw, pause);
    return () => clearInterval(timer);
  }, [isRunning, drawn]);
  if (drawn.value === undefined || drawn.value.backends.length === 0) return null;
  return (
    <Guarded key={drawn.value.date} what="This report">
      <div class="report">
        <ReportView report={drawn.value} />
      </div>
    </Guarded>
  );
}
