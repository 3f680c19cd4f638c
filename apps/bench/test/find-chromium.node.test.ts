import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { findChromium } from "../src/browser/find-chromium.js";
import { refusal } from "./run-main.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bench-chromium-"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

async function program(name: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, "");
  await chmod(file, 0o755);
  return file;
}

test("the one that CHROMIUM_PATH names comes first, then the first name on PATH", async () => {
  const [chrome, chromium] = [await program("google-chrome"), await program("chromium")];
  const own = await program("mine");
  const PATH = ["", join(folder, "none"), folder].join(delimiter);
  expect(findChromium({ PATH, CHROMIUM_PATH: own })).toBe(own);
  expect(findChromium({ PATH, CHROMIUM_PATH: "" })).toBe(chromium);
  await rm(chromium);
  expect(findChromium({ PATH })).toBe(chrome);
});

test("where there is none, the bench says what to install, and measures nothing", async () => {
  vi.stubEnv("PATH", folder);
  vi.stubEnv("CHROMIUM_PATH", "");
  const file = join(folder, "report.json");
  expect(await refusal(["--browser", "--quick", "--json", file])).toMatch(
    /^--browser needs a Chromium, and none is on PATH; install one \(.*\), or set CHROMIUM_PATH/,
  );
  vi.stubEnv("CHROMIUM_PATH", join(folder, "none"));
  expect(await refusal(["--browser", "--quick", "--json", file])).toMatch(
    /^--browser needs a Chromium, and CHROMIUM_PATH is no program: .*none; set it to/,
  );
});

test("one that does not start is told", async () => {
  vi.stubEnv("CHROMIUM_PATH", await program("chromium"));
  await writeFile(join(folder, "chromium"), "#!/bin/sh\nexit 3\n");
  expect(await refusal(["--browser", "--quick", "--json", join(folder, "report.json")])).toMatch(
    /^Chromium does not start \(.+\); see what .*chromium says, or name another with CHROMIUM_PATH$/,
  );
});
