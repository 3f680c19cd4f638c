import { describe, expect, it } from "vitest";
import { forgottenMessage, stopWatching, watchOver } from "../src/lifetime.js";

describe("watches", () => {
  const buffer = () => ({ byteLength: 8, disposed: false, dispose: () => undefined });

  it("forget what they watched when they end, and serve the next owner", () => {
    const watch = watchOver(buffer(), () => "first");
    stopWatching(watch);
    expect(watch.watched).toEqual({ buffer: undefined, label: undefined });
    const next = buffer();
    expect(watchOver(next, () => "second")).toBe(watch);
    expect(watch.watched.buffer).toBe(next);
    expect(watch.watched.label?.()).toBe("second");
    expect(watchOver(buffer(), () => "third")).not.toBe(watch);
  });
});

describe("the warning for forgotten matrices", () => {
  const found = (count: number): { label: string; bytes: number }[] =>
    Array.from({ length: count }, (_, i) => ({ label: `m${i}`, bytes: 8 }));

  it("names one", () => {
    expect(forgottenMessage(found(1))).toContain(
      "m0 was garbage-collected without dispose(); 8 bytes",
    );
  });

  it("counts many and names three", () => {
    const message = forgottenMessage(found(57));
    expect(message).toContain("57 matrices (m0, m1, m2, …) were garbage-collected");
    expect(message).toContain("456 bytes");
    expect(forgottenMessage(found(2))).toContain("2 matrices (m0, m1) were");
  });
});
