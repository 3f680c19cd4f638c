import { toF32 } from "./numbers.js";
import type {
  InferenceSpec,
  MatmulSpec,
  Numbers,
  PeerSession,
  PreparedRun,
  Shape,
  SumOver,
  TrainingSpec,
} from "./peer.js";
import { PreparedRuns, type RunParts } from "./prepared.js";
import { type TensorFlowTraining, tensorflowTraining } from "./tensorflow-training.js";

/** The members of `@tensorflow/tfjs-core` that the bench calls. */
export interface TensorFlow extends TensorFlowTraining {
  readonly version_core: string;
  readonly fused: { matMul(options: FusedMatMul): Tensor };
  enableProdMode(): void;
  setBackend(name: string): Promise<boolean>;
  getBackend(): string;
  ready(): Promise<void>;
  tensor(values: Float32Array, shape: readonly number[], dtype: "float32"): Tensor;
  matMul(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor;
  add(a: Tensor, b: Tensor): Tensor;
  mul(a: Tensor, b: Tensor): Tensor;
  softmax(x: Tensor, axis: number): Tensor;
  sum(x: Tensor, axis?: number): Tensor;
  tidy(work: () => Tensor): Tensor;
}

/** A tensor of TensorFlow.js. */
export interface Tensor {
  data(): Promise<Float32Array>;
  dispose(): void;
}

interface FusedMatMul {
  readonly a: Tensor;
  readonly b: Tensor;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly bias?: Tensor;
  readonly activation?: "relu";
}

/**
 * A session on one backend of TensorFlow.js. Its `cpu` and `wasm` kernels are synchronous: a call
 * returns when the work is done. A product alone is `tf.matMul`; with bias or activation it is
 * `tf.fused.matMul`, as a dense layer of the library does it.
 */
export class TensorFlowSession implements PeerSession {
  readonly name: string;
  readonly version: string;
  readonly threads: number;
  readonly #tf: TensorFlow;
  readonly #backend: string;
  readonly #done: (() => Promise<void>) | undefined;
  readonly #runs: PreparedRuns = new PreparedRuns();

  private constructor(
    tf: TensorFlow,
    name: string,
    backend: string,
    threads: number,
    done?: () => Promise<void>,
  ) {
    this.#tf = tf;
    this.#backend = backend;
    this.#done = done;
    this.name = name;
    this.version = tf.version_core;
    this.threads = threads;
  }

  /**
   * Starts `backend`, which its package must have registered, in production mode. `done` resolves
   * when all that calls have started is done; without it, that is so when they return.
   */
  static async open(
    tf: TensorFlow,
    name: string,
    backend: string,
    threads: () => number,
    done?: () => Promise<void>,
  ): Promise<TensorFlowSession> {
    tf.enableProdMode();
    if (!(await tf.setBackend(backend))) {
      throw new Error(`TensorFlow.js could not start its ${backend} backend`);
    }
    await tf.ready();
    return new TensorFlowSession(tf, name, backend, threads(), done);
  }

