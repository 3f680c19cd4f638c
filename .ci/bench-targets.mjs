/**
 * The packages that `npm run bench` builds for its flags. The bench is bundled from the sources of the
 * others; but a backend that comes as a module, such as a built one of this workspace, imports
 * @blk/core as it was built.
 *
 * @param {readonly string[]} flags
 * @returns {string[]}
 */
export function benchTargets(flags) {
  const hasModule = flags.some((flag) => /^--backend-module(=|$)/.test(flag));
  return hasModule ? ["@blk/bench", "@blk/core"] : ["@blk/bench"];
}
