import {
  add,
  argmax,
  assemble,
  type Backend,
  type BackendProvider,
  type BlkErrorCode,
  BlockMatrix,
  BlockPattern,
  block,
  cast,
  checked,
  denseView,
  div,
  dtypes,
  type ElementFunction,
  expr,
  gather,
  isBlkError,
  map,
  mapInto,
  matmul,
  norm,
  openBackend,
  Partition,
  reduce,
  repartition,
  scatterAdd,
  softmax,
  window,
} from "@blk/core";
import { behaviourCase, type Case, type CaseContext } from "../case.js";

/** One mistake, and what a person is told. */
interface Mistake {
  readonly code: BlkErrorCode;
  /** A part of the message that names what came and what to do. */
  readonly says: string;
  make(tools: Tools): unknown;
}

/** What mistakes are made with. */
interface Tools {
  readonly backend: Backend;
  /** Another backend of the same kind. */
  readonly other: Backend;
  /** A dense rows×cols f32 matrix, disposed after the case. */
  matrix(rows: number, cols: number): BlockMatrix;
  /** Any matrix, disposed after the case. */
  keep(matrix: BlockMatrix): BlockMatrix;
}

const imaginary: BackendProvider = {
  name: "imaginary",
  specVersion: 1,
  probe: async () => ({ available: false, reason: "no such chip" }),
  create: () => Promise.reject(new Error("never called")),
};

const nothing = null as unknown as BlockMatrix;

