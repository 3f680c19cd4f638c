import { type AdapterInfo, adapterInWords, isSoftwareAdapter } from "../software-adapter.js";
import { emptyPage } from "./page-resources.js";
import { withPage } from "./with-page.js";

/** What there is to know of a Chromium before it is measured. */
export interface LookedAt {
  readonly path: string;
  /** In names of backends: `Chromium 150`. */
  readonly place: string;
  /** In full: `Chromium 150.0.1234.5`. */
  readonly version: string;
  /** What it must be started with for WebGPU. */
  readonly flags: readonly string[];
  /** Which adapter WebGPU has. */
  readonly note: string;
}

/** Starts Chromium to see which one it is, and whether a GPU answers. Throws `UsageError`. */
export async function lookAtBrowser(path: string): Promise<LookedAt> {
  return withPage({ path, resources: emptyPage }, async (page, browser) => {
    const number = browser.version();
    const place = `Chromium ${number.split(".")[0]}`;
    const adapter = (await page.evaluate(infoOfAdapter)) as AdapterInfo | undefined;
    const about = { path, place, version: `Chromium ${number}` };
    if (adapter === undefined) {
      const flags = ["--use-webgpu-adapter=swiftshader"];
      return { ...about, flags, note: "no adapter of WebGPU answers but SwiftShader, in software" };
    }
    const words = adapterInWords(adapter);
    const kind = isSoftwareAdapter(words) ? ", in software" : "";
    return { ...about, flags: [], note: `the adapter of WebGPU is ${words}${kind}` };
  });
}

/** As a text, for it runs in the page. */
const infoOfAdapter = `(async () => {
  const late = new Promise((resolve) => setTimeout(resolve, 10_000));
  const adapter = await Promise.race([navigator.gpu?.requestAdapter(), late]);
  if (!adapter) return undefined;
  const { description, device, vendor, architecture } = adapter.info;
  return { description, device, vendor, architecture };
})()`;
