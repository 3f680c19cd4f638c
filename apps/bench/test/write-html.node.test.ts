import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { messageOf } from "../src/message-of.js";
import { readReport } from "../src/read-report.js";
import type { ConformanceEntry } from "../src/report.js";
import { writeHtml } from "../src/write-html.js";
import { violationsOf } from "./accessibility.js";
import { chromiumHere } from "./chromium.js";
import { hostile } from "./hostile-report.js";
import { refusal, runMain } from "./run-main.js";

// Everything takes longer while other packages are tested beside.
vi.setConfig({ testTimeout: 60_000 });

const { path, skipped } = chromiumHere();

let folder: string;
let json: string;
let html: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bench-html-"));
  json = join(folder, "report.json");
  html = join(folder, "new", "report.html");
  const cases = ["--cases", "*f32/16", "--backends", "js", "--quick"];
  const { code, out } = await runMain([...cases, "--json", json, "--html", html]);
  if (code !== 0 || !out.includes(`To look at: ${html}`)) throw new Error(out);
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

test("one file cannot be both", async () => {
  expect(await refusal(["--json", json, "--html", json])).toMatch(/name the same file; name two$/);
  expect(await refusal(["--json", join(folder, "a.json"), "--html", folder])).toMatch(
    /that is a folder\); name a file .* with --html$/,
  );
});

describe.skipIf(path === "")(`in Chromium${skipped}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    const sandboxed = process.getuid?.() !== 0 && !process.env["CI"];
    browser = await chromium.launch({ executablePath: path, chromiumSandbox: sandboxed });
  });
  afterAll(() => browser.close());

  /** Opens a file and tells what went wrong: messages, errors, and requests for anything else. */
  async function look(file: string, width: number) {
    const page = await browser.newPage({ viewport: { width, height: 800 } });
    const strange: string[] = [];
    const address = pathToFileURL(file).href;
    page.on("console", (message) => strange.push(message.text()));
    page.on("pageerror", (error) => strange.push(messageOf(error)));
    page.on("request", (request) => {
      const url = request.url();
      if (url !== address && !url.startsWith("data:")) strange.push(url);
    });
    await page.goto(address);
    return { page, strange };
  }

  test.each([1280, 360])("%d pixels wide, it needs nothing else and fits", async (width) => {
    const { page, strange } = await look(html, width);
    expect(await page.title()).toMatch(/^Bench of 20/);
    await page.getByText("The figures as a table").first().click();
    const table = page.getByRole("table", { name: "Products of f32 matrices" });
    expect(await table.isVisible()).toBe(true);
    expect(await violationsOf(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    expect(strange).toEqual([]);
    await page.close();
  });

  test("a case that failed fits on a phone, and its red cell leads to it", async () => {
    const report = await readReport(json);
    const elements = new Array(20).fill(new Array(20).fill("-0.123456789"));
    const wrong = { result: "c", rows: 20, cols: 20, row: 3, col: 4 };
    const failed: ConformanceEntry = {
      ...{ backend: "js", name: `multiply/f32/${"long".repeat(20)}`, operation: "multiply" },
      ...{ dtype: "f32", status: "failed", message: "element (3, 4) of c", checks: 1 },
      failure: {
        inputs: [{ name: "a", dtype: "f32", rows: 20, cols: 20, layout: "rows", elements }],
        wrong: { ...wrong, got: "0.5616749227046967", expected: "1e+300", bound: "1e-9" },
      },
    };
    const file = join(folder, "failed.html");
    await writeHtml(file, { ...report, conformance: [failed] });
    const { page, strange } = await look(file, 360);
    await page.getByRole("link", { name: "0 of 1" }).click();
    const shown = page.getByText("element (3, 4) of c");
    expect((await shown.boundingBox())?.y).toBeLessThan(800);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    expect(strange).toEqual([]);
    await page.close();
  });

  test("what a report says cannot run in it", async () => {
    const report = hostile(await readReport(json));
    const file = join(folder, "hostile.html");
    await writeHtml(file, report, report);
    const { page, strange } = await look(file, 1280);
    expect(await page.evaluate(() => "hurt" in globalThis)).toBe(false);
    expect(await page.locator("script, main img").count()).toBe(0);
    expect(strange).toEqual([]);
    await page.close();
  });
});
