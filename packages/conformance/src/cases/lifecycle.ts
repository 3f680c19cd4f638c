import {
  type Backend,
  type BlkErrorCode,
  BlockMatrix,
  denseView,
  expr,
  isBlkError,
  matmul,
} from "@blk/core";
import { behaviourCase, type Case, type CaseContext } from "../case.js";
import { hasFeature } from "../run-case.js";

/** Cases of opening, using up and disposing a backend. */
export function lifecycleCases(): readonly Case[] {
  return [
    behaviourCase("lifecycle", [], "capabilities are complete", capabilities),
    behaviourCase("lifecycle", ["f32"], "what the capabilities deny is missing", understated),
    behaviourCase("lifecycle", ["f32"], "two backends do not share memory", twoBackends),
    behaviourCase("lifecycle", ["f32"], "disposal frees everything, twice is harmless", dispose),
    behaviourCase("lifecycle", ["f32"], "disposal with work in flight", disposeInFlight),
    behaviourCase("lifecycle", ["f32"], "buffers outlive their backend harmlessly", buffersAfter),
    behaviourCase("lifecycle", ["f32"], "the same call gives the same bits", sameBits),
  ];
}

function capabilities({ backend, check }: CaseContext): void {
  const { name, specVersion, capabilities: c, lost } = backend;
  check(name.length > 0, "the backend has no name");
  check(specVersion === 1, `specVersion is ${specVersion}, expected 1`);
  check(c.device.length > 0, "capabilities.device is empty");
  check(c.dtypes.includes("f32"), "capabilities.dtypes lacks f32, which every backend needs");
  check(new Set(c.dtypes).size === c.dtypes.length, "capabilities.dtypes names a type twice");
  check(c.maxBufferBytes > 0, `capabilities.maxBufferBytes is ${c.maxBufferBytes}`);
  check(Number.isInteger(c.threads) && c.threads >= 1, `capabilities.threads is ${c.threads}`);
  const sorted = [...c.blockHints].sort((x, y) => x - y);
  check(sorted.length > 0 && sorted.join() === c.blockHints.join(), "blockHints are not sorted");
  check(typeof lost.then === "function", "lost is no promise");
  check(JSON.stringify(c) === JSON.stringify(structuredClone(c)), "capabilities are no plain data");
}

/** A skip must have its reason: a backend that denies what it can do hides cases. */
async function understated(context: CaseContext): Promise<void> {
  const { backend, check } = context;
  const probes = {
    "subnormal numbers": { e: expr.mul(expr.input(0), 2), x: 2 ** -140 },
    "non-finite numbers": {
      e: expr.sub(expr.input(0), expr.input(0)),
      x: Number.POSITIVE_INFINITY,
    },
  } as const;
  for (const [feature, { e, x }] of Object.entries(probes)) {
    const [from, to] = [backend.allocate(16), backend.allocate(16)];
    try {
      backend.write(from, new Float32Array(4).fill(x));
      const views = [denseView(from, "f32", 2, 2), denseView(to, "f32", 2, 2)] as const;
      backend.map([{ inputs: [views[0]], out: views[1] }], e);
      const [got] = await backend.read(views[1]);
      const isKept = Object.is(got, expr.evaluate(e, [x]));
      const isClaimed = hasFeature(feature as keyof typeof probes, backend);
      check(
        isKept === isClaimed,
        `the capabilities ${isClaimed ? "claim" : "deny"} ${feature}, but ${expr.format(e)} of ${x} is ${got}`,
      );
    } finally {
      from.dispose();
      to.dispose();
    }
  }
}

async function twoBackends({ backend, open, check }: CaseContext): Promise<void> {
  const other = await open();
  try {
    const [mine, theirs] = [backend.allocate(8), other.allocate(8)];
    backend.write(mine, Float32Array.of(1, 2));
    other.write(theirs, Float32Array.of(3, 4));
    const read = await backend.read(denseView(mine, "f32", 1, 2));
    const readOther = await other.read(denseView(theirs, "f32", 1, 2));
    check(read.join() === "1,2" && readOther.join() === "3,4", "two backends disturb each other");
    check(other.memoryUsage().buffers === 1, "memoryUsage counts another backend's buffers");
    mine.dispose();
    theirs.dispose();
  } finally {
    await other.dispose();
  }
}

