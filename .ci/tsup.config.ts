import { existsSync } from "node:fs";
import { basename, dirname } from "node:path";
import { defineConfig, type Options } from "tsup";

// How every package is built; tsup runs in the package's own folder.

/** In packages/, a library: modules and declarations, its dependencies left outside. */
const library: Options = {
  entry: ["src/index.ts"],
  platform: "neutral",
  external: [/^node:/],
  dts: { compilerOptions: { ignoreDeprecations: "6.0" } },
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
  entry: ["src/cli.ts"],
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
};

const group = basename(dirname(process.cwd()));
const hasPage = existsSync("src/page/run-in-page.ts");

export default defineConfig([
  // The page is built at the same time: it cleans its own folder.
  { ...common, ...(group === "apps" ? app : library), ...(hasPage && { clean: ["!page/**"] }) },
  ...(hasPage ? [{ ...common, ...page }] : []),
]);
