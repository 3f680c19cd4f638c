import { floatLoops } from "./float-loops.js";
import { integerLoops } from "./integer-loops.js";
import type { Memory } from "./memory.js";
import type { Params } from "./params.js";
import { Compiler } from "./program.js";
import { Scratch } from "./scratch.js";

/** What the operations of one backend share: its memory, its sizes, programs and scratch. */
export class Workspace {
  readonly memory: Memory;
  readonly params: Params;
  readonly floats: Compiler<Float64Array>;
  readonly integers: Compiler<Int32Array>;
  readonly floatScratch: Scratch<Float64Array>;
  readonly integerScratch: Scratch<Int32Array>;

  constructor(memory: Memory, params: Params) {
    this.memory = memory;
    this.params = params;
    this.floats = new Compiler(floatLoops, params.chunk);
    this.integers = new Compiler(integerLoops, params.chunk);
    this.floatScratch = new Scratch(floatLoops.create);
    this.integerScratch = new Scratch(integerLoops.create);
  }
}
