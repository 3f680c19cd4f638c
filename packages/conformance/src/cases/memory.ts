import {
  bytesPerElement,
  type DType,
  denseView,
  dtypes,
  expr,
  type HostArray,
  isBlkError,
  type MatrixView,
  transposeView,
  windowView,
} from "@blk/core";
import { behaviourCase, type Case, type CaseContext } from "../case.js";
import { fromHost, randomElements, toHost } from "../elements.js";

/** Cases of memory: what is written is read, in order, and what is freed is free. */
export function memoryCases(): readonly Case[] {
  return [
    ...dtypes.flatMap((dtype) => [
      behaviourCase("memory", [dtype], "what is written is read", (c) => roundTrips(dtype, c)),
      behaviourCase("memory", [dtype], "windows are read row by row", (c) => windows(dtype, c)),
      behaviourCase("memory", [dtype], "writes and work keep their order", (c) => order(dtype, c)),
      behaviourCase("memory", [dtype], "host arrays are copied", (c) => copies(dtype, c)),
      behaviourCase("memory", [dtype], "every bit pattern survives", (c) => bits(dtype, c)),
      behaviourCase("memory", [dtype], "zero bytes", (c) => nothing(dtype, c)),
    ]),
    behaviourCase("memory", [], "usage counts live buffers", usage),
    behaviourCase("memory", [], "disposing twice is harmless", disposeTwice),
    behaviourCase("memory", ["f32"], "disposal waits for submitted work", disposeEarly),
    behaviourCase("memory", ["f32"], "OUT_OF_MEMORY leaves the backend usable", outOfMemory),
    behaviourCase("memory", ["f32"], "an aborted read rejects with its reason", abort),
    behaviourCase("memory", ["f32"], "many small buffers", manyBuffers),
    behaviourCase("memory", ["f32"], "host memory is the buffer's", hostMemory),
  ];
}

const same = (x: HostArray, y: ArrayLike<number>): boolean =>
  x.length === y.length && x.every((value, i) => Object.is(value, y[i]));

async function roundTrips(dtype: DType, { backend, check }: CaseContext): Promise<void> {
  for (const length of [1, 2, 3, 4, 5, 63, 64, 65, 1000, 4099]) {
    const host = toHost(dtype, randomElements(dtype, length, length));
    const buffer = backend.allocate(host.byteLength);
    try {
      backend.write(buffer, host);
      const read = await backend.read(denseView(buffer, dtype, 1, length));
      check(read.constructor === host.constructor, () => `read gave a ${read.constructor.name}`);
      check(same(read, host), `${length} elements of ${dtype} came back changed`);
      const again = await backend.read(denseView(buffer, dtype, 1, length));
      check(again.buffer !== read.buffer, "two reads share memory");
    } finally {
      buffer.dispose();
    }
  }
}

async function windows(dtype: DType, { backend, check }: CaseContext): Promise<void> {
  const [rows, cols] = [7, 9];
  const host = toHost(dtype, randomElements(dtype, rows * cols, 1));
  const buffer = backend.allocate(host.byteLength);
  try {
    backend.write(buffer, host);
    const whole = denseView(buffer, dtype, rows, cols);
    const expected = (view: MatrixView): number[] =>
      Array.from({ length: view.rows * view.cols }, (_, at) => {
        const row = Math.floor(at / view.cols);
        return host[
          view.offset + row * view.rowStride + (at % view.cols) * view.colStride
        ] as number;
      });
    const views = {
      whole,
      transposed: transposeView(whole),
      window: windowView(whole, 2, 3, 4, 5),
      "transposed window": transposeView(windowView(whole, 1, 1, 5, 3)),
      column: windowView(whole, 0, 4, rows, 1),
      row: windowView(whole, 6, 0, 1, cols),
      element: windowView(whole, 6, 8, 1, 1),
      repeated: { ...windowView(whole, 3, 0, 1, cols), rows: 4, rowStride: 0 },
      reversed: { ...whole, offset: rows * cols - 1, rowStride: -cols, colStride: -1 },
    };
    for (const [name, view] of Object.entries(views)) {
      check(same(await backend.read(view), expected(view)), `the ${name} view was read wrongly`);
    }
  } finally {
    buffer.dispose();
  }
}

