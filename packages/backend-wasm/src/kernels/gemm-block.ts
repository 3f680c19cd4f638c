import {
  type Func,
  type FunctionBuilder,
  i32,
  type Local,
  type ModuleBuilder,
  v128,
} from "../assembler/index.js";
import { type GemmParams, tileColumns } from "../params.js";
import { arithmetics, type ComputeType } from "./arithmetic.js";
import { defineMicroKernel, microKernelParams } from "./micro-kernel.js";

const panelParams: typeof microKernelParams & { readonly m: "i32" } = {
  ...microKernelParams,
  m: "i32",
};

const blockParams: typeof panelParams & Readonly<Record<"n" | "bPanel" | "tile", "i32">> = {
  ...panelParams,
  n: "i32",
  bPanel: "i32",
  tile: "i32",
};

/**
 * The two loops inside of a product: panels of B, and in each the tiles from top to bottom.
 *
 * | operand | shape | element (i, j) at |
 * |---|---|---|
 * | a | m×k | a + i·aRow + j·size |
 * | b | k×n | column panel j/nr at b + (j/nr)·bPanel, packed: in it b + i·nr·size + (j mod nr)·size |
 * | c | m×n | c + i·cRow + j·size |
 * | tile | mr×nr | scratch for tiles that reach beyond the last column |
 */
export function defineBlock(
  m: ModuleBuilder,
  type: ComputeType,
  params: GemmParams,
): Func<typeof blockParams, []> {
  const { bytes, lanes } = arithmetics[type];
  const nr = tileColumns(type, params);
  const widths = Array.from({ length: params.vectors }, (_, i) => i + 1);
  const panels = widths.map((vectors) => definePanel(m, type, params, vectors));
  return m.func(`block_${type}`, { params: blockParams }, (f, p) => {
    const { n, bPanel, tile, ...shared } = p;
    const left = f.local("i32");
    const panel = (index: number, given: Partial<typeof shared> = {}): void => {
      f.do((panels[index] as (typeof panels)[number]).call({ ...shared, ...given }));
    };
    const widest = params.vectors - 1;
    const whole = f.local("i32");
    const j = f.local("i32");
    f.set(whole, i32.sub(n, i32.remU(n, nr)));
    f.for(j, 0, whole, nr, () => {
      panel(widest);
      f.add(p.b, bPanel);
      f.add(p.c, nr * bytes);
    });
    f.set(left, i32.sub(n, whole));
    widths.forEach((vectors, index) => {
      const width = vectors * lanes;
      f.if(i32.eq(left, width), () => {
        panel(index);
        f.return();
      });
      const isPart = i32.and(i32.gtU(left, width - lanes), i32.ltU(left, width));
      f.if(isPart, () => edge(f, p, left, width, (given) => panel(index, given)));
    });
  });

  /** The last columns, not a multiple of the lanes: a tile at a time by way of scratch memory. */
  function edge(
    f: FunctionBuilder<[]>,
    p: { readonly [K in keyof typeof blockParams]: Local<"i32"> },
    left: Local<"i32">,
    width: number,
    panel: (given: { c: Local<"i32">; cRow: Local<"i32">; m: Local<"i32"> }) => void,
  ): void {
    const { mr } = params;
    const [i, rows] = [f.local("i32"), f.local("i32")];
    const tileRow = f.local("i32");
    f.set(tileRow, width * bytes);
    f.for(i, 0, p.m, mr, () => {
      f.set(rows, i32.sub(p.m, i));
      f.set(rows, i32.select(rows, i32.const(mr), i32.ltU(rows, mr)));
      f.if(p.add, () => takeColumns(f, p, rows, width));
      panel({ c: p.tile, cRow: tileRow, m: rows });
      giveColumns(f, p, rows, left, width);
      f.add(p.a, i32.mul(p.aRow, mr));
    });
  }

  /** Copies rows of c to the tile, `width` columns each, which may lie beyond the last of c. */
  function takeColumns(
    f: FunctionBuilder<[]>,
    p: { readonly [K in keyof typeof blockParams]: Local<"i32"> },
    rows: Local<"i32">,
    width: number,
  ): void {
    const [row, from, to] = [f.local("i32"), f.local("i32"), f.local("i32")];
    f.set(from, p.c);
    f.set(to, p.tile);
    f.for(row, 0, rows, 1, () => {
      for (let offset = 0; offset < width * bytes; offset += 16) {
        const at = { offset, align: bytes };
        f.do(v128.store(to, v128.load(from, at), at));
      }
      f.add(from, p.cRow);
      f.add(to, width * bytes);
    });
  }

  /** Copies the first `left` of the tile's `width` columns to c, and moves c below them. */
  function giveColumns(
    f: FunctionBuilder<[]>,
    p: { readonly [K in keyof typeof blockParams]: Local<"i32"> },
    rows: Local<"i32">,
    left: Local<"i32">,
    width: number,
  ): void {
    const [row, from] = [f.local("i32"), f.local("i32")];
    const value = f.local("v128");
    const whole = width - lanes;
    f.set(from, p.tile);
    f.for(row, 0, rows, 1, () => {
      for (let offset = 0; offset < width * bytes; offset += 16) {
        const at = { offset, align: bytes };
        f.set(value, v128.load(from, at));
        if (offset < whole * bytes) f.do(v128.store(p.c, value, at));
      }
      for (let lane = 0; lane < lanes - 1; lane++) {
        f.if(i32.gtU(left, whole + lane), () => {
          const store = bytes === 4 ? v128.store32Lane : v128.store64Lane;
          f.do(store(p.c, value, lane, { offset: (whole + lane) * bytes }));
        });
      }
      f.add(from, width * bytes);
      f.add(p.c, p.cRow);
    });
  }
}

/** One panel of B of some vectors' width against all rows of a block of A. */
function definePanel(
  m: ModuleBuilder,
  type: ComputeType,
  params: GemmParams,
  vectors: number,
): Func<typeof panelParams, []> {
  const { mr, unroll, parts, fused } = params;
  const bStep = tileColumns(type, params) * arithmetics[type].bytes;
  const kernels = Array.from({ length: mr }, (_, i) =>
    defineMicroKernel(m, { type, mr: i + 1, vectors, unroll, parts, fused }, bStep),
  );
  const full = kernels[mr - 1] as (typeof kernels)[number];
  const nr = vectors * arithmetics[type].lanes;
  return m.func(`panel_${type}_${nr}`, { params: panelParams }, (f, p) => {
    const { m: rows, ...shared } = p;
    const i = f.local("i32");
    const whole = f.local("i32");
    const left = f.local("i32");
    f.set(left, i32.remU(rows, mr));
    f.set(whole, i32.sub(rows, left));
    f.for(i, 0, whole, mr, () => {
      f.do(full.call(shared));
      f.add(p.a, i32.mul(p.aRow, mr));
      f.add(p.c, i32.mul(p.cRow, mr));
    });
    kernels.slice(0, -1).forEach((kernel, at) => {
      f.if(i32.eq(left, at + 1), () => f.do(kernel.call(shared)));
    });
  });
}
