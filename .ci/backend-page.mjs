import { readFileSync } from "node:fs";
import { join } from "node:path";

// docs/writing-a-backend.md as files: what its tests run and what `npm run create-backend` writes out.

/** The section from which on files are variants that a new package does not begin with. */
const lastSteps = "Performance";

/**
 * The files of the page in its order. A file is a path in bold and backquotes at the beginning of a
 * paragraph, and the code block behind that paragraph; a later one replaces an earlier one.
 *
 * @param {string} root the repository's root folder
 * @returns {{ section: string, path: string, text: string }[]}
 */
export function pageFiles(root) {
  const page = readFileSync(join(root, "docs", "writing-a-backend.md"), "utf8");
  return page.split(/^## /m).flatMap((part) => {
    const section = part.slice(0, part.indexOf("\n"));
    const blocks = part.matchAll(/^\*\*`([^`]+)`\*\*.*\n\n(`{3,})\w+\n([\s\S]*?)^\2$/gm);
    return [...blocks].map(([, path, , text]) => ({ section, path, text }));
  });
}

/**
 * The files of a package that has followed all steps, by path.
 *
 * @param {string} root
 * @returns {Map<string, string>}
 */
export function finishedFiles(root) {
  const files = pageFiles(root);
  const end = files.findIndex(({ section }) => section === lastSteps);
  return new Map(files.slice(0, end).map(({ path, text }) => [path, text]));
}
