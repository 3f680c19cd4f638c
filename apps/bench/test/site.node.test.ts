import { readFile } from "node:fs/promises";
import type { Download, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { problemOf } from "../src/parse-report.js";
import type { Report } from "../src/report.js";
import { chromiumHere } from "./chromium.js";
import { examplePerformance, exampleReport } from "./example-report.js";
import { openPage, openSite, type Site } from "./site.js";

// The page as a person meets it: built, served, and clicked through in a real Chromium.

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const { path, skipped } = chromiumHere();
const phone = { viewport: { width: 360, height: 740 } };

let site: Site;
beforeAll(async () => {
  if (!skipped) site = await openSite(path);
});
afterAll(() => site?.close());

/** What a test says of the page is checked only where nothing broke in it. */
async function withPage(
  work: (page: Page) => Promise<void>,
  address = site.origin,
  options: Parameters<typeof openPage>[2] = {},
): Promise<void> {
  const { page, errors } = await openPage(site, address, options);
  try {
    await work(page);
    expect(errors).toEqual([]);
  } finally {
    await page.context().close();
  }
}

async function choose(page: Page, backends: readonly string[], cases: string): Promise<void> {
  const detected = page.getByRole("group", { name: "Backends" }).getByRole("checkbox");
  await page.getByRole("checkbox", { name: /^js/ }).waitFor();
  for (const box of await detected.all()) {
    const name = (await box.locator("xpath=..").locator("strong").textContent()) ?? "";
    if (await box.isEnabled()) await box.setChecked(backends.includes(name));
  }
  await page.getByLabel("Only cases whose name contains").fill(cases);
}

async function run(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Run" }).click();
  await page.getByText(/^Done\./).waitFor();
}

const tally = (page: Page, backend: string): Locator =>
  page.getByRole("region", { name: "Results so far" }).getByRole("row", { name: backend });

async function savedReport(page: Page): Promise<Report> {
  await page.getByRole("link", { name: "Reports" }).click();
  const [download] = await Promise.all([
    page.waitForEvent("download") as Promise<Download>,
    page.getByRole("button", { name: "Save" }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^bench-[\d-]+T[\d-]+\.json$/);
  return JSON.parse(await readFile(await download.path(), "utf8")) as Report;
}

const file = (name: string, content: string | Report) => ({
  name,
  mimeType: "application/json",
  buffer: Buffer.from(typeof content === "string" ? content : JSON.stringify(content)),
});

describe.skipIf(skipped)(`the page${skipped}`, () => {
  test("runs every backend, tells how many cases that are, and saves the report", () =>
    withPage(async (page) => {
      await choose(page, ["webgpu", "wasm", "js"], "*softmax/f32/1*");
      await page
        .getByText(/Chosen for each backend: \d\d cases of the contract, \d timed/)
        .waitFor();
      await run(page);
      for (const backend of ["webgpu", "wasm", "js"]) {
        await tally(page, backend)
          .getByText(/✓ \d\d right/)
          .waitFor();
        expect(await tally(page, backend).getByText("wrong").count()).toBe(0);
      }
      const report = await savedReport(page);
      expect(problemOf(report)).toBeUndefined();
      expect(report.options).toMatchObject({ quick: true, cases: "*softmax/f32/1*" });
      expect(report.machine.runtime).toMatch(/^Chromium \d+$/);
      expect(report.performance.map(({ backend, status }) => [backend, status])).toEqual(
        ["webgpu", "wasm", "js"].map((backend) => [backend, "measured"]),
      );
      expect(report.roofs.scalarGflops).toBeGreaterThan(0);
    }));

  test("answers while a kernel runs, and a stop keeps what was found", () =>
    withPage(async (page) => {
      await choose(page, ["js"], "*multiply*");
      await page.getByRole("button", { name: "Run" }).click();
      await tally(page, "js").getByText("right").waitFor();
      await page.getByRole("progressbar").waitFor();
      await page.getByRole("button", { name: "Stop" }).click();
      await page.getByText(/^Stopped\./).waitFor({ timeout: 2000 });
      const report = await savedReport(page);
      expect(report.notes.join()).toContain("stopped by hand");
      expect(report.conformance.length).toBeGreaterThan(0);
      expect(report.conformance.length).toBeLessThan(2410);
    }));

  test("shows a backend that fails in red, with the case, its inputs and what is wrong", () =>
    withPage(async (page) => {
      await page.getByText("Bring your own backend").click();
      await page.getByLabel("Its address").fill("/modules/wrong-backend.js");
      await page.getByRole("button", { name: "Load" }).click();
      await page.getByRole("checkbox", { name: /^wrong/ }).waitFor();
      await choose(page, ["wrong"], "conformance/multiply/f32/2×2×2");
      await run(page);
      const cell = page.getByRole("link", { name: /✗/ }).first();
      expect(await colourOf(cell)).toBe(await colourOf(page.locator(".bad").first()));
      await cell.click();
      await page.getByText(/multiply on wrong: \d+ failed/).waitFor();
      await page
        .getByText(/instead of|expected/)
        .first()
        .waitFor();
      // It is still the same part of the page.
      await page.getByRole("heading", { name: "Measure", level: 1 }).waitFor();
    }));

  test("says that a device was lost, and goes on with the others", () =>
    withPage(async (page) => {
      await page.getByText("Bring your own backend").click();
      await page.getByLabel("Its address").fill("/modules/lost-backend.js");
      await page.getByLabel("Its address").press("Enter");
      await page.getByRole("checkbox", { name: /^unplugged/ }).waitFor();
      await choose(page, ["js", "unplugged"], "conformance/multiply/f32/2×2×2");
      await run(page);
      await page
        .getByText(/unplugged was lost, .*: somebody pulled the plug/)
        .first()
        .waitFor();
      await tally(page, "js")
        .getByText(/✓ \d+ right/)
        .waitFor();
    }));

  test("says why a module is no backend, and keeps what was there", () =>
    withPage(async (page) => {
      await page.getByText("Bring your own backend").click();
      await page.getByLabel("Its address").fill("/modules/none.js");
      await page.getByRole("button", { name: "Load" }).click();
      await page.getByText(/none\.js cannot be loaded .*; give the address/).waitFor();
      const text = "export const one = 1;";
      const module = { name: "one.js", mimeType: "text/javascript", buffer: Buffer.from(text) };
      await page.getByLabel("or a file").setInputFiles(module);
      await page.getByText(/one\.js exports one, but no backend provider/).waitFor();
      expect(await page.getByRole("checkbox", { name: /^js/ }).isEnabled()).toBe(true);
    }));

  test("compares two reports, and says which file is none", () =>
    withPage(async (page) => {
      await page.getByRole("link", { name: "Reports" }).click();
      const slower = exampleReport({ performance: [examplePerformance(0.02)] });
      const files = page.getByLabel("Load reports, or drop them here");
      await files.setInputFiles([
        file("before.json", exampleReport()),
        file("garbage.json", "<html>"),
        file("after.json", slower),
      ]);
      await page.getByText(/garbage\.json is not JSON/).waitFor();
      await page.getByLabel("Compared with").selectOption("before.json");
      await page
        .getByText(/slower/)
        .first()
        .waitFor();
      await page.getByRole("row", { name: /10\.0 ms 20\.0 ms .*slower/ }).waitFor();
      await files.setInputFiles(file("list.json", "[1]"));
      await page.getByText(/list\.json is not a report of this bench/).waitFor();
      expect(await page.getByLabel("Shown").locator("option").count()).toBe(2);
    }));

  test("trains a network, draws its loss and shows what it gets wrong", () =>
    withPage(async (page) => {
      await page.getByRole("link", { name: "Training" }).click();
      await page.getByLabel("Backend").selectOption("wasm");
      await page.getByLabel("At most").selectOption("5 s");
      await page.getByRole("button", { name: "Train" }).click();
      await page.getByText(/^Done\./).waitFor();
      await page.getByText(/\d\d\.\d\s% of the held-out/).waitFor();
      await page.getByText("images seen", { exact: true }).waitFor();
      expect(await page.getByRole("img", { name: /taken for/ }).count()).toBeGreaterThan(4);
    }));

  test("shows what a product of blocks costs, by the pointer and by keys alone", () =>
    withPage(async (page) => {
      await page.getByRole("link", { name: "Blocks" }).click();
      const remaining = page.getByText(/of the multiply-adds remain/);
      await page.getByText(/64\s% of the multiply-adds remain: 18 products/).waitFor();
      // Both are there again by a click and by a key: 20 of 27, then a cut more.
      await page.getByRole("button", { name: "A 1, 3: absent" }).click();
      await page.getByRole("button", { name: "A 1, 3: present" }).press("ArrowDown");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("ArrowLeft");
      await page.keyboard.press("ArrowLeft");
      await page.keyboard.press("Enter");
      await page.getByText(/24 products of blocks/).waitFor();
      const cut = page.getByRole("slider", { name: "Cut 1 of the columns of A and rows of B" });
      const before = await remaining.textContent();
      await cut.press("ArrowLeft");
      await expect.poll(() => cut.getAttribute("aria-valuenow")).toBe("176");
      const after = await remaining.textContent();
      expect(after).not.toBe(before);
      const columns = page.getByRole("slider", { name: /^Cut 1 of the columns of B/ });
      const box = await columns.locator("circle").boundingBox();
      const [x, y] = [box!.x + box!.width / 2, box!.y + box!.height / 2];
      await page.mouse.move(x, y);
      await page.mouse.down();
      await page.mouse.move(x - 30, y);
      await page.mouse.up();
      await expect.poll(() => remaining.textContent()).not.toBe(after);
      const sum = "(A·B) 2, 2 = A 2, 1 · B 1, 2 + A 2, 3 · B 3, 2 (1 of 3 left out)";
      await page.getByRole("button", { name: sum, exact: true }).focus();
      await page.getByRole("paragraph").filter({ hasText: sum }).waitFor();
    }));

  test("works in any folder and without isolation, on one thread, and says so", () =>
    withPage(async (page) => {
      await page.getByText(/not cross-origin isolated, so WebAssembly has one thread/).waitFor();
      expect(await page.getByLabel("Threads").isDisabled()).toBe(true);
      await choose(page, ["wasm"], "matmul/f32/8");
      await run(page);
      await tally(page, "wasm").getByText("✓ 1 right").waitFor();
    }, site.plainAddress));

  test("says why there is no WebGPU, and runs the others", async () => {
    const { page } = await openPage(site, "about:blank");
    await page.context().route(/\/worker-[^/]*\.js$/, async (route) => {
      const body = await (await route.fetch()).text();
      const headers = { "Cross-Origin-Embedder-Policy": "require-corp" };
      const hide = `Object.defineProperty(navigator, "gpu", { value: undefined });`;
      await route.fulfill({ headers, contentType: "text/javascript", body: `${hide}\n${body}` });
    });
    await page.goto(site.origin);
    await page.getByText(/cannot run here: .*WebGPU/).waitFor();
    expect(await page.getByRole("checkbox", { name: /^webgpu/ }).isDisabled()).toBe(true);
    await choose(page, ["wasm"], "matmul/f32/8");
    await run(page);
    await page.context().close();
  });

  test("has two threads where they can share memory", () =>
    withPage(async (page) => {
      await page.getByRole("checkbox", { name: /^js/ }).waitFor();
      await page.getByLabel("Threads").fill("2");
      await page.getByLabel("Threads").press("Tab");
      const more = page.getByRole("checkbox", { name: /^wasm \(2 threads\)/ });
      await more.waitFor();
      await choose(page, ["wasm (2 threads)"], "matmul/f32/8");
      await run(page);
      await tally(page, "wasm (2 threads)").getByText("✓ 1 right").waitFor();
    }));

  test.each(["Measure", "Reports", "Training", "Blocks"])(
    "%s fits a phone, is reached by keyboard, and has one heading",
    (title) =>
      withPage(
        async (page) => {
          await page.getByRole("checkbox", { name: /^js/ }).waitFor();
          const link = page.getByRole("navigation").getByRole("link", { name: title });
          await link.focus();
          await page.keyboard.press("Enter");
          await page.getByRole("heading", { name: title, level: 1 }).waitFor();
          expect(await link.getAttribute("aria-current")).toBe("page");
          expect(await page.evaluate("document.scrollingElement.scrollWidth")).toBe(360);
          const unnamed = await page.evaluate(unnamedControls);
          expect(unnamed).toEqual([]);
        },
        site.origin,
        phone,
      ),
  );
});

function colourOf(locator: Locator): Promise<string> {
  return locator.evaluate((element) => getComputedStyle(element).color);
}

/** As a text, for it runs in the page: controls that a screen reader could not name. */
const unnamedControls = `[...document.querySelectorAll("input, select, button, progress")]
  .filter((control) => !control.labels?.length && !control.textContent?.trim() && !control.ariaLabel)
  .map((control) => control.outerHTML)`;
