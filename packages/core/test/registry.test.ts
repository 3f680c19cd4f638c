import { describe, expect, it } from "vitest";
import type { Backend, BackendProvider } from "../src/backend.js";
import { BlkError } from "../src/errors.js";
import { openBackend, type SkippedBackend } from "../src/registry.js";

const opened = { name: "fine" } as Backend;

function provider(name: string, create: () => Promise<Backend>): BackendProvider {
  return { name, specVersion: 1, probe: async () => ({ available: true }), create };
}

const fine = provider("fine", async () => opened);
const missing: BackendProvider = {
  ...provider("missing", async () => opened),
  probe: async () => ({ available: false, reason: "no such chip" }),
};
const lacking = provider("lacking", () =>
  Promise.reject(new BlkError("UNSUPPORTED", "no SIMD here")),
);

describe("openBackend", () => {
  it("goes on after a probe's reason and UNSUPPORTED", async () => {
    const skipped: SkippedBackend[] = [];
    const onSkip = (one: SkippedBackend): void => void skipped.push(one);
    expect(await openBackend([missing, lacking, fine], { onSkip })).toBe(opened);
    expect(skipped.map(({ reason }) => reason)).toEqual(["no such chip", "no SIMD here"]);
  });

  it("names all reasons if none can run", async () => {
    const options = { onSkip: (): void => undefined };
    await expect(openBackend([missing, lacking], options)).rejects.toThrow(
      "none of 2 backends can run here (missing: no such chip; lacking: no SIMD here)",
    );
  });

  it("throws on what is a fault or a wrong option", async () => {
    const fault = new TypeError("x is not a function");
    const broken = provider("broken", () => Promise.reject(fault));
    await expect(openBackend([broken, fine])).rejects.toBe(fault);
    const wrong = new BlkError("ARGUMENT", "mc must be a multiple of 4");
    const misused = provider("misused", () => Promise.reject(wrong));
    await expect(openBackend([misused, fine])).rejects.toBe(wrong);
  });

  it("refuses anything but a list of providers", async () => {
    await expect(openBackend(fine as never)).rejects.toMatchObject({ code: "ARGUMENT" });
    await expect(openBackend([opened as never])).rejects.toMatchObject({ code: "ARGUMENT" });
  });
});
