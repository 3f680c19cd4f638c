import { join } from "node:path";
import type { Page } from "playwright-core";
import { chromiumPath, isolation, launchChromium, serve } from "../../../.ci/pages.ts";

/** Debian as root installs one for `npm test`; elsewhere a person may have none. */
export const withoutChromium: boolean = chromiumPath === undefined;

const site = join(import.meta.dirname, "..", "..", "bench", "dist", "site");

/**
 * Brings a backend to the bench's page, runs eight conformance cases on it alone, and gives its row of
 * the results.
 */
export async function triedInPage(
  name: string,
  bring: (page: Page) => Promise<void>,
): Promise<string | null> {
  const { url, close } = await serve(site, isolation);
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    await page.goto(`${url}index.html`);
    await page.getByText("Bring your own backend").click();
    await bring(page);
    await page.getByRole("checkbox", { name }).waitFor();
    const backends = page.getByRole("group", { name: "Backends" });
    for (const box of await backends.getByRole("checkbox").all()) {
      const isBrought = (await box.locator("xpath=..").textContent())?.startsWith(name);
      if (await box.isEnabled()) await box.setChecked(isBrought === true);
    }
    await page.getByLabel("Only cases whose name contains").fill("conformance/multiply/f64/8");
    await page.getByRole("button", { name: "Run" }).click();
    await page.getByText(/^Done\./).waitFor();
    const results = page.getByRole("region", { name: "Results so far" });
    return await results.getByRole("row", { name }).first().textContent();
  } finally {
    await browser.close();
    close();
  }
}
