import type { Report } from "../report.js";

/** Which look a backend or another library has: the same in every picture of a report. */
export function looksOf({ backends, peers }: Pick<Report, "backends" | "peers">): Looks {
  const names = [
    ...backends.map(({ name }) => name),
    ...peers.results.map(({ contender }) => contender),
  ];
  const order = new Map([...new Set(names)].map((name, i) => [name, i]));
  return (name) => {
    const known = order.get(name);
    if (known !== undefined) return known;
    order.set(name, order.size);
    return order.size - 1;
  };
}

/** The number of a series' look. */
export type Looks = (name: string) => number;
