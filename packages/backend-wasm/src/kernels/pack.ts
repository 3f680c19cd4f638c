import type { DType } from "@blk/core";
import {
  type Func,
  type FunctionBuilder,
  i32,
  type Local,
  type ModuleBuilder,
  memory,
  type Operand,
  type Statement,
  type Value,
  v128,
} from "../assembler/index.js";
import { arithmetics, type ComputeType } from "./arithmetic.js";
import { copyParams, defineCopy } from "./copy.js";
import { repeat } from "./loops.js";
import { clear, move } from "./move.js";

/** Element types of factors: the first is that of the arithmetic, the others are converted. */
export type Sources = readonly [ComputeType, ...DType[]];

/** The signature of a map kernel's `tile`, which converts a window: see `kernels/map.ts`. */
export const tileSignature = {
  params: { windows: "i32", row: "i32", col: "i32", rows: "i32", cols: "i32" },
} as const;

/** The functions that convert the sources after the first; import them before defining anything. */
export function importConversions(
  m: ModuleBuilder,
  [, ...converted]: Sources,
): Func<typeof tileSignature.params, []>[] {
  return converted.map((dtype) => m.importFunc(conversionName(dtype), "tile", tileSignature));
}

/** The name of the linked kernel that converts from a type. */
export function conversionName(dtype: DType): string {
  return `from_${dtype}`;
}

type SourceParams = typeof copyParams & Readonly<Record<"source" | "windows", "i32">>;

const sourceParams: SourceParams = { ...copyParams, source: "i32", windows: "i32" };

/** Copies or converts a window into rows of adjacent numbers of the arithmetic. */
type CopySource = Func<SourceParams, []>;

/** The function that copies from any of a kernel's sources. */
export function defineCopySource(
  m: ModuleBuilder,
  type: ComputeType,
  conversions: readonly Func<typeof tileSignature.params, []>[],
): CopySource {
  const { bytes } = arithmetics[type];
  const copy = defineCopy(m, bytes);
  return m.func(`copy_to_${type}`, { params: sourceParams }, (f, p) => {
    const { source, windows, ...plain } = p;
    conversions.forEach((convert, index) => {
      f.if(i32.eq(source, index + 1), () => {
        const window = [p.to, p.toRow, bytes, p.from, p.fromRow, p.fromCol];
        window.forEach((word, i) => {
          f.do(i32.store(windows, word, { offset: 4 * i }));
        });
        f.do(convert.call({ windows, row: 0, col: 0, rows: p.rows, cols: p.cols }));
        f.return();
      });
    });
    f.do(copy.call(plain));
  });
}

type PackAParams = SourceParams & Readonly<Record<"indices" | "indexStep" | "limit", "i32">>;

const packAParams: PackAParams = {
  ...sourceParams,
  indices: "i32",
  indexStep: "i32",
  limit: "i32",
};

type PackBParams = typeof packBParams;

const packBParams = {
  from: "i32",
  fromRow: "i32",
  fromCol: "i32",
  k: "i32",
  n: "i32",
  to: "i32",
  panel: "i32",
  source: "i32",
  windows: "i32",
} as const;

/**
 * The functions that pack factors. Addresses and strides are bytes.
 *
 * | | from | to |
 * |---|---|---|
 * | A | rows×cols from `from` on; with `indices`, row `indices[i]` for row i, or zeros where that is not below `limit` | rows of adjacent numbers, `toRow` apart |
 * | B | k×n from `from` on | panels of `nr` columns, `panel` apart, each k rows of nr adjacent numbers; the last is filled up with zeros |
 */
export function definePacking(
  m: ModuleBuilder,
  type: ComputeType,
  nr: number,
  conversions: readonly Func<typeof tileSignature.params, []>[],
): { packA: Func<PackAParams, []>; packB: Func<PackBParams, []> } {
  const copySource = defineCopySource(m, type, conversions);
  return {
    packA: definePackA(m, type, copySource),
    packB: definePackB(m, type, nr, copySource),
  };
}

