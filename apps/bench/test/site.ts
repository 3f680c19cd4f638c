import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { build } from "vite";
import { benchFolder } from "../src/bench-folder.js";
import { type PageServer, type Resources, startPageServer } from "../src/browser/page-server.js";
import { siteResources } from "../src/browser/site-resources.js";

/** The page as it is shipped, served and open in a Chromium. */
export interface Site {
  readonly browser: Browser;
  /** Cross-origin isolated. */
  readonly origin: string;
  /** In a folder of a server that sends no headers for isolation. */
  readonly plainAddress: string;
  close(): Promise<void>;
}

const webgpuInSoftware = [
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  // What is set to zero for kernels, which read nothing that they did not write, takes SwiftShader long
  // to compile.
  "--enable-dawn-features=disable_workgroup_init",
];

/** Builds the page and the modules of other hands in `test/modules/`, once for all tests. */
export async function openSite(executablePath: string): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), "bench-site-"));
  try {
    const resources = await built(folder);
    const moved = new Map([...resources].map(([path, file]) => [`/some/where${path}`, file]));
    const isolated = await startPageServer(resources);
    const plain = await startPageServer(moved, { isolated: false });
    const browser = await chromium.launch({
      executablePath,
      chromiumSandbox: process.getuid?.() !== 0,
      args: [...webgpuInSoftware, "--no-first-run", "--disable-background-networking"],
    });
    return {
      ...{ browser, origin: `${isolated.origin}/`, plainAddress: `${plain.origin}/some/where/` },
      close: () => closeAll(browser, [isolated, plain]),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function built(folder: string): Promise<Resources> {
  const root = benchFolder();
  const common = { root, logLevel: "error" } as const;
  await build({ ...common, build: { outDir: folder, emptyOutDir: true } });
  const entry = ["wrong-backend", "lost-backend"].map((name) =>
    join(root, "test", "modules", `${name}.ts`),
  );
  const lib = {
    entry,
    formats: ["es"],
    fileName: (_: string, name: string) => `${name}.js`,
  } as const;
  const outDir = join(folder, "modules");
  await build({
    ...common,
    build: { outDir, lib: { ...lib, formats: ["es"] }, copyPublicDir: false },
  });
  return siteResources(folder);
}

async function closeAll(browser: Browser, servers: readonly PageServer[]): Promise<void> {
  await browser.close();
  for (const server of servers) await server.close();
}

/** A page, and what broke in it so far. */
export interface OpenPage {
  readonly page: Page;
  readonly errors: readonly string[];
}

/** A page of its own, of which nothing that breaks goes unnoticed. */
export async function openPage(
  { browser }: Site,
  address: string,
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<OpenPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  await page.goto(address);
  return { page, errors };
}
