/**
 * Runs `work` and then puts the global `name` back as it was, absent or present: some libraries
 * leave globals behind from which others draw wrong conclusions.
 */
export async function keepGlobal<T>(name: string, work: () => Promise<T>): Promise<T> {
  const before = Object.getOwnPropertyDescriptor(globalThis, name);
  try {
    return await work();
  } finally {
    if (before) Object.defineProperty(globalThis, name, before);
    else Reflect.deleteProperty(globalThis, name);
  }
}
