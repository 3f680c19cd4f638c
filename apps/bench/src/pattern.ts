/** Whether an id is meant by a pattern: a part of it, or with `*` all of it; every id is by none. */
export function matchesPattern(id: string, pattern: string | undefined): boolean {
  if (pattern === undefined) return true;
  const [text, wanted] = [id.toLowerCase(), pattern.toLowerCase()];
  if (!wanted.includes("*")) return text.includes(wanted);
  const parts = wanted.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(text);
}
