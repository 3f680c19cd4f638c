import { foundDeclaration, runTrial } from "./trial-kernel.js";

const count = 64;

/**
 * An invocation has a vector of its neighbour across the workgroup: its number, 1, ½ and 0. Of the
 * sum of 0, 1, 2 and 3 times that vector, and of 2048 + 1½, whose neighbours in f16 are 2048 and
 * 2050, it makes a word.
 */
const code = `enable f16;
${foundDeclaration}
var<workgroup> staged: array<vec4<f16>, ${count}>;
@compute @workgroup_size(${count})
fn main(@builtin(local_invocation_index) local: u32) {
  let words = vec2<u32>(pack2x16float(vec2<f32>(f32(local), 1.0)), pack2x16float(vec2<f32>(0.5, 0.0)));
  staged[local] = bitcast<vec4<f16>>(words);
  workgroupBarrier();
  var sum = vec4<f16>();
  for (var i = 0u; i < 4u; i++) { sum += staged[i].x * staged[${count - 1}u - local]; }
  let rounded = 2.0 * f32(f16(2048) + staged[3].x * staged[local].z);
  let exact = vec4<u32>(vec4<f32>(sum));
  found[local] = exact.x | (exact.y << 12u) | (exact.z << 16u) | ((u32(rounded) - 4096u) << 20u);
}`;

/**
 * Whether kernels that multiply and add in f16 compile on a device, and round to nearest: WGSL lets
 * a device round either way, and bounds are half as tight then.
 */
export async function hasHalfArithmetic(device: GPUDevice): Promise<boolean> {
  if (!device.features.has("shader-f16")) return false;
  const found = await runTrial(device, code, count);
  return (
    found?.every((bits, local) => {
      const exact = (6 * (count - 1 - local)) | (6 << 12) | (3 << 16);
      // 2050, or 2049½ where a compiler kept more digits.
      const above = bits >>> 20;
      return (bits & 0xfffff) === exact && (above === 4 || above === 3);
    }) ?? false
  );
}
