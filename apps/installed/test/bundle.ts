import { join } from "node:path";
import { build as esbuild } from "esbuild";
import { build as tsup } from "tsup";
import { build as vite } from "vite";
import webpack from "webpack";

/** Where a bundle is to run. */
export type Place = "node" | "page";

/**
 * Bundles `main.js` of a project (vite, for a page: its `index.html`) into a folder, as `main.js`, and
 * gives the warnings.
 */
type Bundler = (project: string, out: string, place: Place) => Promise<string[]>;

/** The bundlers, each used as its manual says, with minification. */
export const bundlers: Readonly<Record<string, Bundler>> = {
  async vite(project, out, place) {
    const warnings: string[] = [];
    const onwarn = ({ code, message }: { code?: string; message: string }): void => {
      // Says only that this machine is busy.
      if (code === "PLUGIN_TIMINGS") return;
      warnings.push(message);
    };
    const ssr = place === "node" && { ssr: "main.js" };
    await vite({
      root: project,
      configFile: false,
      logLevel: "error",
      ssr: { noExternal: true },
      build: { outDir: out, minify: true, rollupOptions: { onwarn }, ...ssr },
    });
    return warnings;
  },

  async esbuild(project, out, place) {
    const { warnings } = await esbuild({
      entryPoints: [join(project, "main.js")],
      outdir: out,
      bundle: true,
      minify: true,
      splitting: true,
      format: "esm",
      platform: place === "node" ? "node" : "browser",
      logLevel: "silent",
    });
    return warnings.map(({ text }) => text);
  },

  async tsup(project, out, place) {
    await tsup({
      entry: [join(project, "main.js")],
      outDir: out,
      minify: true,
      format: "esm",
      platform: place === "node" ? "node" : "browser",
      noExternal: [/^@blk\//],
      config: false,
      silent: true,
    });
    return [];
  },

  async webpack(project, out, place) {
    return runWebpack({
      mode: "production",
      context: project,
      entry: "./main.js",
      // Modules, which take the project's "type": "module" for what it says.
      experiments: { outputModule: true },
      output: { path: out, filename: "main.js", module: true },
      target: place === "node" ? "node20" : "web",
    });
  },
};

/** Bundles and gives the warnings; throws the first error. */
export async function runWebpack(configuration: webpack.Configuration): Promise<string[]> {
  const compiler = webpack(configuration);
  const stats = await new Promise<webpack.Stats | undefined>((resolve, reject) => {
    compiler.run((error, result) => (error ? reject(error) : resolve(result)));
  });
  await new Promise<void>((resolve) => compiler.close(() => resolve()));
  const report = stats?.toJson({ all: false, errors: true, warnings: true });
  const [error] = report?.errors ?? [];
  if (error) throw new Error(error.message);
  return (report?.warnings ?? []).map(({ message }) => message);
}
