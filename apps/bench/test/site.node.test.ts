import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { problemOf } from "../src/parse-report.js";
import { violationsOf } from "./accessibility.js";
import { chromiumHere } from "./chromium.js";
import { examplePerformance, exampleReport } from "./example-report.js";
import { hostile } from "./hostile-report.js";
import { type OpenPage, openPage, openSite, type Site } from "./site.js";
import {
  backendBox,
  choose,
  colourOf,
  file,
  goTo,
  load,
  run,
  savedReport,
  tally,
} from "./site-steps.js";

// The page as a person meets it: built, served, and clicked through in a real Chromium. Most tests go
// on where the one before has left the page, for each page opens every backend.

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const { path, skipped } = chromiumHere();
const views = ["Measure", "Reports", "Training", "Blocks", "Kernels"];

let site: Site;
let open: OpenPage;
let page: Page;
beforeAll(async () => {
  if (skipped) return;
  site = await openSite(path);
  open = await openPage(site, site.origin, { acceptDownloads: true });
  page = open.page;
});
afterAll(() => site?.close());
/** What a test says of the page holds only where nothing broke in it. */
afterEach(() => expect(open?.errors ?? []).toEqual([]));

describe.skipIf(skipped)(`the page${skipped}`, () => {
  test("runs every backend, on two threads too, and answers all the while", async () => {
    await page.getByLabel("Threads").fill("2");
    await page.getByLabel("Threads").press("Tab");
    const backends = ["webgpu", "wasm", "wasm (2 threads)", "js"];
    await choose(page, backends, "*softmax/f32/1*");
    await page.getByText(/Chosen for each backend: \d\d cases of the contract, \d timed/).waitFor();
    await page.evaluate(watchLongTasks);
    await run(page);
    // Milliseconds; what is measured itself takes seconds.
    expect(await page.evaluate("globalThis.longestTask")).toBeLessThan(1000);
    for (const backend of backends) {
      await tally(page, backend)
        .getByText(/✓ \d\d right/)
        .waitFor();
      expect(await tally(page, backend).getByText("wrong").count()).toBe(0);
    }
    await page.getByText("All that was checked is right.").waitFor();
    expect(await violationsOf(page)).toEqual([]);
  });

  test("saves a report, with the memory that each case needed", async () => {
    const { name, report } = await savedReport(page);
    expect(name).toMatch(/^bench-[\d-]+T[\d-]+\.json$/);
    expect(problemOf(report)).toBeUndefined();
    expect(report.options).toEqual({
      quick: true,
      peers: false,
      cases: "*softmax/f32/1*",
      threads: 2,
    });
    expect(report.machine.runtime).toMatch(/^Chromium \d+$/);
    expect(report.roofs.scalarGflops).toBeGreaterThan(0);
    expect(report.performance).toHaveLength(4);
    for (const { status, memory } of report.performance) {
      expect(status).toBe("measured");
      // Operand and result.
      expect(memory?.live).toBeGreaterThanOrEqual(2 * 4 * 1024);
      expect(memory?.peak).toBeGreaterThanOrEqual(memory?.live ?? Number.NaN);
    }
  });

  test("compares two reports, and says which file is none", async () => {
    const slower = exampleReport({ performance: [examplePerformance(0.02)] });
    const files = page.getByLabel("Load reports, or drop them here");
    await files.setInputFiles([
      file("before.json", exampleReport()),
      file("garbage.json", "<html>"),
      file("after.json", slower),
    ]);
    await page.getByText(/garbage\.json is not JSON/).waitFor();
    await page.getByLabel("Compared with").selectOption("before.json");
    await page.getByRole("row", { name: /10\.0 ms 20\.0 ms .*slower/ }).waitFor();
    await files.setInputFiles(file("list.json", "[1]"));
    await page.getByText(/list\.json is not a report of this bench/).waitFor();
    await files.setInputFiles(file("newer.json", `{"kind":"blk-bench","version":2}`));
    await page.getByText(/newer\.json is not .*: its version is 2, expected 1/).waitFor();
    expect(await page.getByLabel("Shown").locator("option").count()).toBe(3);
    expect(await violationsOf(page)).toEqual([]);
  });

  test("lets no report do anything, and says which cannot be shown", async () => {
    const files = page.getByLabel("Load reports, or drop them here");
    await files.setInputFiles(file("hostile.json", hostile(exampleReport())));
    await page
      .getByText(/<script>/)
      .first()
      .waitFor();
    expect(await page.evaluate(`"hurt" in globalThis`)).toBe(false);
    const broken = { ...exampleReport(), roofs: null };
    await files.setInputFiles(file("broken.json", JSON.stringify(broken)));
    await page.getByText(/"broken\.json" cannot be shown: .*Run the bench again/).waitFor();
    await page.getByLabel("Compared with").selectOption("none");
  });

  test("says why a module is no backend", async () => {
    await goTo(page, "Measure");
    await page.getByText("Bring your own backend").click();
    for (const [address, reason] of [
      ["/modules/none.js", /none\.js cannot be loaded .*; give the address/],
      ["/index.html", /index\.html cannot be loaded/],
      ["http://[", /"http:\/\/\[" is no address/],
    ] as const) {
      await load(page, address);
      await page.getByText(reason).waitFor();
    }
    for (const [text, reason] of [
      ["export const one = 1;", /module\.js exports one, but no backend provider/],
      [`throw new Error("not today");`, /module\.js cannot be loaded \(.*not today/],
    ] as const) {
      const module = { name: "module.js", mimeType: "text/javascript", buffer: Buffer.from(text) };
      await page.getByLabel("or a file").setInputFiles(module);
      await page.getByText(reason).waitFor();
    }
    expect(await backendBox(page, "js").isEnabled()).toBe(true);
  });

  test("shows a backend that is wrong in red, one that was lost, and goes on with others", async () => {
    await load(page, "/modules/wrong-backend.js");
    await backendBox(page, "wrong").waitFor();
    await page.getByLabel("Its address").fill("/modules/lost-backend.js");
    await page.getByLabel("Its address").press("Enter");
    await choose(page, ["wrong", "unplugged", "js"], "conformance/multiply/f32/2×2×2");
    await run(page);
    await tally(page, "js")
      .getByText(/✓ \d+ right/)
      .waitFor();
    const words = page
      .locator("section")
      .filter({ has: page.getByRole("heading", { name: "In plain words" }) });
    await words
      .getByText(/unplugged was LOST while it was measured \(somebody pulled the plug\)/)
      .waitFor();
    await words.getByText(/Something that was checked is wrong/).waitFor();
    await page.getByRole("row", { name: /^unplugged ✗ lost/ }).waitFor();
    const cell = page.getByRole("link", { name: /✗/ }).first();
    expect(await colourOf(cell)).toBe(await colourOf(page.locator(".bad").first()));
    await cell.click();
    await page.getByText(/multiply on wrong: \d+ failed/).waitFor();
    await page.getByText("instead of", { exact: true }).first().waitFor();
    await page
      .getByRole("region", { name: /^a: 2×2 f32/ })
      .first()
      .waitFor();
    // It is still the same part of the page.
    await page.getByRole("heading", { name: "Measure", level: 1 }).waitFor();
    expect(await violationsOf(page)).toEqual([]);
  });

  test("is run and stopped by keys alone, for the sizes that are chosen", async () => {
    await choose(page, ["js"], "matmul/f32/*");
    const eight = page.getByRole("checkbox", { name: "8", exact: true });
    await eight.press("Space");
    await page.getByText(/Chosen for each backend: 0 cases of the contract, 1 timed/).waitFor();
    await page.getByRole("button", { name: "All" }).press("Enter");
    const field = page.getByLabel("Only cases whose name contains");
    await field.fill("multiply");
    await field.press("Enter");
    await page.getByRole("progressbar").waitFor();
    await tally(page, "js").getByText("right").waitFor();
    await field.focus().catch(() => undefined);
    await tabTo(page, "Stop");
    await page.keyboard.press("Enter");
    await page.getByText(/^Stopped\./).waitFor({ timeout: 2000 });
    const { report } = await savedReport(page);
    expect(report.notes.join()).toContain("stopped by hand");
    expect(report.conformance.length).toBeGreaterThan(0);
    expect(report.conformance.length).toBeLessThan(2410);
  });

  test("trains a network, and shows what it gets wrong also where it was stopped", async () => {
    await goTo(page, "Training");
    await page.getByLabel("Network").selectOption("workload/mlp");
    await page.getByLabel("Backend").selectOption("wasm");
    await page.getByLabel("At most").selectOption("300 s");
    await page.getByRole("button", { name: "Train" }).click();
    await page.getByText("images seen", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText("Stopped before its end.").waitFor();
    await page.getByText(/\d\d\.\d\s% of the held-out/).waitFor();
    expect(await page.getByRole("img", { name: /taken for/ }).count()).toBeGreaterThan(4);
    expect(await violationsOf(page)).toEqual([]);
  });

  test("tries kernels when it is asked to, and says who has no others", async () => {
    await goTo(page, "Kernels");
    await page.getByText(/NVIDIA GeForce RTX 3060/).waitFor();
    await page.getByLabel("Backend").selectOption("wasm");
    await page.getByRole("button", { name: "Try its kernels" }).click();
    await page.getByRole("table", { name: "Variants of f32 products" }).getByText("●").waitFor();
    await page.getByLabel("Backend").selectOption("js");
    await page.getByRole("button", { name: "Try its kernels" }).click();
    await page.getByText(/js has one kernel for each type of number/).waitFor();
    expect(await violationsOf(page)).toEqual([]);
  });

  test("shows what a product of blocks costs, by the pointer and by keys alone", async () => {
    await goTo(page, "Blocks");
    const remaining = page.getByText(/of the multiply-adds remain/);
    await page.getByText(/64\s% of the multiply-adds remain: 18 products/).waitFor();
    // Both are there again by a click and by a key: 20 of 27, then a cut more.
    await page.getByRole("button", { name: "A 1, 3: absent" }).click();
    await page.getByRole("button", { name: "A 1, 3: present" }).press("ArrowDown");
    for (const key of ["ArrowDown", "ArrowLeft", "ArrowLeft", "Enter"])
      await page.keyboard.press(key);
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
    expect(await violationsOf(page)).toEqual([]);
  });

  test("fits a phone, and each part is reached by keyboard", async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    for (const title of views) {
      const link = page.getByRole("navigation").getByRole("link", { name: title });
      await link.focus();
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: title, level: 1 }).waitFor();
      expect(await link.getAttribute("aria-current")).toBe("page");
      expect(await page.evaluate("document.scrollingElement.scrollWidth")).toBe(360);
    }
    expect(await violationsOf(page)).toEqual([]);
  });

  test("gives a module up that never answers", async () => {
    await goTo(page, "Measure");
    await page.getByText("Bring your own backend").click();
    await page.clock.install();
    const text = "await new Promise(() => {}); export const never = 1;";
    const module = { name: "never.js", mimeType: "text/javascript", buffer: Buffer.from(text) };
    await page.getByLabel("or a file").setInputFiles(module);
    await page.getByText("Loading it …").waitFor();
    await page.clock.fastForward(16_000);
    await page.getByText(/never\.js did not answer within 15 s; see whether/).waitFor();
  });

  test("works in any folder, without isolation and without WebGPU, and says so", async () => {
    const { page, errors } = await openPage(site, "about:blank");
    await page.context().route(/\/worker-[^/]*\.js$/, async (route) => {
      const body = await (await route.fetch()).text();
      const hide = `Object.defineProperty(navigator, "gpu", { value: undefined });`;
      await route.fulfill({ contentType: "text/javascript", body: `${hide}\n${body}` });
    });
    await page.goto(site.plainAddress);
    await page.getByText(/not cross-origin isolated, so WebAssembly has one thread/).waitFor();
    expect(await page.getByLabel("Threads").isDisabled()).toBe(true);
    await page.getByText(/cannot run here: .*WebGPU/).waitFor();
    expect(await backendBox(page, "webgpu").isDisabled()).toBe(true);
    await choose(page, ["wasm"], "matmul/f32/8");
    await run(page);
    await tally(page, "wasm").getByText("✓ 1 right").waitFor();
    expect(errors).toEqual([]);
    await page.context().close();
  });
});

/** Goes on by the Tab key until a button has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press("Tab");
    if ((await page.evaluate("document.activeElement?.textContent")) === name) return;
  }
  throw new Error(`the Tab key does not lead to ${name}`);
}

/** As a text, for it runs in the page: notes how long its longest task takes, in milliseconds. */
const watchLongTasks = `globalThis.longestTask = 0;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) {
    globalThis.longestTask = Math.max(globalThis.longestTask, duration);
  }
}).observe({ type: "longtask" });`;
