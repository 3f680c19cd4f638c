import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Runs a program in Node and gives the value that it prints as JSON. */
export async function outputOf(args: readonly string[], cwd?: string): Promise<unknown> {
  const options = { timeout: 30_000, ...(cwd === undefined ? {} : { cwd }) };
  const { stdout } = await promisify(execFile)(process.execPath, args, options);
  return JSON.parse(stdout);
}

/** What `everything()` finds on a backend that runs. */
const right = {
  product: [
    [7, 10],
    [15, 22],
  ],
  coefficients: [1, 2],
  slopes: [[6]],
  passed: 4,
};

/** What `everything()` finds on a machine without WebGPU. */
export const allRight = { wasm: right, js: right, webgpu: "cannot run here" };

/** What it finds in a page with WebGPU. */
export const allRightWithGpu = { ...allRight, webgpu: right };
