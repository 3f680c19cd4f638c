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
  const parts = page.matchAll(
    /^## (?<heading>.+)$|^\*\*`(?<path>[^`]+)`\*\*.*\n\n(?<fence>`{3,})\w+\n(?<text>[\s\S]*?)^\k<fence>$/gm,
  );
  const files = [];
  let section = "";
  for (const { groups } of parts) {
    const { heading, path, text } = groups;
    // A heading within a file, which is matched as a whole, is not one of the page.
    if (heading === undefined) files.push({ section, path, text });
    else section = heading;
  }
  return files;
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
