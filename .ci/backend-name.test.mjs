import assert from "node:assert/strict";
import { test } from "node:test";
import { refusalOf, toIdentifier } from "./backend-name.mjs";

test("names of packages are taken, and make names of functions", () => {
  for (const name of ["mine", "my-chip", "a", "x86", "avx-512", "cuda12-f16"]) {
    assert.equal(refusalOf([name]), undefined, name);
  }
  assert.equal(toIdentifier("mine"), "mine");
  assert.equal(toIdentifier("my-chip-2x"), "myChip2x");
});

test("others are refused with what to do", () => {
  const refusals = {
    "": /Write for example: npm run create-backend my-chip/,
    MyChip: /how about my-chip\?/,
    "@blk/backend-mine": /how about mine\?/,
    "my chip": /how about my-chip\?/,
    "9lives": /how about lives\?/,
    "../mine": /how about mine\?/,
    "a--b": /how about a-b\?/,
    "-": /a letter first$/,
    ünï: /a letter first/,
    "backend-mine": /write just mine$/,
    delete: /choose another name/,
    "before-all": /beforeAll means something else/,
    [`a${"b".repeat(40)}`]: /shorter/,
  };
  for (const [name, says] of Object.entries(refusals)) assert.match(refusalOf([name]), says);
  assert.match(refusalOf([]), /which name\?/);
  assert.match(refusalOf(["my", "chip"]), /for example my-chip/);
  assert.match(refusalOf(["mine", "../mine"]), /-- --dir \.\.\/mine$/);
});
