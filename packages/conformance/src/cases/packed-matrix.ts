import {
  type Backend,
  BlockMatrix,
  type DType,
  isBlkError,
  matmul,
  type PackedMatrix,
  pack,
  scope,
} from "@blk/core";
import { behaviourCase, type Case, type CaseContext } from "../case.js";
import { randomElements } from "../elements.js";

/** Cases of core's `pack`, which every backend takes, whether it packs anything or not. */
export function packedMatrixCases(): readonly Case[] {
  return [
    ...(["f32", "i32"] as const).map((dtype) =>
      behaviourCase("pack", [dtype], "block-sparse factors, whatever the cuts", (context) =>
        sparseFactors(dtype, context),
      ),
    ),
    behaviourCase("pack", ["f32"], "sees what was written before it", writtenBefore),
    behaviourCase("pack", ["f32"], "memory counts until disposal, in any order", disposal),
    behaviourCase("pack", ["f32"], "in a scope", inScope),
    behaviourCase("pack", ["f32"], "after disposal of the backend", afterBackend),
  ];
}

function whole(
  backend: Backend,
  dtype: DType,
  options: Omit<Parameters<typeof BlockMatrix.fromArray>[2], "dtype">,
): BlockMatrix {
  const { rows, cols } = options;
  const data = randomElements(dtype, rows * cols, rows + 100 * cols, "whole");
  return BlockMatrix.fromArray(backend, data, { ...options, dtype });
}

async function expectSame(
  x: BlockMatrix,
  packed: PackedMatrix,
  plain: BlockMatrix,
  { check }: CaseContext,
): Promise<void> {
  using expected = matmul(x, plain);
  using got = matmul(x, packed);
  const same = (await got.toArray()).join() === (await expected.toArray()).join();
  check(same, `${x} times packed ${plain} differs from the product with the matrix itself`);
}

async function sparseFactors(dtype: DType, context: CaseContext): Promise<void> {
  const { backend } = context;
  const pattern = (row: number, col: number): boolean => (row + 2 * col) % 3 !== 0;
  const cuts = { blockRows: [4, 9, 7], blockCols: [8, 1, 10] };
  for (const options of [{}, cuts, { ...cuts, pattern }]) {
    using b = whole(backend, dtype, { rows: 20, cols: 19, ...options });
    using turned = whole(backend, dtype, { rows: 20, cols: 19, ...options });
    using packed = pack(b);
    using transposed = pack(turned, { transpose: true });
    for (const rows of [1, 5]) {
      using x = whole(backend, dtype, { rows, cols: 20 });
      await expectSame(x, packed, b, context);
      using y = whole(backend, dtype, { rows, cols: 19 });
      using expected = matmul(y, turned, { transposeB: true });
      using got = matmul(y, transposed);
      const same = (await got.toArray()).join() === (await expected.toArray()).join();
      context.check(same, `${y} times the packed transpose of ${turned} is wrong`);
    }
    // A is cut where the packed matrix may not be.
    using blocky = whole(backend, dtype, { rows: 6, cols: 20, blockCols: [4, 9, 7], pattern });
    await expectSame(blocky, packed, b, context);
  }
}

async function writtenBefore(context: CaseContext): Promise<void> {
  const { backend } = context;
  using x = whole(backend, "f32", { rows: 5, cols: 12 });
  using y = whole(backend, "f32", { rows: 12, cols: 12 });
  using b = matmul(y, y);
  using packed = pack(b);
  await expectSame(x, packed, b, context);
}

async function disposal({ backend, check }: CaseContext): Promise<void> {
  using x = whole(backend, "f32", { rows: 5, cols: 12 });
  const b = whole(backend, "f32", { rows: 12, cols: 9 });
  const before = backend.memoryUsage();
  const [first, second] = [pack(b), pack(b)];
  const { bytes } = backend.memoryUsage();
  const packed = first.byteLength + second.byteLength;
  check(bytes === before.bytes + packed, "memoryUsage does not count what is packed");
  using expected = matmul(x, b);
  using product = matmul(x, first);
  // Work that was submitted still completes.
  first.dispose();
  first.dispose();
  check(first.disposed && !second.disposed, "disposed tells of the wrong one");
  check(codeOf(() => matmul(x, first)) === "DISPOSED", "a disposed factor is taken");
  check((await product.toArray()).join() === (await expected.toArray()).join(), "wrong product");
  b.dispose();
  check(second.disposed, "what is packed does not say that its matrix is disposed");
  check(codeOf(() => matmul(x, second)) === "DISPOSED", "a factor without its matrix is taken");
  second.dispose();
  const own = (product.rows * product.cols + expected.rows * expected.cols) * 4;
  const left = backend.memoryUsage().bytes - (before.bytes - 12 * 9 * 4) - own;
  check(left === 0, `${left} bytes are alive after disposal`);
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return isBlkError(error) ? error.code : String(error);
  }
  return "nothing";
}

async function inScope({ backend, check }: CaseContext): Promise<void> {
  const before = backend.memoryUsage().bytes;
  using x = whole(backend, "f32", { rows: 4, cols: 6 });
  const kept = scope(() => {
    pack(whole(backend, "f32", { rows: 6, cols: 3 }));
    return pack(whole(backend, "f32", { rows: 6, cols: 5 }));
  });
  const own = (4 * 6 + 6 * 5) * 4 + kept.byteLength;
  const alive = backend.memoryUsage().bytes - before;
  check(alive === own, `${alive} bytes are alive after the scope, not ${own}`);
  using product = matmul(x, kept);
  check((await product.toArray()).length === 20, "the product has another size");
  kept.dispose();
  const left = backend.memoryUsage().bytes - before - (4 * 6 + 4 * 5) * 4;
  check(left === 0, `${left} bytes of the packed matrix and what it was made of are alive`);
}

async function afterBackend({ open, check }: CaseContext): Promise<void> {
  const backend = await open();
  const b = whole(backend, "f32", { rows: 5, cols: 5 });
  const packed = pack(b);
  await backend.dispose();
  check(backend.memoryUsage().bytes === 0, "what is packed outlives its backend");
  check(codeOf(() => matmul(b, packed)) === "DISPOSED", "a product on a disposed backend ran");
  packed.dispose();
  b.dispose();
}
