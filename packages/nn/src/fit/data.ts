import { BlkError, BlockMatrix, describeValue, gather, repartition } from "@blk/core";
import { checkWhole } from "../check-arguments.js";

/** One batch: matrices that belong to whoever asked for it. */
export interface Batch {
  readonly inputs: BlockMatrix;
  readonly targets: BlockMatrix;
}

/** Samples to train on, in memory or made when they are asked for. */
export interface Dataset {
  /** Number of samples. */
  readonly size: number;
  /** The samples of these numbers, in this order. */
  batch(samples: Int32Array): Batch;
}

/** Samples as rows of matrices. */
export interface MatrixData {
  /** Rows of all samples, one after the other. */
  readonly inputs: BlockMatrix;
  /** What is wanted for each sample: as a row of numbers, or as an i32 column of class numbers. */
  readonly targets: BlockMatrix;
  /** Rows of `inputs` that are one sample: an image's pixels, a sequence's places. Default 1. */
  readonly rowsPerSample?: number;
}

export type Data = Dataset | MatrixData;

/**
 * Samples as rows of matrices, of which batches are gathered on the device. With several rows per
 * sample, a batch's rows are cut into its samples. `name` is what messages call the data. Throws `ARGUMENT`,
 * also for no samples at all, or `SHAPE`.
 */
export function datasetOf(data: Data, name: string): Dataset {
  if (typeof data !== "object" || data === null) {
    throw new BlkError(
      "ARGUMENT",
      `fit: expected ${name} to be { inputs, targets } or { size, batch }, got ${describeValue(data)}`,
    );
  }
  const dataset = "batch" in data ? data : datasetOfMatrices(data, name);
  checkWhole("fit", `the number of samples of ${name}`, dataset.size, 1);
  return dataset;
}

/** The batch of these samples. Throws `ARGUMENT` where a dataset of the user's gives none. */
export function batchOf(dataset: Dataset, samples: Int32Array): Batch {
  const batch = dataset.batch(samples);
  if (batch?.inputs instanceof BlockMatrix && batch.targets instanceof BlockMatrix) return batch;
  throw new BlkError(
    "ARGUMENT",
    `fit: expected batch() of the data to give { inputs, targets }, two matrices, got ${describeValue(batch)}; it must have them at once, not in a promise`,
  );
}

function datasetOfMatrices(data: MatrixData, name: string): Dataset {
  const { inputs, targets, rowsPerSample = 1 } = data;
  for (const [part, matrix] of Object.entries({ inputs, targets })) {
    if (matrix instanceof BlockMatrix) continue;
    throw new BlkError(
      "ARGUMENT",
      `fit: expected ${part} of ${name} to be a BlockMatrix, got ${describeValue(matrix)}; make one with BlockMatrix.fromRows(backend, …)`,
    );
  }
  checkWhole("fit", "rowsPerSample", rowsPerSample, 1);
  const size = inputs.rows / rowsPerSample;
  const targetsPerSample = targets.rows / size;
  if (!Number.isInteger(size) || (size > 0 && !Number.isInteger(targetsPerSample))) {
    throw new BlkError(
      "SHAPE",
      `fit: inputs ${inputs} with ${rowsPerSample} rows per sample and targets ${targets} do not fit together; give each sample as many rows as every other`,
    );
  }
  return {
    size,
    batch: (samples) => ({
      inputs: rowsOf(inputs, samples, rowsPerSample),
      targets: rowsOf(targets, samples, targetsPerSample),
    }),
  };
}

function rowsOf(matrix: BlockMatrix, samples: Int32Array, perSample: number): BlockMatrix {
  const indices = new Int32Array(samples.length * perSample);
  for (let i = 0; i < indices.length; i++) {
    indices[i] = (samples[Math.floor(i / perSample)] as number) * perSample + (i % perSample);
  }
  const rows = gather(matrix, indices);
  if (perSample <= 1) return rows;
  // Its cuts cost nothing: a view that takes its source with it.
  const cut = repartition(rows, { blockRows: perSample });
  cut.ownSource();
  return cut;
}

export function freeBatch({ inputs, targets }: Batch): void {
  inputs.dispose();
  targets.dispose();
}

/** The numbers of the samples of step `step` of an epoch. */
export function samplesOf(order: Int32Array, batchSize: number, step: number): Int32Array {
  return order.subarray(step * batchSize, (step + 1) * batchSize);
}
