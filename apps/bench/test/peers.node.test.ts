import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  installPeers,
  missingPeers,
  type Peer,
  type PeerSession,
  PeerUnavailable,
  peers,
} from "../src/peers/index.js";
import { keepGlobal } from "../src/peers/keep-global.js";
import { absentPeers, loadPeers } from "../src/peers/load-peers.js";
import { matmulGraph, sumGraph } from "../src/peers/onnx-graphs.js";
import { encodeOnnxModel } from "../src/peers/onnx-proto.js";
import { PreparedRuns } from "../src/peers/prepared.js";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "blk-peers-"));
  const dependencies = { "@scope/one": "1.2.3", two: "4.5.6" };
  await writeFile(join(folder, "package.json"), JSON.stringify({ dependencies }));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function pretendInstalled(name: string, version: string): Promise<void> {
  await mkdir(join(folder, "node_modules", name), { recursive: true });
  const manifest = join(folder, "node_modules", name, "package.json");
  await writeFile(manifest, JSON.stringify({ name, version }));
}

const neverRun = (): never => {
  throw new Error("npm was started");
};

describe("installPeers", () => {
  it("finds what is missing or of another version", async () => {
    await pretendInstalled("two", "4.5.5");
    expect(missingPeers(folder)).toEqual(["@scope/one@1.2.3", "two@4.5.6"]);
    await pretendInstalled("two", "4.5.6");
    expect(missingPeers(folder)).toEqual(["@scope/one@1.2.3"]);
  });

  it("installs nothing when nobody asked", async () => {
    const installing = installPeers({ asked: false, folder, execute: neverRun });
    await expect(installing).rejects.toThrow(PeerUnavailable);
    await expect(installing).rejects.toThrow(/@scope\/one@1\.2\.3.*run the bench with --peers/);
  });

  it("installs nothing when all is there", async () => {
    await pretendInstalled("@scope/one", "1.2.3");
    await pretendInstalled("two", "4.5.6");
    expect(await installPeers({ asked: true, folder, execute: neverRun })).toBe(false);
    expect(await installPeers({ asked: false, folder, execute: neverRun })).toBe(false);
  });

  it("installs from the lock file, without install scripts, and says so", async () => {
    const lines: string[] = [];
    const commands: string[] = [];
    const installed = await installPeers({
      asked: true,
      folder,
      progress: (line) => lines.push(line),
      execute: async (command, args, where) => {
        commands.push([command, ...args].join(" "));
        expect(where).toBe(folder);
        await pretendInstalled("@scope/one", "1.2.3");
        await pretendInstalled("two", "4.5.6");
        return { exitCode: 0, output: "" };
      },
    });
    expect(installed).toBe(true);
    expect(commands).toEqual(["npm ci --ignore-scripts --no-audit --no-fund"]);
    expect(lines[0]).toContain("installing @scope/one@1.2.3, two@4.5.6");
    expect(lines.at(-1)).toMatch(/installed in \d+ s$/);
  });

  it.each([
    [
      "fails",
      async () => ({ exitCode: 7, output: "first\nno route" }),
      /exit code 7.*\n.*no route/s,
    ],
    ["cannot be started", async () => Promise.reject(new Error("ENOENT")), /ENOENT.*install npm/],
    ["installs something else", async () => ({ exitCode: 0, output: "" }), /disagree: lock again/],
  ])("says what to do when npm %s", async (_, execute, reason) => {
    const installing = installPeers({ asked: true, folder, execute });
    await expect(installing).rejects.toThrow(PeerUnavailable);
    await expect(installing).rejects.toThrow(reason);
  });
});

describe("peers", () => {
  it("have names of their own", () => {
    expect(new Set(peers.map((peer) => peer.name)).size).toBe(5);
  });

  it.each(peers.map((peer) => [peer.name, peer] as const))(
    "%s says how to install it when it is absent",
    async (_, peer) => {
      const loading = keepGlobal("navigator", () => peer.load({ folder }));
      await expect(loading).rejects.toThrow(PeerUnavailable);
      await expect(loading).rejects.toThrow(/is not installed; run the bench with --peers/);
    },
  );
});

describe("loadPeers", () => {
  it("tells who does not load, and why, and loads the rest", async () => {
    const session = { name: "two", version: "2", threads: 3 } as PeerSession;
    const peer = (name: string, load: Peer["load"]): Peer => ({
      ...{ name, dtype: "f32", vectors: true, load },
    });
    const wanted = [
      peer("one", () => Promise.reject(new PeerUnavailable("no device"))),
      peer("two", async () => session),
    ];
    const { loaded, libraries } = await loadPeers(wanted);
    expect(loaded).toEqual([{ peer: wanted[1], session }]);
    const one = { name: "one", ran: false, reason: "no device" };
    expect(libraries).toEqual([one, { name: "two", ran: true, version: "2", threads: 3 }]);
    expect(absentPeers(wanted, "no device").libraries[1]).toEqual({ ...one, name: "two" });
  });
});