const mistakes: Readonly<Record<string, Mistake>> = {
  "ARGUMENT: ragged rows": {
    code: "ARGUMENT",
    says: "row 0 has 2 numbers and row 1 has 1",
    make: ({ backend }) => BlockMatrix.fromRows(backend, [[1, 2], [3]]),
  },
  "ARGUMENT: a size of NaN": {
    code: "ARGUMENT",
    says: "NaN",
    make: ({ backend }) => BlockMatrix.zeros(backend, { rows: Number.NaN, cols: 2 }),
  },
  "ARGUMENT: a negative size": {
    code: "ARGUMENT",
    says: "-1",
    make: ({ backend }) => BlockMatrix.zeros(backend, { rows: 2, cols: -1 }),
  },
  "ARGUMENT: a block size of 0": {
    code: "ARGUMENT",
    says: "0",
    make: () => Partition.uniform(4, 0),
  },
  "ARGUMENT: no matrix": {
    code: "ARGUMENT",
    says: "expected a BlockMatrix",
    make: ({ matrix }) => add(matrix(1, 1), nothing),
  },
  "ARGUMENT: beta without out": {
    code: "ARGUMENT",
    says: "`out`",
    make: ({ matrix }) => matmul(matrix(2, 2), matrix(2, 2), { beta: 1 }),
  },
  "ARGUMENT: an expression of a missing operand": {
    code: "ARGUMENT",
    says: "operand 1",
    make: ({ matrix }) => map(matrix(1, 1), () => expr.input(1)),
  },
  "ARGUMENT: a function that gives no expression": {
    code: "ARGUMENT",
    says: "expr.",
    make: ({ matrix }) => map(matrix(1, 1), (() => "x") as unknown as ElementFunction),
  },
  "ARGUMENT: an unknown reduction": {
    code: "ARGUMENT",
    says: "sum, max, min, argmax",
    make: ({ matrix }) => reduce(matrix(1, 1), { op: "product" as "sum" }),
  },
  "SHAPE: too few numbers": {
    code: "SHAPE",
    says: "needs 4 numbers, got 3",
    make: ({ backend }) => BlockMatrix.fromArray(backend, [1, 2, 3], { rows: 2, cols: 2 }),
  },
  "SHAPE: a product of unequal inner sizes": {
    code: "SHAPE",
    says: "A is 3×4 and B is 5×2; A's columns (4) must equal B's rows (5)",
    make: ({ matrix }) => matmul(matrix(3, 4), matrix(5, 2)),
  },
  "SHAPE: a sum of unequal shapes": {
    code: "SHAPE",
    says: "3×4, 4×3",
    make: ({ matrix }) => add(matrix(3, 4), matrix(4, 3)),
  },
  "SHAPE: parts that do not fit": {
    code: "SHAPE",
    says: "assemble",
    make: ({ matrix }) => assemble([[matrix(2, 2), matrix(3, 2)]]),
  },
  "SHAPE: rows to scatter": {
    code: "SHAPE",
    says: "scatterAdd",
    make: ({ matrix }) => scatterAdd(matrix(3, 2), [0, 1], matrix(3, 2)),
  },
  "PARTITION: cuts that differ": {
    code: "PARTITION",
    says: "repartition()",
    make: ({ matrix }) =>
      matmul(
        repartition(matrix(4, 4), { blockCols: [1, 3] }),
        repartition(matrix(4, 4), { blockRows: [2, 2] }),
      ),
  },
  "PARTITION: cuts that do not add up": {
    code: "PARTITION",
    says: "5",
    make: ({ matrix }) => repartition(matrix(4, 4), { blockRows: [2, 3] }),
  },
  "DTYPE: two types in one product": {
    code: "DTYPE",
    says: "cast()",
    make: ({ matrix, keep }) => matmul(matrix(2, 2), keep(cast(matrix(2, 2), "i32"))),
  },
  "DTYPE: a division of integers": {
    code: "DTYPE",
    says: "div is not defined for i32",
    make: ({ matrix, keep }) => {
      const whole = keep(cast(matrix(2, 2), "i32"));
      return div(whole, whole);
    },
  },
  "DTYPE: a softmax of integers": {
    code: "DTYPE",
    says: "floating point",
    make: ({ matrix, keep }) => softmax(keep(cast(matrix(2, 2), "i32"))),
  },
  "DTYPE: a norm of integers": {
    code: "DTYPE",
    says: "i32",
    make: ({ matrix, keep }) => norm(keep(cast(matrix(2, 2), "i32"))),
  },
  "DTYPE: a fraction as an integer": {
    code: "DTYPE",
    says: "1.5",
    make: ({ backend }) => BlockMatrix.fromRows(backend, [[1.5]], { dtype: "i32" }),
  },
  "BOUNDS: a block outside": {
    code: "BOUNDS",
    says: "1",
    make: ({ matrix }) => block(matrix(2, 2), 1, 0),
  },
  "BOUNDS: a window outside": {
    code: "BOUNDS",
    says: "2×2 at (1, 1)",
    make: ({ matrix }) => window(matrix(2, 2), 1, 1, 2, 2),
  },
  "BOUNDS: an index outside": {
    code: "BOUNDS",
    says: "index 1 is 3",
    make: ({ matrix }) => gather(matrix(3, 2), [0, 3]),
  },
  "ALIAS: a result over its operand": {
    code: "ALIAS",
    says: "overlaps",
    make: ({ matrix }) => {
      const a = matrix(2, 2);
      return matmul(a, a, { out: a });
    },
  },
  "ALIAS: a matrix written twice in one pass": {
    code: "ALIAS",
    says: "overlaps",
    make: ({ matrix }) => {
      const a = matrix(2, 2);
      return mapInto([{ operands: [a], outs: [a, a] }], (x) => [x, x]);
    },
  },
  "DISPOSED: a matrix after its disposal": {
    code: "DISPOSED",
    says: "was disposed",
    make: ({ matrix }) => {
      const a = matrix(2, 2);
      a.dispose();
      return matmul(a, a);
    },
  },
  "DISPOSED: a view of a disposed matrix": {
    code: "DISPOSED",
    says: "argmax",
    make: ({ matrix }) => {
      const a = matrix(2, 2);
      const view = window(a, 0, 0, 1, 1);
      a.dispose();
      return argmax(view);
    },
  },
  "DISPOSED: reading after disposal": {
    code: "DISPOSED",
    says: "toArray",
    make: ({ matrix }) => {
      const a = matrix(2, 2);
      a.dispose();
      return a.toArray();
    },
  },
  "BACKEND_MISMATCH: matrices of two backends": {
    code: "BACKEND_MISMATCH",
    says: "transfer()",
    make: ({ matrix, other }) => {
      const foreign = BlockMatrix.fromRows(other, [[1]]);
      try {
        return add(matrix(1, 1), foreign);
      } finally {
        foreign.dispose();
      }
    },
  },
  "NO_BACKEND: none can run": {
    code: "NO_BACKEND",
    says: "no such chip",
    make: () => openBackend([imaginary], { onSkip: () => undefined }),
  },
  "OUT_OF_MEMORY: a matrix larger than memory": {
    code: "OUT_OF_MEMORY",
    says: "bytes",
    make: ({ backend }) => backend.allocate(2 ** 46),
  },
  "ALIAS: a kernel's output over its input": {
    code: "ALIAS",
    says: "overlaps",
    make: ({ backend, keep, matrix }) => {
      const buffer = backend.allocate(16);
      const view = denseView(buffer, "f32", 2, 2);
      try {
        keep(matrix(1, 1));
        checked(backend).map([{ inputs: [view], out: view }], expr.input(0));
      } finally {
        buffer.dispose();
      }
    },
  },
};

