import type { FunctionBuilder, Local } from "../assembler/index.js";
import { constants, type FloatType, type Vector, vectorsOf } from "./vector.js";

/** c₀ + c₁·x + c₂·x² + … + cₙ·xⁿ by Horner's rule. */
export function polynomial(
  f: FunctionBuilder,
  type: FloatType,
  x: Local<"v128">,
  coefficients: readonly number[],
): Vector {
  const { add, mul } = vectorsOf(type);
  const [last, ...rest] = coefficients.map(constants(f, type)).reverse();
  return rest.reduce<Vector>((sum, c) => add(c, mul(x, sum)), last!);
}
