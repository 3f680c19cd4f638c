import type { Kernel } from "./kernel.js";
import type { Bindings } from "./operands.js";
import type { Workspace } from "./workspace.js";

/** One problem of a call, as a part of a launch. */
export interface Task {
  readonly bindings: Bindings;
  /** Workgroups that it takes; 0 is legal. */
  readonly tiles: number;
  /** What its workgroups find after the number of its first tile. */
  readonly words: readonly number[];
  /** Words of which each task may have another number; `words[at]` becomes the index of the first. */
  readonly list?: { readonly at: number; readonly words: readonly number[] };
}

/** What the launches of one call have in common. */
export interface TaskLaunch {
  readonly operation: string;
  /** Words at `params[headerAt]` and on. */
  readonly header: Int32Array;
  kernelOf(bindings: Bindings): Kernel;
}

/** Where the words of a launch's header begin; before it are the numbers of tasks and of tiles. */
export const headerAt = 2;
/** Tiles of a launch: their numbers fit into 32 bits, with room for a last row of workgroups. */
const mostTiles = 2 ** 30;

/**
 * Runs tasks, as few launches as can be: those whose operands lie in the same buffers become one,
 * driven by a table in `params`. All tasks have equally many words.
 */
export function launchTasks(
  workspace: Workspace,
  tasks: readonly Task[],
  launch: TaskLaunch,
): void {
  for (const group of groupsOf(tasks)) {
    const [{ bindings, words: some }] = group as [Task, ...Task[]];
    const kernel = launch.kernelOf(bindings);
    const firstAt = headerAt + launch.header.length;
    let listAt = firstAt + group.length * (1 + some.length);
    const listed = group.reduce((sum, { list }) => sum + (list?.words.length ?? 0), 0);
    const params = new Int32Array(listAt + listed);
    params.set(launch.header, headerAt);
    let tile = 0;
    let at = firstAt;
    for (const { tiles, words, list } of group) {
      params[at] = tile;
      params.set(words, at + 1);
      if (list !== undefined) {
        params[at + 1 + list.at] = listAt;
        params.set(list.words, listAt);
        listAt += list.words.length;
      }
      tile += tiles;
      at += 1 + words.length;
    }
    params[0] = group.length;
    params[1] = tile;
    workspace.launch({
      operation: launch.operation,
      kernel,
      buffers: bindings.buffers,
      params,
      workgroups: dispatchOf(workspace, tile),
    });
  }
}

function groupsOf(tasks: readonly Task[]): Iterable<readonly Task[]> {
  const groups: Task[][] = [];
  const open = new Map<string, { tasks: Task[]; tiles: number }>();
  for (const task of tasks) {
    if (task.tiles === 0) continue;
    const { key, buffers } = task.bindings;
    const label = `${key} ${buffers.map(({ id }) => id).join()}`;
    let group = open.get(label);
    if (group === undefined || group.tiles + task.tiles > mostTiles) {
      group = { tasks: [], tiles: 0 };
      open.set(label, group);
      groups.push(group.tasks);
    }
    group.tasks.push(task);
    group.tiles += task.tiles;
  }
  return groups;
}

/** Workgroups in two dimensions, as each has a limit; some may be too many. */
function dispatchOf({ traits }: Workspace, tiles: number): [number, number, number] {
  const most = traits.limits.maxComputeWorkgroupsPerDimension;
  const rows = Math.ceil(tiles / most);
  return [Math.ceil(tiles / rows), rows, 1];
}

/**
 * WGSL of `main`, which finds the task of a workgroup: in `body`, `task` is the index in `params` of
 * its words, `tile` the number of the workgroup within the task, and `local` that of the invocation
 * within the workgroup.
 */
export function taskMain(
  headerWords: number,
  taskWords: number,
  invocations: number,
  body: string,
): string {
  const firstAt = headerAt + headerWords;
  return `@compute @workgroup_size(${invocations})
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let number = i32(group.y * groups.x + group.x);
  if (number >= params[1]) { return; }
  // The last task that begins here or before.
  var low = 0;
  var high = params[0] - 1;
  while (low < high) {
    let middle = (low + high + 1) / 2;
    if (params[${firstAt} + middle * ${1 + taskWords}] <= number) { low = middle; }
    else { high = middle - 1; }
  }
  let task = ${firstAt} + low * ${1 + taskWords} + 1;
  let tile = u32(number - params[task - 1]);
${body}
}`;
}
