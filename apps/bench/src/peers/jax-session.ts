import { toF32 } from "./numbers.js";
import type { MatmulSpec, Numbers, PeerSession, PreparedRun, Shape, SumOver } from "./peer.js";
import { PeerUnavailable } from "./peer.js";
import { PreparedRuns } from "./prepared.js";

export type JaxDevice = "wasm" | "webgpu";

/** An array of jax-js. Passing one to a function gives it away; `ref` keeps a share of it. */
interface JaxArray {
  readonly ref: JaxArray;
  add(other: JaxArray): JaxArray;
  mul(other: JaxArray): JaxArray;
  blockUntilReady(): Promise<JaxArray>;
  data(): Promise<Float32Array>;
  dispose(): void;
}

type Compiled<Inputs extends readonly JaxArray[]> = ((...inputs: Inputs) => JaxArray) & {
  dispose(): void;
};

/** The members of jax-js that the bench calls. */
export interface Jax {
  init(): Promise<readonly string[]>;
  defaultDevice(device: JaxDevice): unknown;
  jit<Inputs extends readonly JaxArray[]>(work: (...inputs: Inputs) => JaxArray): Compiled<Inputs>;
  readonly nn: {
    relu(x: JaxArray): JaxArray;
    softmax(x: JaxArray, axis: number): JaxArray;
  };
  readonly numpy: {
    array(values: Float32Array, options: { readonly shape: readonly number[] }): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    matrixTranspose(x: JaxArray): JaxArray;
    sum(x: JaxArray, axis?: number): JaxArray;
  };
}

/** A session on one device of jax-js; each operation is compiled as a whole, with `jit`. */
export class JaxSession implements PeerSession {
  readonly name: string;
  readonly version: string;
  readonly threads: number;
  readonly #jax: Jax;
  readonly #runs: PreparedRuns = new PreparedRuns();

  private constructor(api: Jax, about: Pick<PeerSession, "name" | "version" | "threads">) {
    this.#jax = api;
    this.name = about.name;
    this.version = about.version;
    this.threads = about.threads;
  }

  /** @throws PeerUnavailable where this engine has no such device. */
  static async open(
    api: Jax,
    device: JaxDevice,
    about: Pick<PeerSession, "name" | "version" | "threads">,
  ): Promise<JaxSession> {
    const devices = await api.init();
    if (!devices.includes(device)) {
      throw new PeerUnavailable(
        `jax-js ${about.version} offers no ${device} device here (it found ${devices.join(", ")}); ` +
          "this engine lacks the features it needs",
      );
    }
    api.defaultDevice(device);
    return new JaxSession(api, about);
  }

  matmul(
    spec: MatmulSpec,
    aValues: Numbers,
    bValues: Numbers,
    biasValues?: Numbers,
  ): Promise<PreparedRun> {
    const { m, n, k, transposeA, transposeB, activation } = spec;
    const { nn, numpy } = this.#jax;
    const stack = spec.batch === undefined ? [] : [spec.batch];
    const left = this.#upload(aValues, [...stack, ...(transposeA ? [k, m] : [m, k])]);
    const right = this.#upload(bValues, [...stack, ...(transposeB ? [n, k] : [k, n])]);
    const row = biasValues && this.#upload(biasValues, [n]);
    const inputs: [JaxArray, JaxArray] | [JaxArray, JaxArray, JaxArray] = row
      ? [left, right, row]
      : [left, right];
    // A transpose inside of jit moves no data: it changes how the compiled kernel reads.
    const product = (a: JaxArray, b: JaxArray, bias?: JaxArray): JaxArray => {
      let c = numpy.matmul(
        transposeA ? numpy.matrixTranspose(a) : a,
        transposeB ? numpy.matrixTranspose(b) : b,
      );
      if (bias) c = c.add(bias);
      return activation === "relu" ? nn.relu(c) : c;
    };
    const parts = ["matmul", ...(biasValues ? ["add"] : []), ...(activation ? ["relu"] : [])];
    return this.#prepare(
      `jit(${parts.join(", ")}) (transposeA: ${transposeA}, transposeB: ${transposeB})`,
      inputs,
      product,
    );
  }

  add(shape: Shape, a: Numbers, b: Numbers): Promise<PreparedRun> {
    const inputs = [this.#uploadMatrix(shape, a), this.#uploadMatrix(shape, b)] as const;
    return this.#prepare("jit(add)", inputs, (x, y) => x.add(y));
  }

  multiplyAdd(shape: Shape, a: Numbers, b: Numbers, c: Numbers): Promise<PreparedRun> {
    const inputs = [
      this.#uploadMatrix(shape, a),
      this.#uploadMatrix(shape, b),
      this.#uploadMatrix(shape, c),
    ] as const;
    return this.#prepare("jit(mul, add)", inputs, (x, y, z) => x.mul(y).add(z));
  }

  softmax(shape: Shape, values: Numbers): Promise<PreparedRun> {
    const inputs = [this.#uploadMatrix(shape, values)] as const;
    return this.#prepare("jit(softmax)", inputs, (x) => this.#jax.nn.softmax(x, -1));
  }

  sum(shape: Shape, over: SumOver, values: Numbers): Promise<PreparedRun> {
    const axis = { row: 1, column: 0, all: undefined }[over];
    const inputs = [this.#uploadMatrix(shape, values)] as const;
    return this.#prepare("jit(sum)", inputs, (x) => this.#jax.numpy.sum(x, axis));
  }

  async dispose(): Promise<void> {
    this.#runs.disposeAll();
  }

  async #prepare<const Inputs extends readonly JaxArray[]>(
    call: string,
    inputs: Inputs,
    work: (...arrays: Inputs) => JaxArray,
  ): Promise<PreparedRun> {
    for (const input of inputs) await input.blockUntilReady();
    const compiled = this.#jax.jit(work);
    const shares = (): Inputs => inputs.map((input) => input.ref) as readonly JaxArray[] as Inputs;
    return this.#runs.prepare<JaxArray>({
      call,
      // A call only queues the kernels; blockUntilReady waits for them and consumes no share.
      compute: () => compiled(...shares()).blockUntilReady(),
      read: async (array) => toF32(await array.ref.data()),
      free: (array) => array.dispose(),
      freeInputs: () => {
        compiled.dispose();
        for (const input of inputs) input.dispose();
      },
    });
  }

  #uploadMatrix(shape: Shape, values: Numbers): JaxArray {
    return this.#upload(values, [shape.rows, shape.cols]);
  }

  #upload(values: Numbers, shape: readonly number[]): JaxArray {
    return this.#jax.numpy.array(toF32(values), { shape });
  }
}
