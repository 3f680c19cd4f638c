import { isBlkError } from "@blk/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Json, parseJson } from "../../src/safetensors/json.js";

function plain(value: Json): unknown {
  if (value instanceof Map) {
    return [...value].map(([name, item]) => [name, plain(item)]);
  }
  return Array.isArray(value) ? value.map(plain) : value;
}

/** Values of the subset, and what they look like here. */
const values = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.string({ unit: "binary" }),
    fc.maxSafeNat(),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie("value"), { maxKeys: 4 }),
  ),
})).value;

function entriesOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(entriesOf);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value).map(([name, item]) => [name, entriesOf(item)]);
}

describe("parseJson", () => {
  test("reads what JSON.stringify writes, with any space", () => {
    fc.assert(
      fc.property(values, fc.constantFrom(undefined, 1, "\t"), (value, space) => {
        const text = ` \n\r${JSON.stringify(value, undefined, space)}\t `;
        expect(plain(parseJson(text, "a test", 10))).toEqual(entriesOf(value));
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  test("reads escapes, and names that objects have anyway", () => {
    const text = String.raw`{"__proto__":"\"\\\/\b\f\n\r\té😀","toString":1}`;
    const value = parseJson(text, "a test", 1) as ReadonlyMap<string, Json>;
    expect([...value]).toEqual([
      ["__proto__", '"\\/\b\f\n\r\té😀'],
      ["toString", 1],
    ]);
  });

  test.each([
    ['{"a":1,"a":2}', '"a" is there twice'],
    [String.raw`{"a":1,"\u0061":2}`, '"a" is there twice'],
    ["[[[[0]]]]", "nested more than 3 deep at character 3"],
    ["9007199254740992", "more than 2⁵³ − 1"],
    ["123456789012345678901234567890", "whole number"],
    ["-1", "whole number"],
    ["1.0", "whole number"],
    ["1e3", "whole number"],
    ["01", "whole number"],
    ["true", "whole number"],
    ["null", "whole number"],
    ["", "got the end"],
    ["[1,]", "whole number"],
    ["[1", "expected ]"],
    ['{"a"}', "expected :"],
    ["{1:1}", "a name in quotes"],
    ['{"a":1}x', "expected the end"],
    ['"a', "a closing"],
    ['"\n"', "control character"],
    [String.raw`"\x"`, "an escape"],
    [String.raw`"\u12"`, "an escape"],
    [String.raw`"\ud800"`, "half a character"],
  ])("refuses %s", (text, message) => {
    expect(() => parseJson(text, "a test", 3)).toThrowError(
      expect.objectContaining({ code: "DATA", message: expect.stringContaining(message) }),
    );
  });

  test("nesting of a million ends at once", () => {
    expect(() => parseJson("[".repeat(1e6), "a test", 3)).toThrowError(/nested more than 3/);
  });

  test("any text is read or refused", () => {
    const fragments = fc.constantFrom(...'{}[]":,\\u0019 ea', "\ud800", "\u0000", "__proto__");
    fc.assert(
      fc.property(fc.array(fragments, { maxLength: 30 }), (parts) => {
        try {
          parseJson(parts.join(""), "a test", 3);
        } catch (error) {
          expect(isBlkError(error, "DATA")).toBe(true);
        }
      }),
      { seed: 2, numRuns: 2000 },
    );
  });
});
