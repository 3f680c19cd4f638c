import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

// Checks one built package as its users will get it: run in the package's folder, after its build.

const out = join("reports", "package");
const failures = [];

function tool(command, args) {
  try {
    const shell = process.platform === "win32";
    return execFileSync(command, args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      shell,
    });
  } catch (error) {
    failures.push(`${command}:\n${error.stdout ?? ""}${error.stderr ?? error.message}`);
    return "";
  }
}

/** What the package exports, each as the module that is built for it. */
const manifest = JSON.parse(readFileSync("package.json", "utf8"));
const entries = Object.values(manifest.exports).map((target) => target.default.slice("./".length));

// The tarball that would be published, with "publishConfig" and "workspace:" already resolved.
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const packed = tool("pnpm", ["pack", "--json", "--pack-destination", out]);

if (packed) {
  const { filename } = JSON.parse(packed);
  const paths = tool("tar", ["-tzf", filename]).split(/\r?\n/);
  for (const needed of [
    "LICENSE",
    "README.md",
    ...entries.flatMap((entry) => [entry, `${entry}.map`, entry.replace(/\.js$/, ".d.ts")]),
  ]) {
    if (!paths.includes(`package/${needed}`)) failures.push(`The tarball has no ${needed}.`);
  }

  const { messages, pkg } = await publint({
    strict: true,
    pack: { tarball: new Uint8Array(readFileSync(filename)).buffer },
  });
  for (const message of messages) failures.push(`publint: ${formatMessage(message, pkg)}`);
  if (JSON.stringify(pkg.exports).includes("@blk/source")) {
    failures.push('The published "exports" still have the condition "@blk/source".');
  }

  tool("attw", [filename, "--profile", "esm-only", "--no-color", "--no-emoji"]);
}

// Sizes as bundled by a user, against the limits in package.json.
console.log(tool("size-limit", []).trim());

// The built entries load in plain Node: no TypeScript, no source condition.
for (const entry of entries) {
  try {
    await import(pathToFileURL(entry).href);
  } catch (error) {
    failures.push(`${entry} does not load: ${error}`);
  }
}

if (failures.length > 0) {
  console.error(failures.join("\n\n"));
  process.exit(1);
}
