import { cpus, totalmem } from "node:os";
import type { Machine } from "./report.js";

/** What this process runs on. */
export function describeMachine(): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    memoryBytes: totalmem(),
    platform: `${process.platform} ${process.arch}`,
    runtime: `Node ${process.versions.node} (V8 ${process.versions.v8})`,
  };
}
