import {
  type Func,
  i32,
  type Local,
  type MemoryLimits,
  ModuleBuilder,
  memory,
  type Value,
} from "../assembler/index.js";
import type { Kernel } from "../kernel.js";
import { type GemmParams, tileColumns } from "../params.js";
import { windowBytes } from "../window.js";
import { arithmetics, type ComputeType } from "./arithmetic.js";
import { defineBlock } from "./gemm-block.js";
import { itemLayout, prepacked, termLayout, usedByRows } from "./gemm-items.js";
import { defineRowTimesColumns, defineRowTimesRows } from "./gemv.js";
import {
  conversionName,
  definePacking,
  importConversions,
  type Sources,
  tileSignature,
} from "./pack.js";

/** What a gemm kernel is generated for. */
export interface GemmSpec {
  readonly sources: Sources;
  readonly params: GemmParams;
  readonly limits: MemoryLimits;
  /** The map kernels that convert the sources after the first. */
  readonly conversions: readonly Kernel[];
  /** The map kernel that turns sums into results, and how many inputs it has: the sums come first. */
  readonly finish: { readonly kernel: Kernel; readonly inputs: number } | undefined;
}

/** Most numbers that the sums of an item may take in scratch memory: {@link GemmParams.nc} columns. */
export const mostSums: number = 2 ** 18;

/** Where the parts of a thread's scratch memory begin, in bytes. */
export function gemmScratch(
  type: ComputeType,
  params: GemmParams,
): { windows: number; a: number; b: number; tile: number; sums: number; size: number } {
  const { bytes } = arithmetics[type];
  const { mr, mc, kc, nc } = params;
  const windows = 0;
  const a = 64;
  const b = a + mc * packedRow(params, bytes);
  const tile = b + (kc + 1) * nc * bytes;
  const sums = tile + mr * tileColumns(type, params) * bytes;
  return { windows, a, b, tile, sums, size: sums + mostSums * bytes };
}

/** Bytes from row to row of packed A: a cache line more than the row, so that rows do not collide. */
function packedRow({ kc }: GemmParams, bytes: number): number {
  return kc * bytes + 64;
}

/**
 * `E(Σₜ Aₜ·Bₜ)` for rectangles of results: five loops around the micro-kernels, and packing. The
 * items lie as {@link itemLayout} says, each with the windows of its finishing: the result, then
 * the sums, then further operands.
 *
 * Every sum adds its products one after the other in ascending k, so that neither packing nor the
 * params nor the cuts into items change a bit. Only the dot products of a vector with columns that
 * are used in place have an order of their own.
 *
 * Source: Goto & van de Geijn, "Anatomy of High-Performance Matrix Multiplication", ACM TOMS
 * 34(3), 2008.
 */
export function gemmKernel(name: string, spec: GemmSpec): Kernel {
  const { sources, params, finish } = spec;
  const [type, ...converted] = sources;
  const m = new ModuleBuilder();
  m.importMemory("env", "memory", spec.limits);
  const conversions = importConversions(m, sources);
  const finishTile = finish && m.importFunc("finish", "tile", tileSignature);
  const product = defineProduct(m, spec, conversions, finishTile);
  const itemBytes = itemLayout.size + (finish ? windowBytes * (1 + finish.inputs) : 0);
  const run = m.func(
    name,
    { params: { items: "i32", from: "i32", to: "i32", scratch: "i32" } },
    (f, p) => {
      f.for(p.from, p.from, p.to, 1, () => {
        const item = i32.add(p.items, i32.mul(p.from, itemBytes));
        f.do(product.call({ item, scratch: p.scratch }));
      });
    },
  );
  m.export("run", run);
  const links: Record<string, Kernel> = {};
  converted.forEach((dtype, i) => {
    links[conversionName(dtype)] = spec.conversions[i] as Kernel;
  });
  if (finish) links["finish"] = finish.kernel;
  return {
    name,
    bytes: m.build(),
    itemBytes,
    scratchBytes: gemmScratch(type, params).size,
    links,
  };
}

