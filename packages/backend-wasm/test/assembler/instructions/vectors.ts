import { raw } from "../../../src/assembler/bytes.js";
import { type Instructions, instructions } from "../../../src/assembler/instructions.js";
import { refuse, Value } from "../../../src/assembler/value.js";

const rows = [
  [0x1b, "select", "t t i32", "t"],
  [0xfd000, "load load8x8S load8x8U load16x4S load16x4U load32x2S load32x2U", "i32 access", "t"],
  [0xfd007, "load8Splat load16Splat load32Splat load64Splat", "i32 access", "t"],
  [0xfd00b, "store", "i32 t access", "none"],
  [0xfd04d, "not", "t", "t"],
  [0xfd04e, "and andnot or xor", "t t", "t"],
  [0xfd052, "bitselect", "t t t", "t"],
  [0xfd053, "anyTrue", "t", "i32"],
  [0xfd054, "load8Lane load16Lane load32Lane load64Lane", "i32 t lane access", "t"],
  [0xfd058, "store8Lane store16Lane store32Lane store64Lane", "i32 t lane access", "none"],
  [0xfd05c, "load32Zero load64Zero", "i32 access", "t"],
] as const;

/** Instructions of vectors of no particular shape. */
export const v128: {
  /** The sixteen bytes of a typed array, such as four floats. */
  readonly const: (lanes: ArrayBufferView) => Value<"v128">;
} & Instructions<typeof rows, "v128"> = {
  const(lanes) {
    if (lanes.byteLength !== 16) refuse(`v128.const: ${lanes.byteLength} bytes, expected 16`);
    return new Value("v128", "v128.const", [], [0xfd, 0x0c, ...raw(lanes)]);
  },
  ...instructions("v128", "v128", rows),
};
