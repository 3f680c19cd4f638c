import { type Backend, BlockMatrix, heldSymbol, openBackend, scope, unscoped } from "@blk/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { js } from "../src/index.js";

let backend: Backend;
beforeAll(async () => {
  backend = await openBackend([js()]);
});
afterAll(() => backend.dispose());

const made = (): BlockMatrix => BlockMatrix.fromRows(backend, [[1]]);

describe("scope", () => {
  it("keeps what a returned holder holds, and what that holds, once", () => {
    class Holder {
      readonly held: unknown[] = [this];
      *[heldSymbol]() {
        yield* this.held;
      }
    }
    const outer = scope(() => {
      const outer = new Holder();
      const inner = new Holder();
      inner.held.push(made());
      outer.held.push(made(), inner);
      made();
      return outer;
    });
    expect(backend.memoryUsage().buffers).toBe(2);
    for (const item of outer.held) {
      if (item instanceof BlockMatrix) item.dispose();
      else for (const own of (item as Holder).held) if (own instanceof BlockMatrix) own.dispose();
    }
    expect(backend.memoryUsage().buffers).toBe(0);
  });

  it("does not free what is made unscoped, and frees what is made after that", () => {
    const results: BlockMatrix[] = [];
    expect(() =>
      scope(() => {
        results.push(unscoped(made), made());
        unscoped(() => {
          throw new Error("stop");
        });
      }),
    ).toThrow("stop");
    expect(results.map(({ disposed }) => disposed)).toEqual([false, true]);
    results[0]?.dispose();
  });
});
