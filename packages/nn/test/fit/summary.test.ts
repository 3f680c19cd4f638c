import { js } from "@blk/backend-js";
import { BlockMatrix, openBackend } from "@blk/core";
import { expect, test } from "vitest";
import { disposeModule, type Module, matmul, parameter, summary } from "../../src/index.js";
import { smallModel } from "./small-model.js";

test("lists the layers with shapes, cuts, parameters, multiply-adds and memory", async () => {
  await using backend = await openBackend([js()]);
  const model = smallModel(backend);
  const before = backend.memoryUsage();
  const result = summary(model, { rows: 10 });
  // 3 of 4 blocks of 2×8, a bias of 16; 16×3 and a bias of 3.
  expect(result.layers).toEqual([
    {
      ...{ name: "0", kind: "blockSparseLinear", output: [10, 16] },
      shapes: ["weight 4×16, 2×2 blocks, 75 % present", "bias 1×16"],
      ...{ parameters: 48 + 16, parameterBytes: 4 * 64, multiplyAdds: 10 * 48 },
      activationBytes: result.layers[0]!.activationBytes,
    },
    {
      ...{ name: "1", kind: "dropout", output: undefined, shapes: [] },
      ...{ parameters: 0, parameterBytes: 0, multiplyAdds: 0, activationBytes: 0 },
    },
    {
      ...{ name: "2", kind: "linear", output: [10, 3], shapes: ["weight 16×3", "bias 1×3"] },
      ...{ parameters: 51, parameterBytes: 204, multiplyAdds: 10 * 48, activationBytes: 120 },
    },
  ]);
  // Its result, once or before and after the activation.
  expect([640, 1280]).toContain(result.layers[0]!.activationBytes);
  expect(result).toMatchObject({ parameters: 115, multiplyAdds: 960, rows: 10 });
  const lines = String(result).split("\n");
  expect(lines[0]).toMatch(/^layer {2}kind +output +parameters +count +multiply-adds +memory$/);
  expect(lines[1]).toContain("weight 4×16, 2×2 blocks, 75 % present; bias 1×16");
  expect(lines[4]).toMatch(/^total +115 +960/);
  expect(backend.memoryUsage()).toEqual(before);
  disposeModule(model);
  expect(backend.memoryUsage().buffers).toBe(0);
});

test("counts products of weights with each other, and takes a model without a tree", async () => {
  await using backend = await openBackend([js()]);
  const [u, v] = [
    parameter(BlockMatrix.zeros(backend, { rows: 5, cols: 2 })),
    parameter(BlockMatrix.zeros(backend, { rows: 2, cols: 7 })),
  ];
  const model: Pick<Module, "parameters" | "forward"> = {
    parameters: [
      { name: "u", variable: u },
      { name: "v", variable: v },
    ],
    forward: (x) => matmul(matmul(x, u), v, { transposeA: false }),
  };
  const { layers } = summary(model, { rows: 3 });
  expect(layers.map(({ name, multiplyAdds }) => [name, multiplyAdds])).toEqual([
    ["u", 3 * 5 * 2],
    ["v", 3 * 2 * 7],
  ]);
  expect(() => summary({ parameters: [], forward: model.forward }, { rows: 3 })).toThrowError(
    expect.objectContaining({ code: "ARGUMENT" }),
  );
});
