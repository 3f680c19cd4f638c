import { toF32 } from "./numbers.js";
import { addGraph, matmulGraph, multiplyAddGraph, softmaxGraph, sumGraph } from "./onnx-graphs.js";
import { encodeOnnxModel, type OnnxGraph } from "./onnx-proto.js";
import type { MatmulSpec, Numbers, PeerSession, PreparedRun, Shape, SumOver } from "./peer.js";
import { PreparedRuns } from "./prepared.js";

/** A tensor of onnxruntime-web. */
export interface Tensor {
  getData(): Promise<Float32Array>;
  dispose(): void;
}

interface InferenceSession {
  run(feeds: Readonly<Record<string, Tensor>>): Promise<{ readonly c: Tensor }>;
  release(): Promise<void>;
}

interface SessionOptions {
  readonly executionProviders: readonly ["wasm" | "webgpu"];
  readonly preferredOutputLocation?: "gpu-buffer";
}

/** The members of onnxruntime-web that every session needs. */
export interface OnnxRuntime {
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: SessionOptions & { readonly graphOptimizationLevel: "all" },
    ): Promise<InferenceSession>;
  };
}

/** Where a session computes and keeps its tensors. */
export interface OnnxPlace {
  readonly options: SessionOptions;
  tensor(values: Float32Array<ArrayBuffer>, shape: readonly number[]): Tensor;
  /** Resolves when all that runs have started is done; absent where a run itself waits for that. */
  done?(): Promise<void>;
}

/** Starts the engine, which comes with the first session: this one. */
export function startEngine(
  runtime: OnnxRuntime,
  options: SessionOptions,
): Promise<InferenceSession> {
  return compile(runtime, addGraph({ rows: 1, cols: 1 }), options);
}

function compile(
  runtime: OnnxRuntime,
  graph: OnnxGraph,
  options: SessionOptions,
): Promise<InferenceSession> {
  const all = { ...options, graphOptimizationLevel: "all" } as const;
  return runtime.InferenceSession.create(encodeOnnxModel(graph), all);
}

/** A session of the bench: one of the library's own for each operation. */
export class OnnxRuntimeSession implements PeerSession {
  readonly name: string;
  readonly version: string;
  readonly threads: number;
  readonly #runtime: OnnxRuntime;
  readonly #place: OnnxPlace;
  readonly #runs: PreparedRuns = new PreparedRuns();
  readonly #releases: Promise<void>[] = [];

  constructor(
    runtime: OnnxRuntime,
    place: OnnxPlace,
    about: Pick<PeerSession, "name" | "version" | "threads">,
  ) {
    this.#runtime = runtime;
    this.#place = place;
    this.name = about.name;
    this.version = about.version;
    this.threads = about.threads;
  }

  matmul(spec: MatmulSpec, a: Numbers, b: Numbers, bias?: Numbers): Promise<PreparedRun> {
    const graph = matmulGraph(spec, spec.constantB ? toF32(b) : undefined);
    return this.#prepare(graph, { a, ...(!spec.constantB && { b }), ...(bias && { bias }) });
  }

  add(shape: Shape, a: Numbers, b: Numbers): Promise<PreparedRun> {
    return this.#prepare(addGraph(shape), { a, b });
  }

  multiplyAdd(shape: Shape, x: Numbers, y: Numbers, z: Numbers): Promise<PreparedRun> {
    return this.#prepare(multiplyAddGraph(shape), { x, y, z });
  }

  softmax(shape: Shape, x: Numbers): Promise<PreparedRun> {
    return this.#prepare(softmaxGraph(shape), { x });
  }

  sum(shape: Shape, over: SumOver, x: Numbers): Promise<PreparedRun> {
    return this.#prepare(sumGraph(shape, over), { x });
  }

  async dispose(): Promise<void> {
    this.#runs.disposeAll();
    await Promise.all(this.#releases);
  }

  async #prepare(
    graph: OnnxGraph,
    values: Readonly<Record<string, Numbers>>,
  ): Promise<PreparedRun> {
    const session = await compile(this.#runtime, graph, this.#place.options);
    const feeds = Object.fromEntries(
      graph.inputs.map((input) => [input.name, this.#tensor(values[input.name], input.shape)]),
    );
    return this.#runs.prepare<Tensor>({
      call: `session.run (${graph.nodes.map((node) => node.op).join(", ")})`,
      compute: async () => {
        const { c } = await session.run(feeds);
        await this.#place.done?.();
        return c;
      },
      read: async (tensor) => (await tensor.getData()).slice(),
      free: (tensor) => tensor.dispose(),
      freeInputs: () => {
        for (const tensor of Object.values(feeds)) tensor.dispose();
        this.#releases.push(session.release());
      },
    });
  }

  #tensor(values: Numbers | undefined, shape: readonly number[]): Tensor {
    return this.#place.tensor(toF32(values ?? new Float32Array()), shape);
  }
}
