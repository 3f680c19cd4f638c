import type { Kernel } from "./kernel.js";

/**
 * Kernels by name, at most {@link mostRecentKernels} of them: those that were asked for recently.
 * Expressions whose constants change from call to call are new kernels each time and must not pile
 * up; with nothing else holding them, their compiled code goes, too.
 *
 * There are two generations. What is asked for moves to the younger one; when that is full, the
 * elder one is dropped. So a kernel in use costs one look, and stays.
 */
export class RecentKernels {
  private younger = new Map<string, Kernel>();
  private elder = new Map<string, Kernel>();

  get(name: string, generate: () => Kernel): Kernel {
    const known = this.younger.get(name);
    if (known !== undefined) return known;
    const kernel = this.elder.get(name) ?? generate();
    if (this.younger.size >= mostRecentKernels / 2) {
      this.elder = this.younger;
      this.younger = new Map();
    }
    this.younger.set(name, kernel);
    return kernel;
  }
}

/** Networks of many layers use some dozens. */
export const mostRecentKernels = 512;