function definePackA(
  m: ModuleBuilder,
  type: ComputeType,
  copySource: CopySource,
): Func<PackAParams, []> {
  const { bytes, lanes } = arithmetics[type];
  return m.func(`pack_a_${type}`, { params: packAParams }, (f, p) => {
    const { indices, indexStep, limit, ...window } = p;
    f.if(i32.eqz(indices), () => {
      f.do(copySource.call(window));
      f.return();
    });
    const isPlain = f.hold(i32.and(i32.eqz(p.source), i32.eq(p.fromCol, bytes)));
    const whole = f.hold(i32.mul(i32.and(p.cols, -lanes), bytes));
    const all = f.hold(i32.mul(p.cols, bytes));
    const [row, from, at] = [f.local("i32"), f.local("i32"), f.local("i32")];
    const address = (base: Operand<"i32">): Value<"i32"> => i32.add(base, at);
    f.for(row, 0, p.rows, 1, () => {
      const index = f.local("i32");
      f.set(index, i32.load(indices));
      f.if(
        i32.ltU(index, limit),
        () => {
          f.set(from, i32.add(p.from, i32.mul(index, p.fromRow)));
          // Rows are short here, and a call for each would take longer than the row.
          f.if(
            isPlain,
            () => {
              f.for(at, 0, whole, 16, () => {
                const aligned = { align: bytes };
                f.do(v128.store(address(p.to), v128.load(address(from), aligned), aligned));
              });
              f.for(at, whole, all, bytes, () => f.do(move(bytes, address(p.to), address(from))));
            },
            () => f.do(copySource.call({ ...window, from, rows: 1 })),
          );
        },
        () => f.for(at, 0, all, bytes, () => f.do(clear(bytes, address(p.to)))),
      );
      f.add(indices, indexStep);
      f.add(p.to, p.toRow);
    });
  });
}

/** The function that packs B: see {@link definePacking}. */
export function definePackB(
  m: ModuleBuilder,
  type: ComputeType,
  nr: number,
  copySource: CopySource,
): Func<PackBParams, []> {
  const { bytes } = arithmetics[type];
  const row = nr * bytes;
  return m.func(`pack_b_${type}`, { params: packBParams }, (f, p) => {
    const isPlain = i32.and(i32.eqz(p.source), i32.eq(p.fromCol, bytes));
    const next = (cols: Operand<"i32">): void => {
      f.add(p.from, i32.mul(p.fromCol, cols));
      f.sub(p.n, cols);
    };
    const copyPanel = (cols: Operand<"i32">): Statement =>
      copySource.call({
        from: p.from,
        fromRow: p.fromRow,
        fromCol: p.fromCol,
        rows: p.k,
        cols,
        to: p.to,
        toRow: row,
        source: p.source,
        windows: p.windows,
      });
    f.if(i32.and(isPlain, i32.geU(p.n, nr)), () => {
      const whole = f.hold(i32.sub(p.n, i32.remU(p.n, nr)));
      copyRows(f, p, whole, nr, bytes);
      next(whole);
    });
    repeat(f, i32.geU(p.n, nr), () => {
      f.do(copyPanel(nr));
      f.add(p.to, p.panel);
      next(nr);
    });
    f.if(p.n, () => {
      f.do(memory.fill(p.to, 0, i32.mul(p.k, row)));
      f.do(copyPanel(p.n));
    });
  });
}

/**
 * Copies k rows of `width` adjacent numbers into panels of nr, and moves `to` behind these panels.
 * A row is read from its first number to its last, which prefetchers follow: panel after panel, in
 * pieces of rows that lie far apart, takes twice the time.
 */
function copyRows(
  f: FunctionBuilder<[]>,
  p: Record<keyof PackBParams, Local<"i32">>,
  width: Local<"i32">,
  nr: number,
  bytes: number,
): void {
  const [row, to, height] = [f.hold(p.from), f.hold(p.to), f.hold(p.k)];
  const [source, left] = [f.local("i32"), f.local("i32")];
  repeat(f, height, () => {
    f.set(source, row);
    f.set(p.to, to);
    f.set(left, width);
    f.loop((again) => {
      for (let offset = 0; offset < nr * bytes; offset += 16) {
        const at = { offset, align: bytes };
        f.do(v128.store(p.to, v128.load(source, at), at));
      }
      f.add(source, nr * bytes);
      f.add(p.to, p.panel);
      f.sub(left, nr);
      f.brIf(again, left);
    });
    f.add(row, p.fromRow);
    f.add(to, nr * bytes);
    f.sub(height, 1);
  });
  f.sub(p.to, i32.mul(i32.sub(p.k, 1), nr * bytes));
}
