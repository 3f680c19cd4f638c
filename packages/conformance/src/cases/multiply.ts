import { computeDType, type DType, dtypes, expr, gelu, relu } from "@blk/core";
import { type Case, problemCase } from "../case.js";
import { operandOf, randomElements, randomOperand, resultOf } from "../elements.js";
import { broadcastLayouts, type Layout, ownLayouts } from "../layout.js";
import { distinct } from "./distinct.js";
import { biasThen, type HostProduct, multiplyProblem } from "./multiply-problem.js";

/** Sizes around the edges of tiles of 1 to 64, and primes. */
const edges = [1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 15, 16, 17, 23, 31, 32, 33, 48, 63, 64, 65, 97];

/** m×k times k×n. */
type Shape = readonly [m: number, n: number, k: number];

function shapes(): readonly Shape[] {
  const around = edges.flatMap((size): readonly Shape[] => [
    [size, 9, 7],
    [9, size, 7],
    [9, 7, size],
  ]);
  const square = [1, 2, 3, 4, 5, 8, 9, 16, 17, 33].map((n): Shape => [n, n, n]);
  const long: readonly Shape[] = [
    [1, 1, 1000],
    [1, 130, 65],
    [130, 1, 65],
    [2, 3, 515],
    [3, 2, 257],
    [129, 5, 6],
    [5, 257, 6],
    [67, 71, 73],
  ];
  const empty: readonly Shape[] = [
    [0, 3, 4],
    [3, 0, 4],
    [0, 0, 0],
    [3, 4, 0],
  ];
  return distinct([...square, ...around, ...long, ...empty]);
}

const transposes: readonly (readonly [name: string, a: Layout, b: Layout])[] = [
  ["A·B", "rows", "rows"],
  ["Aᵀ·B", "columns", "rows"],
  ["A·Bᵀ", "rows", "columns"],
  ["Aᵀ·Bᵀ", "columns", "columns"],
];

interface ProductSpec {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly a?: Layout;
  readonly b?: Layout;
  readonly c?: Layout;
  readonly seed?: number;
}

/** One product of random matrices. */
function product({ dtype, shape, a = "rows", b = "rows", c = "rows", seed = 1 }: ProductSpec) {
  const [m, n, k] = shape;
  const terms = [
    {
      a: randomOperand("a", dtype, m, k, a, seed),
      b: randomOperand("b", dtype, k, n, b, seed + 1),
    },
  ];
  return { c: resultOf("c", dtype, m, n, c), terms } satisfies HostProduct;
}

/** Cases of `multiply`. */
export function multiplyCases(): readonly Case[] {
  return dtypes.flatMap((dtype) => [
    ...shapeCases(dtype),
    ...layoutCases(dtype),
    ...scalarCases(dtype),
    ...termCases(dtype),
    ...epilogueCases(dtype),
    ...indexedCases(dtype),
    ...listCases(dtype),
    ...(computeDType(dtype) === "i32" ? [] : specialCases(dtype)),
  ]);
}

function shapeCases(dtype: DType): readonly Case[] {
  return shapes().flatMap((shape) =>
    transposes.map(([name, a, b]) => {
      const problem = multiplyProblem([product({ dtype, shape, a, b })]);
      return problemCase("multiply", [dtype], `${shape.join("×")}/${name}`, problem);
    }),
  );
}

