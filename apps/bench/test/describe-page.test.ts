import { expect, test } from "vitest";
import { describePage } from "../src/app/describe-page.js";

const told = (userAgent: string) => ({
  hardwareConcurrency: 4,
  platform: "Linux x86_64",
  userAgent,
});

test.each([
  ["Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0 Safari/537.36", "Chromium 156"],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox 140"],
  ["Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Version/26.1 Safari/605.1.15", "Safari 26"],
  ["something else", "a browser that gives no name"],
])("%s is %s", (userAgent, runtime) => {
  expect(describePage(told(userAgent))).toMatchObject({ runtime, cores: 4, memoryBytes: 0 });
});

test("what a browser tells by itself goes first", () => {
  const userAgentData = { platform: "Linux", brands: [{ brand: "Chromium", version: "157" }] };
  const machine = describePage({ ...told("Chrome/156"), userAgentData, deviceMemory: 8 });
  expect(machine).toMatchObject({
    runtime: "Chromium 157",
    platform: "Linux",
    memoryBytes: 2 ** 33,
  });
});
