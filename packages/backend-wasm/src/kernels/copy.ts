import {
  type Func,
  type FunctionBuilder,
  i8x16,
  i32,
  type Local,
  type ModuleBuilder,
  type Operand,
  v128,
} from "../assembler/index.js";
import { move } from "./move.js";

/** Parameters of a copy: addresses and strides in bytes. */
export const copyParams = {
  from: "i32",
  fromRow: "i32",
  fromCol: "i32",
  rows: "i32",
  cols: "i32",
  to: "i32",
  toRow: "i32",
} as const;

/**
 * Copies a window into rows of adjacent elements: packing.
 *
 * ```
 * to + i·toRow + j·size  ←  from + i·fromRow + j·fromCol      (i < rows, j < cols)
 * ```
 *
 * Whole vectors at a time where the elements of a row, or those of a column, lie side by side; in
 * the second case by transposing small squares. Bits are moved as they are, so one copy serves all
 * types of 4 bytes, another those of 8.
 */
export function defineCopy(m: ModuleBuilder, bytes: 4 | 8): Func<typeof copyParams, []> {
  const lanes = 16 / bytes;

  return m.func(`copy_${8 * bytes}`, { params: copyParams }, (f, p) => {
    const row = f.local("i32");
    const col = f.local("i32");
    const source = f.local("i32");
    const target = f.local("i32");

    /** Rows from `first` on, columns from `start` on, one element after the other. */
    const elements = (start: Operand<"i32">): void => {
      f.set(source, i32.add(p.from, i32.mul(start, p.fromCol)));
      f.set(target, i32.add(p.to, i32.mul(start, bytes)));
      f.for(col, start, p.cols, 1, () => {
        f.do(move(bytes, target, source));
        f.add(source, p.fromCol);
        f.add(target, bytes);
      });
    };
    const nextRow = (count: number): void => {
      f.add(p.from, i32.mul(p.fromRow, count));
      f.add(p.to, i32.mul(p.toRow, count));
    };

    f.if(
      i32.eq(p.fromCol, bytes),
      () => {
        const whole = f.hold(i32.and(p.cols, -lanes));
        f.for(row, 0, p.rows, 1, () => {
          f.set(source, p.from);
          f.set(target, p.to);
          f.for(col, 0, whole, lanes, () => {
            f.do(v128.store(target, v128.load(source, { align: bytes }), { align: bytes }));
            f.add(source, 16);
            f.add(target, 16);
          });
          elements(whole);
          nextRow(1);
        });
      },
      () => {
        f.set(row, 0);
        f.if(i32.eq(p.fromRow, bytes), () => {
          const wholeRows = f.hold(i32.and(p.rows, -lanes));
          const wholeCols = f.hold(i32.and(p.cols, -lanes));
          f.for(row, 0, wholeRows, lanes, () => {
            f.set(source, p.from);
            f.set(target, p.to);
            f.for(col, 0, wholeCols, lanes, () => {
              transposeSquare(f, source, p.fromCol, target, p.toRow, bytes);
              f.add(source, i32.mul(p.fromCol, lanes));
              f.add(target, 16);
            });
            const squareRow = f.local("i32");
            f.for(squareRow, 0, lanes, 1, () => {
              elements(wholeCols);
              nextRow(1);
            });
          });
        });
        f.for(row, row, p.rows, 1, () => {
          elements(0);
          nextRow(1);
        });
      },
    );
  });
}

/** Columns of `lanes` adjacent elements to rows of as many. */
function transposeSquare(
  f: FunctionBuilder<[]>,
  source: Local<"i32">,
  sourceStep: Local<"i32">,
  target: Local<"i32">,
  targetStep: Local<"i32">,
  bytes: 4 | 8,
): void {
  const lanes = 16 / bytes;
  const at = f.hold(source);
  const columns = Array.from({ length: lanes }, (_, j) => {
    const column = f.hold(v128.load(at, { align: bytes }));
    if (j < lanes - 1) f.add(at, sourceStep);
    return column;
  });
  /** Interleaves parts of `size` bytes: those of the lower halves, or of the upper. */
  const zip = (x: Local<"v128">, y: Local<"v128">, size: number, upper: boolean): Local<"v128"> => {
    const zipped = f.local("v128");
    const start = upper ? 8 : 0;
    const picked = Array.from({ length: 16 }, (_, b) => {
      const part = Math.floor(b / size);
      const inPart = b % size;
      return (part % 2) * 16 + start + Math.floor(part / 2) * size + inPart;
    });
    f.set(zipped, i8x16.shuffle(x, y, picked));
    return zipped;
  };
  const [a, b, c, d] = columns as [Local<"v128">, Local<"v128">, Local<"v128">, Local<"v128">];
  const rows =
    lanes === 2
      ? [zip(a, b, 8, false), zip(a, b, 8, true)]
      : [false, true].flatMap((upper) => {
          const ab = zip(a, b, 4, upper);
          const cd = zip(c, d, 4, upper);
          return [zip(ab, cd, 8, false), zip(ab, cd, 8, true)];
        });
  f.set(at, target);
  rows.forEach((row, i) => {
    f.do(v128.store(at, row, { align: bytes }));
    if (i < lanes - 1) f.add(at, targetStep);
  });
}
