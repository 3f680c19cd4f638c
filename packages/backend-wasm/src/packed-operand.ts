import { BlkError, type DeviceBuffer, type MatrixView, type PackedOperand } from "@blk/core";
import type { GemmParams } from "./params.js";

/** A right factor in the layout of `kernels/prepack.ts`, in memory of its own. */
export class WasmPacked implements PackedOperand {
  private readonly buffer: DeviceBuffer;
  /** The packed numbers: rows of whole panels, and one more for each slice. */
  readonly view: MatrixView;
  /** The sizes of the kernels that it was packed for: nr and kc decide its layout. */
  readonly params: GemmParams;

  constructor(view: MatrixView, params: GemmParams) {
    this.buffer = view.buffer;
    this.view = view;
    this.params = params;
  }

  get byteLength(): number {
    return this.buffer.byteLength;
  }

  get disposed(): boolean {
    return this.buffer.disposed;
  }

  /** Whether a kernel of these sizes can read it. */
  fits({ vectors, kc }: GemmParams): boolean {
    return vectors === this.params.vectors && kc === this.params.kc;
  }

  dispose(): void {
    this.buffer.dispose();
  }
}

/** What this backend packed, of a term. Throws `BACKEND_MISMATCH` for what another one packed. */
export function ownPacked(packed: PackedOperand): WasmPacked {
  if (packed instanceof WasmPacked) return packed;
  throw new BlkError(
    "BACKEND_MISMATCH",
    "multiply: what is packed belongs to another backend; pack the matrix on this one",
  );
}
