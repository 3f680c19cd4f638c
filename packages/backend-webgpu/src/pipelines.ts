import { BlkError } from "@blk/core";
import { computeStage } from "./constants.js";
import type { Kernel } from "./kernel.js";

/** A kernel that is compiled, or is being compiled. */
export interface Compiled {
  readonly layout: GPUBindGroupLayout;
  /** Absent until it is done. */
  pipeline: GPUComputePipeline | undefined;
  /** Resolves when it is done; rejects with what the compiler says. */
  readonly ready: Promise<void>;
}

/** The kernels of one device by name, compiled when they are first asked for and kept. */
export class Pipelines {
  readonly paramsLayout: GPUBindGroupLayout;
  private readonly device: GPUDevice;
  private readonly compiled = new Map<string, Compiled>();
  private readonly layouts = new Map<string, GPUBindGroupLayout>();

  constructor(device: GPUDevice) {
    this.device = device;
    this.paramsLayout = device.createBindGroupLayout({
      label: "params",
      entries: [
        {
          binding: 0,
          visibility: computeStage,
          buffer: { type: "read-only-storage", hasDynamicOffset: true },
        },
      ],
    });
  }

  /** Kernels that were compiled, or are being compiled. */
  get count(): number {
    return this.compiled.size;
  }

  of(kernel: Kernel): Compiled {
    let compiled = this.compiled.get(kernel.name);
    if (compiled === undefined) {
      compiled = this.compile(kernel);
      this.compiled.set(kernel.name, compiled);
    }
    return compiled;
  }

  private compile({ name, code, writes }: Kernel): Compiled {
    const { device } = this;
    const layout = this.layoutOf(writes);
    // What is wrong with the text is told once, when the pipeline fails.
    device.pushErrorScope("validation");
    const module = device.createShaderModule({ label: name, code });
    device.popErrorScope().catch(() => {});
    const bindGroupLayouts = [layout, this.paramsLayout];
    const compiling = device.createComputePipelineAsync({
      label: name,
      layout: device.createPipelineLayout({ label: name, bindGroupLayouts }),
      compute: { module, entryPoint: "main" },
    });
    const ready = compiling.then(
      (pipeline) => {
        compiled.pipeline = pipeline;
      },
      async (cause) => {
        const { messages } = await module.getCompilationInfo();
        const said = messages.map(({ lineNum, message }) => `line ${lineNum}: ${message}`);
        throw new BlkError(
          "INTERNAL",
          `the kernel ${name} does not compile: ${[cause.message, ...said].join("; ")}; please report this with the adapter's name`,
          { cause },
        );
      },
    );
    const compiled: Compiled = { layout, pipeline: undefined, ready };
    ready.catch(() => {});
    return compiled;
  }

  /** Kernels that read and write buffers alike share a layout, and so groups of bound buffers. */
  private layoutOf(writes: readonly boolean[]): GPUBindGroupLayout {
    const key = writes.join();
    let layout = this.layouts.get(key);
    if (layout === undefined) {
      layout = this.device.createBindGroupLayout({
        entries: writes.map((isWritten, binding) => ({
          binding,
          visibility: computeStage,
          buffer: { type: isWritten ? "storage" : "read-only-storage" },
        })),
      });
      this.layouts.set(key, layout);
    }
    return layout;
  }
}
