import { i32Atomics } from "../../src/assembler/atomics.js";
import {
  type Func,
  type FunctionBuilder,
  i32,
  type Local,
  ModuleBuilder,
  memory,
} from "../../src/assembler/index.js";
import type { Kernel } from "../../src/kernel.js";
import type { LinearMemory } from "../../src/linear-memory.js";

/** Words of an item: where its results go, a seed, a count of rounds, an argument. */
export const itemWords = 4;
/** Words of its results: a number, the thread's scratch address, how often it was computed. */
export const resultWords = 16;

/** What the code of an item works with. */
interface Parts {
  readonly f: FunctionBuilder<readonly []>;
  /** At first the seed, in the end the result. */
  readonly x: Local<"i32">;
  readonly out: Local<"i32">;
  readonly rounds: Local<"i32">;
  readonly argument: Local<"i32">;
  readonly scratch: Local<"i32">;
  /** A linked function, if there is one. */
  readonly linked: Func<{ x: "i32" }, readonly ["i32"]> | undefined;
}

interface Options {
  readonly scratchBytes?: number;
  /** A kernel whose `step` this one calls. */
  readonly link?: Kernel;
}

function kernelOf(
  { limits }: LinearMemory,
  name: string,
  body: (parts: Parts) => void,
  { scratchBytes = 64, link }: Options = {},
): Kernel {
  const m = new ModuleBuilder();
  m.importMemory("env", "memory", limits);
  const unary = { params: { x: "i32" }, results: ["i32"] } as const;
  const linked = link && m.importFunc("linked", "step", unary);
  m.export(
    "step",
    m.func("step", unary, (_, { x }) => i32.mul(x, name.length)),
  );
  const params = { items: "i32", from: "i32", to: "i32", scratch: "i32" } as const;
  const run = m.func("run", { params }, (f, { items, from, to, scratch }) => {
    const at = f.local("i32", "at");
    const out = f.local("i32", "out");
    const [x, rounds] = [f.local("i32", "x"), f.local("i32", "rounds")];
    const argument = f.local("i32", "argument");
    f.for(from, from, to, 1, () => {
      f.set(at, i32.add(items, i32.mul(from, 4 * itemWords)));
      f.set(out, i32.load(at));
      f.set(x, i32.load(at, { offset: 4 }));
      f.set(rounds, i32.load(at, { offset: 8 }));
      f.set(argument, i32.load(at, { offset: 12 }));
      body({ f, x, out, rounds, argument, scratch, linked });
      f.do(i32.store(out, x));
      f.do(i32.store(out, scratch, { offset: 4 }));
      f.drop(i32Atomics.atomicRmwAdd(out, 1, { offset: 8 }));
    });
  });
  m.export("run", run);
  const bytes = m.build();
  const links = link && { links: { linked: link } };
  return { name, bytes, itemBytes: 4 * itemWords, scratchBytes, ...links };
}

/** `rounds` times x ← x·1664525 + 1013904223, by way of scratch memory that no other thread may touch. */
export function mixing(memory: LinearMemory, scratchBytes = 64): Kernel {
  const body = ({ f, x, rounds, scratch }: Parts): void => {
    const round = f.local("i32", "round");
    const last = f.local("i32", "last");
    f.set(last, i32.add(scratch, scratchBytes - 4));
    f.for(round, 0, rounds, 1, () => {
      f.do(i32.store(last, i32.add(i32.mul(x, 1664525), 1013904223)));
      f.set(x, i32.load(last));
    });
  };
  return kernelOf(memory, `mixing_${scratchBytes}`, body, { scratchBytes });
}

/** What {@link mixing} gives. */
export function mixed(seed: number, rounds: number): number {
  let x = seed;
  for (let i = 0; i < rounds; i++) x = (Math.imul(x, 1664525) + 1013904223) | 0;
  return x;
}

/** x ← x·constant, after `rounds` of something; with a link, times the length of its name, too. */
export function times(memory: LinearMemory, constant: number, link?: Kernel): Kernel {
  const body = ({ f, x, rounds, argument, linked }: Parts): void => {
    const round = f.local("i32", "round");
    f.for(round, 0, rounds, 1, () => f.set(argument, i32.add(i32.mul(argument, 1664525), 1)));
    f.set(x, i32.mul(x, constant));
    if (linked) f.set(x, linked.call({ x }));
  };
  return kernelOf(memory, `times_${constant}`, body, link && { link });
}

/** Fills `rounds` bytes from the address `argument` on with x. */
export function filling(linear: LinearMemory): Kernel {
  return kernelOf(linear, "filling", ({ f, x, rounds, argument }) => {
    f.do(memory.fill(argument, x, rounds));
  });
}

/** Traps where x is `argument`. */
export function trapping(memory: LinearMemory): Kernel {
  return kernelOf(memory, "trapping", ({ f, x, argument }) => {
    f.if(i32.eq(x, argument), () => f.unreachable());
  });
}

/** Traps on a thread whose scratch address is not `argument`; everywhere else some work. */
export function trappingElsewhere(memory: LinearMemory): Kernel {
  return kernelOf(memory, "trapping_elsewhere", ({ f, x, rounds, argument, scratch }) => {
    f.if(i32.ne(scratch, argument), () => f.unreachable());
    const round = f.local("i32", "round");
    f.for(round, 0, rounds, 1, () => f.set(x, i32.add(i32.mul(x, 1664525), 1)));
  });
}

/** Goes on when the word at `argument` is not 0. */
export function waiting(memory: LinearMemory): Kernel {
  return kernelOf(memory, "waiting", ({ f, argument }) => {
    f.loop((again) => f.brIf(again, i32.eqz(i32Atomics.atomicLoad(argument))));
  });
}
