/** WGSL of c₀ + c₁·x + c₂·x² + … + cₙ·xⁿ by Horner's rule. */
export function polynomial(x: string, coefficients: readonly number[]): string {
  const [last, ...rest] = [...coefficients].reverse();
  return rest.reduce((sum, c) => `(${float(c)} + ${x} * ${sum})`, float(last!));
}

/** A constant of WGSL, to all its digits. */
function float(value: number): string {
  const text = String(Math.fround(value));
  return /[.e]/.test(text) ? `${text}f` : `${text}.0f`;
}
