import type { Timing } from "./measure.js";
import type { Report } from "./report.js";

/** Something that got worse. */
export interface Change {
  readonly kind: "slower" | "broken";
  readonly backend: string;
  readonly id: string;
  /** Which way of computing it, where a case knows several. */
  readonly path?: string;
  readonly message: string;
}

export interface Comparison {
  readonly changes: readonly Change[];
  readonly faster: readonly string[];
  /** Things that both reports hold. */
  readonly compared: number;
  /** Whether the times come from two different machines or engines. */
  readonly otherMachine: boolean;
}

/**
 * Slower by less than this is noise, even where the quartiles lie apart: from one process to the
 * next, the engine compiles the same code a little differently.
 */
const threshold = 1.25;
const accuracyLoss = 0.02;

/** What got slower beyond noise, or broke, from `before` to `after`. What only one holds is left out. */
export function compareReports(before: Report, after: Report): Comparison {
  const changes: Change[] = [];
  const faster: string[] = [];
  let compared = 0;
  const pairs = <T extends { readonly backend: string }>(
    old: readonly T[],
    current: readonly T[],
    key: (entry: T) => string,
  ): (readonly [T, T])[] => {
    const known = new Map(old.map((entry) => [`${entry.backend} ${key(entry)}`, entry]));
    const found = current.flatMap((entry) => {
      const match = known.get(`${entry.backend} ${key(entry)}`);
      return match === undefined ? [] : [[match, entry] as const];
    });
    compared += found.length;
    return found;
  };
  const broken = (backend: string, id: string, message = "it failed", path?: string): void => {
    changes.push({ kind: "broken", backend, id, ...(path && { path }), message });
  };
  const times = (
    { backend, id }: { readonly backend: string; readonly id: string },
    old?: Timing,
    current?: Timing,
    path?: string,
  ): void => {
    if (old === undefined || current === undefined) return;
    const factor = current.median / old.median;
    const text = `${(old.median * 1e3).toPrecision(3)} ms before, ${(current.median * 1e3).toPrecision(3)} ms now (${factor.toFixed(2)}×)`;
    if (isSlower(old, current)) {
      changes.push({ kind: "slower", backend, id, ...(path && { path }), message: text });
    } else if (isSlower(current, old)) {
      faster.push(`${backend} ${id}${path === undefined ? "" : ` (${path})`}: ${text}`);
    }
  };

  const selected = new Set(after.backends.map(({ name }) => name));
  for (const { name, ran } of before.backends) {
    const now = after.backends.find((entry) => entry.name === name);
    if (ran && selected.has(name) && now?.ran === false && now.reason !== notSelected) {
      broken(name, "backend", `it ran before and cannot now: ${now.reason ?? "no reason given"}`);
    }
  }
  for (const [old, now] of pairs(before.conformance, after.conformance, (entry) => entry.name)) {
    const lost = now.status === "failed" || now.status === "unsupported";
    if (old.status === "passed" && lost) {
      broken(now.backend, now.name, `passed before, ${now.status} now: ${now.message ?? ""}`);
    }
  }
  for (const [old, now] of pairs(before.performance, after.performance, (entry) => entry.id)) {
    if (old.status === "measured" && (now.status === "wrong" || now.status === "failed")) {
      broken(now.backend, now.id, now.message);
    }
    times(now, old.timing, now.timing);
  }
  for (const [old, now] of pairs(before.partition, after.partition, (entry) => entry.id)) {
    for (const path of ["unblocked", "cut", "blocks"] as const) {
      if (old[path].timing !== undefined && now[path].message !== undefined) {
        broken(now.backend, now.id, now[path].message, path);
      }
      times(now, old[path].timing, now[path].timing, path);
    }
  }
  for (const [old, now] of pairs(before.workload, after.workload, (entry) => entry.id)) {
    if (old.status === "measured" && now.status === "failed") {
      broken(now.backend, now.id, now.message);
    }
    const [x, y] = [old.training, now.training];
    const alike = x?.epochs === y?.epochs && x?.steps === y?.steps;
    if (x !== undefined && y !== undefined && alike && y.accuracy < x.accuracy - accuracyLoss) {
      const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
      const text = `accuracy fell from ${percent(x.accuracy)} to ${percent(y.accuracy)}`;
      broken(now.backend, now.id, text);
    }
  }
  const [x, y] = [before.machine, after.machine];
  const otherBrowser =
    x.browser !== y.browser && x.browser !== undefined && y.browser !== undefined;
  const otherMachine =
    x.cpu !== y.cpu || x.cores !== y.cores || x.runtime !== y.runtime || otherBrowser;
  return { changes, faster, compared, otherMachine };
}

/**
 * In the middle, in the spread, and at best: what else the machine does slows some samples down,
 * hardly ever all of them.
 */
export function isSlower(old: Timing, current: Timing): boolean {
  return (
    current.median > threshold * old.median &&
    current.fastest > threshold * old.fastest &&
    current.lower > old.upper
  );
}

/** The reason given for a backend that `--backends` leaves out. */
export const notSelected = "not named by --backends";
