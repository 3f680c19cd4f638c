import type { Browser, BrowserServer, BrowserType, Page } from "playwright-core";
import { messageOf } from "../message-of.js";
import { UsageError } from "../usage-error.js";
import { endedBySignals } from "./ended-by-signals.js";
import { type Resources, startPageServer } from "./page-server.js";

/** WebGPU wherever it can be had, and nothing of a browser's own doings. */
const flags = [
  "--enable-unsafe-webgpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
];

export interface PageOptions {
  /** Chromium's path. */
  readonly path: string;
  readonly moreFlags?: readonly string[];
  readonly resources: Resources;
}

/**
 * Starts Chromium with a page of these resources, does the work with it and ends it again, whatever
 * happens. Throws `UsageError` where Chromium does not start, or fails meanwhile.
 */
export async function withPage<T>(
  { path, moreFlags = [], resources }: PageOptions,
  work: (page: Page, browser: Browser) => Promise<T>,
): Promise<T> {
  const server = await startPageServer(resources);
  try {
    const { chromium } = await playwright();
    const browserServer = await launch(chromium, path, [...flags, ...moreFlags]);
    try {
      return await endedBySignals(
        () => browserServer.close(),
        async () => {
          const browser = await chromium.connect(browserServer.wsEndpoint());
          const page = await browser.newPage();
          await page.goto(server.origin);
          return work(page, browser);
        },
      );
    } catch (error) {
      if (error instanceof UsageError) throw error;
      throw new UsageError(
        `Chromium failed (${firstLine(error)}); name another with CHROMIUM_PATH, or run without --browser`,
      );
    } finally {
      // Unlike a browser's close, it waits until its folders are gone, even where it has ended by itself.
      await browserServer.kill();
    }
  } finally {
    await server.close();
  }
}

/** Loaded only where it is needed: it takes longer to load than all else. */
function playwright(): Promise<typeof import("playwright-core")> {
  return import("playwright-core");
}

async function launch(
  chromium: BrowserType,
  executablePath: string,
  args: readonly string[],
): Promise<BrowserServer> {
  try {
    return await chromium.launchServer({
      executablePath,
      args: [...args],
      // As root, Chromium refuses to start with its sandbox.
      chromiumSandbox: process.getuid?.() !== 0,
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
  } catch (error) {
    throw new UsageError(
      `Chromium does not start (${firstLine(error)}); see what ${executablePath} says, or name another with CHROMIUM_PATH`,
    );
  }
}

function firstLine(error: unknown): string {
  return messageOf(error).split("\n")[0] ?? "";
}
