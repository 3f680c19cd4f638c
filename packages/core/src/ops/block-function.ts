import type { Elementwise, MatrixView } from "../backend.js";
import type { BlockMatrix } from "../block-matrix.js";
import { BlockPattern } from "../block-pattern.js";
import type { DType } from "../dtype.js";
import { input } from "../expression/build.js";
import type { Expr } from "../expression/expression.js";
import { schedule } from "../expression/schedule.js";
import { isZero, substitute, withAbsent } from "../expression/simplify.js";
import type { Partition } from "../partition.js";
import { BlockGrid, type Storage } from "../storage.js";
import { broadcastView } from "../view.js";

/** What an elementwise function becomes where some operands are absent. */
export interface Form {
  /** The function of the operands that it still reads: `input(i)` is `operands[i]`. */
  readonly expr: Expr;
  /** The numbers of these operands. */
  readonly operands: readonly number[];
  readonly isZero: boolean;
}

/** An elementwise function of block matrices, place by place of their common grid. */
export class BlockFunction {
  readonly rowPartition: Partition;
  readonly colPartition: Partition;
  /** Whether some operand is block-sparse. */
  readonly readsSparse: boolean;
  /** Whether absent operands alone make the function zero, whatever the dense ones hold. */
  readonly isSparse: boolean;
  private readonly storages: readonly Storage[];
  private readonly grids: readonly BlockGrid[];
  private readonly expr: Expr;
  private readonly dtype: DType;
  private readonly forms = new Map<string, Form>();

  /**
   * Dense operands are repeated to the common shape; sparse ones must have it. `dtype` is the type
   * of the arithmetic.
   */
  constructor(
    operation: string,
    operands: readonly BlockMatrix[],
    expr: Expr,
    dtype: DType,
    rowPartition: Partition,
    colPartition: Partition,
  ) {
    this.rowPartition = rowPartition;
    this.colPartition = colPartition;
    this.expr = expr;
    this.dtype = dtype;
    this.storages = operands.map((x) =>
      repeated(x.storage(operation), rowPartition.size, colPartition.size),
    );
    this.grids = operands.map(
      (own, i) => new BlockGrid(this.storages[i] as Storage, own, rowPartition, colPartition),
    );
    this.readsSparse = operands.some((x) => x.isSparse);
    const isAbsent = (i: number): boolean => operands[i]?.isSparse === true;
    this.isSparse = this.readsSparse && isZero(withAbsent(expr, isAbsent, dtype));
  }

  /** The function at a place of the grid. */
  at(row: number, col: number): Form {
    let key = "";
    for (const grid of this.grids) key += grid.has(row, col) ? "x" : "0";
    let form = this.forms.get(key);
    if (form === undefined) {
      const isAbsent = (i: number): boolean => key[i] === "0";
      const { expr, dtype } = this;
      form = formOf(key.includes("0") ? withAbsent(expr, isAbsent, dtype) : expr, dtype);
      this.forms.set(key, form);
    }
    return form;
  }

  /** The windows of dense operands on the whole result. */
  wholeViews(): readonly MatrixView[] {
    const views: MatrixView[] = [];
    for (const storage of this.storages) if (storage.kind === "dense") views.push(storage.view);
    return views;
  }

  /** The places at which some sparse operand is present. */
  someSparse(): BlockPattern {
    let some: BlockPattern | undefined;
    for (const { pattern } of this.grids) {
      if (pattern !== undefined) some = some === undefined ? pattern : some.union(pattern);
    }
    return some ?? BlockPattern.none(this.rowPartition.count, this.colPartition.count);
  }

  /**
   * For each form that occurs, its tasks: one for each block of `out` that is present; of a dense
   * `out`, one for each run of blocks at which all sparse operands are absent.
   */
  tasks(out: BlockGrid): ReadonlyMap<Form, readonly Elementwise[]> {
    const lists = new Map<Form, Elementwise[]>();
    const push = (form: Form, task: Elementwise): void => {
      const list = lists.get(form);
      if (list === undefined) lists.set(form, [task]);
      else list.push(task);
    };
    const single = (row: number, col: number): void => {
      const form = this.at(row, col);
      const inputs = form.operands.map((i) => this.grids[i]?.view(row, col) as MatrixView);
      push(form, { inputs, out: out.view(row, col) as MatrixView });
    };
    if (out.pattern !== undefined) {
      out.pattern.forEach(single);
      return lists;
    }
    const run = (row: number, col: number, end: number): void => {
      if (col >= end) return;
      const form = this.at(row, col);
      const inputs = form.operands.map((i) => this.grids[i]?.span(row, col, end) as MatrixView);
      push(form, { inputs, out: out.span(row, col, end) as MatrixView });
    };
    const present = this.someSparse();
    for (let row = 0; row < this.rowPartition.count; row++) {
      let next = 0;
      for (const col of present.columnsOf(row)) {
        run(row, next, col);
        single(row, col);
        next = col + 1;
      }
      run(row, next, this.colPartition.count);
    }
    return lists;
  }
}

function formOf(full: Expr, dtype: DType): Form {
  const read = new Set<number>();
  for (const { node } of schedule(full)) if (node.kind === "input") read.add(node.index);
  const operands = [...read].sort((x, y) => x - y);
  const readsFirst = operands.every((operand, i) => operand === i);
  const compact = readsFirst ? full : substitute(full, (i) => input(operands.indexOf(i)), dtype);
  return { expr: compact, operands, isZero: isZero(full) };
}

function repeated(storage: Storage, rows: number, cols: number): Storage {
  return storage.kind === "dense"
    ? { kind: "dense", view: broadcastView(storage.view, rows, cols) }
    : storage;
}
