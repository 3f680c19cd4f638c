import { readFile } from "node:fs/promises";
import type { Download, Locator, Page } from "playwright-core";
import type { Report } from "../src/report.js";

// What a person does on the page.

export function goTo(page: Page, view: string): Promise<void> {
  return page.getByRole("navigation").getByRole("link", { name: view }).click();
}

export function backendBox(page: Page, name: string): Locator {
  return page.getByRole("checkbox", { name: new RegExp(`^${name.replace(/[()]/g, "\\$&")}`) });
}

/** Chooses these backends and no others, and cases. */
export async function choose(
  page: Page,
  backends: readonly string[],
  cases: string,
): Promise<void> {
  for (const name of backends) await backendBox(page, name).first().waitFor();
  for (const box of await page
    .getByRole("list", { name: "Backends" })
    .getByRole("checkbox")
    .all()) {
    const name = (await box.locator("xpath=..").locator("strong").textContent()) ?? "";
    if (await box.isEnabled()) await box.setChecked(backends.includes(name));
  }
  await page.getByLabel("Only cases whose name contains").fill(cases);
}

export async function run(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Run" }).click();
  await page.getByText(/^Done\./).waitFor();
}

/** Loads a backend by the address of its module. */
export async function load(page: Page, address: string): Promise<void> {
  await page.getByLabel("Its address").fill(address);
  await page.getByRole("button", { name: "Load" }).click();
}

/** What is known of a backend so far. */
export function tally(page: Page, backend: string): Locator {
  const results = page.getByRole("region", { name: "Results so far" });
  return results
    .getByRole("row")
    .filter({ has: page.getByRole("rowheader", { name: backend, exact: true }) });
}

/** The report that the page saves. */
export async function savedReport(
  page: Page,
): Promise<{ readonly name: string; readonly report: Report }> {
  await goTo(page, "Reports");
  const [download] = await Promise.all([
    page.waitForEvent("download") as Promise<Download>,
    page.getByRole("button", { name: "Save" }).click(),
  ]);
  const text = await readFile(await download.path(), "utf8");
  return { name: download.suggestedFilename(), report: JSON.parse(text) as Report };
}

/** A file to be chosen. */
export function file(name: string, content: string | Report) {
  const text = typeof content === "string" ? content : JSON.stringify(content);
  return { name, mimeType: "application/json", buffer: Buffer.from(text) };
}

export function colourOf(locator: Locator): Promise<string> {
  return locator.evaluate((element) => getComputedStyle(element).color);
}