function defineProduct(
  m: ModuleBuilder,
  { sources: [type], params, finish }: GemmSpec,
  conversions: readonly Func<typeof tileSignature.params, []>[],
  finishTile: Func<typeof tileSignature.params, []> | undefined,
): Func<{ item: "i32"; scratch: "i32" }, []> {
  const { bytes, lanes } = arithmetics[type];
  const { kc, mc } = params;
  const nr = tileColumns(type, params);
  const places = gemmScratch(type, params);
  const { packA, packB } = definePacking(m, type, nr, conversions);
  const block = defineBlock(m, type, params);
  const timesRows = defineRowTimesRows(m, type, params.fused);
  const timesColumns = defineRowTimesColumns(m, type, params.fused);

  return m.func(`product_${type}`, { params: { item: "i32", scratch: "i32" } }, (f, p) => {
    const local = (): Local<"i32"> => f.local("i32");
    const word = (name: Exclude<keyof typeof itemLayout, "size">): Local<"i32"> =>
      f.hold(i32.load(p.item, { offset: itemLayout[name] }));
    const [rows, cols, row, col] = [word("rows"), word("cols"), word("row"), word("col")];
    const [sums, sumsRow] = [word("sums"), word("sumsRow")];
    const [terms, termCount, joined] = [word("terms"), word("termCount"), word("joined")];
    const [colStep, kStep] = [word("colStep"), word("kStep")];
    const end = f.hold(i32.add(terms, i32.mul(termCount, termLayout.size)));
    const windows = f.hold(i32.add(p.scratch, places.windows));
    const packedA = f.hold(i32.add(p.scratch, places.a));
    const packedB = f.hold(i32.add(p.scratch, places.b));
    const isScratch = f.hold(i32.eqz(sums));
    if (finish) {
      f.if(isScratch, () => {
        f.set(sums, i32.add(p.scratch, places.sums));
        f.do(i32.store(p.item, sums, { offset: itemLayout.size + windowBytes }));
      });
    }
    const [jc, pc, ic, term, add] = [local(), local(), local(), local(), local()];
    const [i, isVector, width] = [local(), local(), local()];
    const [nb, kb, mb, filled] = [local(), local(), local(), local()];
    const panel = (kc + 1) * nr * bytes;
    f.for(jc, 0, cols, colStep, () => {
      f.set(nb, minimum(i32.sub(cols, jc), colStep));
      f.set(width, nb);
      // Sums in scratch memory are whole vectors: there is no edge.
      f.if(isScratch, () => f.set(width, i32.and(i32.add(nb, lanes - 1), -lanes)));
      const c = f.hold(i32.add(sums, i32.mul(jc, bytes)));
      f.set(add, 0);
      /** Multiplies the terms that were packed side by side. */
      const flush = (): void => {
        f.do(
          block.call({
            m: rows,
            n: width,
            k: filled,
            a: packedA,
            aRow: packedRow(params, bytes),
            b: packedB,
            bPanel: panel,
            c,
            cRow: sumsRow,
            add,
            tile: i32.add(p.scratch, places.tile),
          }),
        );
        f.set(add, 1);
        f.set(filled, 0);
      };
      f.for(term, terms, end, termLayout.size, () => {
        const field = (name: Exclude<keyof typeof termLayout, "size">): Local<"i32"> =>
          f.hold(i32.load(term, { offset: termLayout[name] }));
        const [a, aRow, aCol] = [field("a"), field("aRow"), field("aCol")];
        const [b, bRow, bCol] = [field("b"), field("bRow"), field("bCol")];
        const [k, sourceA, sourceB] = [field("k"), field("sourceA"), field("sourceB")];
        const [indices, indexStep, limit] = [field("indices"), field("indexStep"), field("limit")];
        f.if(
          indices,
          () => f.add(indices, i32.mul(row, indexStep)),
          () => f.add(a, i32.mul(row, aRow)),
        );
        f.add(b, i32.mul(i32.add(col, jc), bCol));
        f.set(isVector, i32.ltS(sourceB, prepacked));
        const factorA = {
          fromRow: aRow,
          fromCol: aCol,
          source: sourceA,
          windows,
          indexStep,
          limit,
        };
        const factorB = { fromRow: bRow, fromCol: bCol, n: nb, source: sourceB, windows };
        f.if(joined, () => {
          f.if(i32.gtU(i32.add(filled, k), kc), flush);
          const toRow = packedRow(params, bytes);
          const toA = i32.add(packedA, i32.mul(filled, bytes));
          const toB = i32.add(packedB, i32.mul(filled, nr * bytes));
          f.do(packB.call({ ...factorB, from: b, k, to: toB, panel }));
          f.do(packA.call({ ...factorA, from: a, rows, cols: k, to: toA, toRow, indices }));
          f.add(filled, k);
          f.set(k, 0);
        });
        f.for(pc, 0, k, kStep, () => {
          f.set(kb, minimum(i32.sub(k, pc), kStep));
          const bAt = f.hold(i32.add(b, i32.mul(pc, bRow)));
          const bPanel = f.hold(i32.mul(i32.add(kb, 1), nr * bytes));
          f.if(i32.geS(sourceB, 0), () => {
            f.do(
              packB.call({
                ...factorB,
                from: bAt,
                k: kb,
                to: packedB,
                panel: bPanel,
              }),
            );
            f.set(bAt, packedB);
          });
          f.if(i32.eq(sourceB, prepacked), () => {
            // A slice holds kb rows of each panel, whichever panels they are.
            const before = i32.mul(i32.add(col, jc), i32.mul(i32.add(kb, 1), bytes));
            f.add(bAt, i32.add(i32.mul(i32.divU(pc, kc), bRow), before));
          });
          f.for(ic, 0, rows, mc, () => {
            f.set(mb, minimum(i32.sub(rows, ic), mc));
            const aAt = f.hold(i32.add(a, i32.mul(pc, aCol)));
            const aBlockRow = f.hold(aRow);
            const aStep = f.hold(aCol);
            f.if(i32.eqz(indices), () => f.add(aAt, i32.mul(ic, aRow)));
            f.if(i32.geS(sourceA, 0), () => {
              f.do(
                packA.call({
                  ...factorA,
                  from: aAt,
                  rows: mb,
                  cols: kb,
                  to: packedA,
                  toRow: packedRow(params, bytes),
                  indices: i32.select(
                    i32.add(indices, i32.mul(ic, indexStep)),
                    i32.const(0),
                    indices,
                  ),
                }),
              );
              f.set(aAt, packedA);
              f.set(aBlockRow, packedRow(params, bytes));
              f.set(aStep, bytes);
            });
            const cAt = f.hold(i32.add(c, i32.mul(ic, sumsRow)));
            f.if(
              isVector,
              () => {
                f.for(i, 0, mb, 1, () => {
                  const vector = {
                    k: kb,
                    n: nb,
                    a: i32.add(aAt, i32.mul(i, aBlockRow)),
                    b: bAt,
                    c: i32.add(cAt, i32.mul(i, sumsRow)),
                    add,
                  };
                  f.if(
                    i32.eq(sourceB, usedByRows),
                    () => f.do(timesRows.call({ ...vector, aStep, bStep: bRow })),
                    () => f.do(timesColumns.call({ ...vector, aStep: bytes, bStep: bCol })),
                  );
                });
              },
              () =>
                f.do(
                  block.call({
                    m: mb,
                    n: nb,
                    k: kb,
                    a: aAt,
                    aRow: aBlockRow,
                    b: bAt,
                    bPanel,
                    c: cAt,
                    cRow: sumsRow,
                    add,
                    tile: i32.add(p.scratch, places.tile),
                  }),
                ),
            );
          });
          f.set(add, 1);
        });
      });
      f.if(filled, flush);
      // Without a single step of k the sums are zero.
      f.if(i32.eqz(add), () => {
        f.for(ic, 0, rows, 1, () => {
          const at = i32.add(c, i32.mul(ic, sumsRow));
          f.do(memory.fill(at, 0, i32.mul(nb, bytes)));
        });
      });
      if (finishTile) {
        const windowsOfItem = i32.add(p.item, itemLayout.size);
        f.do(finishTile.call({ windows: windowsOfItem, row: 0, col: jc, rows, cols: nb }));
      }
    });
  });
}

function minimum(x: Value<"i32">, y: number | Local<"i32">): Value<"i32"> {
  return i32.select(x, y, i32.ltU(x, y));
}
