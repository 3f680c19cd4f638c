import {
  type FunctionBuilder,
  i32,
  type Local,
  type MemoryLimits,
  memory,
  v128,
} from "../assembler/index.js";
import type { Kernel } from "../kernel.js";
import { indexedRowsKernel } from "./indexed-rows.js";
import { repeat } from "./loops.js";
import { clear, type ElementBytes, move } from "./move.js";

/** How the elements of rows lie: side by side, or strided and of that many bytes each. */
export type RowForm = "adjacent" | ElementBytes;

/** `gather_adjacent`, which serves elements of any size, or `gather_strided_32`. */
export function gatherName(form: RowForm): string {
  return form === "adjacent" ? "gather_adjacent" : `gather_strided_${8 * form}`;
}

/**
 * Row i of out ← row `index[i]` of the source, or zeros where there is no such row. Bits are moved
 * as they are. The width of an item counts elements, or bytes where they are adjacent.
 */
export function gatherKernel(form: RowForm, limits: MemoryLimits): Kernel {
  return indexedRowsKernel(
    gatherName(form),
    "source",
    limits,
    form === "adjacent"
      ? {
          found: (f, { from, to, width }) => copyBytes(f, from, to, width),
          missing: (f, { to, width }) => f.do(memory.fill(to, 0, width)),
        }
      : {
          found: (f, { from, fromStep, to, toStep, width }) =>
            eachElement(f, width, () => {
              f.do(move(form, to, from, 2));
              f.add(from, fromStep);
              f.add(to, toStep);
            }),
          missing: (f, { to, toStep, width }) =>
            eachElement(f, width, () => {
              f.do(clear(form, to));
              f.add(to, toStep);
            }),
        },
  );
}

/** Bytes of a round of the main loop. */
const wide = 64;

/** Copies an even number of bytes; `from` and `to` go along. */
function copyBytes(
  f: FunctionBuilder,
  from: Local<"i32">,
  to: Local<"i32">,
  count: Local<"i32">,
): void {
  const left = f.hold(count);
  const advance = (bytes: number): void => {
    f.add(from, bytes);
    f.add(to, bytes);
    f.sub(left, bytes);
  };
  for (const bytes of [wide, 16]) {
    repeat(f, i32.geU(left, bytes), () => {
      for (let offset = 0; offset < bytes; offset += 16) {
        f.do(v128.store(to, v128.load(from, { offset, align: 2 }), { offset, align: 2 }));
      }
      advance(bytes);
    });
  }
  for (const bytes of [8, 4, 2] as const) {
    f.if(i32.and(left, bytes), () => {
      f.do(move(bytes, to, from, 2));
      advance(bytes);
    });
  }
}

function eachElement(f: FunctionBuilder, count: Local<"i32">, body: () => void): void {
  f.for(f.local("i32"), 0, count, 1, body);
}