describe("PreparedRuns", () => {
  const counting = () => {
    const live = new Set<number>();
    let next = 0;
    const runs = new PreparedRuns();
    const prepared = runs.prepare<number>({
      call: "count",
      compute: () => {
        live.add(++next);
        return next;
      },
      read: (value) => Float32Array.of(value),
      free: (value) => live.delete(value),
      freeInputs: () => live.delete(0),
    });
    live.add(0);
    return { live, runs, prepared };
  };

  it("keeps one result at most, and runs at once where the peer does", async () => {
    const { live, prepared } = counting();
    expect(prepared.run()).toBeUndefined();
    prepared.run();
    expect([...live]).toEqual([0, 2]);
    expect([...(await prepared.result())]).toEqual([2]);
  });

  it("frees everything, once", async () => {
    const { live, runs, prepared } = counting();
    prepared.run();
    prepared.dispose();
    prepared.dispose();
    runs.disposeAll();
    expect(live.size).toBe(0);
    await expect(prepared.result()).rejects.toThrow("count: no result yet");
  });

  it("frees with the session what was left", () => {
    const { live, runs, prepared } = counting();
    prepared.run();
    runs.disposeAll();
    expect(live.size).toBe(0);
  });
});

describe("keepGlobal", () => {
  it("removes what was left behind", async () => {
    await keepGlobal("blkLeft", async () => Object.assign(globalThis, { blkLeft: 1 }));
    expect("blkLeft" in globalThis).toBe(false);
  });
});

describe("encodeOnnxModel", () => {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

  it("writes the bytes of the smallest model", () => {
    const bytes = encodeOnnxModel({
      nodes: [{ op: "Relu", inputs: ["x"], outputs: ["y"] }],
      inputs: [{ name: "x", shape: [300] }],
      outputs: [{ name: "y", shape: [300] }],
    });
    const value = (name: string): string => `0a01${name}120b0a09080112050a0308ac02`;
    const relu = "0a0c" + "0a0178" + "120179" + "220452656c75";
    const graph = `${relu}12056772617068` + `5a10${value("78")}` + `6210${value("79")}`;
    expect(hex(bytes)).toBe(`08083a39${graph}42021011`);
  });

  it("writes attributes and constants", () => {
    const softmax = encodeOnnxModel({
      nodes: [
        { op: "Softmax", inputs: [], outputs: [], attributes: { axis: -1 } },
        { op: "Transpose", inputs: [], outputs: [], attributes: { perm: [1, 0] } },
      ],
      inputs: [],
      outputs: [],
      constants: [
        { name: "w", shape: [2], data: Float32Array.of(1, -2) },
        { name: "n", shape: [1], data: BigInt64Array.of(-1n) },
      ],
    });
    const text = hex(softmax);
    expect(text).toContain("0a0461786973" + "18ffffffffffffffffff01" + "a00102"); // axis, −1, INT
    expect(text).toContain("0a047065726d" + "4001" + "4000" + "a00107"); // perm, 1, 0, INTS
    expect(text).toContain("0802" + "1001" + "420177" + "4a08" + "0000803f000000c0");
    expect(text).toContain("0801" + "1007" + "42016e" + "4a08" + "ffffffffffffffff");
  });
});

describe("ONNX graphs", () => {
  const spec = { m: 2, n: 3, k: 4, transposeA: false, transposeB: false } as const;
  const ops = (graph: ReturnType<typeof matmulGraph>): string[] =>
    graph.nodes.map((node) => node.op);

  it("use the operator that does it in one", () => {
    expect(ops(matmulGraph(spec))).toEqual(["MatMul"]);
    expect(ops(matmulGraph({ ...spec, transposeB: true }))).toEqual(["Gemm"]);
    expect(ops(matmulGraph({ ...spec, bias: true, activation: "relu" }))).toEqual(["Gemm", "Relu"]);
    expect(ops(matmulGraph({ ...spec, transposeB: true, bias: true, batch: 5 }))).toEqual([
      "Transpose",
      "MatMul",
      "Add",
    ]);
  });

  it("state stored shapes and end in c", () => {
    const graph = matmulGraph({ ...spec, transposeA: true, transposeB: true, batch: 5 });
    expect(graph.inputs.map((input) => input.shape)).toEqual([
      [5, 4, 2],
      [5, 3, 4],
    ]);
    expect(graph.outputs).toEqual([{ name: "c", shape: [5, 2, 3] }]);
    expect(graph.nodes.at(-1)?.outputs).toEqual(["c"]);
  });

  it("hold weights as a constant", () => {
    const graph = matmulGraph(spec, new Float32Array(12));
    expect(graph.inputs.map((input) => input.name)).toEqual(["a"]);
    expect(graph.constants?.map((constant) => constant.name)).toEqual(["b"]);
  });

  it("sum over rows, columns or all", () => {
    const size = { rows: 2, cols: 3 };
    expect(sumGraph(size, "row").outputs[0]?.shape).toEqual([2, 1]);
    expect(sumGraph(size, "column").outputs[0]?.shape).toEqual([1, 3]);
    expect(sumGraph(size, "all").outputs[0]?.shape).toEqual([1, 1]);
  });
});
