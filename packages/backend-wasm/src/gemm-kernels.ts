import type { DType, Expr, KernelTrial } from "@blk/core";
import { Finishes } from "./finish.js";
import type { Kernel } from "./kernel.js";
import type { ComputeType } from "./kernels/arithmetic.js";
import { gemmKernel } from "./kernels/gemm.js";
import type { Operand } from "./kernels/map.js";
import { microKernelName } from "./kernels/micro-kernel.js";
import type { Sources } from "./kernels/pack.js";
import { prepackKernel } from "./kernels/prepack.js";
import { mapKernelOf } from "./map-kernels.js";
import type { WasmPacked } from "./packed-operand.js";
import type { GemmParams } from "./params.js";
import { tryTiles } from "./tuner.js";
import type { Workspace } from "./workspace.js";

/** The sizes of the kernels of each arithmetic. */
export type ParamsByType = Readonly<Record<ComputeType, GemmParams>>;

/** Operations after which it pays to try other tiles: some 50 ms of products. */
const flopsBeforeTrial = 2e9;

/** The gemm kernels of one backend: which params each arithmetic has, and what is linked to them. */
export class GemmKernels {
  readonly finishes: Finishes = new Finishes();
  private readonly workspace: Workspace;
  readonly params: Record<ComputeType, GemmParams>;
  /** Operations left before the trial of an arithmetic whose tile is not fixed. */
  private readonly untried = new Map<ComputeType, number>();
  /** The last variant of each arithmetic: spelling its name takes a part of a small call that shows. */
  private readonly named = new Map<ComputeType, { params: GemmParams; name: string }>();
  private isStopped = false;

  /** `fixed`: the arithmetics whose params are to stay as they are. */
  constructor(
    workspace: Workspace,
    params: ParamsByType,
    fixed: readonly ComputeType[] = ["f32", "f64", "i32"],
  ) {
    this.workspace = workspace;
    this.params = { ...params };
    for (const type of ["f32", "f64"] as const) {
      if (!fixed.includes(type)) this.untried.set(type, flopsBeforeTrial);
    }
  }

  /** What trials found. */
  readonly trials: KernelTrial[] = [];

  /** The same in sentences. */
  readonly notes: string[] = [];

  /** Counts work that is about to be done; other tiles are tried once that pays. */
  count(type: ComputeType, flops: number): void {
    const left = this.untried.get(type);
    if (left === undefined) return;
    if (left > flops) {
      this.untried.set(type, left - flops);
      return;
    }
    this.untried.delete(type);
    void this.tryTiles(type as "f32" | "f64");
  }

  /** Ends trials that run. */
  stop(): void {
    this.isStopped = true;
    this.untried.clear();
  }

  /** Whatever goes wrong, products run on with the present tile. */
  private async tryTiles(type: "f32" | "f64"): Promise<void> {
    const note = (what: string): void => {
      this.notes.push(`${type} products run ${this.variant(type)}; ${what}`);
    };
    try {
      const present = this.params[type];
      const trial = await tryTiles(this.workspace, type, present, () => this.isStopped);
      if (trial === undefined) return;
      this.params[type] = trial.chosen;
      const { measured } = trial;
      this.trials.push({ kernels: `${type} products`, chosen: this.variant(type), measured });
      const figures = measured.map((each) => `${each.variant} ${each.gflops.toFixed(1)}`);
      note(`tried here, GFLOP/s: ${figures.join(", ")}`);
    } catch (error) {
      note(`others could not be tried (${error})`);
    }
  }

  /**
   * The sizes with which to run what was packed with others: the present ones, unless they need
   * another layout.
   */
  paramsFor(type: ComputeType, packed: WasmPacked): GemmParams {
    const present = this.params[type];
    return packed.fits(present) ? present : packed.params;
  }

  /** The name of the micro-kernel of an arithmetic: `gemm_f32_4x8_u8_p2`. */
  variant(type: ComputeType, params: GemmParams = this.params[type]): string {
    const known = this.named.get(type);
    if (known?.params === params) return known.name;
    const name = microKernelName({ type, ...params });
    this.named.set(type, { params, name });
    return name;
  }

  /** The kernel of products of factors of the given types, finished by another kernel or not. */
  kernel(
    sources: Sources,
    params: GemmParams,
    finish: { readonly kernel: Kernel; readonly inputs: number } | undefined,
  ): Kernel {
    const [type, ...converted] = sources;
    const name = `${this.variant(type, params)}${fromNames(converted)}${finish ? `_then_${finish.kernel.name}` : ""}`;
    return this.workspace.kernel(name, () =>
      gemmKernel(name, {
        sources,
        params,
        limits: this.workspace.memory.limits,
        conversions: converted.map((dtype) => this.conversion(type, dtype)),
        finish,
      }),
    );
  }

  /** The kernel that packs right factors of a type into panels of the columns of the tile. */
  prepackKernel(type: ComputeType, dtype: DType, columns: number): Kernel {
    const sources: Sources = dtype === type ? [type] : [type, dtype];
    const converted = sources.slice(1);
    const name = `prepack_${type}_${columns}${fromNames(converted)}`;
    return this.workspace.kernel(name, () =>
      prepackKernel(name, {
        sources,
        columns,
        limits: this.workspace.memory.limits,
        conversions: converted.map((one) => this.conversion(type, one)),
      }),
    );
  }

  /** The kernel that turns sums into results. */
  finishKernel(
    expression: Expr | undefined,
    type: ComputeType,
    out: Operand,
    inputs: readonly Operand[],
  ): Kernel {
    return mapKernelOf(this.workspace, [expression ?? this.finishes.plain], type, [out, ...inputs]);
  }

  private conversion(type: ComputeType, dtype: DType): Kernel {
    const out = { dtype: type, spacing: "adjacent" } as const;
    const given = { dtype, spacing: "strided" } as const;
    return mapKernelOf(this.workspace, [this.finishes.plain], type, [out, given]);
  }
}

/** How the name of a kernel says which types it converts from. */
function fromNames(converted: readonly DType[]): string {
  return converted.length > 0 ? `_from_${converted.join("_")}` : "";
}
