import { foundDeclaration, runTrial } from "./trial-kernel.js";

/** Invocations of the trial: several subgroups of every size that devices have. */
const count = 256;

const code = `enable subgroups;
${foundDeclaration}
@compute @workgroup_size(${count})
fn main(@builtin(local_invocation_index) local: u32) {
  found[local] = ${[0, 1, 2, 3].map((lane) => `(quadBroadcast(local, ${lane}u) << ${8 * lane}u)`).join(" | ")};
}`;

/**
 * Whether four neighbouring invocations of a workgroup are a quad whose numbers each can be told
 * to the others. WGSL leaves open which invocations are a quad, so that a kernel tries it.
 */
export async function hasQuads(device: GPUDevice): Promise<boolean> {
  if (!device.features.has("subgroups")) return false;
  const found = await runTrial(device, code, count);
  return (
    found?.every((bits, local) => {
      const first = local - (local % 4);
      return [0, 1, 2, 3].every((lane) => ((bits >>> (8 * lane)) & 0xff) === first + lane);
    }) ?? false
  );
}