function layoutCases(dtype: DType): readonly Case[] {
  const shape: Shape = [17, 13, 11];
  const cases: Case[] = [];
  const add = (name: string, spec: Omit<ProductSpec, "dtype" | "shape">): void => {
    const problem = multiplyProblem([product({ dtype, shape, ...spec })]);
    cases.push(problemCase("multiply", [dtype], `layout/${name}`, problem));
  };
  for (const layout of [...ownLayouts, ...broadcastLayouts]) {
    add(`a ${layout}`, { a: layout });
    add(`b ${layout}`, { b: layout });
  }
  for (const layout of ownLayouts) {
    add(`c ${layout}`, { c: layout });
    add(`all ${layout}`, { a: layout, b: layout, c: layout });
  }
  for (const [m, n, k] of [
    [1, 9, 5],
    [9, 1, 5],
    [4, 4, 4],
  ] as const) {
    for (const layout of ownLayouts) {
      const spec = { dtype, shape: [m, n, k] as const, a: layout, b: layout, c: layout };
      const name = `layout/${m}×${n}×${k} ${layout}`;
      cases.push(problemCase("multiply", [dtype], name, multiplyProblem([product(spec)])));
    }
  }
  const shared = multiplyProblem([product({ dtype, shape })], { shareBuffer: true });
  cases.push(problemCase("multiply", [dtype], "layout/all in one buffer", shared));
  return cases;
}

function scalarCases(dtype: DType): readonly Case[] {
  const isInteger = dtype === "i32";
  const alphas = isInteger ? [1, 0, -1, 3] : [1, 0, -1, 0.37];
  const betas = isInteger ? [0, 1, -2] : [0, 1, -0.61];
  const cases: Case[] = [];
  for (const shape of [
    [9, 10, 11],
    [3, 1, 5],
    [1, 6, 4],
    [5, 4, 0],
  ] as const) {
    for (const alpha of alphas) {
      for (const beta of betas) {
        const { c, terms } = product({ dtype, shape, c: "padded" });
        const initial = randomElements(dtype, c.rows * c.cols, 3);
        const filled = beta === 0 ? c : { ...c, initial };
        const problem = multiplyProblem([{ c: filled, terms }], { alpha, beta });
        const name = `scalars/${shape.join("×")}/alpha ${alpha}, beta ${beta}`;
        cases.push(problemCase("multiply", [dtype], name, problem));
      }
    }
  }
  return cases;
}

function termCases(dtype: DType): readonly Case[] {
  const depths: readonly (readonly number[])[] = [
    [],
    [5, 3],
    [0, 4],
    [1, 1, 1, 1, 1],
    [17, 0, 9, 33],
    [65, 64],
  ];
  return depths.flatMap((list) =>
    [[7, 6] as const, [1, 9] as const, [9, 1] as const].flatMap(([m, n]) => {
      const terms = list.map((k, t) => ({
        a: randomOperand(`a${t}`, dtype, m, k, t % 2 === 0 ? "rows" : "columns", 10 + t),
        b: randomOperand(`b${t}`, dtype, k, n, t % 3 === 0 ? "rows" : "columns", 20 + t),
      }));
      const c = resultOf("c", dtype, m, n);
      const name = `terms/${m}×${n}/depths ${list.join("+") || "none"}`;
      const plain = problemCase("multiply", [dtype], name, multiplyProblem([{ c, terms }]));
      const bias = randomOperand("bias", dtype, m, n, "one row", 30);
      const withBias = { c, terms, operands: [bias] };
      const problem = multiplyProblem([withBias], { epilogue: biasThen(relu) });
      return [plain, problemCase("multiply", [dtype], `${name}, bias and relu once`, problem)];
    }),
  );
}

