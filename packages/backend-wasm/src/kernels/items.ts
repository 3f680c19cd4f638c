import {
  type FunctionBuilder,
  i32,
  type Local,
  type MemoryLimits,
  ModuleBuilder,
} from "../assembler/index.js";
import type { Kernel } from "../kernel.js";

/** What a kernel is generated for, beside what it computes. */
export interface ItemsSpec<Word extends string> {
  readonly name: string;
  readonly limits: MemoryLimits;
  /** What the words of an item are called, in the order in which they lie in memory. */
  readonly words: readonly Word[];
  readonly scratchBytes?: number;
}

/** An item as a kernel sees it: its words, and the address of the thread's scratch memory. */
export type Item<Word extends string> = Readonly<Record<Word | "scratch", Local<"i32">>>;

/** A kernel that does what the prepared body writes for each item; `prepare` comes once before. */
export function itemsKernel<Word extends string>(
  { name, limits, words, scratchBytes = 0 }: ItemsSpec<Word>,
  prepare: (f: FunctionBuilder<[]>) => (item: Item<Word>) => void,
): Kernel {
  const m = new ModuleBuilder();
  m.importMemory("env", "memory", limits);
  const itemBytes = 4 * words.length;
  defineRun(m, itemBytes, (f, scratch) => {
    const body = prepare(f);
    return (at) => {
      const held = words.map((word, i) => [word, f.hold(i32.load(at, { offset: 4 * i }))]);
      body({ ...Object.fromEntries(held), scratch });
    };
  });
  return { name, bytes: m.build(), itemBytes, scratchBytes };
}

/** Exports `run`, which does for the address of each item what the prepared body writes. */
export function defineRun(
  m: ModuleBuilder,
  itemBytes: number,
  prepare: (f: FunctionBuilder<[]>, scratch: Local<"i32">) => (at: Local<"i32">) => void,
): void {
  const params = { items: "i32", from: "i32", to: "i32", scratch: "i32" } as const;
  const run = m.func("run", { params }, (f, { items, from, to, scratch }) => {
    const at = f.local("i32");
    const end = f.local("i32");
    const body = prepare(f, scratch);
    f.set(end, i32.add(items, i32.mul(to, itemBytes)));
    f.for(at, i32.add(items, i32.mul(from, itemBytes)), end, itemBytes, () => body(at));
  });
  m.export("run", run);
}
