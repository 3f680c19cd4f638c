import { js } from "@blk/backend-js";
import { BlockMatrix, matmul } from "@blk/core";
import { expect, test } from "vitest";
import { checkRunning, chosenBy, isNamed, openBackends } from "../src/backends.js";
import { renamed } from "../src/renamed.js";
import { wasmProviders } from "../src/wasm-providers.js";

test("a name means a backend with any words in brackets, with those it has, or exactly the one", () => {
  const all = ["wasm", "wasm (2 threads)", "wasm (P)", "wasm (2 threads, P)", "wasm (20 threads)"];
  const meant = (wanted: string) => all.filter((name) => isNamed(wanted, name));
  expect(meant("wasm")).toEqual(all);
  expect(meant("wasm (2 threads)")).toEqual(["wasm (2 threads)", "wasm (2 threads, P)"]);
  expect(meant("wasm (P)")).toEqual(["wasm (P)"]);
  expect(meant("was")).toEqual([]);
});

test("what is required and does not run is told with the reasons, wherever it was tried", () => {
  const entries = [
    { name: "js", ran: true },
    { name: "x", ran: false, reason: "not here" },
    { name: "x (P)", ran: false, reason: "nor there" },
    { name: "y", ran: false, reason: "not here" },
    { name: "y (P)", ran: true },
  ];
  expect(() => checkRunning(entries, ["js", "y"])).not.toThrow();
  expect(() => checkRunning(entries, ["js", "x"])).toThrow(
    "cannot run here: x (not here), x (P) (nor there); run without it",
  );
  expect(() => checkRunning(entries.slice(1, 4), [])).toThrow(/x \(not here\).*y \(not here\)/);
});

test("only the backends that are named are opened", async () => {
  const providers = [...wasmProviders(2), js()];
  const opened = async (name: string): Promise<readonly (readonly [string, number])[]> => {
    const backends = (await openBackends(providers, chosenBy([name]))).opened;
    const found = backends.map((b) => [b.name, b.capabilities.threads] as const);
    for (const backend of backends) await backend.dispose();
    return found;
  };
  expect(await opened("wasm")).toEqual([
    ["wasm", 1],
    ["wasm (2 threads)", 2],
  ]);
  expect(await opened("wasm (2 threads)")).toEqual([["wasm (2 threads)", 2]]);
  expect(await opened("js")).toEqual([["js", 1]]);
});

test("how long opening takes is noted", async () => {
  const { opened, entries } = await openBackends([js()]);
  expect(entries[0]?.openSeconds).toBeGreaterThan(0);
  expect(entries[0]?.openSeconds).toBeLessThan(5);
  for (const backend of opened) await backend.dispose();
});

test("under another name, a backend is what it was", async () => {
  const backend = await renamed(js(), "mine").create();
  expect(backend.name).toBe("mine");
  expect(backend.multiply).toBe(backend.multiply);
  const a = BlockMatrix.fromRows(backend, [[2]]);
  const product = matmul(a, a);
  expect(await product.toRows()).toEqual([[4]]);
  expect(backend.memoryUsage().buffers).toBe(2);
  await backend.dispose();
  expect(backend.memoryUsage().buffers).toBe(0);
});
