import { bufferUsage, mapForReading } from "./constants.js";

/** How a trial declares where its invocations leave a word each. */
export const foundDeclaration = "@group(0) @binding(0) var<storage, read_write> found: array<u32>;";

/**
 * Runs a workgroup of `count` invocations on a device that is just opened: what a feature promises
 * is believed when a kernel that uses it was compiled and has run. Gives the words that it found;
 * `undefined` where the compiler or the device refuses.
 */
export async function runTrial(
  device: GPUDevice,
  code: string,
  count: number,
): Promise<Uint32Array | undefined> {
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
    return new Uint32Array(read.getMappedRange().slice(0));
  } catch {
    return undefined;
  } finally {
    device.popErrorScope().catch(() => {});
    found.destroy();
    read.destroy();
  }
}
