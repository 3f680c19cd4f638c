/** The index of element (i, j) of the window that `params` describes at `at`, as u32. */
export function elementAt(at: string, i = "i", j = "j"): string {
  return `u32(params[${at}] + ${i} * params[${at} + 1] + ${j} * params[${at} + 2])`;
}
