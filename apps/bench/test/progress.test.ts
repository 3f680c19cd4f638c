import { expect, test } from "vitest";
import { createProgress } from "../src/progress.js";

function written(isTTY: boolean): string {
  let text = "";
  const write = (part: string): void => {
    text += part;
  };
  const { emit, end } = createProgress({ isTTY, columns: 20, write });
  emit({ kind: "part", part: "speed" });
  emit({ kind: "step", part: "speed", label: "matmul/f64/512", done: 0, total: 9 });
  emit({ kind: "note", text: "a note" });
  end();
  return text;
}

test("a terminal sees one line that is rewritten and wiped, cut to its width", () => {
  const wipe = "\r\u001b[2K";
  expect(written(true)).toBe(`${wipe}speed …${wipe}speed: 1 of 9, matm${wipe}a note\n`);
});

test("elsewhere each part is one plain line", () => {
  expect(written(false)).toBe("Measuring speed …\na note\n");
});

test("what is said at the end starts on a clean line", () => {
  let text = "";
  const { emit, end } = createProgress({ isTTY: true, write: (part) => (text += part) });
  emit({ kind: "news", text: "installing" });
  emit({ kind: "part", part: "speed" });
  end();
  end();
  expect(text).toBe("installing\n\r\u001b[2Kspeed …\r\u001b[2K");
});
