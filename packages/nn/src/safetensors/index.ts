export type { ByteSource, Bytes } from "./byte-source.js";
export type { SafetensorsDType } from "./dtypes.js";
export type { TensorInfo } from "./header.js";
export {
  openSafetensors,
  SafetensorsFile,
  type TensorOptions,
} from "./safetensors-file.js";
export {
  encodeSafetensors,
  type RawTensor,
  streamSafetensors,
  type Tensors,
  type WriteOptions,
} from "./write.js";
