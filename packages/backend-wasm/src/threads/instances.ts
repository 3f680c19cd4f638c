import type { Kernel, Run } from "../kernel.js";

/** Instances of kernels in one thread, for as long as the kernels are used. */
export class Instances {
  private readonly memory: WebAssembly.Memory;
  private readonly exports = new WeakMap<Kernel, WebAssembly.Exports>();
  private readonly runs = new WeakMap<Kernel, Run>();

  constructor(memory: WebAssembly.Memory) {
    this.memory = memory;
  }

  /** The function that computes items, compiled when first asked for. */
  runOf(kernel: Kernel): Run {
    let run = this.runs.get(kernel);
    if (run === undefined) {
      run = this.exportsOf(kernel)["run"] as Run;
      this.runs.set(kernel, run);
    }
    return run;
  }

  private exportsOf(kernel: Kernel): WebAssembly.Exports {
    const known = this.exports.get(kernel);
    if (known !== undefined) return known;
    const imports: WebAssembly.Imports = { env: { memory: this.memory } };
    for (const [name, linked] of Object.entries(kernel.links ?? {})) {
      imports[name] = this.exportsOf(linked) as WebAssembly.ModuleImports;
    }
    const module = new WebAssembly.Module(kernel.bytes);
    const { exports } = new WebAssembly.Instance(module, imports);
    this.exports.set(kernel, exports);
    return exports;
  }
}
