import wabt from "wabt";

const features = {
  simd: true,
  threads: true,
  relaxed_simd: true,
  bulk_memory: true,
  sat_float_to_int: true,
  sign_extension: true,
  multi_value: true,
  mutable_globals: true,
};

/** What wabt has and its declarations leave out: without the features, it refuses their use. */
interface Validating {
  validate(enabled: typeof features): void;
}

/** An independent reader of modules, which also validates them. */
export async function disassembler(): Promise<(bytes: Uint8Array) => string> {
  const { readWasm } = await wabt();
  return (bytes) => {
    const module = readWasm(bytes, { readDebugNames: true, check: true, ...features });
    try {
      (module as Validating).validate(features);
      module.applyNames();
      return module.toText({ foldExprs: false, inlineExport: false });
    } finally {
      module.destroy();
    }
  };
}
