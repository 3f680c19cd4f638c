import { BlkError, type BlockMatrix, gather, repartition } from "@blk/core";

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
 * sample, a batch's rows are cut into its samples. Throws `ARGUMENT` or `SHAPE`.
 */
export function datasetOf(data: Data): Dataset {
  if ("batch" in data) return data;
  const { inputs, targets, rowsPerSample = 1 } = data;
  if (!Number.isSafeInteger(rowsPerSample) || rowsPerSample < 1) {
    throw new BlkError(
      "ARGUMENT",
      `fit: expected rowsPerSample of at least 1, got ${rowsPerSample}`,
    );
  }
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
