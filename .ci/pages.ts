import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { type Browser, chromium } from "playwright-core";
// @ts-expect-error A script without declarations; what it gives is declared below.
import { findChromium } from "./chromium.mjs";

/** A page with these headers is cross-origin isolated. */
export const isolation: Readonly<Record<string, string>> = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** A server of files, and what ends it. */
export interface Served {
  /** The address of the folder, with a slash at its end. */
  readonly url: string;
  close(): void;
}

const types: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
};

/** Serves the files of a folder, each with these headers. */
export async function serve(
  folder: string,
  headers: Readonly<Record<string, string>>,
): Promise<Served> {
  const server = createServer(async (request, response) => {
    try {
      const { pathname } = new URL(request.url ?? "/", "http://localhost");
      const body = await readFile(join(folder, normalize(pathname)));
      const type = types[extname(pathname)] ?? "application/octet-stream";
      response.writeHead(200, { ...headers, "Content-Type": type }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Where the installed Chromium is; without one, tests that need it are skipped. */
export const chromiumPath: string | undefined = findChromium();

/** Gives pages a WebGPU in software. */
export const softwareGpu: readonly string[] = [
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
];

/** Starts the installed Chromium with these flags. */
export function launchChromium(flags: readonly string[] = []): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error("there is no Chromium");
  const sandboxed = process.getuid?.() !== 0 && !process.env["CI"];
  return chromium.launch({
    executablePath: chromiumPath,
    args: sandboxed ? [...flags] : ["--no-sandbox", ...flags],
  });
}

/** What a page says of itself. */
export interface Visit {
  /** What it left in `globalThis.outcome`. */
  readonly outcome: unknown;
  /** Errors and warnings of its console. */
  readonly complaints: readonly string[];
  /** Workers that it had at the end. */
  readonly workers: number;
}

/** Opens a page and waits for `globalThis.outcome`. */
export async function visit(browser: Browser, url: string): Promise<Visit> {
  const page = await browser.newPage();
  try {
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    await page.goto(url);
    // Not waitForFunction, which a Content-Security-Policy can forbid.
    for (const end = Date.now() + 30_000; Date.now() < end; ) {
      const outcome: unknown = await page.evaluate("globalThis.outcome");
      if (outcome !== undefined) return { outcome, complaints, workers: page.workers().length };
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`no outcome at ${url}; its console: ${complaints.join("; ")}`);
  } finally {
    await page.close();
  }
}
