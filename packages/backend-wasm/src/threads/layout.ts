/**
 * How the threads of one backend talk: by 32-bit words of the memory that they share, and never by a
 * message. All words are read and written with `Atomics`, whose operations have one order that all
 * threads agree on; what follows rests on that.
 *
 * | word | written by | meaning |
 * |---|---|---|
 * | epoch | main thread | goes up with each job; waiting workers watch it, or sleep on it |
 * | stop | main thread | not 0: leave for good |
 * | list | main thread | which list of kernel records is the latest, counted from 0 |
 * | kernels | main thread | the first kernel record of the latest list, 0 while there is none |
 * | next | all | the next ticket; tickets are never used twice, they go on from job to job |
 * | count | main thread | items of the job; 0: no job is open |
 * | first | main thread | the ticket of the job's item 0 |
 * | most | main thread | most items that a thread takes at once |
 * | sharers | main thread | threads that may share the job |
 * | kernel, items | main thread | the id of the kernel, the address of the items |
 * | state | its worker | of each worker, see {@link workerStates} |
 * | list | its worker | the list of kernel records that it has gone over to |
 * | beats | its worker | goes up with each piece of work that it begins |
 * | scratch | main thread | the address of memory that only this worker's kernels use |
 * | fault | its worker | not 0: a kernel threw, and left so many bytes of text, plus 1 |
 * | faultItem | its worker | the first item of the piece that failed |
 *
 * A job:
 *
 * | main thread | worker |
 * |---|---|
 * | | waits until `epoch` is another than it has seen |
 * | writes first, most, sharers, kernel, items | compiles the kernels that it does not know |
 * | opens: `count` = items; `epoch` + 1; wakes | enters: `state` from awake to working |
 * | takes tickets and computes | reads `count`; if it is not 0, takes tickets and computes |
 * | closes: `count` = 0 | leaves: `state` from working to awake |
 * | waits until no worker is working | waits again |
 *
 * Why nothing goes wrong:
 *
 * - *A worker sees a job whole or not at all.* It reads `count` after it entered. If it reads 0, it
 *   touches nothing. If not, the words of the job were written before, and the main thread, which
 *   looks at the states after it closed, does not change them before this worker has left. A worker
 *   that enters after that look reads a `count` of 0, or that of the next job with its words.
 * - *No item is computed twice or left out.* A ticket is taken by compare-and-exchange, and only if
 *   it lies in the job's own range. A worker that is late, or was given up and lives on, finds `next`
 *   beyond the range that it knows, so it cannot take, nor drop, a ticket of a later job.
 * - *Nobody sleeps through a job.* `Atomics.wait` sleeps only if `epoch` is still what the worker
 *   has seen.
 * - *The main thread does not wait for a compiler.* Kernel records stay as they are for as long as a
 *   worker may read them, so workers compile them before they enter.
 * - *Kernels do not pile up.* When a list of records is full, the main thread begins a new one:
 *   `kernels` = 0, then `list` + 1. A worker that sees another `list` forgets all kernels, says so in
 *   its own `list`, and reads from `kernels` on. Each list but the latest is freed once all workers
 *   that are up have said so; until then there is no third one, and what is not in the latest runs on
 *   the main thread alone. A worker that reads `kernels` late, when the next list has begun, reads
 *   records of that one, which stay until it has gone over; ids are never used twice. A worker that
 *   is still starting reads `list` after it is up.
 * - *The main thread does not wait for the dead.* It waits only for workers that are working. One
 *   that begins no piece for too long is given up: its state becomes dismissed, which keeps it from
 *   entering again if it should come back.
 */

/** Indices of words that all share; `next` and the words of a job have cache lines of their own. */
export const control = {
  epoch: 16,
  stop: 17,
  kernels: 18,
  list: 19,
  next: 32,
  count: 48,
  first: 49,
  most: 50,
  sharers: 51,
  kernel: 52,
  items: 53,
} as const;

/** Words of a worker's record, counted from its start; text of a fault fills the rest. */
export const workerRecord = {
  state: 0,
  beats: 1,
  scratch: 2,
  fault: 3,
  faultItem: 4,
  list: 5,
  text: 16,
} as const;

/** Bytes of a worker's record. */
export const workerRecordBytes = 256;

/** Most bytes of text that a fault leaves. */
export const faultTextBytes: number = workerRecordBytes - 4 * workerRecord.text;

/** What a worker is doing; a new one is starting, since memory begins as zeros. */
export const workerStates = {
  starting: 0,
  awake: 1,
  asleep: 2,
  working: 3,
  dismissed: 4,
} as const;

/** Words of a kernel record; the names of its links as JSON, then its module, follow. */
export const kernelRecord = {
  next: 0,
  id: 1,
  linksBytes: 2,
  moduleBytes: 3,
} as const;

/** Bytes before the texts of a kernel record. */
export const kernelRecordBytes = 16;
