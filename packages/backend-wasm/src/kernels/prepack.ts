import { i32, type MemoryLimits, ModuleBuilder } from "../assembler/index.js";
import type { Kernel } from "../kernel.js";
import { arithmetics } from "./arithmetic.js";
import {
  conversionName,
  defineCopySource,
  definePackB,
  importConversions,
  type Sources,
} from "./pack.js";

/** What a kernel that packs right factors is generated for. */
export interface PrepackSpec {
  readonly sources: Sources;
  /** Columns of a panel: those of the tile of sums. */
  readonly columns: number;
  readonly limits: MemoryLimits;
  /** The map kernels that convert the sources after the first. */
  readonly conversions: readonly Kernel[];
}

/** A rectangle of B and where its panels go: i32 words, by their offsets in bytes, as are strides. */
export const prepackLayout = {
  from: 0,
  fromRow: 4,
  fromCol: 8,
  k: 12,
  n: 16,
  to: 20,
  /** Which of the kernel's sources B is of. */
  source: 24,
  size: 28,
} as const;

/**
 * Packs right factors once for many products. A matrix of k×n becomes slices of kc rows, and each
 * slice panels of nr columns, so that a product walks through memory from its first byte to its last:
 *
 * ```
 *            nr columns   nr columns   nr columns, filled up with zeros
 *          ┌────────────┬────────────┬──────┬─────┐
 * kc rows  │ panel 0    │ panel 1    │ panel 2  0 │   slice 0
 *          ├────────────┼────────────┼──────┼─────┤
 * the rest │ panel 3    │ panel 4    │ panel 5  0 │   slice 1
 *          └────────────┴────────────┴──────┴─────┘
 * ```
 *
 * A panel is its rows one after the other, nr adjacent numbers each, and room for one row more: panels
 * are filled side by side, and would fall on the same lines of a cache if they were a large power of
 * two long. An item is a slice, or some of its panels.
 */
export function prepackKernel(name: string, spec: PrepackSpec): Kernel {
  const { sources, columns } = spec;
  const [type, ...converted] = sources;
  const m = new ModuleBuilder();
  m.importMemory("env", "memory", spec.limits);
  const copySource = defineCopySource(m, type, importConversions(m, sources));
  const packB = definePackB(m, type, columns, copySource);
  const row = columns * arithmetics[type].bytes;
  const run = m.func(
    name,
    { params: { items: "i32", from: "i32", to: "i32", scratch: "i32" } },
    (f, p) => {
      const item = f.local("i32");
      f.for(p.from, p.from, p.to, 1, () => {
        f.set(item, i32.add(p.items, i32.mul(p.from, prepackLayout.size)));
        const word = (at: Exclude<keyof typeof prepackLayout, "size">) =>
          i32.load(item, { offset: prepackLayout[at] });
        f.do(
          packB.call({
            from: word("from"),
            fromRow: word("fromRow"),
            fromCol: word("fromCol"),
            k: word("k"),
            n: word("n"),
            to: word("to"),
            panel: i32.mul(i32.add(word("k"), 1), row),
            source: word("source"),
            windows: p.scratch,
          }),
        );
      });
    },
  );
  m.export("run", run);
  const links: Record<string, Kernel> = {};
  converted.forEach((dtype, i) => {
    links[conversionName(dtype)] = spec.conversions[i] as Kernel;
  });
  return { name, bytes: m.build(), itemBytes: prepackLayout.size, scratchBytes: 64, links };
}
