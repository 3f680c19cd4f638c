import type { KernelTrial } from "@blk/core";
import type { Report } from "../report.js";
import { Figure } from "./figure.js";
import { short } from "./format.js";
import { type HeatCell, HeatTable } from "./heat-table.js";

/** How fast the variants of a kernel were where a backend tried them: variants by backends. */
export function TileMap({ backends }: Pick<Report, "backends">) {
  const trials = backends.flatMap(({ name, trials: own = [] }) =>
    own.map((trial) => ({ backend: name, trial })),
  );
  const kinds = [...new Set(trials.map(({ trial }) => trial.kernels))].sort();
  return (
    <>
      {kinds.map((kind) => (
        <TrialMap kind={kind} tried={trials.filter(({ trial }) => trial.kernels === kind)} />
      ))}
    </>
  );
}

interface Tried {
  readonly backend: string;
  readonly trial: KernelTrial;
}

function TrialMap({ kind, tried }: { readonly kind: string; readonly tried: readonly Tried[] }) {
  const variants = [
    ...new Set(tried.flatMap(({ trial }) => trial.measured.map(({ variant }) => variant))),
  ];
  const title = `Variants of ${kind}`;
  return (
    <Figure
      title={title}
      description="GFLOP/s of each tile of sums, as the backend tried them here. All give the same bits; ● is the one that it goes on with."
    >
      <HeatTable
        caption={title}
        head={["variant", ...tried.map(({ backend }) => backend)]}
        steps={8}
        rows={variants.map((variant) => ({
          name: variant,
          cells: tried.map(({ trial }) => variantCell(trial, variant)),
        }))}
      />
    </Figure>
  );
}

function variantCell({ measured, chosen }: KernelTrial, variant: string): HeatCell {
  const gflops = measured.find((each) => each.variant === variant)?.gflops;
  if (gflops === undefined) return { text: "" };
  const best = Math.max(...measured.map((each) => each.gflops));
  const mark = variant === chosen ? "● " : "";
  return { text: `${mark}${short(gflops)}`, doublings: Math.log2(best / gflops) };
}
