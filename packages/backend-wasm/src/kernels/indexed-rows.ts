import {
  type FunctionBuilder,
  i32,
  type Local,
  type MemoryLimits,
  ModuleBuilder,
} from "../assembler/index.js";
import type { Kernel } from "../kernel.js";

/** Where the numbers of an item lie, in bytes from its address; strides are bytes too. */
const layout = {
  source: 0,
  sourceRow: 4,
  sourceCol: 8,
  out: 12,
  outRow: 16,
  outCol: 20,
  /** Address of the first index, and from one to the next. */
  index: 24,
  indexStep: 28,
  /** Rows of the matrix that is indexed. */
  indexed: 32,
  /** Rows of the other one, and of the indices. */
  rows: 36,
  /** Columns; what a kernel says otherwise. */
  width: 40,
} as const;

/** Bytes of an item. */
const indexedRowsBytes = 4 * Object.keys(layout).length;

/** A pair of rows, while a kernel goes along them. */
export interface RowPair {
  readonly from: Local<"i32">;
  readonly fromStep: Local<"i32">;
  readonly to: Local<"i32">;
  readonly toStep: Local<"i32">;
  readonly width: Local<"i32">;
}

/** What is done with the row of out that is addressed, and the row of the source if it is there. */
export interface RowWriters {
  readonly found: (f: FunctionBuilder, pair: RowPair) => void;
  readonly missing?: (f: FunctionBuilder, pair: Omit<RowPair, "from" | "fromStep">) => void;
}

/**
 * A kernel that pairs rows by index, in order of i:
 *
 * | indexed | row of the source | row of out |
 * |---|---|---|
 * | `source` | index[i] | i |
 * | `out` | i | index[i] |
 */
export function indexedRowsKernel(
  name: string,
  indexed: "source" | "out",
  limits: MemoryLimits,
  { found, missing }: RowWriters,
): Kernel {
  const m = new ModuleBuilder();
  m.importMemory("env", "memory", limits);
  const params = { items: "i32", from: "i32", to: "i32", scratch: "i32" } as const;
  const run = m.func("run", { params }, (f, p) => {
    const local = (name: string): Local<"i32"> => f.local("i32", name);
    const item = local("item");
    const end = local("end");
    f.set(end, i32.add(p.items, i32.mul(p.to, indexedRowsBytes)));
    f.for(item, i32.add(p.items, i32.mul(p.from, indexedRowsBytes)), end, indexedRowsBytes, () => {
      const field = (name: keyof typeof layout): Local<"i32"> => {
        const value = local(name);
        f.set(value, i32.load(item, { offset: layout[name] }));
        return value;
      };
      const [source, sourceRow, out, outRow] = [
        field("source"),
        field("sourceRow"),
        field("out"),
        field("outRow"),
      ];
      const [index, indexStep, count] = [field("index"), field("indexStep"), field("indexed")];
      const [fromStep, toStep] = [field("sourceCol"), field("outCol")];
      const [rows, width] = [field("rows"), field("width")];
      const [i, row, from, to] = [local("i"), local("row"), local("from"), local("to")];
      const isSource = indexed === "source";
      f.for(i, 0, rows, 1, () => {
        f.set(row, i32.load(index));
        f.set(from, i32.add(source, i32.mul(isSource ? row : i, sourceRow)));
        f.set(to, i32.add(out, i32.mul(isSource ? i : row, outRow)));
        // Without sign, so that negative numbers are too large.
        const isInside = i32.ltU(row, count);
        const pair = { from, fromStep, to, toStep, width };
        f.if(isInside, () => found(f, pair), missing && (() => missing(f, pair)));
        f.set(index, i32.add(index, indexStep));
      });
    });
  });
  m.export("run", run);
  return { name, bytes: m.build(), itemBytes: indexedRowsBytes, scratchBytes: 0 };
}

/** The numbers of an item: see `layout` for their meaning. */
export type IndexedRows = Readonly<Record<keyof typeof layout, number>>;

/** Writes an item at a multiple of 4; returns the address after it. */
export function writeIndexedRows(i32: Int32Array, at: number, item: IndexedRows): number {
  for (const name of names) i32[(at + layout[name]) >> 2] = item[name];
  return at + indexedRowsBytes;
}

const names = Object.keys(layout) as readonly (keyof typeof layout)[];
