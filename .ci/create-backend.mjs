import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { refusalOf, toIdentifier } from "./backend-name.mjs";
import { finishedFiles } from "./backend-page.mjs";
import { folderRefusalOf, packContract, standaloneFiles } from "./backend-standalone.mjs";
import { root } from "./process.mjs";
import { setup } from "./setup.mjs";

// `npm run create-backend NAME`: a package with a backend that conforms, in plain loops.

const help = `npm run create-backend NAME              a package in this repository: packages/backend-NAME
npm run create-backend NAME -- --dir DIR   one of its own, blk-backend-NAME, in a folder outside of it

It conforms to the contract from the first minute, in plain loops; docs/writing-a-backend.md explains it.`;

/** Files in which a new package in this repository is as this one. */
const model = "packages/backend-js";
const sameFiles = ["tsconfig.json", "vitest.config.ts", "test/tsconfig.json"];

function workspaceFiles(name) {
  const manifest = JSON.parse(readFileSync(join(root, model, "package.json"), "utf8"));
  const [size] = manifest["size-limit"];
  const own = {
    ...manifest,
    name: `@blk/backend-${name}`,
    description: `The ${name} backend of @blk`,
    "size-limit": [{ ...size, limit: "5 kB" }],
  };
  return new Map([
    ["package.json", `${JSON.stringify(own, null, 2)}\n`],
    ...sameFiles.map((path) => [path, readFileSync(join(root, model, path), "utf8")]),
  ]);
}

/** A file of the page, for this name. */
function renamed(text, name, packageName) {
  return text
    .replaceAll("@blk/backend-mine", packageName)
    .replaceAll(/(["`])mine\1/g, `$1${name}$1`)
    .replaceAll(/\bmine\b/g, toIdentifier(name));
}

function write(folder, name, packageName, files) {
  for (const [path, text] of finishedFiles(root)) files.set(path, renamed(text, name, packageName));
  for (const [path, text] of files) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

/** A package in this repository. */
function createInWorkspace(name) {
  const folder = `packages/backend-${name}`;
  write(join(root, folder), name, `@blk/backend-${name}`, workspaceFiles(name));
  const width = `npx pnpm --filter @blk/backend-${name} build`.length;
  console.log(`${folder} is there: a backend of plain loops that conforms.

Next:
  ${"npx pnpm install".padEnd(width)}   # links it; needs npm run setup once before
  ${`npx pnpm --filter @blk/backend-${name} test`.padEnd(width)}   # the conformance suite
  npx pnpm --filter @blk/backend-${name} build
  npm run bench -- --backends ${name},js --backend-module ${folder}/dist/index.js

Begin with ${folder}/src/add-product.ts; docs/writing-a-backend.md explains every file.`);
}

/** A package outside of this repository, with @blk/core and @blk/conformance as they are here. */
async function createOutside(name, folder, shownFolder) {
  const isReady = existsSync(join(root, "node_modules", ".bin", "turbo")) || (await setup());
  if (!isReady) return false;
  const packed = await packContract();
  if (packed.problem) {
    console.error(packed.problem);
    return false;
  }
  write(folder, name, `blk-backend-${name}`, standaloneFiles(name));
  cpSync(packed.folder, join(folder, "vendor"), { recursive: true });
  cpSync(join(root, "LICENSE"), join(folder, "LICENSE"));
  packed.remove();
  console.log(`${shownFolder} is there: blk-backend-${name}, a backend of plain loops that conforms.

Next, in ${shownFolder}:
  npm install
  npm test                # types and the conformance suite
  npm run build           # dist/, which npm would get
  npm run build:page      # page/${name}.js, one file for the bench's page

and here, to measure it:
  npm run bench -- --backends ${name},js --backend-module ${join(shownFolder, "dist", "index.js")}

Begin with src/add-product.ts; docs/writing-a-backend.md explains every file.`);
  return true;
}

function parse() {
  const options = { dir: { type: "string" }, help: { type: "boolean", short: "h" } };
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    return { problem: `${error.message.replace(/\. .*/s, "")}\n${help}` };
  }
}

/** Where a person stands who has typed the command. */
const here = process.env.INIT_CWD ?? process.cwd();

async function run() {
  const { values, positionals, problem } = parse();
  if (problem) return problem;
  if (values.help) return console.log(help);
  if (values.dir === undefined && process.env.npm_config_dir !== undefined) {
    return "npm took --dir for itself; write -- before it: npm run create-backend NAME -- --dir DIR";
  }
  const [name = ""] = positionals;
  const folder = values.dir === undefined ? undefined : resolve(here, values.dir);
  const taken = `packages/backend-${name}`;
  const refusal =
    refusalOf(positionals) ??
    (existsSync(join(root, taken))
      ? `there is ${taken} already; choose another name, or go on with that one`
      : undefined) ??
    (folder === undefined ? undefined : folderRefusalOf(folder, values.dir));
  if (refusal) return refusal;
  if (folder === undefined) return createInWorkspace(name);
  if (!(await createOutside(name, folder, relative(here, folder)))) process.exitCode = 1;
}

const refusal = await run();
if (refusal) {
  console.error(`create-backend: ${refusal}`);
  process.exitCode = 2;
}