/** Reads see all earlier writes and work, and none of the later. */
async function order(dtype: DType, { backend, check }: CaseContext): Promise<void> {
  const size = bytesPerElement(dtype);
  const buffers = [backend.allocate(64 * size), backend.allocate(64 * size)] as const;
  try {
    const [from, to] = buffers.map((buffer) => denseView(buffer, dtype, 8, 8));
    if (from === undefined || to === undefined) return;
    const numbers = (start: number): HostArray =>
      toHost(
        dtype,
        Array.from({ length: 64 }, (_, i) => start + i),
      );
    backend.write(buffers[0], numbers(0));
    backend.map([{ inputs: [from], out: to }], expr.add(expr.input(0), 1));
    const first = backend.read(to);
    backend.write(buffers[0], numbers(100));
    // Half of the numbers, at an offset that is no multiple of 16 bytes.
    backend.write(buffers[0], numbers(500).slice(0, 31), 4 * size);
    backend.map([{ inputs: [from], out: to }], expr.add(expr.input(0), 1));
    const second = backend.read(to);
    const [x, y] = await Promise.all([first, second]);
    check(same(x, numbers(1)), "a read saw a later write");
    const expected = numbers(101);
    expected.set(numbers(501).slice(0, 31), 4);
    check(same(y, expected), "a write at an offset went wrong, or a read missed earlier work");
  } finally {
    for (const buffer of buffers) buffer.dispose();
  }
}

async function copies(dtype: DType, { backend, check }: CaseContext): Promise<void> {
  const numbers = randomElements(dtype, 50, 9);
  const host = toHost(dtype, numbers);
  const buffer = backend.allocate(host.byteLength);
  try {
    backend.write(buffer, host);
    host.fill(0);
    const view = denseView(buffer, dtype, 1, 50);
    const read = await backend.read(view);
    check(same(read, toHost(dtype, numbers)), "a change of the host array after write was seen");
    read.fill(0);
    const again = await backend.read(view);
    check(same(again, toHost(dtype, numbers)), "a change of what was read reached the buffer");
    // A host array that is itself a window of a larger one.
    const part = toHost(dtype, numbers).subarray(3, 40);
    backend.write(buffer, part);
    const prefix = await backend.read(denseView(buffer, dtype, 1, 37));
    check(same(prefix, part), "a host array with an offset of its own was written wrongly");
  } finally {
    buffer.dispose();
  }
}

/** Signed zeros, subnormals, infinities and NaN are moved, not computed with. */
async function bits(dtype: DType, { backend, check }: CaseContext): Promise<void> {
  const host =
    dtype === "i32"
      ? Int32Array.of(0, -1, 2 ** 31 - 1, -(2 ** 31))
      : toHost(dtype, [0, -0, Infinity, -Infinity, 2 ** -24, 2 ** -149, 2 ** -1074, 65504]);
  const buffer = backend.allocate(host.byteLength);
  try {
    backend.write(buffer, host);
    const read = await backend.read(denseView(buffer, dtype, 1, host.length));
    check(same(read, host), () => `[${fromHost(host)}] came back as [${fromHost(read)}]`);
    const nan = toHost(dtype, [dtype === "i32" ? 1 : Number.NaN]);
    backend.write(buffer, nan);
    const [back] = fromHost(await backend.read(denseView(buffer, dtype, 1, 1)));
    check(Object.is(back, dtype === "i32" ? 1 : Number.NaN), () => `NaN came back as ${back}`);
  } finally {
    buffer.dispose();
  }
}

async function nothing(dtype: DType, { backend, check }: CaseContext): Promise<void> {
  const buffer = backend.allocate(0);
  try {
    backend.write(buffer, toHost(dtype, []));
    for (const [rows, cols] of [
      [0, 0],
      [0, 3],
      [3, 0],
    ] as const) {
      const read = await backend.read(denseView(buffer, dtype, rows, cols));
      check(read.length === 0, `reading ${rows}×${cols} gave ${read.length} elements`);
    }
  } finally {
    buffer.dispose();
  }
}

function usage({ backend, check }: CaseContext): void {
  const before = backend.memoryUsage();
  const buffers = [8, 16, 400].map((bytes) => backend.allocate(bytes));
  const during = backend.memoryUsage();
  check(during.buffers === before.buffers + 3, "memoryUsage does not count three new buffers");
  check(during.bytes >= before.bytes + 424, "memoryUsage counts too few bytes");
  check(
    buffers.every(({ byteLength }, i) => byteLength === [8, 16, 400][i]),
    "a buffer's byteLength is not what was asked for",
  );
  for (const buffer of buffers) buffer.dispose();
  const after = backend.memoryUsage();
  check(after.buffers === before.buffers, "memoryUsage counts disposed buffers");
  check(after.bytes === before.bytes, "memoryUsage counts bytes of disposed buffers");
}

