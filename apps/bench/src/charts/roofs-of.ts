import type { Report } from "../report.js";
import { type Roofs, yardstick } from "../roof.js";
import { usesVectors } from "../uses-vectors.js";

/** What can be computed at best, and what memory lets through. */
export interface NamedRoof {
  readonly name: string;
  readonly gflops: number;
  readonly copyGBps: number;
}

/** The roofs that a report's shares are of: those of its backends, highest last, each once. */
export function roofsOf(
  { backends, roofs, pageRoofs }: Pick<Report, "backends" | "roofs" | "pageRoofs">,
  dtype: "f32" | "f64",
): readonly NamedRoof[] {
  const ran = backends.filter((backend) => backend.ran);
  const own = ran.map(({ name, threads = 1, place }) => {
    const inPage = place !== undefined && pageRoofs !== undefined;
    const [measured, where] = inPage ? [pageRoofs, `, ${place}`] : [roofs, ""];
    return namedRoof(measured, name, threads, where, dtype);
  });
  const distinct = new Map(own.map((roof) => [roof.name, roof]));
  return [...distinct.values()].sort((x, y) => x.gflops - y.gflops);
}

function namedRoof(
  roofs: Roofs,
  backend: string,
  threads: number,
  where: string,
  dtype: "f32" | "f64",
): NamedRoof {
  const { roof, gflops, copyGBps } = yardstick(roofs, { vectors: usesVectors(backend), threads });
  const kind = roof === "simd" ? "vectors of 128 bits" : "plain JavaScript";
  const cores = threads === 1 ? "one core" : `${threads} cores`;
  return { name: `${kind}, ${cores}${where}`, gflops: gflops[dtype], copyGBps };
}
