import { defaultClientConditions, defineConfig } from "vite";

/** The page: static files that run from any folder of any server. */
export default defineConfig({
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  // The @blk packages are bundled in from their sources, so that the page needs no other build.
  resolve: { conditions: ["@blk/source", ...defaultClientConditions] },
  worker: { format: "es" },
  build: {
    target: "es2022",
    outDir: "dist/site",
    // Data are files of their own, never inside of the code.
    assetsInlineLimit: 0,
  },
  logLevel: "warn",
});
