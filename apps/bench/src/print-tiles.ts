import { explainTiles } from "@blk/backend-webgpu";
import { table } from "./table.js";

/** What WebGPU's tiles would reach on published devices, by the model of the backend: a table each. */
export async function printTiles(): Promise<string> {
  const models = await explainTiles();
  const head = [
    ...["kernel", "factors", "of peak", "GFLOP/s", "bytes a multiply-add", "of them from memory"],
    ...["workgroup memory", "registers", "occupied"],
  ];
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  const tables = [...new Set(models.map(({ device }) => device))].map((name) => {
    const rows = models
      .filter(({ device }) => device === name)
      .map((model) => [
        ...[
          model.variant,
          model.factors,
          percent(model.share),
          String(Math.round(2 * model.gigaFma)),
        ],
        ...[model.bytesPerFma.toFixed(4), model.memoryBytesPerFma.toFixed(4)],
        ...[`${model.workgroupBytes} B`, String(model.registers), percent(model.occupancy)],
      ]);
    return table(name, head, rows);
  });
  const about = "A model on paper from published figures; nothing was measured.";
  return [about, ...tables].join("\n\n");
}
