/** One call of `fit`. */
import { scope } from "@blk/core";
import { gradients } from "../gradients.js";
import type { NamedParameter } from "../module.js";
import { Random } from "../random.js";
import type { Variable } from "../variable.js";
import { Accuracy } from "./accuracy.js";
import { encodeCheckpoint, type Position, restoreCheckpoint } from "./checkpoint.js";
import {
  type Batch,
  batchOf,
  type Data,
  type Dataset,
  datasetOf,
  freeBatch,
  samplesOf,
} from "./data.js";
import { explainFailure } from "./failure.js";
import { measureHeldOut } from "./held-out.js";
import { LossWindow, type StepRecord, windowDType } from "./loss-window.js";
import {
  checkFitOptions,
  checkLoss,
  type FitOptions,
  type FitResult,
  type Model,
} from "./options.js";
import { added, type EpochResult, type Measured, meansOf, noSums, type Sums } from "./progress.js";
import {
  checkState,
  freeSnapshot,
  type Snapshot,
  type TrainingState,
  takeSnapshot,
} from "./training-state.js";

/** Milliseconds of steps between two looks at their losses. */
const windowTime = 100;

/** Milliseconds without a turn for others, which short epochs need not each give. */
const turnTime = 20;

/** Steps whose losses are read at once, and the state before the first of them. */
interface Span {
  readonly first: number;
  readonly order: Int32Array;
  readonly losses: LossWindow;
  readonly snapshot: Snapshot;
}

export class FitRun {
  readonly #model: Model;
  readonly #options: FitOptions;
  readonly #data: Data;
  readonly #dataset: Dataset;
  readonly #validation: Dataset | undefined;
  readonly #state: TrainingState;
  readonly #steps: number;
  /** Where losses are noted: one is read while the other is filled. */
  readonly #windows: LossWindow[] = [];
  readonly #snapshots = new Set<Snapshot>();
  readonly #accuracy: Accuracy;
  #epoch = 0;
  #step = 0;
  #order: Int32Array;
  #sums: Sums = noSums;
  #results: readonly EpochResult[] = [];
  #begun = performance.now();
  #saved = performance.now();
  #unsaved = 0;
  /** Steps that this call did, and since when. */
  #done = 0;
  readonly #started: number = performance.now();
  /** Set when a loss is not finite: no more steps, for the state goes back to that one. */
  #failed = false;
  /** Set when the run is over, in whatever way. */
  #hasEnded = false;
  #turned = 0;
  /** The reading of the span before. */
  #reading: Promise<void> = Promise.resolve();

