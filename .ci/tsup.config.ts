import { basename, dirname } from "node:path";
import { defineConfig } from "tsup";

// How every package is built; tsup runs in the package's own folder.

/** In packages/, a library: modules and declarations, its dependencies left outside. */
const library = defineConfig({
  entry: ["src/index.ts"],
  platform: "neutral",
  external: [/^node:/],
  dts: { compilerOptions: { ignoreDeprecations: "6.0" } },
});

/** In apps/, a program: the @blk packages are bundled in from their sources, so that it needs no other build. */
const app = defineConfig({
  entry: ["src/cli.ts"],
  platform: "node",
  noExternal: [/^@blk\//],
  esbuildOptions(options) {
    options.conditions = ["@blk/source", "module"];
  },
});

const group = basename(dirname(process.cwd()));

export default defineConfig({
  ...(group === "apps" ? app : library),
  format: "esm",
  target: "es2022",
  splitting: true,
  sourcemap: true,
  clean: true,
  silent: true,
});
