import { describe, expect, it } from "vitest";
import { BackendRegistry, BlkError, isBlkError, openBackend } from "../src/index.js";

describe("errors", () => {
  it("are known across copies of the package by their marker", () => {
    const foreign = { [Symbol.for("@blk/error")]: true, code: "SHAPE" };
    expect(isBlkError(foreign, "SHAPE")).toBe(true);
    expect(isBlkError(foreign, "DTYPE")).toBe(false);
    expect(isBlkError(new Error("other"))).toBe(false);
    expect(new BlkError("DATA", "m", { cause: 1 }).cause).toBe(1);
  });
});

describe("openBackend", () => {
  const absent = {
    name: "absent",
    specVersion: 1,
    probe: async () => ({ available: false, reason: "there is no such device" }),
    create: async () => Promise.reject(new Error("unreachable")),
  } as const;

  it("names every reason if none can run", async () => {
    const told: string[] = [];
    const opening = openBackend([absent], { onSkip: ({ name }) => told.push(name) });
    await expect(opening).rejects.toThrow("absent: there is no such device");
    expect(told).toEqual(["absent"]);
  });

  it("says what to do when none is given", async () => {
    await expect(openBackend([])).rejects.toThrow("pass [js()]");
  });

  it("keeps names apart in a registry", () => {
    const registry = new BackendRegistry([absent]);
    expect(registry.names).toEqual(["absent"]);
    expect(() => registry.add(absent)).toThrow("a backend absent already");
    expect(() => registry.get("other")).toThrow('no backend "other"; there are absent');
  });
});
