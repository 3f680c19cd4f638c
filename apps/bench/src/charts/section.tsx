import type { ComponentChildren } from "preact";

export interface SectionProps {
  readonly title: string;
  /** Whether there is something in it. Default: true. */
  readonly shown?: boolean;
  readonly children: ComponentChildren;
}

/** A part of a report under its heading; nothing where nothing is in it. */
export function Section({ title, shown = true, children }: SectionProps) {
  if (!shown) return null;
  return (
    <section>
      <h2>{title}</h2>
      {children}
    </section>
  );
}
