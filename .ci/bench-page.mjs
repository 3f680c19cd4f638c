import { join } from "node:path";
import { capture, root, runAttached } from "./process.mjs";
import { setup } from "./setup.mjs";

// `npm run bench:page [-- --port N]`: set up, build the page from the sources, serve it.

if (!(await setup())) process.exit(1);

const build = await capture("turbo", ["run", "build", "build:page", "--filter=@blk/bench"]);
if (!build.ok) {
  console.error(build.output);
  console.error("The page could not be built; the details are above.");
  process.exit(1);
}
const server = join(root, "apps", "bench", "dist", "serve-page.js");
const { code } = await runAttached([server, ...process.argv.slice(2)]);
process.exit(code ?? 0);
