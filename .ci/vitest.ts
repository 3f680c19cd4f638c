import { playwright } from "@vitest/browser-playwright";
import { defaultClientConditions, defaultServerConditions } from "vite";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { findChromium } from "./chromium.mjs";

/** The condition in a package's "exports" under which it is used from its sources, without a build. */
const SOURCE = "@blk/source";

/** Node 20 cannot parse `using`: sources and tests are down-levelled to this. */
const oxc = { target: "es2022" };

/** A page with these headers is cross-origin isolated: it has SharedArrayBuffer, and so threads. */
const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

const chromiumFlags = [
  "--headless=new",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  // As in findGpu: what is set to zero for kernels, which read nothing that they did not write, takes
  // SwiftShader long to compile.
  "--enable-dawn-features=disable_workgroup_init",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
];

const node: TestProjectInlineConfiguration = {
  oxc,
  ssr: { resolve: { conditions: [SOURCE, ...defaultServerConditions] } },
  resolve: { conditions: [SOURCE, ...defaultServerConditions] },
  test: {
    name: "node",
    environment: "node",
    include: ["test/**/*.test.{ts,tsx}"],
    exclude: ["test/**/*.browser.test.ts"],
  },
};

function browser(executablePath: string): TestProjectInlineConfiguration {
  const sandboxed = process.getuid?.() !== 0 && !process.env["CI"];
  return {
    oxc,
    resolve: { conditions: [SOURCE, ...defaultClientConditions] },
    // Brings WebGPU to Node and is of no use in a page, which would be loaded anew for it.
    optimizeDeps: { exclude: ["webgpu"] },
    server: { headers: isolation },
    test: {
      name: "browser",
      include: ["test/**/*.test.{ts,tsx}"],
      exclude: ["test/**/*.node.test.ts"],
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        provider: playwright({
          launchOptions: {
            executablePath,
            args: sandboxed ? chromiumFlags : ["--no-sandbox", ...chromiumFlags],
          },
        }),
        instances: [{ browser: "chromium" }],
      },
    },
  };
}

/**
 * The vitest configuration of one package.
 *
 * - Project "node" runs test/**\/*.test.ts, except *.browser.test.ts.
 * - Project "browser" runs test/**\/*.test.ts in a page, except *.node.test.ts. It is there when
 *   the package asks for it and this machine has a Chromium.
 *
 * Without `isolate`, the files that one process runs in Node share their modules: a quarter less time
 * where there are many files, and fit for packages whose modules hold no state. A `globalSetup` runs
 * once before all tests in Node.
 */
export function testConfig(
  options: {
    readonly browser?: boolean;
    readonly isolate?: boolean;
    readonly globalSetup?: string;
  } = {},
) {
  const { isolate = true, globalSetup = [] } = options;
  const chromium = options.browser ? findChromium() : undefined;
  const inNode = { ...node, test: { ...node.test, isolate, globalSetup } };
  return defineConfig({
    test: {
      reporters: ["default", "json"],
      projects: chromium ? [inNode, browser(chromium)] : [inNode],
    },
  });
}
