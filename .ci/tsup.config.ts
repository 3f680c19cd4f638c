import { existsSync, readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { defineConfig, type Options } from "tsup";

// How every package is built; tsup runs in the package's own folder.

/** The sources of what a package exports, by the names of what is built from them. */
function entries(): Record<string, string> {
  const { exports } = JSON.parse(readFileSync("package.json", "utf8"));
  const pairs = Object.values(exports as Record<string, Record<string, string>>).map((target) => [
    basename(target["default"] as string, ".js"),
    target["@blk/source"],
  ]);
  return Object.fromEntries(pairs);
}

/** In packages/, a library: modules and declarations, its dependencies left outside. */
const library: Options = {
  platform: "neutral",
  external: [/^node:/],
  // The types of Node are for entries that run in Node only: "typecheck" keeps them out of the others.
  dts: { compilerOptions: { ignoreDeprecations: "6.0", types: ["node"] } },
};

/** The @blk packages are bundled in from their sources, so that an app needs no other build. */
const fromSources: Options = {
  esbuildOptions(options) {
    options.conditions = ["@blk/source", "module"];
  },
};

/** In apps/, a program. */
const app: Options = {
  ...fromSources,
  entry: ["src/cli.ts", ...(existsSync("src/serve-page.ts") ? ["src/serve-page.ts"] : [])],
  platform: "node",
  noExternal: [/^@blk\//],
};

/** The module of an app's page, and what it loads, in a folder of its own: for a browser, complete. */
const page: Options = {
  ...fromSources,
  entry: ["src/page/run-in-page.ts"],
  platform: "browser",
  noExternal: [/./],
  outDir: "dist/page",
};

const common: Options = {
  format: "esm",
  target: "es2022",
  splitting: true,
  sourcemap: true,
  clean: true,
  silent: true,
  removeNodeProtocol: false,
};

const group = basename(dirname(process.cwd()));
const hasPage = existsSync("src/page/run-in-page.ts");

export default defineConfig([
  // The pages are built by themselves, one at the same time: they clean their own folders.
  {
    ...common,
    ...(group === "apps" ? app : { ...library, entry: entries() }),
    ...(hasPage && { clean: ["!page/**", "!site/**"] }),
  },
  ...(hasPage ? [{ ...common, ...page }] : []),
]);