function epilogueCases(dtype: DType): readonly Case[] {
  const x = expr.input(0);
  const y = expr.input(1);
  const z = expr.input(2);
  const isInteger = dtype === "i32";
  const epilogues = {
    relu: relu(x),
    bias: expr.add(x, y),
    residual: expr.add(expr.max(expr.add(x, y), 0), z),
    "product ignored": expr.mul(y, z),
    constant: expr.constant(7),
    clamp: expr.min(expr.max(x, -1), 1),
    ...(isInteger ? {} : { gelu: biasThen(gelu), scaled: expr.mul(expr.div(x, 3), expr.exp(y)) }),
  };
  const cases: Case[] = [];
  for (const [name, epilogue] of Object.entries(epilogues)) {
    for (const shape of [
      [9, 11, 19],
      [1, 33, 6],
      [33, 1, 6],
      [4, 4, 300],
      [5, 6, 0],
      [0, 6, 5],
    ] as const) {
      const { c, terms } = product({ dtype, shape });
      const { rows, cols } = c;
      const operands = [
        randomOperand("row", dtype, rows, cols, "one row", 41),
        randomOperand("residual", dtype, rows, cols, "padded columns", 42),
      ];
      const problem = multiplyProblem([{ c, terms, operands }], { epilogue });
      const caseName = `epilogue/${name}/${shape.join("×")}`;
      cases.push(problemCase("multiply", [dtype], caseName, problem));
    }
  }
  const { c, terms } = product({ dtype, shape: [9, 7, 8], c: "columns" });
  const all = {
    c: { ...c, initial: randomElements(dtype, 63, 5) },
    terms,
    operands: [randomOperand("column", dtype, 9, 7, "one column", 43)],
  };
  const [alpha, beta] = isInteger ? [2, -3] : [0.7, -1.3];
  const problem = multiplyProblem([all], { alpha, beta, epilogue: biasThen(relu) });
  cases.push(problemCase("multiply", [dtype], "epilogue/after alpha and beta", problem));
  return cases;
}

/** Rows read by index: repeated, missing, beyond both ends. */
function indexedCases(dtype: DType): readonly Case[] {
  const k = 6;
  const n = 9;
  const column = (name: string, numbers: readonly number[], layout: Layout = "rows") =>
    operandOf(name, "i32", numbers.length, 1, numbers, layout);
  const far = [4, 4, 0, -1, 2, 5, -7, 100, 1, 2 ** 31 - 1, -(2 ** 31)];
  const lists = { one: [3], repeated: [0, 0, 0, 4, 4], "outside of a": far, none: [-1, -1] };
  return Object.entries(lists).flatMap(([name, rows]) =>
    (["rows", "columns", "padded"] as const).map((layout) => {
      const term = (t: number) => ({
        a: randomOperand(`a${t}`, dtype, 5 + t, k, layout, 50 + t),
        b: randomOperand(`b${t}`, dtype, k, n, "rows", 60 + t),
        rows: column(
          `rows${t}`,
          t === 0 ? rows : [...rows].reverse(),
          t === 0 ? "rows" : "strided",
        ),
      });
      const c = resultOf("c", dtype, rows.length, n);
      const problem = multiplyProblem([{ c, terms: [term(0), term(1)] }]);
      return problemCase(
        "multiply",
        [dtype, "i32"],
        `rows by index/${name}, a ${layout}`,
        problem,
        ["rows by index"],
      );
    }),
  );
}

/** Lists of products: one call. */
function listCases(dtype: DType): readonly Case[] {
  const of = (shape: Shape, seed: number) => product({ dtype, shape, seed });
  const mixed = [
    [3, 4, 5],
    [17, 1, 9],
    [1, 1, 1],
    [0, 3, 2],
    [8, 33, 2],
    [2, 2, 0],
  ] as const;
  const lists: Readonly<Record<string, readonly HostProduct[]>> = {
    empty: [],
    "different sizes": mixed.map((shape, i) => of(shape, 70 + 2 * i)),
    "100 tiny ones": Array.from({ length: 100 }, (_, i) => of([2, 3, 4], 100 + 2 * i)),
    "different numbers of terms": [
      of([4, 5, 6], 80),
      { c: resultOf("c", dtype, 3, 3), terms: [] },
      {
        c: resultOf("c", dtype, 4, 5),
        terms: [...of([4, 5, 2], 81).terms, ...of([4, 5, 7], 82).terms],
      },
    ],
  };
  return Object.entries(lists).flatMap(([name, products]) => [
    problemCase("multiply", [dtype], `list/${name}`, multiplyProblem(products)),
    ...(products.length === 0
      ? []
      : [
          problemCase(
            "multiply",
            [dtype],
            `list/${name}, in one buffer`,
            multiplyProblem(products, { shareBuffer: true }),
          ),
        ]),
  ]);
}

