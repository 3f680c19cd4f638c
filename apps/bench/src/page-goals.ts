import { type Goal, type GoalResult, reached } from "./goals.js";
import { nameIn } from "./name-in.js";
import type { PageResults } from "./page/page-request.js";
import { comparedInPage } from "./page/page-selection.js";

/** How many times as fast as each library on WebGPU, in the same page. */
const libraries: Readonly<Record<string, number>> = {
  "jax-js webgpu": 1,
  "TensorFlow.js webgpu": 3,
  "onnxruntime-web webgpu": 3,
};

/** How close a page's products come to the goals; where none was compared, no goals. */
export function pageGoalsOf(results: PageResults, place: string): readonly GoalResult[] {
  const own = results.peers.results.find(({ isPeer }) => !isPeer);
  if (own === undefined) return [];
  const goals = Object.entries(libraries).map(
    ([library, goal]): Goal => ({
      id: `products-beside/${library}`,
      label: `f32 A·B, n = 256 … 1024, beside ${library}`,
      ...{ unit: "×", sense: "at least", goal },
      items: (figures) => figures.besidePeers(comparedInPage, nameIn(library, place)),
    }),
  );
  return reached(goals, { ...results, families: [] }, own.contender);
}
