import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { isAbsolute, join, relative } from "node:path";
import { capture, root } from "./process.mjs";

// What a backend has around its code where it lives outside of this repository.

/** The contract and its suite, which a package of its own takes from this repository as tarballs. */
const contract = ["@blk/core", "@blk/conformance"];

const versionOf = (folder) =>
  JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")).version;

/** `blk-core-1.2.3.tgz` is `@blk/core` as `pnpm pack` writes it. */
const tarballOf = (name) =>
  `${name.replace("@blk/", "blk-")}-${versionOf(name.replace("@blk/", "packages/"))}.tgz`;

/** The version of a tool that this repository works with. */
const toolVersion = (name) =>
  createRequire(join(root, "package.json"))(`${name}/package.json`).version;

/**
 * Users have one @blk/core, theirs, in the range that is tested: a peer. What tests it, a release or the
 * state of a repository, is a development dependency, which may be a file: users never see it.
 */
function manifestOf(name) {
  const tools = ["esbuild", "typescript", "vitest"];
  return {
    name: `blk-backend-${name}`,
    version: "0.0.0",
    description: `The ${name} backend for @blk/core`,
    license: "MIT",
    keywords: ["blk-backend", "matrix", "gemm", "linear-algebra"],
    type: "module",
    sideEffects: false,
    engines: { node: ">=20" },
    files: ["dist", "src"],
    exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
    scripts: {
      build: "tsc -p .",
      "build:page": `esbuild src/index.ts --bundle --format=esm --outfile=page/${name}.js`,
      test: "tsc -p test && vitest run",
      prepack: "npm run build",
    },
    peerDependencies: { "@blk/core": `^${versionOf("packages/core")}` },
    devDependencies: Object.fromEntries([
      ...contract.map((dependency) => [dependency, `file:vendor/${tarballOf(dependency)}`]),
      ...tools.map((tool) => [tool, `^${toolVersion(tool)}`]),
    ]),
  };
}

const compilerOptions = {
  target: "ES2022",
  lib: ["ES2022", "ESNext.Disposable", "DOM"],
  types: [],
  module: "NodeNext",
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  declaration: true,
  sourceMap: true,
  rootDir: "src",
  outDir: "dist",
};

/** The files beside those of docs/writing-a-backend.md, by path. */
export function standaloneFiles(name) {
  const json = (value) => `${JSON.stringify(value, null, 2)}\n`;
  return new Map([
    ["package.json", json(manifestOf(name))],
    ["tsconfig.json", json({ compilerOptions, include: ["src"] })],
    [
      "test/tsconfig.json",
      json({
        extends: "../tsconfig.json",
        compilerOptions: { noEmit: true, rootDir: "..", skipLibCheck: true },
        include: ["."],
      }),
    ],
    [".gitignore", "node_modules\ndist\npage\n"],
  ]);
}

/** Why a package of its own cannot be laid out in a folder, and what to do; undefined if it can. */
export function folderRefusalOf(folder, shown) {
  const inside = relative(root, folder);
  if (!inside.startsWith("..") && !isAbsolute(inside)) {
    return `"${shown}" is inside of this repository, where packages lie in packages/: leave out --dir, or name a folder outside`;
  }
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found && !found.isDirectory())
    return `${shown} is a file; name a folder that is new or empty`;
  if (found && readdirSync(folder).length > 0) {
    return `${shown} is not empty; name a folder that is new or empty`;
  }
  return undefined;
}

/** Builds and packs the contract and its suite into a folder of its own, or says why that failed. */
export async function packContract() {
  const folder = mkdtempSync(join(tmpdir(), "blk-contract-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const filters = contract.map((name) => `--filter=${name}`);
  for (const [tool, ...args] of [
    ["turbo", "run", "build", ...filters],
    ["pnpm", "--recursive", ...filters, "pack", "--pack-destination", folder],
  ]) {
    const { ok, output } = await capture(tool, args);
    if (ok) continue;
    remove();
    return { problem: `${tool} ${args.join(" ")} failed:\n${output}` };
  }
  return { folder, remove };
}
