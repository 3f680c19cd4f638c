import type { MatrixView } from "@blk/core";

/** Where the elements of a result lie: steps to the next result, and of the two indices within. */
export interface Span {
  readonly offset: number;
  readonly result: number;
  readonly outer: number;
  readonly inner: number;
}

/** A reduction as `results` results over `length` elements each. */
export interface Arranged {
  readonly results: number;
  readonly length: number;
  /** Element l of a result is (l / inner, l % inner). */
  readonly inner: number;
  /** Where the elements of an input lie. */
  spanOf(input: MatrixView): Span;
  /** From one result to the next. */
  readonly outStride: number;
}

/**
 * Which elements of inputs of a shape make which result of `out`: the place of an element is its
 * number within the result.
 */
export function arrange(
  { rows, cols }: { readonly rows: number; readonly cols: number },
  out: MatrixView,
): Arranged {
  if (out.cols === 1 && out.rows === rows) {
    return {
      results: rows,
      length: cols,
      inner: cols,
      spanOf: ({ offset, rowStride, colStride }) => {
        return { offset, result: rowStride, outer: 0, inner: colStride };
      },
      outStride: out.rowStride,
    };
  }
  if (out.rows === 1 && out.cols === cols) {
    return {
      results: cols,
      length: rows,
      inner: rows,
      spanOf: ({ offset, rowStride, colStride }) => {
        return { offset, result: colStride, outer: 0, inner: rowStride };
      },
      outStride: out.colStride,
    };
  }
  return {
    results: 1,
    length: rows * cols,
    inner: cols,
    spanOf: ({ offset, rowStride, colStride }) => {
      return { offset, result: 0, outer: rowStride, inner: colStride };
    },
    outStride: 0,
  };
}

/** How the work of a reduction is shared: `width` results of a workgroup, and pieces of each. */
export interface Cut {
  /** A power of two; the other invocations share the elements of a result. */
  readonly width: number;
  /** Elements of a piece. */
  readonly chunk: number;
  readonly pieces: number;
}

/** Elements that an invocation adds up, at least and at most, before a piece is large enough. */
const chain = { least: 32, most: 256 } as const;
/** Elements for which the least is taken: enough pieces for all cores of a large device. */
const elementsOfLeastChain = 2 ** 23;
/** Neighbouring results whose elements lie side by side, so that memory is read in long stretches. */
const sideBySide = 32;
/** Elements of a short result for each of its invocations. */
const shortChain = 4;

/** By the shape and the strides alone, so that the same call gives the same bits. */
export function cut(
  {
    results,
    length,
    inputs,
  }: { readonly results: number; readonly length: number; readonly inputs: readonly Span[] },
  invocations: number,
): Cut {
  const [first] = inputs;
  const isAcross = first !== undefined && Math.abs(first.result) < Math.abs(first.inner);
  const short = invocations / lanesOf(length, invocations);
  const wanted = Math.max(short, isAcross ? sideBySide : 1);
  const width = Math.min(wanted, powerOfTwo(results));
  const share = (results * length * chain.least) / elementsOfLeastChain;
  const each = Math.min(chain.most, Math.max(chain.least, Math.ceil(share)));
  const chunk = (invocations / width) * each;
  return { width, chunk, pieces: Math.max(1, Math.ceil(length / chunk)) };
}

/** Invocations that share a result over so many elements: a power of two. */
export function lanesOf(length: number, invocations: number): number {
  return powerOfTwo(Math.min(invocations, length / shortChain));
}

/** The least power of two that is not less. */
function powerOfTwo(x: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, x)));
}
