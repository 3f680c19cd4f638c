import { expect, test } from "vitest";
import { barLine, duration, epochLine, progressBar } from "../../src/node/progress-bar.js";

const progress = {
  epoch: 2,
  epochs: 10,
  step: 45,
  steps: 90,
  loss: 0.31214,
  accuracy: 0.8911,
  secondsLeft: 12.2,
};
const result = { epoch: 2, loss: 0.5, seconds: 3.14, validation: { loss: 0.75, accuracy: 1 } };

test("a bar says how far, how good, and how long", () => {
  expect(barLine(progress, 100)).toBe(
    "epoch 2/10 ━━━━━━━━━━────────── 45/90  loss 0.3121  accuracy 89.1 %  12 s left",
  );
  const begun = { epoch: 1, epochs: 1, step: 0, steps: 0, secondsLeft: undefined };
  // Of an ordinary terminal, the time that is left is seen too.
  const long = { ...progress, epoch: 10, step: 469, steps: 469 };
  expect(barLine(long, 79)).toBe(
    "epoch 10/10 ━━━━━━━━━━━━━━━━━━ 469/469  loss 0.3121  accuracy 89.1 %  12 s left",
  );
  expect(barLine(long, 61)).toBe("epoch 10/10 469/469  loss 0.3121  accuracy 89.1 %  12 s left");
  expect(barLine(long, 20)).toBe("epoch 10/10 469/469 ");
  expect(barLine(begun, 79)).toBe("epoch 1/1 ━━━━━━━━━━━━━━━━━━━━ 0/0");
  expect(epochLine(result, 10)).toBe(
    "epoch 2/10  loss 0.5000  held out: loss 0.7500  accuracy 100.0 %  3.1 s",
  );
});

test.each([
  [0, "0.0 s"],
  [9.94, "9.9 s"],
  [9.96, "10 s"],
  [59.6, "1 min 00 s"],
  [200, "3 min 20 s"],
  [7500, "2 h 05 min"],
])("%d seconds are %s", (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

test("a terminal has one line that is rewritten and never wraps; elsewhere, only epochs are told", () => {
  const written = { terminal: "", file: "" };
  const terminal = {
    isTTY: true,
    columns: 30,
    write: (text: string) => (written.terminal += text),
  };
  const file = { write: (text: string) => (written.file += text) };
  for (const bar of [progressBar(terminal), progressBar(file)]) {
    bar.show(progress);
    bar.show({ ...progress, result });
    bar.show(progress);
    bar.end();
    bar.end();
  }
  const wipe = "\r\x1b[2K";
  const line = barLine(progress, 29);
  const epoch = `${epochLine(result, 10)}\n`;
  expect(written.terminal).toBe(`${wipe}${line}${wipe}${epoch}${wipe}${line}${wipe}`);
  expect(written.file).toBe(epoch);
});
