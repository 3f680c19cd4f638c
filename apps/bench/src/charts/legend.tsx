import { Marker } from "./marker.js";

export interface LegendEntry {
  readonly name: string;
  /** Of its look. */
  readonly index: number;
}

/** Which look is whose. */
export function Legend({ entries }: { readonly entries: readonly LegendEntry[] }) {
  return (
    <ul class="legend">
      {entries.map(({ name, index }) => (
        <li>
          <svg width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true">
            <Marker index={index} />
          </svg>
          {name}
        </li>
      ))}
    </ul>
  );
}
