import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { root } from "./process.mjs";

// What the pages of this repository point at is there.

const folders = [
  ".",
  "docs",
  "docs/decisions",
  ...readdirSync(join(root, "packages")).map((name) => `packages/${name}`),
];
const pages = folders.flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name)),
);
const textOf = (page) => readFileSync(join(root, page), "utf8");
const { scripts } = JSON.parse(textOf("package.json"));

/** The place of a heading in the addresses of a page. */
const anchorOf = (heading) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");

for (const page of pages) {
  const text = textOf(page);

  test(`${page}: links lead to files and headings`, () => {
    for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const [path, anchor] = target.split("#");
      const file = path === "" ? page : join(dirname(page), path);
      assert.ok(existsSync(join(root, file)), `${target} is not there`);
      if (anchor === undefined) continue;
      const headings = [...textOf(file).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
        anchorOf(heading),
      );
      assert.ok(headings.includes(anchor), `${target} is no heading`);
    }
  });

  test(`${page}: commands and paths of this repository are there`, () => {
    for (const [, name] of text.matchAll(/npm run ([a-z:-]+)/g)) {
      // A backend's package of its own has these.
      if (page === "docs/writing-a-backend.md" && /^build(:page)?$/.test(name)) continue;
      assert.ok(name in scripts, `npm run ${name}`);
    }
    for (const [path] of text.matchAll(/\b(?:packages|apps|docs)\/[\w./-]*\w(?![\w*-])/g)) {
      const isMade = /backend-(mine|NAME)\b|\/(dist|reports)\b/.test(path);
      assert.ok(isMade || existsSync(join(root, path)), path);
    }
    for (const [, name] of text.matchAll(/--filter[ =]@blk\/([\w-]+)/g)) {
      const isThere =
        name === "backend-mine" ||
        ["packages", "apps"].some((group) => existsSync(join(root, group, name)));
      assert.ok(isThere, `@blk/${name}`);
    }
  });
}
