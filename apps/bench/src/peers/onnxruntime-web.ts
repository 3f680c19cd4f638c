import { keepGlobal } from "./keep-global.js";
import { toF32 } from "./numbers.js";
import { addGraph, matmulGraph, multiplyAddGraph, softmaxGraph, sumGraph } from "./onnx-graphs.js";
import { encodeOnnxModel, type OnnxGraph } from "./onnx-proto.js";
import type {
  MatmulSpec,
  Numbers,
  Peer,
  PeerSession,
  PreparedRun,
  Shape,
  SumOver,
} from "./peer.js";
import { PeerUnavailable } from "./peer.js";
import { requirePeer } from "./peer-module.js";
import { PreparedRuns } from "./prepared.js";

interface Tensor {
  readonly data: Float32Array;
  dispose(): void;
}

interface InferenceSession {
  run(feeds: Readonly<Record<string, Tensor>>): Promise<{ readonly c: Tensor }>;
  release(): Promise<void>;
}

interface OnnxRuntime {
  readonly env: { readonly wasm: { numThreads?: number } };
  readonly Tensor: new (type: "float32", data: Float32Array, shape: readonly number[]) => Tensor;
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: {
        readonly executionProviders: readonly ["wasm"];
        readonly graphOptimizationLevel: "all";
      },
    ): Promise<InferenceSession>;
  };
}

const name = "onnxruntime-web wasm";

/**
 * onnxruntime-web on WebAssembly: single precision, one session per operation. Threads work in
 * Node and are chosen once per process.
 *
 * Its tensors live in JavaScript memory: each run copies inputs in and the result out, and that is
 * part of its time, as it is for its users. Inputs are made once. Outputs are not preallocated:
 * version 1.30 leaves such a tensor unchanged.
 */
export const onnxruntimeWeb: Peer = {
  name,
  dtype: "f32",
  vectors: true,
  load: async ({ threads = 1, folder } = {}) => {
    const { api, version } = requirePeer<OnnxRuntime>("onnxruntime-web", folder);
    const chosen = api.env.wasm.numThreads;
    if (chosen !== undefined && chosen !== threads) {
      throw new PeerUnavailable(
        `onnxruntime-web runs on ${chosen} thread(s) in this process and cannot change to ` +
          `${threads}; measure that in a process of its own`,
      );
    }
    api.env.wasm.numThreads = threads;
    // The engine starts with the first session. In Node it leaves a global `Worker` behind, which
    // other libraries then take for a browser's.
    await keepGlobal("Worker", async () => (await compile(api, warmUp)).release());
    return new OnnxRuntimeSession(api, version);
  },
};

const warmUp: OnnxGraph = addGraph({ rows: 1, cols: 1 });

function compile(runtime: OnnxRuntime, graph: OnnxGraph): Promise<InferenceSession> {
  return runtime.InferenceSession.create(encodeOnnxModel(graph), {
    executionProviders: ["wasm"],
    graphOptimizationLevel: "all",
  });
}

class OnnxRuntimeSession implements PeerSession {
  readonly name: string = name;
  readonly version: string;
  readonly #runtime: OnnxRuntime;
  readonly #runs: PreparedRuns = new PreparedRuns();
  readonly #releases: Promise<void>[] = [];

  constructor(runtime: OnnxRuntime, version: string) {
    this.#runtime = runtime;
    this.version = version;
  }

  get threads(): number {
    return this.#runtime.env.wasm.numThreads ?? 1;
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
    const session = await compile(this.#runtime, graph);
    const feeds = Object.fromEntries(
      graph.inputs.map((input) => [input.name, this.#tensor(values[input.name], input.shape)]),
    );
    return this.#runs.prepare<Tensor>({
      call: `session.run (${graph.nodes.map((node) => node.op).join(", ")})`,
      compute: async () => (await session.run(feeds)).c,
      read: (tensor) => tensor.data.slice(),
      free: (tensor) => tensor.dispose(),
      freeInputs: () => {
        for (const tensor of Object.values(feeds)) tensor.dispose();
        this.#releases.push(session.release());
      },
    });
  }

  #tensor(values: Numbers | undefined, shape: readonly number[]): Tensor {
    return new this.#runtime.Tensor("float32", toF32(values ?? new Float32Array()), shape);
  }
}
