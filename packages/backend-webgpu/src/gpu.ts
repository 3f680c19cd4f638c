/**
 * WebGPU's `GPU`, where the program knows that type (TypeScript's library "DOM"). A program for Node
 * that does not know it compiles all the same.
 */
export type Gpu = typeof globalThis extends { GPU: { prototype: infer Known } } ? Known : object;