function disposeTwice({ backend, check }: CaseContext): void {
  const before = backend.memoryUsage();
  const buffer = backend.allocate(32);
  check(!buffer.disposed, "a new buffer says that it is disposed");
  buffer.dispose();
  check(buffer.disposed, "a disposed buffer does not say so");
  const other = backend.allocate(32);
  buffer.dispose();
  const { buffers } = backend.memoryUsage();
  check(buffers === before.buffers + 1, "disposing twice freed somebody else's memory");
  other.dispose();
}

async function disposeEarly({ backend, check }: CaseContext): Promise<void> {
  const [a, b] = [backend.allocate(400), backend.allocate(400)];
  const views = [denseView(a, "f32", 10, 10), denseView(b, "f32", 10, 10)] as const;
  backend.write(a, new Float32Array(100).fill(2));
  backend.multiply([{ c: views[1], terms: [{ a: views[0], b: views[0] }] }]);
  a.dispose();
  // Memory that is reused at once must not disturb the product.
  const reused = backend.allocate(400);
  backend.write(reused, new Float32Array(100).fill(7));
  const reading = backend.read(views[1]);
  b.dispose();
  reused.dispose();
  const result = await reading;
  check(
    result.every((x) => x === 40),
    () => `work on a buffer that was disposed after it gave ${result[0]} instead of 40`,
  );
}

async function outOfMemory({ backend, check }: CaseContext): Promise<void> {
  const before = backend.memoryUsage();
  const tooMuch = 2 ** 46;
  let message = "nothing";
  try {
    backend.allocate(tooMuch).dispose();
  } catch (error) {
    message = isBlkError(error, "OUT_OF_MEMORY") ? "" : String(error);
    check(
      !isBlkError(error) || error.message.includes(String(tooMuch)),
      () => `the message does not say how much was asked for: ${String(error)}`,
    );
  }
  check(message === "", `allocating 64 TiB threw ${message} instead of OUT_OF_MEMORY`);
  const after = backend.memoryUsage();
  check(after.buffers === before.buffers, "a failed allocation counts as a live buffer");
  const buffer = backend.allocate(16);
  backend.write(buffer, Float32Array.of(1, 2, 3, 4));
  const read = await backend.read(denseView(buffer, "f32", 2, 2));
  buffer.dispose();
  check(same(read, [1, 2, 3, 4]), "after OUT_OF_MEMORY the backend reads wrongly");
}

async function abort({ backend, check }: CaseContext): Promise<void> {
  const buffer = backend.allocate(16);
  try {
    backend.write(buffer, Float32Array.of(1, 2, 3, 4));
    const view = denseView(buffer, "f32", 2, 2);
    const reason = new Error("not needed any more");
    const outcome = await backend
      .read(view, { signal: AbortSignal.abort(reason) })
      .then(() => "resolved")
      .catch((error: unknown) => error);
    check(outcome === reason, `an aborted read gave ${String(outcome)} instead of its reason`);
    const read = await backend.read(view, { signal: new AbortController().signal });
    check(same(read, [1, 2, 3, 4]), "a read with a signal that is not aborted went wrong");
  } finally {
    buffer.dispose();
  }
}

async function manyBuffers({ backend, check }: CaseContext): Promise<void> {
  const buffers = Array.from({ length: 500 }, (_, i) => {
    const buffer = backend.allocate(4 * (1 + (i % 7)));
    backend.write(buffer, new Float32Array(1 + (i % 7)).fill(i));
    return buffer;
  });
  for (const [i, buffer] of buffers.entries()) if (i % 2 === 1) buffer.dispose();
  const reads = await Promise.all(
    buffers.map((buffer, i) =>
      i % 2 === 1 ? undefined : backend.read(denseView(buffer, "f32", 1, 1 + (i % 7))),
    ),
  );
  for (const buffer of buffers) buffer.dispose();
  check(
    reads.every((read, i) => read === undefined || read.every((x) => x === i)),
    "buffers that live side by side disturb each other",
  );
}

async function hostMemory({ backend, check }: CaseContext): Promise<void> {
  if (backend.hostMemory === undefined) return;
  const buffer = backend.allocate(16);
  try {
    const host = backend.hostMemory(buffer, "f32");
    check(
      host.length === 4 && host instanceof Float32Array,
      "hostMemory has the wrong length or type",
    );
    host.set([5, 6, 7, 8]);
    const read = await backend.read(denseView(buffer, "f32", 1, 4));
    check(same(read, [5, 6, 7, 8]), "what was set in hostMemory was not read");
  } finally {
    buffer.dispose();
  }
}
