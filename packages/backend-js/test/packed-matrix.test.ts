import {
  type Backend,
  BlkError,
  BlockMatrix,
  checked,
  denseView,
  explainMatmul,
  isBlkError,
  type MatrixView,
  matmul,
  type PackedOperand,
  type Product,
  type ProductOptions,
  pack,
  scope,
  transpose,
} from "@blk/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { js } from "../src/index.js";

/** What was packed, and what the products were given. */
interface Recorded {
  readonly backend: Backend;
  readonly packed: { readonly view: MatrixView; readonly operand: PackedOperand }[];
  readonly products: Product[];
}

let plain: Backend;
beforeEach(async () => {
  plain = await js().create();
});
afterEach(async () => {
  await plain.dispose();
});

/** backend-js with a `pack` that copies nothing; the pack of number `failing` fails. */
function recording(failing = -1): Recorded {
  const packed: Recorded["packed"] = [];
  const products: Product[] = [];
  const methods = {
    pack(view: MatrixView): PackedOperand {
      if (packed.length === failing) throw new BlkError("OUT_OF_MEMORY", "pack: no room");
      let disposed = false;
      const operand = {
        byteLength: view.rows * view.cols,
        get disposed() {
          return disposed;
        },
        dispose: () => {
          disposed = true;
        },
      };
      packed.push({ view, operand });
      return operand;
    },
    multiply(list: readonly Product[], options?: ProductOptions): void {
      products.push(...list);
      plain.multiply(list, options);
    },
  };
  const backend = new Proxy(plain, {
    get: (target, name) => {
      const value = Reflect.get({ ...methods }, name) ?? Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return { backend, packed, products };
}

function counted(backend: Backend, rows: number, cols: number, more = {}): BlockMatrix {
  const data = Array.from({ length: rows * cols }, (_, i) => (i % 7) - 3);
  return BlockMatrix.fromArray(backend, data, { rows, cols, ...more });
}

function errorOf(run: () => unknown): BlkError {
  try {
    run();
  } catch (error) {
    if (isBlkError(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("on a backend that packs nothing", () => {
  it("products read the matrix itself", async () => {
    const [x, w] = [counted(plain, 3, 5), counted(plain, 4, 5)];
    const before = plain.memoryUsage();
    const packed = pack(w, { transpose: true });
    expect([packed.rows, packed.cols, packed.dtype]).toEqual([5, 4, "f32"]);
    expect(packed.backend).toBe(plain);
    expect(packed.byteLength).toBe(0);
    expect(String(packed)).toBe("5×4 f32 (pack)");
    expect(plain.memoryUsage()).toEqual(before);
    const expected = matmul(x, w, { transposeB: true });
    expect(await matmul(x, packed).toArray()).toEqual(await expected.toArray());
    expect(explainMatmul(x, packed).multiplyAdds).toBe(60);
  });
});

describe("terms", () => {
  it("of a dense matrix have what was packed, unless A cuts it", () => {
    const { backend, packed, products } = recording();
    const w = counted(backend, 6, 4, { blockRows: 2, blockCols: 1 });
    using whole = pack(w);
    expect(whole.byteLength).toBe(24);
    matmul(counted(backend, 3, 6, { blockCols: 2 }), whole);
    expect(products[0]?.terms.map((term) => term.packed)).toEqual([packed[0]?.operand]);
    const pattern = (_row: number, col: number): boolean => col !== 1;
    matmul(counted(backend, 3, 6, { blockCols: 2, pattern }), whole);
    expect(products[1]?.terms.map((term) => "packed" in term)).toEqual([false, false]);
  });

  it("of blocks have what was packed of theirs, transposed or not", () => {
    const pattern = (row: number, col: number): boolean => row + col !== 1;
    for (const isTransposed of [false, true]) {
      const { backend, packed, products } = recording();
      const w = counted(backend, 6, 4, { blockRows: [2, 4], blockCols: [3, 1], pattern });
      using blocks = pack(w, { transpose: isTransposed });
      expect(packed.length).toBe(2);
      const x = counted(backend, 3, blocks.rows);
      using product = matmul(x, blocks);
      expect([product.rows, product.cols]).toEqual([3, blocks.cols]);
      const terms = products.flatMap((one) => one.terms);
      expect(terms.length).toBe(2);
      for (const { b, packed: operand } of terms) {
        expect(packed.find(({ view }) => view === b)?.operand).toBe(operand);
        expect(operand).toBeDefined();
      }
    }
  });

  it("read rows by index beside it", () => {
    const { backend, packed, products } = recording();
    using w = pack(counted(backend, 6, 4));
    const rows = BlockMatrix.fromArray(backend, [1, -1], { rows: 2, cols: 1, dtype: "i32" });
    matmul(counted(backend, 3, 6), w, { rows });
    const [term] = products[0]?.terms ?? [];
    expect(term?.packed).toBe(packed[0]?.operand);
    expect(term?.rows?.rows).toBe(2);
  });
});

describe("disposal", () => {
  it("frees what was packed, once", () => {
    const { backend, packed } = recording();
    const w = counted(backend, 6, 4, { blockRows: 3, pattern: () => true });
    const one = pack(w);
    one.dispose();
    one.dispose();
    expect(packed.map(({ operand }) => operand.disposed)).toEqual([true, true]);
    expect([one.disposed, w.disposed]).toEqual([true, false]);
    const error = errorOf(() => matmul(counted(backend, 1, 6), one));
    expect([error.code, error.message]).toEqual([
      "DISPOSED",
      "matmul: 6×4 f32 (pack, 2 blocks), or the matrix that was packed, was disposed; dispose both after their last use",
    ]);
  });

  it("of all before one that cannot be packed", () => {
    const { backend, packed } = recording(1);
    const w = counted(backend, 6, 4, { blockRows: 3, pattern: () => true });
    expect(errorOf(() => pack(w)).code).toBe("OUT_OF_MEMORY");
    expect(packed.map(({ operand }) => operand.disposed)).toEqual([true]);
    expect(w.disposed).toBe(false);
  });

  it("of what a scope made and does not return", () => {
    const { backend, packed } = recording();
    const [kept, w] = scope(() => {
      pack(counted(backend, 2, 2));
      const weights = counted(backend, 3, 3);
      return [{ one: pack(transpose(weights)) }, weights] as const;
    });
    expect(packed.map(({ operand }) => operand.disposed)).toEqual([true, false]);
    expect(kept.one.disposed).toBe(false);
    w.dispose();
    expect(kept.one.disposed).toBe(true);
  });
});

describe("mistakes", () => {
  it.each([true, false])("transposeB: %s beside a packed factor", (transposeB) => {
    const w = counted(plain, 4, 4);
    for (const operation of [matmul, explainMatmul]) {
      const error = errorOf(() => operation(w, pack(w), { transposeB }));
      expect(error.code).toBe("ARGUMENT");
      expect(error.message).toMatch(/^(matmul|explainMatmul): transposeB .* transpose: true/);
    }
  });

  it("what is no matrix, and options that are none", () => {
    expect(errorOf(() => pack(3 as never)).message).toContain("pack: expected a BlockMatrix");
    const w = counted(plain, 2, 2);
    expect(errorOf(() => pack(w, 3 as never)).message).toContain("pack: expected options");
    expect(errorOf(() => matmul(pack(w) as never, w)).message).toContain("a BlockMatrix");
    w.dispose();
    expect(errorOf(() => pack(w)).code).toBe("DISPOSED");
  });

  it("that break the contract, on a checked backend", () => {
    const { backend: inner } = recording();
    const backend = checked(inner);
    const view = denseView(backend.allocate(400), "f32", 4, 4);
    const f16: MatrixView = { ...view, dtype: "f16" };
    const c = denseView(backend.allocate(64), "f32", 4, 4);
    const codeOf = (packed: PackedOperand | undefined, b = view) =>
      errorOf(() => backend.multiply([{ c, terms: [{ a: view, b, packed: packed as never }] }]))
        .code;
    expect(codeOf(inner.pack?.(view))).toBe("BACKEND_MISMATCH");
    expect(codeOf(backend.pack?.({ ...view, cols: 3 }))).toBe("SHAPE");
    expect(codeOf(backend.pack?.(f16))).toBe("DTYPE");
    const gone = backend.pack?.(view);
    gone?.dispose();
    expect(codeOf(gone)).toBe("DISPOSED");
    expect(errorOf(() => backend.pack?.({ ...view, rows: 900 })).code).toBe("BOUNDS");
  });
});
