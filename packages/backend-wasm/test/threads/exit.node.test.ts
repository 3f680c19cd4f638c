import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** Ends a while after two threads shared calls, and disposes nothing. */
const program = `
import { shareCalls } from "./program.ts";
const outcome = await shareCalls();
console.log(JSON.stringify(outcome));
`;

const endings = {
  "at once": program,
  "while workers sleep": `${program} await new Promise((resolve) => setTimeout(resolve, 100));`,
  "by process.exit": `${program} process.exit(0);`,
  // Node 20.0 to 20.15 and 22.0 to 22.2.
  "without process.getBuiltinModule": `process.getBuiltinModule = undefined; ${program}`,
};

describe("a process with a pool that nobody disposed ends by itself", () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "blk-exit-"));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.each(Object.entries(endings))("%s", { timeout: 60_000 }, async (name, contents) => {
    const outfile = join(folder, `${name.replaceAll(" ", "-")}.mjs`);
    await build({
      stdin: { contents, resolveDir: import.meta.dirname, loader: "ts" },
      bundle: true,
      platform: "node",
      format: "esm",
      conditions: ["@blk/source"],
      outfile,
      logLevel: "error",
    });
    const { code, output } = await runToItsEnd(outfile);
    expect(output).toBe('{"threads":2,"used":2,"right":true,"notes":[]}\n');
    expect(code).toBe(0);
  });
});

/** Runs a file in Node; one that does not end is killed, which gives a code of null. */
function runToItsEnd(file: string): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file], { timeout: 20_000, killSignal: "SIGKILL" });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (data: Buffer) => {
        output += data.toString();
      });
    }
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}
