import type { VNode } from "preact";
import { renderToString } from "preact-render-to-string";

/** The markup of a component, and what it reads as: tags left out, entities resolved. */
export function rendered(node: VNode): { readonly html: string; readonly text: string } {
  const html = renderToString(node);
  const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"' };
  const text = html
    .replace(/<[^>]*>/g, " ")
    .replace(/&(\w+);/g, (whole, name: string) => entities[name] ?? whole)
    .replace(/\s+/g, " ")
    .trim();
  return { html, text };
}
