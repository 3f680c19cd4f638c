import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { contractCases } from "../src/conformance-cases.js";
import { importInstalled } from "../src/import-installed.js";
import { readReport } from "../src/read-report.js";
import { adapterInWords, isSoftwareAdapter } from "../src/software-adapter.js";
import { webgpuInNode } from "../src/webgpu-in-node.js";
import { buildBench } from "./build-bench.js";
import { refusal, runMain } from "./run-main.js";
import { start } from "./start.js";

vi.mock("../src/import-installed.js", { spy: true });
// Everything takes longer while other packages are tested beside.
vi.setConfig({ testTimeout: 60_000 });

const info = (description: string): object => ({
  ...{ description, vendor: "acme", device: "0x1", architecture: "new" },
});

/** The module of an implementation with one adapter. */
function implementation(description: string): Record<string, unknown> {
  return { create: () => ({ requestAdapter: async () => ({ info: info(description) }) }) };
}

afterEach(() => {
  vi.mocked(importInstalled).mockReset();
  vi.unstubAllEnvs();
});

describe("WebGPU in Node", () => {
  test("that is not installed says how to install it", async () => {
    const missing = Object.assign(new Error("it is not in /x"), { code: "ERR_MODULE_NOT_FOUND" });
    vi.mocked(importInstalled).mockRejectedValue(missing);
    const reason =
      "the npm package webgpu is not installed; install it beside the app: npm install webgpu";
    expect(await webgpuInNode({ software: false }).probe()).toEqual({ available: false, reason });
    expect(await refusal(["--backends", "webgpu", "--quick", "--cases", "conf"])).toBe(
      `cannot run here: webgpu (${reason}); run without it, for example with --backends js`,
    );
  });

  test("that is broken says how it is, and the same", async () => {
    vi.mocked(importInstalled).mockRejectedValue(new Error("no libc.so.6\nat x"));
    expect(await webgpuInNode({ software: true }).probe()).toEqual({
      available: false,
      reason:
        "the npm package webgpu cannot be loaded (no libc.so.6); install it again beside the app: npm install webgpu",
    });
  });

  test("on a graphics card runs, and in software only where it is named", async () => {
    const probed = async (adapter: string, software: boolean) => {
      vi.mocked(importInstalled).mockResolvedValue(implementation(adapter));
      return webgpuInNode({ software }).probe();
    };
    expect(await probed("Acme 3000", false)).toEqual({ available: true });
    expect(await probed("SwiftShader driver 5.0.0", true)).toEqual({ available: true });
    expect(await probed("llvmpipe (LLVM 15.0.6, 256 bits)", false)).toEqual({
      available: false,
      reason: "only a software adapter here; ask for it with --backends webgpu",
    });
  });

  test("is loaded once, and leaves alone what says which drivers there are", async () => {
    vi.mocked(importInstalled).mockResolvedValue(implementation("Acme 3000"));
    vi.stubEnv("VK_ICD_FILENAMES", "/mine.json");
    vi.stubEnv("VK_ADD_DRIVER_FILES", undefined);
    const provider = webgpuInNode({ software: false });
    await provider.probe();
    await provider.probe();
    expect(importInstalled).toHaveBeenCalledTimes(1);
    expect(process.env["VK_ADD_DRIVER_FILES"]).toBeUndefined();
  });
});

test("an adapter in software is known by its words", () => {
  const words = (description: string): string =>
    adapterInWords({ description, device: "x", vendor: "google", architecture: "swiftshader" });
  expect(words("")).toBe("x, google, swiftshader");
  expect(isSoftwareAdapter(words(""))).toBe(true);
  expect(isSoftwareAdapter("NVIDIA H100")).toBe(false);
});

const adapter = await webgpuInNode({ software: true }).probe();
const skipped = adapter.available ? "" : ` (skipped: ${adapter.reason})`;

describe.skipIf(skipped)(`the adapter of this machine${skipped}`, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "bench-webgpu-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("is measured where it is named", async () => {
    const file = join(folder, "report.json");
    const argv = ["--backends", "webgpu", "--cases", "conformance/lifecycle", "--json", file];
    const { code, out } = await runMain(argv, { conformance: contractCases() });
    expect(code).toBe(0);
    expect(out).toMatch(/webgpu does everything right that was tried/);
    const { conformance } = await readReport(file);
    expect(conformance.length).toBeGreaterThan(3);
    expect(conformance.every(({ backend }) => backend === "webgpu")).toBe(true);
  });

  test("does not keep a process that has closed it", async () => {
    const built = await buildBench("src/webgpu-in-node.ts");
    const module = pathToFileURL(join(built, "webgpu-in-node.js"));
    const script = `
      import { webgpuInNode } from ${JSON.stringify(module.href)};
      const provider = webgpuInNode({ software: true });
      await provider.probe();
      const backend = await provider.create();
      await backend.dispose();
      console.log("closed");`;
    const { ended, out } = start(["--input-type=module", "--eval", script], { cwd: folder });
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(out()).toBe("closed\n");
    await rm(built, { recursive: true });
  });
});
