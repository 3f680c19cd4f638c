import { dot, reflector } from "../householder.js";
import { triangularPanel } from "../params.js";
import type { HostMatrix, HostWorkspace } from "./host-workspace.js";
import { applyToVectors, BlockReflectors, type Reflectors } from "./reflectors.js";

/**
 * A = Q·R for a matrix whose columns are the rows of `columns`, no more than they are long. They
 * become the rows of Rᵀ, lower triangular; Q = H₀·H₁·… is returned. Householder's method in panels
 * (Golub and Van Loan, 4th edition, §5.2.3).
 */
export function triangularise(work: HostWorkspace, columns: HostMatrix): Reflectors {
  const { rows: count, cols: size } = columns;
  const rows = work.matrix(count, size);
  const reflectors = { rows, taus: new Float64Array(count), shift: 0 };
  const blocks = new BlockReflectors(work, reflectors, Math.min(triangularPanel, count), count);
  for (let start = 0; start < count; start += triangularPanel) {
    const width = Math.min(triangularPanel, count - start);
    panel(columns, reflectors, start, start + width);
    const next = start + width;
    const rest = columns.window(next, start, count - next, size - start);
    blocks.apply(rest, [start, width], false);
  }
  blocks.dispose();
  return reflectors;
}

function panel(columns: HostMatrix, { rows, taus }: Reflectors, start: number, end: number): void {
  const { data, cols: size } = columns;
  const vectors = rows.data;
  for (let j = start; j < end; j++) {
    const at = j * size + j;
    const length = size - j;
    const { image, tau } = reflector(data, at, at + length);
    vectors.set(data.subarray(at, at + length), at);
    data.fill(0, at, at + length);
    data[at] = image;
    taus[j] = tau;
    for (let line = j + 1; line < end; line++) {
      const to = line * size + j;
      const factor = -tau * dot(vectors, at, data, to, length);
      for (let i = 0; i < length; i++) data[to + i]! += factor * vectors[at + i]!;
    }
  }
}

/** The first columns of Q, as many as there are reflectors, as rows. */
export function orthonormalRows(work: HostWorkspace, reflectors: Reflectors): HostMatrix {
  const { rows: count, cols: size } = reflectors.rows;
  const rows = work.matrix(count, size);
  const { data } = rows;
  for (let i = 0; i < count; i++) data[i * size + i] = 1;
  applyToVectors(work, reflectors, rows);
  return rows;
}
