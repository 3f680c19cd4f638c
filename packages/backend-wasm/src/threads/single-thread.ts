import type { Executor } from "../executor.js";
import type { Kernel, Run } from "../kernel.js";
import type { LinearMemory } from "../linear-memory.js";
import { kernelFailed } from "./failures.js";
import { Instances } from "./instances.js";
import { Scratch } from "./scratch.js";

/** Runs everything on the calling thread. */
export class SingleThread implements Executor {
  readonly threads = 1;
  readonly notes: readonly string[];
  private readonly memory: LinearMemory;
  private readonly instances: Instances;
  private readonly scratch: Scratch;

  constructor(memory: LinearMemory, notes: readonly string[] = []) {
    this.memory = memory;
    this.notes = notes;
    this.instances = new Instances(memory.memory);
    this.scratch = new Scratch(memory);
  }

  run(kernel: Kernel, items: number, count: number): void {
    const run = this.runOf(kernel);
    const scratch = this.scratchFor(kernel);
    try {
      run(items, 0, count, scratch);
    } catch (error) {
      throw kernelFailed(kernel, String(error), error);
    }
  }

  /** This thread's instance of a kernel. */
  runOf(kernel: Kernel): Run {
    return this.instances.runOf(kernel);
  }

  /** The address of this thread's scratch memory. Throws `OUT_OF_MEMORY` if there is no room. */
  scratchFor({ name, scratchBytes }: Kernel): number {
    const address = this.scratch.take(scratchBytes);
    if (address !== undefined) return address;
    throw this.memory.noRoom(scratchBytes, `of scratch memory for ${name}`);
  }

  async dispose(): Promise<void> {
    this.memory.close();
  }
}
