import axe from "axe-core";
import type { Page } from "playwright-core";

/** What axe finds wrong with a page as it is now, light and dark: a line for each element. */
export async function violationsOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  await page.emulateMedia({ colorScheme: "light" });
  const found = await axeOf(page, {});
  await page.emulateMedia({ colorScheme: "dark" });
  // All else is the same.
  const inDark = await axeOf(page, { runOnly: ["color-contrast"] });
  return [...found, ...inDark.map((line) => `dark, ${line}`)];
}

async function axeOf(page: Page, options: axe.RunOptions): Promise<readonly string[]> {
  const results = await page.evaluate(`axe.run(${JSON.stringify(options)})`);
  return (results as axe.AxeResults).violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`),
  );
}
