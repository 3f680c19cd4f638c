import type { Machine } from "../report.js";

/** What a browser tells of itself and of its machine, beyond the standard DOM. */
interface Told {
  readonly hardwareConcurrency: number;
  readonly userAgent: string;
  readonly platform: string;
  readonly deviceMemory?: number;
  readonly userAgentData?: {
    readonly platform: string;
    readonly brands: readonly { readonly brand: string; readonly version: string }[];
  };
}

/** The machine of a report that a page makes; browsers do not tell the processor. */
export function describePage(told: Told = navigator): Machine {
  return {
    cpu: "not told by the browser",
    cores: told.hardwareConcurrency,
    memoryBytes: (told.deviceMemory ?? 0) * 2 ** 30,
    platform: told.userAgentData?.platform || told.platform,
    runtime: browserOf(told),
  };
}

/** `Chromium 156`, `Firefox 140`, `Safari 26`. */
function browserOf({ userAgent, userAgentData }: Told): string {
  const brand = userAgentData?.brands.find(({ brand }) => brand === "Chromium");
  if (brand !== undefined) return `Chromium ${brand.version}`;
  const chromium = /Chrome\/(\d+)/.exec(userAgent);
  if (chromium !== null) return `Chromium ${chromium[1]}`;
  const firefox = /Firefox\/(\d+)/.exec(userAgent);
  if (firefox !== null) return `Firefox ${firefox[1]}`;
  const safari = /Version\/(\d+)[\d.]* .*Safari/.exec(userAgent);
  return safari === null ? "a browser that gives no name" : `Safari ${safari[1]}`;
}
