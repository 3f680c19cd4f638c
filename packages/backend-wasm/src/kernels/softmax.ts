import {
  type FunctionBuilder,
  i32,
  type Local,
  type MemoryLimits,
  ModuleBuilder,
} from "../assembler/index.js";
import type { Kernel } from "../kernel.js";

/** Where the numbers of an item lie, in bytes from its address: those of rows×cols elements. */
const layout = {
  rows: 0,
  cols: 4,
  from: 8,
  fromRow: 12,
  fromCol: 16,
  to: 20,
  toRow: 24,
  toCol: 28,
} as const;

const itemBytes = 4 * Object.keys(layout).length;

/** Numbers of an item: its size, and the windows of the input and of out. */
export type SoftmaxItem = { readonly [K in keyof typeof layout]: number };

/** Writes an item at a multiple of 4; returns the address after it. */
export function writeSoftmaxItem(i32: Int32Array, at: number, item: SoftmaxItem): number {
  for (const name of names) i32[(at + layout[name]) >> 2] = item[name];
  return at + itemBytes;
}

const names = Object.keys(layout) as readonly (keyof typeof layout)[];

/** An item as a kernel sees it. */
export type SoftmaxLocals = { readonly [K in keyof typeof layout]: Local<"i32"> } & {
  readonly scratch: Local<"i32">;
};

/** A kernel that does what `body` writes for each item; `prepare` comes once before. */
export function softmaxKernel(
  { name, scratchBytes, limits }: { name: string; scratchBytes: number; limits: MemoryLimits },
  prepare: (f: FunctionBuilder<[]>) => (item: SoftmaxLocals) => void,
): Kernel {
  const m = new ModuleBuilder();
  m.importMemory("env", "memory", limits);
  const params = { items: "i32", from: "i32", to: "i32", scratch: "i32" } as const;
  const run = m.func("run", { params }, (f, { items, from, to, scratch }) => {
    const [item, end] = [f.local("i32", "item"), f.local("i32", "end")];
    const writeItem = prepare(f);
    f.set(end, i32.add(items, i32.mul(to, itemBytes)));
    f.for(item, i32.add(items, i32.mul(from, itemBytes)), end, itemBytes, () => {
      const fields = names.map((what) => {
        const value = f.local("i32", what);
        f.set(value, i32.load(item, { offset: layout[what] }));
        return [what, value] as const;
      });
      const locals = Object.fromEntries(fields) as Record<keyof typeof layout, Local<"i32">>;
      writeItem({ ...locals, scratch });
    });
  });
  m.export("run", run);
  return { name, bytes: m.build(), itemBytes, scratchBytes };
}
