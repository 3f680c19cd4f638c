import { expect, test } from "vitest";
import { nameIn } from "../src/name-in.js";

test("where a backend runs stands in the brackets of its name", () => {
  expect(nameIn("webgpu", "Chromium 150")).toBe("webgpu (Chromium 150)");
  expect(nameIn("wasm (2 threads)", "Chromium 150")).toBe("wasm (2 threads, Chromium 150)");
});
