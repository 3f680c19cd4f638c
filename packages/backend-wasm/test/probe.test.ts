import { afterEach, describe, expect, test, vi } from "vitest";
import { i32Atomics } from "../src/assembler/atomics.js";
import {
  availableThreads,
  canShareMemory,
  enableRelaxedSimd,
  hasRelaxedSimd,
  probe,
  whyNotShared,
} from "../src/probe.js";
import { f32x4, i8x16, ModuleBuilder, type Value } from "./assembler/assembler.js";

const inNode = typeof document === "undefined";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** A module with a function that computes this and forgets it. */
function moduleWith(value: () => Value<"v128"> | Value<"i32">): Uint8Array<ArrayBuffer> {
  const m = new ModuleBuilder();
  m.importMemory("env", "memory", { initial: 1, maximum: 1, shared: true });
  m.func("f", {}, (f) => f.drop(value()));
  return m.build();
}

/** The code section of a module, as hexadecimal digits; the assembler's names follow it, or nothing. */
function codeOf(bytes: Uint8Array): string {
  let at = 8;
  for (; bytes[at] !== 10; at += 2 + bytes[at + 1]!);
  return bytes.slice(at, at + 2 + bytes[at + 1]!).toString();
}

/** The last module that was asked about. */
function asked(question: () => unknown): Uint8Array {
  const validate = vi.spyOn(WebAssembly, "validate");
  question();
  return validate.mock.lastCall![0] as Uint8Array;
}

const zero = i8x16.splat(0);

test("the modules that ask are those that the assembler writes", () => {
  expect(codeOf(asked(probe))).toBe(codeOf(moduleWith(() => i8x16.popcnt(zero))));
  const madd = moduleWith(() => f32x4.relaxedMadd(zero, zero, zero));
  expect(codeOf(asked(hasRelaxedSimd))).toBe(codeOf(madd));
  expect(codeOf(asked(canShareMemory))).toBe(codeOf(moduleWith(() => i32Atomics.atomicLoad(0))));
  // Without the memory, the atomic load could not be.
  const shared = asked(canShareMemory);
  expect(WebAssembly.validate(shared as Uint8Array<ArrayBuffer>)).toBe(true);
});

describe("probe", () => {
  test("is available here", () => {
    expect(probe()).toEqual({ available: true });
  });

  test("says what to do without WebAssembly", () => {
    vi.stubGlobal("WebAssembly", undefined);
    expect(probe()).toEqual({
      available: false,
      reason:
        "there is no WebAssembly here; use Node 20, Chromium 91, Firefox 89 or Safari 16.4, or newer, and allow it where a lockdown mode forbids it",
    });
  });

  test("says what to do without SIMD", () => {
    vi.spyOn(WebAssembly, "validate").mockReturnValue(false);
    expect(probe()).toEqual({
      available: false,
      reason:
        "this engine has no WebAssembly SIMD; use Node 20, Chromium 91, Firefox 89 or Safari 16.4, or newer",
    });
  });

  test("says what to do where a policy forbids to compile", () => {
    vi.spyOn(WebAssembly, "Module").mockImplementation(function refuse() {
      throw new Error("refused");
    });
    expect(probe()).toEqual({
      available: false,
      reason:
        "WebAssembly may not be compiled here (Error: refused); add 'wasm-unsafe-eval' to script-src in the page's Content-Security-Policy",
    });
  });
});

describe("shared memory", () => {
  test("is there in Node and in isolated pages", () => {
    expect(canShareMemory()).toBe(true);
    expect(whyNotShared()).toBe(undefined);
  });

  test("is not there in other pages", () => {
    vi.stubGlobal("crossOriginIsolated", false);
    expect(canShareMemory()).toBe(false);
    expect(whyNotShared()).toContain("serve it with the headers Cross-Origin-Opener-Policy");
  });

  test("is not there in engines without it", () => {
    vi.stubGlobal("SharedArrayBuffer", undefined);
    expect(canShareMemory()).toBe(false);
    expect(whyNotShared()).toContain("this engine shares no WebAssembly memory");
    vi.unstubAllGlobals();
    vi.spyOn(WebAssembly, "validate").mockReturnValue(false);
    expect(whyNotShared()).toContain("this engine shares no WebAssembly memory");
  });
});

describe("relaxed SIMD", () => {
  test("is there where a module with it is valid, and can be turned on in Node 20", async () => {
    const on = await enableRelaxedSimd();
    expect(hasRelaxedSimd()).toBe(on);
    if (on) new WebAssembly.Module(moduleWith(() => f32x4.relaxedMadd(zero, zero, zero)));
    // Node has a flag for it, or it is on; Chromium has had it since version 114.
    expect(on).toBe(true);
  });
});

describe("available threads", () => {
  test("are as many as the machine says", async () => {
    const threads = await availableThreads();
    expect(Number.isInteger(threads) && threads >= 1).toBe(true);
    if (!inNode) expect(threads).toBe(navigator.hardwareConcurrency);
  });

  test("are told without process.getBuiltinModule, too", async () => {
    const threads = await availableThreads();
    if (inNode) vi.stubGlobal("process", { versions: process.versions });
    expect(await availableThreads()).toBe(threads);
  });

  test("are one where nobody says", async () => {
    vi.stubGlobal("process", undefined);
    vi.stubGlobal("navigator", undefined);
    expect(await availableThreads()).toBe(1);
  });
});
