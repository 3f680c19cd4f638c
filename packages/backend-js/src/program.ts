import { type BinaryOp, BlkError, type Expr, expr, type UnaryOp } from "@blk/core";

/** Scratch memory of one type of arithmetic: doubles for f16, f32 and f64; i32. */
export type Lanes = Float64Array | Int32Array;

/** `out[i] ← op(x[i], y[i], z[i])` for i < n; operations with fewer arguments ignore the others. */
export type Loop<T extends Lanes> = (out: T, n: number, x: T, y: T, z: T) => void;

/** The primitives of one type of arithmetic. */
export interface Loops<T extends Lanes> {
  readonly create: (length: number) => T;
  /** The value of a constant. Throws `DTYPE` if it has none in this arithmetic. */
  readonly constant: (value: number) => number;
  readonly unary: Readonly<Partial<Record<UnaryOp, Loop<T>>>>;
  readonly binary: Readonly<Partial<Record<BinaryOp, Loop<T>>>>;
  readonly select: Loop<T>;
}

interface Step<T extends Lanes> {
  readonly loop: Loop<T>;
  readonly out: T;
  readonly x: T;
  readonly y: T;
  readonly z: T;
}

/**
 * Compiled expressions: a list of tight loops over scratch arrays of a chunk's length. Fill the
 * array of each input, run, and find the values in `results`, in `result` those of the first.
 */
export interface Program<T extends Lanes> {
  /** The operands that the expression reads and where each belongs. */
  readonly inputs: readonly { readonly index: number; readonly lanes: T }[];
  readonly steps: readonly Step<T>[];
  readonly results: readonly T[];
  readonly result: T;
}

/** Computes the first n values of the results from those of the inputs. */
export function run<T extends Lanes>(program: Program<T>, n: number): void {
  for (const { loop, out, x, y, z } of program.steps) loop(out, n, x, y, z);
}

/** As many programs as are kept; expressions with changing constants must not pile up. */
const kept = 256;

/**
 * Compiles expressions for one type of arithmetic and remembers the programs. All share one set of
 * scratch arrays, of which each uses as few as its intermediate results need, so only one may be
 * between its loads and its last use of its results at a time.
 */
export class Compiler<T extends Lanes> {
  private readonly loops: Loops<T>;
  private readonly chunk: number;
  private readonly slots: T[] = [];
  private spares: readonly [T, T] | undefined;
  private readonly byExpr = new WeakMap<Expr, Program<T>>();
  private readonly byKey = new Map<string, Program<T>>();

  constructor(loops: Loops<T>, chunk: number) {
    this.loops = loops;
    this.chunk = chunk;
  }

  /** The program of an expression. Throws `DTYPE` where it is not defined in this arithmetic. */
  compile(expression: Expr): Program<T> {
    let program = this.byExpr.get(expression);
    if (program !== undefined) return program;
    program = this.compileAll([expression]);
    this.byExpr.set(expression, program);
    return program;
  }

  /** One program of several expressions: what they share is computed once. */
  compileAll(expressions: readonly Expr[]): Program<T> {
    const key = expressions.map(expr.key).join("|");
    const program = this.byKey.get(key) ?? this.build(expressions);
    this.byKey.delete(key);
    this.byKey.set(key, program);
    if (this.byKey.size > kept) {
      for (const oldest of this.byKey.keys()) {
        this.byKey.delete(oldest);
        break;
      }
    }
    return program;
  }

  /** Two arrays of a chunk that no program uses. */
  spare(): readonly [T, T] {
    this.spares ??= [this.loops.create(this.chunk), this.loops.create(this.chunk)];
    return this.spares;
  }

  private build(expressions: readonly Expr[]): Program<T> {
    const { steps: schedule, results } = expr.scheduleAll(expressions);
    const lastUse = new Map<number, number>();
    schedule.forEach(({ arguments: args }, position) => {
      for (const argument of args) lastUse.set(argument, position);
    });
    // Results stay until they are stored.
    for (const result of results) lastUse.delete(result);
    // Inputs are all loaded before the first step, so each needs an array of its own.
    const places: T[] = new Array(schedule.length);
    const inputs: { index: number; lanes: T }[] = [];
    schedule.forEach(({ node }, position) => {
      if (node.kind === "input") {
        places[position] = this.slot(inputs.length);
        inputs.push({ index: node.index, lanes: places[position] });
      } else if (node.kind === "constant") {
        places[position] = this.loops.create(this.chunk);
        places[position].fill(this.loops.constant(node.value));
      }
    });
    const free: T[] = [];
    let used = inputs.length;
    const steps: Step<T>[] = [];
    schedule.forEach(({ node, arguments: args }, position) => {
      const loop = this.loopOf(node);
      if (loop === undefined) return;
      for (const argument of new Set(args)) {
        const isConstant = schedule[argument]!.node.kind === "constant";
        if (lastUse.get(argument) === position && !isConstant) free.push(places[argument]!);
      }
      const out = free.pop() ?? this.slot(used++);
      places[position] = out;
      const [x, y, z] = args.map((argument) => places[argument]!);
      steps.push({ loop, out, x: x!, y: y ?? x!, z: z ?? x! });
    });
    const found = results.map((result) => places[result]!);
    return { inputs, steps, results: found, result: found[0]! };
  }

  private loopOf(node: Expr): Loop<T> | undefined {
    if (node.kind === "input" || node.kind === "constant") return undefined;
    if (node.kind === "select") return this.loops.select;
    const loop = node.kind === "unary" ? this.loops.unary[node.op] : this.loops.binary[node.op];
    if (loop !== undefined) return loop;
    throw new BlkError(
      "DTYPE",
      `${node.op} is not defined on i32; convert its arguments to f32 or f64 first`,
      { details: { op: node.op } },
    );
  }

  private slot(index: number): T {
    this.slots[index] ??= this.loops.create(this.chunk);
    return this.slots[index];
  }
}