  constructor(model: Model, data: Data, options: FitOptions) {
    checkFitOptions(model, options);
    this.#model = model;
    this.#options = options;
    this.#data = data;
    this.#dataset = datasetOf(data, "data");
    this.#validation = options.validation && datasetOf(options.validation, "validation");
    this.#steps = Math.ceil(this.#dataset.size / options.batchSize);
    this.#order = Int32Array.from({ length: this.#dataset.size }, (_, i) => i);
    const { parameters } = model;
    const random = new Random(options.random.state());
    this.#state = { parameters, optimiser: options.optimiser, random };
    checkState(this.#state);
    this.#accuracy = new Accuracy(options.countCorrect, data);
  }

  async run(): Promise<FitResult> {
    await this.#accuracy.readClasses(this.#data, this.#options.validation);
    await this.#resume();
    while (this.#epoch < this.#options.epochs) {
      if (!(await this.#runEpoch())) {
        await this.#save();
        return this.#result(true);
      }
    }
    if (this.#unsaved > 0) await this.#save();
    return this.#result(false);
  }

  /** Frees what it made; after all that is being read was read. */
  async dispose(): Promise<void> {
    this.#hasEnded = true;
    await this.#reading.catch(() => undefined);
    for (const window of this.#windows) window.dispose();
    for (const snapshot of this.#snapshots) freeSnapshot(snapshot);
  }

  get #first(): Variable {
    return (this.#state.parameters[0] as NamedParameter).variable;
  }

  #result(stopped: boolean): FitResult {
    const steps = this.#epoch * this.#steps + this.#step;
    return { epochs: this.#results, stopped, steps };
  }

  async #resume(): Promise<void> {
    const { checkpoint, batchSize } = this.#options;
    const { backend } = this.#first;
    const expected = { backend, batchSize, samples: this.#dataset.size };
    const position = await checkpoint?.store.read((file) =>
      restoreCheckpoint(file, this.#state, expected),
    );
    if (position === undefined) return;
    this.#epoch = position.epoch;
    this.#step = position.step;
    this.#order = position.order;
    this.#sums = position.sums;
    this.#results = position.results;
    this.#begun -= position.seconds * 1000;
    this.#report();
  }

  /** False if the signal came. */
  async #runEpoch(): Promise<boolean> {
    const { shuffle = true, signal } = this.#options;
    // Before anything is drawn, so that an epoch that has not begun begins alike when it is resumed.
    if (signal?.aborted) return false;
    if (this.#step === 0) {
      this.#begun = performance.now();
      if (shuffle) this.#order = this.#state.random.permutation(this.#dataset.size);
    }
    while (this.#step < this.#steps) {
      if (signal?.aborted) return this.#settled();
      await this.#runSpan();
      if (this.#isDue()) {
        await this.#settled();
        await this.#save();
      }
    }
    await this.#settled();
    await this.#endEpoch();
    return true;
  }

  /** Waits until the losses of all steps so far are known; false, as the answer to a signal. */
  async #settled(): Promise<false> {
    const reading = this.#reading;
    this.#reading = Promise.resolve();
    await reading;
    return false;
  }

  /** Steps until it is time to look at the losses, to save or to stop. */
  async #runSpan(): Promise<void> {
    if (this.#failed) await this.#reading;
    const span: Span = {
      first: this.#step,
      order: this.#order,
      losses: this.#nextWindow(),
      snapshot: takeSnapshot(this.#state),
    };
    this.#snapshots.add(span.snapshot);
    const until = performance.now() + windowTime;
    do {
      this.#trainStep(this.#step, span.losses);
      this.#step += 1;
      this.#done += 1;
      this.#unsaved += 1;
    } while (
      this.#step < this.#steps &&
      !span.losses.isFull &&
      performance.now() < until &&
      !this.#isDue() &&
      !this.#options.signal?.aborted
    );
    const before = this.#reading;
    this.#reading = this.#readSpan(span, before);
    // Its failure is thrown where it is awaited: with the next span, or at the end.
    this.#reading.catch(() => undefined);
    await before;
    await this.#turn();
  }

  #nextWindow(): LossWindow {
    if (this.#windows.length < 2) {
      this.#windows.push(new LossWindow(this.#first.backend, windowDType(this.#first)));
    } else this.#windows.reverse();
    return this.#windows[this.#windows.length - 1] as LossWindow;
  }

  async #readSpan(span: Span, before: Promise<void>): Promise<void> {
    // Asked for at once, before more steps are queued; what comes of it in order.
    const taken = span.losses.take();
    taken.catch(() => undefined);
    await before;
    const records = await taken;
    const bad = records.findIndex(({ loss }) => !Number.isFinite(loss));
    // Nobody waits for the reason any more where something else failed meanwhile.
    if (this.#hasEnded) return;
    if (bad >= 0) {
      this.#failed = true;
      throw await this.#notFinite(span, bad, (records[bad] as StepRecord).loss);
    }
    this.#snapshots.delete(span.snapshot);
    freeSnapshot(span.snapshot);
    for (const record of records) this.#sums = added(this.#sums, record);
    this.#report(span.first + records.length);
  }

  /** Forward, loss, gradients, update; the loss stays on the device. */
  #trainStep(step: number, losses: LossWindow | undefined): void {
    const { optimiser, parameters } = this.#state;
    scope(() => {
      const batch = this.#batch(step);
      const { loss, outputs } = this.#lossOf(batch);
      outputs.keep();
      const correct = losses && this.#accuracy.count?.(outputs.value, batch.targets);
      losses?.note(
        samplesOf(this.#order, this.#options.batchSize, step).length,
        loss.value,
        correct,
      );
      const weights = parameters.map(({ variable }) => variable);
      optimiser.step(gradients(loss, weights));
      loss.dispose();
      outputs.dispose();
      freeBatch(batch);
    });
  }

  #batch(step: number): Batch {
    return batchOf(this.#dataset, samplesOf(this.#order, this.#options.batchSize, step));
  }

  #lossOf(batch: Batch): { readonly loss: Variable; readonly outputs: Variable } {
    const outputs = this.#model.forward(batch.inputs, { random: this.#state.random });
    this.#accuracy.checkOutputs(outputs);
    const loss = this.#options.loss(outputs, batch.targets);
    checkLoss(loss);
    return { loss, outputs };
  }

  /** Goes back to the state before the span, repeats its steps up to the bad one, and looks at that. */
  #notFinite({ first, order, snapshot }: Span, bad: number, loss: number): Promise<Error> {
    this.#order = order;
    const step = first + bad;
    const epoch = this.#epoch + 1;
    const samples = samplesOf(order, this.#options.batchSize, step);
    const replay = {
      model: this.#model,
      state: this.#state,
      step: (step: number) => this.#trainStep(step, undefined),
      batch: (step: number) => this.#batch(step),
      loss: (batch: Batch) => this.#lossOf(batch).loss,
    };
    return explainFailure(replay, { loss, epoch, step, samples, snapshot, first });
  }

  async #endEpoch(): Promise<void> {
    const measured = meansOf(this.#sums, this.#accuracy.count !== undefined);
    const seconds = (performance.now() - this.#begun) / 1000;
    const validation = this.#validation && (await this.#measure(this.#validation));
    const result: EpochResult = {
      ...{ epoch: this.#epoch + 1, ...measured, seconds },
      ...(validation && { validation }),
    };
    this.#results = [...this.#results, result];
    this.#report(this.#step, result);
    this.#epoch += 1;
    this.#step = 0;
    this.#sums = noSums;
  }

  #measure(dataset: Dataset): Promise<Measured> {
    const pause = { everyMilliseconds: windowTime, run: () => this.#turn() };
    const [losses, count] = [this.#nextWindow(), this.#accuracy.count];
    return measureHeldOut(this.#model, dataset, this.#options, count, losses, pause);
  }

  /** Now and then, lets whatever else waits have its turn: signals, the page. */
  async #turn(): Promise<void> {
    if (performance.now() - this.#turned < turnTime) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#turned = performance.now();
  }

  #isDue(): boolean {
    const { checkpoint } = this.#options;
    if (checkpoint === undefined || this.#unsaved === 0) return false;
    const { everySteps, everySeconds = 30 } = checkpoint;
    if (everySteps !== undefined) return this.#unsaved >= everySteps;
    return performance.now() - this.#saved >= everySeconds * 1000;
  }

  async #save(): Promise<void> {
    const { checkpoint, batchSize } = this.#options;
    const position: Position = {
      ...{ epoch: this.#epoch, step: this.#step, order: this.#order, sums: this.#sums },
      ...{ seconds: (performance.now() - this.#begun) / 1000, results: this.#results },
    };
    await checkpoint?.store.write(encodeCheckpoint(this.#state, position, batchSize));
    this.#saved = performance.now();
    this.#unsaved = 0;
  }

  #report(step: number = this.#step, result?: EpochResult): void {
    const { epochs, onProgress } = this.#options;
    if (onProgress === undefined) return;
    const left = (epochs - this.#epoch) * this.#steps - this.#step;
    const pace = (performance.now() - this.#started) / 1000 / this.#done;
    onProgress({
      ...{ epoch: this.#epoch + 1, epochs, step, steps: this.#steps },
      ...(this.#sums.samples > 0 && meansOf(this.#sums, this.#accuracy.count !== undefined)),
      secondsLeft: this.#done === 0 ? undefined : Math.max(0, left * pace),
      ...(result && { result }),
    });
  }
}