  async matmul(
    spec: MatmulSpec,
    aValues: Numbers,
    bValues: Numbers,
    biasValues?: Numbers,
  ): Promise<PreparedRun> {
    await this.#activate();
    const { m, n, k, transposeA, transposeB, activation } = spec;
    const stack = spec.batch === undefined ? [] : [spec.batch];
    const a = this.#upload(aValues, [...stack, ...(transposeA ? [k, m] : [m, k])]);
    const b = this.#upload(bValues, [...stack, ...(transposeB ? [n, k] : [k, n])]);
    const bias = biasValues && this.#upload(biasValues, [n]);
    const flags = `transposeA: ${transposeA}, transposeB: ${transposeB}`;
    if (bias === undefined && activation === undefined) {
      return this.#prepare(`tf.matMul (${flags})`, [a, b], () =>
        this.#tf.matMul(a, b, transposeA, transposeB),
      );
    }
    const options: FusedMatMul = {
      a,
      b,
      transposeA,
      transposeB,
      ...(bias && { bias }),
      ...(activation && { activation }),
    };
    return this.#prepare(`tf.fused.matMul (${flags})`, bias ? [a, b, bias] : [a, b], () =>
      this.#tf.fused.matMul(options),
    );
  }

  async add(shape: Shape, aValues: Numbers, bValues: Numbers): Promise<PreparedRun> {
    await this.#activate();
    const a = this.#uploadMatrix(shape, aValues);
    const b = this.#uploadMatrix(shape, bValues);
    return this.#prepare("tf.add", [a, b], () => this.#tf.add(a, b));
  }

  async multiplyAdd(
    shape: Shape,
    aValues: Numbers,
    bValues: Numbers,
    cValues: Numbers,
  ): Promise<PreparedRun> {
    await this.#activate();
    const a = this.#uploadMatrix(shape, aValues);
    const b = this.#uploadMatrix(shape, bValues);
    const c = this.#uploadMatrix(shape, cValues);
    return this.#prepare("tf.add(tf.mul)", [a, b, c], () =>
      this.#tf.tidy(() => this.#tf.add(this.#tf.mul(a, b), c)),
    );
  }

  async softmax(shape: Shape, values: Numbers): Promise<PreparedRun> {
    await this.#activate();
    const x = this.#uploadMatrix(shape, values);
    return this.#prepare("tf.softmax", [x], () => this.#tf.softmax(x, 1));
  }

  async sum(shape: Shape, over: SumOver, values: Numbers): Promise<PreparedRun> {
    await this.#activate();
    const x = this.#uploadMatrix(shape, values);
    const axis = { row: 1, column: 0, all: undefined }[over];
    return this.#prepare("tf.sum", [x], () => this.#tf.sum(x, axis));
  }

  /** Its wasm backend lacks the gradient of a convolution by its weights. */
  async trainingStep(spec: TrainingSpec): Promise<PreparedRun | undefined> {
    const kernel = spec.convolutions && "Conv2DBackpropFilter";
    if (kernel && this.#tf.getKernel(kernel, this.#backend) === undefined) return undefined;
    await this.#activate();
    const upload = (values: Float32Array, shape: readonly number[]): Tensor =>
      this.#upload(values, shape);
    const parts = tensorflowTraining(this.#tf, spec, upload);
    return this.#runs.prepare({ ...this.#onOwnBackend(parts), call: "optimizer.minimize" });
  }

  async inference({ sizes, weights, batch, images }: InferenceSpec): Promise<PreparedRun> {
    await this.#activate();
    const x = this.#upload(images, [batch, sizes[0] as number]);
    const layers = weights.map((values, i) => {
      const [inputs, outputs] = [sizes[i] as number, sizes[i + 1] as number];
      const isLast = i + 1 === weights.length;
      return {
        ...{ transposeA: false, transposeB: false },
        b: this.#upload(values, [inputs, outputs]),
        bias: this.#upload(new Float32Array(outputs), [outputs]),
        ...(isLast ? {} : { activation: "relu" as const }),
      };
    });
    const inputs = [x, ...layers.flatMap(({ b, bias }) => [b, bias])];
    return this.#prepare("tf.fused.matMul, layer by layer", inputs, () =>
      this.#tf.tidy(() => layers.reduce((a, layer) => this.#tf.fused.matMul({ a, ...layer }), x)),
    );
  }

  async dispose(): Promise<void> {
    this.#runs.disposeAll();
  }

  #prepare(call: string, inputs: readonly Tensor[], compute: () => Tensor): PreparedRun {
    const parts: Omit<RunParts<Tensor>, "call"> = {
      compute,
      read: async (tensor) => toF32(await tensor.data()),
      free: (tensor) => tensor.dispose(),
      freeInputs: () => {
        for (const tensor of inputs) tensor.dispose();
      },
    };
    return this.#runs.prepare({ ...this.#onOwnBackend(parts), call });
  }

  /** The library has one current backend per process; another session may have changed it. */
  #onOwnBackend<Parts extends Pick<RunParts<unknown>, "compute">>(parts: Parts): Parts {
    const work = (): unknown =>
      this.#tf.getBackend() === this.#backend
        ? parts.compute()
        : this.#activate().then(() => parts.compute());
    const done = this.#done;
    if (done === undefined) return { ...parts, compute: work };
    const compute = async (): Promise<unknown> => {
      const value = await work();
      await done();
      return value;
    };
    return { ...parts, compute };
  }

  async #activate(): Promise<void> {
    if (this.#tf.getBackend() !== this.#backend) await this.#tf.setBackend(this.#backend);
  }

  #uploadMatrix(shape: Shape, values: Numbers): Tensor {
    return this.#upload(values, [shape.rows, shape.cols]);
  }

  #upload(values: Numbers, shape: readonly number[]): Tensor {
    return this.#tf.tensor(toF32(values), shape, "float32");
  }
}