/** NaN, infinities, subnormal numbers, cancellation, storage types that meet. */
function specialCases(dtype: DType): readonly Case[] {
  const { POSITIVE_INFINITY: inf, NaN: nan } = Number;
  const cases: Case[] = [];
  for (const n of [1, 5, 17]) {
    const a = [nan, 0, inf, 0, 0, 0, inf, 1, inf, -inf, 1, 2];
    const b = Array.from({ length: 2 * n }, (_, at) => (at < n ? 1 : at % 2 === 0 ? 1 : 0.5));
    const term = { a: operandOf("a", dtype, 6, 2, a), b: operandOf("b", dtype, 2, n, b) };
    const c = resultOf("c", dtype, 6, n);
    cases.push(
      problemCase(
        "multiply",
        [dtype],
        `NaN and infinity in a, n = ${n}`,
        multiplyProblem([{ c, terms: [term] }]),
        ["non-finite numbers"],
      ),
    );
    const special = Array.from({ length: 2 * n }, (_, at) => [inf, nan, -inf, 0, 3][at % 5] ?? 0);
    const other = {
      a: operandOf("a", dtype, 3, 2, [1, 0, 0, 1, 2, -1]),
      b: operandOf("b", dtype, 2, n, special),
    };
    cases.push(
      problemCase(
        "multiply",
        [dtype],
        `NaN and infinity in b, n = ${n}`,
        multiplyProblem([{ c: resultOf("c", dtype, 3, n), terms: [other] }]),
        ["non-finite numbers"],
      ),
    );
  }
  const tiny = { f64: 2 ** -1074, f32: 2 ** -149, f16: 2 ** -24, i32: 0 }[dtype];
  const [small, factors] = [
    [3 * tiny, -tiny, 5 * tiny, 7 * tiny, 0],
    [1, -1, 1, 2, 1, 1],
  ];
  const outer = Float64Array.from({ length: 30 }, (_, at) => {
    return (small[Math.floor(at / 6)] as number) * (factors[at % 6] as number);
  });
  const subnormal = multiplyProblem([
    {
      c: resultOf("c", dtype, 5, 6),
      terms: [{ a: operandOf("a", dtype, 5, 1, small), b: operandOf("b", dtype, 1, 6, factors) }],
    },
  ]);
  cases.push(
    problemCase(
      "multiply",
      [dtype],
      "subnormal numbers",
      { ...subnormal, answer: () => [{ expected: outer, bound: new Float64Array(30) }] },
      ["subnormal numbers"],
    ),
  );
  const big = Array.from({ length: 64 }, (_, l) => (l % 2 === 0 ? 1 : -1) * (1 + l / 64));
  const cancelling = {
    c: resultOf("c", dtype, 1, 1),
    terms: [
      { a: operandOf("a", dtype, 1, 64, big), b: operandOf("b", dtype, 64, 1, [...big].reverse()) },
    ],
  };
  cases.push(problemCase("multiply", [dtype], "cancellation", multiplyProblem([cancelling])));
  if (dtype === "f16") {
    const mixed = {
      c: resultOf("c", "f16", 9, 5),
      terms: [
        {
          a: randomOperand("a", "f32", 9, 7, "rows", 91),
          b: randomOperand("b", "f16", 7, 5, "columns", 92),
        },
      ],
    };
    cases.push(problemCase("multiply", ["f16", "f32"], "mixed with f32", multiplyProblem([mixed])));
    const toF32 = { ...mixed, c: resultOf("c", "f32", 9, 5) };
    cases.push(problemCase("multiply", ["f16", "f32"], "into f32", multiplyProblem([toF32])));
  }
  return cases;
}