/** The code with which `run` fails, at once or later; `nothing` if it does not. */
async function codeOf(run: () => unknown): Promise<BlkErrorCode | string> {
  try {
    await run();
  } catch (error) {
    return isBlkError(error) ? error.code : String(error);
  }
  return "nothing";
}

async function dispose({ open, check }: CaseContext): Promise<void> {
  const backend = await open();
  const buffer = backend.allocate(16);
  const view = denseView(buffer, "f32", 2, 2);
  backend.write(buffer, Float32Array.of(1, 2, 3, 4));
  const matrix = BlockMatrix.fromRows(backend, [[1, 2]]);
  await backend.dispose();
  await backend.dispose();
  const { buffers, bytes } = backend.memoryUsage();
  check(
    buffers === 0 && bytes === 0,
    `after disposal ${buffers} buffers, ${bytes} bytes are alive`,
  );
  const calls: Readonly<Record<string, () => unknown>> = {
    allocate: () => backend.allocate(4),
    write: () => backend.write(buffer, Float32Array.of(1)),
    read: () => backend.read(view),
    finish: () => backend.finish(),
    multiply: () => backend.multiply([{ c: view, terms: [] }]),
    map: () => backend.map([{ inputs: [], out: view }], expr.constant(1)),
    matmul: () => matmul(matrix, matrix, { transposeB: true }),
    toArray: () => matrix.toArray(),
  };
  for (const [name, call] of Object.entries(calls)) {
    const code = await codeOf(call);
    check(code === "DISPOSED", `${name} after disposal of the backend gave ${code}, not DISPOSED`);
  }
  matrix.dispose();
}

async function disposeInFlight({ open, check }: CaseContext): Promise<void> {
  const backend = await open();
  const size = 96;
  const a = backend.allocate(4 * size * size);
  const c = backend.allocate(4 * size * size);
  backend.write(a, new Float32Array(size * size).fill(1));
  const views = [denseView(a, "f32", size, size), denseView(c, "f32", size, size)] as const;
  const product = { c: views[1], terms: [{ a: views[0], b: views[0] }] };
  for (let i = 0; i < 4; i++) backend.multiply([product]);
  // Either all of it arrives, or DISPOSED says that it will not.
  const waiting = backend.read(views[1]).then(
    (data) => (data.every((x) => x === size) ? "right" : "wrong"),
    (error: unknown) => (isBlkError(error, "DISPOSED") ? "DISPOSED" : String(error)),
  );
  await backend.dispose();
  const outcome = await waiting;
  check(outcome === "right" || outcome === "DISPOSED", `a read in flight ended as ${outcome}`);
  check(backend.memoryUsage().buffers === 0, "buffers are alive after disposal");
}

async function buffersAfter({ open, check }: CaseContext): Promise<void> {
  const backend: Backend = await open();
  const buffer = backend.allocate(16);
  await backend.dispose();
  buffer.dispose();
  buffer.dispose();
  check(buffer.disposed, "a buffer of a disposed backend does not say that it is disposed");
}

/** Determinism: whatever was computed in between. */
async function sameBits({ backend, check }: CaseContext): Promise<void> {
  const rows = (seed: number): number[][] =>
    Array.from({ length: 33 }, (_, i) =>
      Array.from({ length: 70 }, (_, j) => Math.sin(seed + 70 * i + j)),
    );
  const a = BlockMatrix.fromRows(backend, rows(1));
  const b = BlockMatrix.fromRows(backend, rows(2));
  try {
    const results: string[] = [];
    for (let round = 0; round < 4; round++) {
      const c = matmul(a, b, { transposeB: true });
      const other = matmul(b, a, { transposeA: true });
      const data = (await c.toArray()) as Float32Array;
      results.push(new Int32Array(data.buffer, data.byteOffset, data.length).join());
      c.dispose();
      other.dispose();
    }
    check(new Set(results).size === 1, "the same product gave different bits");
  } finally {
    a.dispose();
    b.dispose();
  }
}
