import { bufferUsage, mapForReading } from "./constants.js";

/** Invocations of the trial: several subgroups of every size that devices have. */
const count = 256;

const code = `enable subgroups;
@group(0) @binding(0) var<storage, read_write> found: array<u32>;
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
  const size = 4 * count;
  device.pushErrorScope("validation");
  const found = device.createBuffer({ size, usage: bufferUsage.storage | bufferUsage.copySource });
  const read = device.createBuffer({ size, usage: bufferUsage.mapRead | bufferUsage.copyTarget });
  try {
    const pipeline = await device.createComputePipelineAsync({
      layout: "auto",
      compute: { module: device.createShaderModule({ code }), entryPoint: "main" },
    });
    const group = device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [{ binding: 0, resource: { buffer: found } }],
    });
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(1);
    pass.end();
    encoder.copyBufferToBuffer(found, 0, read, 0, size);
    device.queue.submit([encoder.finish()]);
    await read.mapAsync(mapForReading);
    return new Uint32Array(read.getMappedRange()).every((bits, local) => {
      const first = local - (local % 4);
      return [0, 1, 2, 3].every((lane) => ((bits >>> (8 * lane)) & 0xff) === first + lane);
    });
  } catch {
    return false;
  } finally {
    device.popErrorScope().catch(() => {});
    found.destroy();
    read.destroy();
  }
}
