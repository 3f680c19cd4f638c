import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { refusalOf, toIdentifier } from "./backend-name.mjs";
import { finishedFiles } from "./backend-page.mjs";
import { root } from "./process.mjs";

// `npm run create-backend NAME`: a package with a backend that conforms, in plain loops.

/** Files in which a new package is as this one. */
const model = "packages/backend-js";
const sameFiles = ["tsconfig.json", "vitest.config.ts", "test/tsconfig.json"];

function manifestOf(name) {
  const manifest = JSON.parse(readFileSync(join(root, model, "package.json"), "utf8"));
  const [size] = manifest["size-limit"];
  return {
    ...manifest,
    name: `@blk/backend-${name}`,
    description: `The ${name} backend of @blk`,
    "size-limit": [{ ...size, limit: "5 kB" }],
  };
}

/** A file of the page, for this name. */
function renamed(text, name) {
  return text
    .replaceAll("backend-mine", `backend-${name}`)
    .replaceAll(/(["`])mine\1/g, `$1${name}$1`)
    .replaceAll(/\bmine\b/g, toIdentifier(name));
}

function create(name, folder) {
  const files = new Map([
    ["package.json", `${JSON.stringify(manifestOf(name), null, 2)}\n`],
    ...sameFiles.map((path) => [path, readFileSync(join(root, model, path), "utf8")]),
    ...[...finishedFiles(root)].map(([path, text]) => [path, renamed(text, name)]),
  ]);
  for (const [path, text] of files) {
    const file = join(root, folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

const names = process.argv.slice(2);
const [name = ""] = names;
const folder = `packages/backend-${name}`;
const refusal =
  refusalOf(names) ??
  (existsSync(join(root, folder))
    ? `there is ${folder} already; choose another name, or go on with that one`
    : undefined);

if (refusal) {
  console.error(`create-backend: ${refusal}`);
  process.exitCode = 2;
} else {
  create(name, folder);
  const width = `npx pnpm --filter @blk/backend-${name} build`.length;
  console.log(`${folder} is there: a backend of plain loops that conforms.

Next:
  ${"npx pnpm install".padEnd(width)}   # links it; needs npm run setup once before
  ${`npx pnpm --filter @blk/backend-${name} test`.padEnd(width)}   # the conformance suite
  npx pnpm --filter @blk/backend-${name} build
  npm run bench -- --backends ${name},js --backend-module ${folder}/dist/index.js

Begin with ${folder}/src/add-product.ts; docs/writing-a-backend.md explains every file.`);
}