/** Cases of what people are told when something is wrong: a code, one clear sentence, nothing left behind. */
export function errorCases(): readonly Case[] {
  const named = Object.entries(mistakes).map(([name, mistake]) =>
    behaviourCase("errors", mistake.code === "DTYPE" ? ["f32", "i32"] : ["f32"], name, (context) =>
      checkMistake(mistake, context),
    ),
  );
  return [
    ...named,
    behaviourCase("errors", [], "UNSUPPORTED: types that the backend lacks", unsupportedTypes),
    behaviourCase("errors", ["f32"], "PARTITION: patterns of another grid", otherGrid),
  ];
}

async function errorOf(run: () => unknown): Promise<unknown> {
  try {
    await run();
  } catch (error) {
    return error;
  }
  return undefined;
}

function checkError(
  error: unknown,
  code: BlkErrorCode,
  says: string,
  { check }: CaseContext,
): void {
  check(isBlkError(error), () => `expected a BlkError ${code}, got ${String(error)}`);
  if (!isBlkError(error)) return;
  check(error.code === code, () => `expected ${code}, got ${error.code}: ${error.message}`);
  check(
    error.message.includes(says),
    () => `the message should say "${says}", but is: ${error.message}`,
  );
  check(!error.message.includes("\n"), () => `the message is more than one line: ${error.message}`);
}

async function checkMistake({ code, says, make }: Mistake, context: CaseContext): Promise<void> {
  const { backend, open, check } = context;
  const other = await open();
  const made: BlockMatrix[] = [];
  const keep = (matrix: BlockMatrix): BlockMatrix => {
    made.push(matrix);
    return matrix;
  };
  const matrix = (rows: number, cols: number): BlockMatrix =>
    keep(BlockMatrix.full(backend, 1, { rows, cols }));
  try {
    const error = await errorOf(() => make({ backend, other, matrix, keep }));
    checkError(error, code, says, context);
    // After any mistake the backend computes as before.
    using four = matmul(matrix(2, 2), matrix(2, 2));
    check((await four.toArray()).join() === "2,2,2,2", "after the mistake a product is wrong");
    check(other.memoryUsage().buffers === 0, "the mistake left memory on the other backend");
  } finally {
    for (const one of made) one.dispose();
    await other.dispose();
  }
}

/** What a backend lacks is refused by name, so that another one can be tried. */
async function unsupportedTypes(context: CaseContext): Promise<void> {
  const { backend } = context;
  const { capabilities } = backend;
  for (const dtype of dtypes) {
    // As if it lacked the type: core must ask before it uses one.
    const poorer = Object.create(backend, {
      capabilities: {
        value: { ...capabilities, dtypes: capabilities.dtypes.filter((other) => other !== dtype) },
      },
    }) as Backend;
    const error = await errorOf(() => BlockMatrix.zeros(poorer, { rows: 1, cols: 1, dtype }));
    checkError(error, "UNSUPPORTED", dtype, context);
  }
}

async function otherGrid(context: CaseContext): Promise<void> {
  const { backend } = context;
  const a = BlockMatrix.full(backend, 1, { rows: 4, cols: 4, blockRows: 2, blockCols: 2 });
  try {
    const pattern = BlockPattern.diagonal(3);
    const error = await errorOf(() => matmul(a, a, { pattern }));
    checkError(error, "PARTITION", "3×3", context);
  } finally {
    a.dispose();
  }
}
