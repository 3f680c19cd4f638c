import type { Buffers } from "./buffers.js";
import type { Kernel, Launch } from "./kernel.js";
import { KnownExpressions } from "./known-expressions.js";
import type { ProductParams } from "./params.js";
import type { Queue } from "./queue.js";
import type { DeviceTraits, Workspace } from "./workspace.js";

/** Most kernels whose text is kept; expressions with changing constants must not pile up. */
const keptKernels = 1024;

/** What the operations of one backend share, on its device. */
export class DeviceWorkspace implements Workspace {
  readonly buffers: Buffers;
  readonly traits: DeviceTraits;
  readonly expressions: KnownExpressions = new KnownExpressions();
  params: ProductParams;
  private readonly queue: Queue;
  private readonly kernels = new Map<string, Kernel>();

  constructor(
    { limits }: GPUDevice,
    queue: Queue,
    buffers: Buffers,
    { params, halfArithmetic }: { params: ProductParams; halfArithmetic: boolean },
  ) {
    this.params = params;
    this.buffers = buffers;
    this.queue = queue;
    this.traits = {
      limits,
      halfArithmetic,
    };
  }

  kernel(name: string, generate: () => Omit<Kernel, "name">): Kernel {
    let kernel = this.kernels.get(name);
    if (kernel === undefined) {
      kernel = { name, ...generate() };
      this.kernels.set(name, kernel);
      if (this.kernels.size > keptKernels) this.kernels.delete([...this.kernels.keys()][0]!);
    }
    return kernel;
  }

  launch(launch: Launch): void {
    this.queue.launch(launch);
  }
}
