import { expect, test } from "vitest";
import { TileMap } from "../src/charts/tile-map.js";
import { rendered } from "./rendered.js";

const trial = (chosen: string, speeds: Readonly<Record<string, number>>) => ({
  ...{ kernels: "f32 products", chosen },
  measured: Object.entries(speeds).map(([variant, gflops]) => ({ variant, gflops })),
});

test("variants by backends, the chosen ones marked, the slower the hotter", () => {
  const backends = [
    { name: "wasm", ran: true, trials: [trial("a", { a: 64, b: 32 })] },
    { name: "page", ran: true, trials: [trial("c", { c: 50, a: 49.9 })] },
    { name: "js", ran: true },
  ];
  const { html, text } = rendered(<TileMap backends={backends} />);
  expect(text).toContain("variant wasm page a ● 64 49.9 b 32 c ● 50");
  expect(html).toContain('<span class="heat-8">32</span>');
  expect(html).toContain('<span class="heat-0">49.9</span>');
});

test("where nothing was tried, nothing is shown", () => {
  expect(rendered(<TileMap backends={[{ name: "js", ran: true }]} />).html).toBe("");
});
