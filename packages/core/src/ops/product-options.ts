import type { ProductOptions } from "../backend.js";
import { checkOptions } from "../check-arguments.js";
import { computeDType, type DType, describeValue } from "../dtype.js";
import { BlkError } from "../errors.js";
import { add, type Operand } from "../expression/build.js";
import type { Expr } from "../expression/expression.js";
import { expressionOf } from "./expression-of.js";
import type { MatmulOptions } from "./matmul.js";

/** Throws `ARGUMENT` for options that are none, or operands that nothing would read. */
export function checkMatmulOptions(options: MatmulOptions): void {
  checkOptions("matmul", options, "such as { transposeB: true }");
  const { operands, epilogue } = options;
  if (operands === undefined) return;
  if (!Array.isArray(operands)) {
    throw new BlkError(
      "ARGUMENT",
      `matmul: expected operands to be an array of matrices, got ${describeValue(operands)}; write operands: [x]`,
    );
  }
  if (operands.length > 0 && epilogue === undefined) {
    throw new BlkError(
      "ARGUMENT",
      `matmul: operands are given (${operands.length}), but no epilogue that reads them; give epilogue: (p, x) => …, or leave operands out`,
    );
  }
}

/** The scalars and the epilogue of a `matmul`: bias, activation and epilogue as one expression. */
export function productOptionsOf(options: MatmulOptions, dtype: DType): ProductOptions {
  return scalars(options, epilogueOf(options, options.operands?.length ?? 0, dtype), dtype);
}

function epilogueOf(options: MatmulOptions, operandCount: number, dtype: DType): Expr | undefined {
  const { bias, activation, epilogue } = options;
  if (bias === undefined && activation === undefined && epilogue === undefined) return undefined;
  const fusedCount = operandCount + (bias === undefined ? 0 : 1);
  const build = (product: Expr, ...fused: Expr[]): Operand => {
    const biased = bias === undefined ? product : add(product, fused[0] as Expr);
    const activated = activation === undefined ? biased : activation(biased);
    const operands = bias === undefined ? fused : fused.slice(1);
    return epilogue === undefined ? activated : epilogue(activated, ...operands);
  };
  return expressionOf("matmul", build, fusedCount + 1, dtype);
}

function scalars(options: MatmulOptions, epilogue: Expr | undefined, dtype: DType): ProductOptions {
  const { alpha = 1, beta = 0, out } = options;
  const isInteger = computeDType(dtype) === "i32";
  checkScalar("alpha", alpha, isInteger);
  checkScalar("beta", beta, isInteger);
  if (beta !== 0 && out === undefined) {
    throw new BlkError(
      "ARGUMENT",
      `matmul: beta is ${beta}, which scales \`out\`; give \`out\` too`,
    );
  }
  return epilogue === undefined ? { alpha, beta } : { alpha, beta, epilogue };
}

function checkScalar(name: string, value: number, isInteger: boolean): void {
  if (typeof value === "number" && (!isInteger || (value | 0) === value)) return;
  throw new BlkError(
    "ARGUMENT",
    `matmul: expected ${name} to be ${isInteger ? "an i32" : "a number"}, got ${describeValue(value)}`,
  );
}
