import {
  control,
  faultTextBytes,
  kernelRecord,
  kernelRecordBytes,
  workerRecord,
  workerStates,
} from "./layout.js";

/**
 * Milliseconds that a worker looks for the next job before it sleeps. Layers and training steps call
 * back to back, and a worker that is awake begins within 1 µs, one that sleeps after about 50.
 */
const lookoutMilliseconds = 1;

/**
 * The program of a worker. It is text, so that no bundler can lose its file and nothing that
 * rewrites functions reaches it; it uses nothing but the language, WebAssembly and `performance`.
 * The protocol is that of layout.ts; the other side of it is in job.ts. Its comments stand here,
 * because they would be shipped in it:
 *
 * - `learnKernels` makes new arrays, because the memory may have grown meanwhile, and copies, because
 *   neither decoders nor compilers take shared bytes.
 * - `share` wakes two others if it was woken: one who woke all sleepers would begin late.
 * - The first `seen` is as if a job had just been missed, so that one that is under way is joined.
 * - Where `count` is 0 it is too late for the job; to enter would only make the main thread wait.
 */
const work = `
"use strict";
function work(memory, record) {
  let words = new Int32Array(memory.buffer);
  const state = record + ${workerRecord.state};
  const beats = record + ${workerRecord.beats};
  const runs = new Map(), instances = new Map();
  let list = -1, link = 0;

  function learnKernels() {
    const latest = Atomics.load(words, ${control.list});
    if (latest !== list) {
      runs.clear();
      instances.clear();
      list = latest;
      link = ${control.kernels};
      Atomics.store(words, record + ${workerRecord.list}, latest);
    }
    for (let at; (at = Atomics.load(words, link) >>> 0) !== 0; ) {
      words = new Int32Array(memory.buffer);
      const bytes = new Uint8Array(memory.buffer);
      const header = at >>> 2;
      const links = at + ${kernelRecordBytes};
      const code = links + words[header + ${kernelRecord.linksBytes}];
      const end = code + words[header + ${kernelRecord.moduleBytes}];
      const linked = JSON.parse(new TextDecoder().decode(bytes.slice(links, code)));
      const imports = { env: { memory: memory } };
      for (const name in linked) imports[name] = instances.get(linked[name]);
      const module = new WebAssembly.Module(bytes.slice(code, end));
      const id = words[header + ${kernelRecord.id}];
      const { exports } = new WebAssembly.Instance(module, imports);
      instances.set(id, exports);
      runs.set(id, exports.run);
      link = header + ${kernelRecord.next};
    }
  }

  function leaveFault(error, item) {
    const text = new TextEncoder().encode(String(error)).slice(0, ${faultTextBytes});
    const start = 4 * (record + ${workerRecord.text});
    new Uint8Array(memory.buffer).set(text, start);
    Atomics.store(words, record + ${workerRecord.faultItem}, item);
    Atomics.store(words, record + ${workerRecord.fault}, text.length + 1);
  }

  function share(count, woken) {
    const first = Atomics.load(words, ${control.first});
    const most = Atomics.load(words, ${control.most});
    const sharers = Atomics.load(words, ${control.sharers});
    const items = Atomics.load(words, ${control.items});
    const scratch = Atomics.load(words, record + ${workerRecord.scratch});
    const run = runs.get(Atomics.load(words, ${control.kernel}));
    if (run === undefined) return;
    for (;;) {
      const next = Atomics.load(words, ${control.next});
      const from = (next - first) >>> 0;
      if (from >= count) return;
      const some = Math.min(most, Math.max(1, Math.floor((count - from) / (2 * sharers))));
      if (Atomics.compareExchange(words, ${control.next}, next, (next + some) | 0) !== next) continue;
      if (woken && from + some < count) {
        Atomics.notify(words, ${control.epoch}, 2);
        woken = false;
      }
      Atomics.add(words, beats, 1);
      try {
        run(items, from, from + some, scratch);
      } catch (error) {
        leaveFault(error, from);
        return;
      }
    }
  }
  let seen = Atomics.load(words, ${control.epoch}) - 1;
  Atomics.compareExchange(words, state, ${workerStates.starting}, ${workerStates.awake});
  for (;;) {
    let woken = false;
    let until = performance.now() + ${lookoutMilliseconds};
    for (let round = 1; Atomics.load(words, ${control.epoch}) === seen; round++) {
      if ((round & 63) !== 0 || performance.now() < until) continue;
      Atomics.store(words, state, ${workerStates.asleep});
      woken = Atomics.wait(words, ${control.epoch}, seen) === "ok";
      Atomics.store(words, state, ${workerStates.awake});
    }
    seen = Atomics.load(words, ${control.epoch});
    if (Atomics.load(words, ${control.stop}) !== 0) return;
    learnKernels();
    if (Atomics.load(words, ${control.count}) === 0) continue;
    if (Atomics.compareExchange(words, state, ${workerStates.awake}, ${workerStates.working}) !== ${workerStates.awake}) return;
    const count = Atomics.load(words, ${control.count});
    if (count !== 0) share(count, woken);
    if (Atomics.compareExchange(words, state, ${workerStates.working}, ${workerStates.awake}) !== ${workerStates.working}) return;
    Atomics.notify(words, state);
  }
}
`;

/** What a worker is told when it starts: the memory, and the word at which its record begins. */
export interface WorkerStart {
  readonly memory: WebAssembly.Memory;
  readonly record: number;
}

/** The program for `worker_threads`, to be evaluated; its `workerData` is a {@link WorkerStart}. */
export const nodeWorkerSource: string = `${work}
{
  const threads = process.getBuiltinModule
    ? process.getBuiltinModule("node:worker_threads")
    : require("node:worker_threads");
  work(threads.workerData.memory, threads.workerData.record);
}
`;

/** The program for a page's worker; the first message to it is a {@link WorkerStart}. */
export const pageWorkerSource: string = `${work}
onmessage = function (event) {
  work(event.data.memory, event.data.record);
  close();
};
`;
