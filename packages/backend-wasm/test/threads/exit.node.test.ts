import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { GemmKernels } from "../../src/gemm-kernels.js";
import { defaultParams } from "../../src/params.js";
import { createTestWorkspace } from "../workspace.js";

/** Ends a while after two threads shared calls, and disposes nothing. */
const program = `
import { shareCalls } from "./program.ts";
const outcome = await shareCalls();
console.log(JSON.stringify(outcome));
`;

/** Ends soon after a trial of tiles began, which compiles kernels when no product is computed. */
const productsProgram = `
import { BlockMatrix, matmul, openBackend } from "@blk/core";
import { wasm } from "../../src/index.ts";
const backend = await openBackend([wasm({ threads: 1 })]);
const a = BlockMatrix.zeros(backend, { rows: 512, cols: 512 });
for (let i = 0; i < 8; i++) matmul(a, a).dispose();
let compiled = 0;
const { Module } = WebAssembly;
WebAssembly.Module = class extends Module {
  constructor(bytes) {
    super(bytes);
    compiled++;
  }
};
while (compiled === 0) await new Promise((resolve) => setTimeout(resolve, 1));
process.on("exit", () => console.log(\`\${backend.capabilities.notes.length} notes\`));
`;

const endings = {
  "at once": program,
  "while workers sleep": `${program} await new Promise((resolve) => setTimeout(resolve, 100));`,
  "by process.exit": `${program} process.exit(0);`,
  // Node 20.0 to 20.15 and 22.0 to 22.2.
  "without process.getBuiltinModule": `process.getBuiltinModule = undefined; ${program}`,
};

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "blk-exit-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const limit = { timeout: 60_000 };

describe("a process ends by itself", () => {
  test.each(Object.entries(endings))(
    "with a pool that nobody disposed, %s",
    limit,
    async (name, contents) => {
      const { code, output } = await run(name.replaceAll(" ", "-"), contents);
      expect(output).toBe('{"threads":2,"used":2,"right":true,"notes":[]}\n');
      expect(code).toBe(0);
    },
  );

  test("before a backend tries its kernels", () => {
    const timers = vi.spyOn(globalThis, "setTimeout");
    const params = {
      f32: defaultParams("f32", false),
      f64: defaultParams("f64", false),
      i32: defaultParams("i32", false),
    };
    const gemm = new GemmKernels(createTestWorkspace().workspace, params, []);
    gemm.count("f32", 1e12);
    // Whether Node waits for them.
    const waits = timers.mock.results.map(({ value }) => (value as NodeJS.Timeout).hasRef());
    timers.mockRestore();
    gemm.stop();
    expect(waits).toEqual([false]);
  });

  test("while a backend tries its kernels", limit, async () => {
    const { code, output } = await run("trial", productsProgram);
    // A trial that had come to its end would have left a note.
    expect(output).toBe("0 notes\n");
    expect(code).toBe(0);
  });
});

/** Bundles a program and runs it. */
async function run(
  name: string,
  contents: string,
): Promise<{ code: number | null; output: string }> {
  const outfile = join(folder, `${name}.mjs`);
  await build({
    stdin: { contents, resolveDir: import.meta.dirname, loader: "ts" },
    bundle: true,
    platform: "node",
    format: "esm",
    conditions: ["@blk/source"],
    outfile,
    logLevel: "error",
  });
  return await runToItsEnd(outfile);
}

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
