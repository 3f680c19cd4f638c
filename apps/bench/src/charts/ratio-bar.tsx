export interface RatioBarProps {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

/** Further away, a bar ends at the edge. */
const mostDoublings = 2;

/** A ratio on a logarithmic line from ¼ to 4, its spread, and the place where nothing changed. */
export function RatioBar({ ratio, low, high }: RatioBarProps) {
  const at = (value: number): string => {
    const doublings = Math.min(mostDoublings, Math.max(-mostDoublings, Math.log2(value)));
    return `${(50 + (50 * doublings) / mostDoublings).toFixed(1)}%`;
  };
  return (
    <svg class="ratio" aria-hidden="true">
      <line class="same" x1="50%" x2="50%" y1="0" y2="100%" />
      <line class="range" x1={at(low)} x2={at(high)} y1="50%" y2="50%" />
      <circle cx={at(ratio)} cy="50%" r="3.5" />
    </svg>
  );
}
