/**
 * The JSON that headers are made of: objects, arrays, strings and whole numbers from 0 to 2⁵³ − 1.
 *
 * Not `JSON.parse`, which keeps the last of two equal names and says nothing, rounds large numbers,
 * gives objects in which `__proto__` is no name, and builds whatever it is sent. This parser refuses
 * all of that, and stops where the nesting is deeper than asked for.
 */
import { BlkError } from "@blk/core";

export type Json = string | number | readonly Json[] | ReadonlyMap<string, Json>;

/** `maxDepth`: objects and arrays within each other. Throws `DATA`, with the place. */
export function parseJson(text: string, what: string, maxDepth: number): Json {
  return new Parser(text, what, maxDepth).parse();
}

const escapes: Readonly<Record<string, string>> = {
  ...{ '"': '"', "\\": "\\", "/": "/" },
  ...{ b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" },
};

class Parser {
  private readonly text: string;
  private readonly what: string;
  private readonly maxDepth: number;
  private position = 0;

  constructor(text: string, what: string, maxDepth: number) {
    this.text = text;
    this.what = what;
    this.maxDepth = maxDepth;
  }

  parse(): Json {
    const value = this.value(0);
    this.skipSpace();
    if (this.position < this.text.length) throw this.unexpected("the end");
    return value;
  }

  private value(depth: number): Json {
    this.skipSpace();
    const first = this.text[this.position];
    if (first === '"') return this.string();
    if (first !== "{" && first !== "[") return this.number();
    if (depth === this.maxDepth) {
      throw this.refused(
        `objects and arrays are nested more than ${this.maxDepth} deep at character ${this.position}`,
      );
    }
    this.position += 1;
    return first === "{" ? this.object(depth + 1) : this.array(depth + 1);
  }

  private object(depth: number): ReadonlyMap<string, Json> {
    const entries = new Map<string, Json>();
    if (this.take("}")) return entries;
    do {
      this.skipSpace();
      if (this.text[this.position] !== '"') throw this.unexpected("a name in quotes");
      const name = this.string();
      if (entries.has(name)) throw this.refused(`the name ${shown(name)} is there twice`);
      this.expect(":");
      entries.set(name, this.value(depth));
    } while (this.take(","));
    this.expect("}");
    return entries;
  }

  private array(depth: number): readonly Json[] {
    const items: Json[] = [];
    if (this.take("]")) return items;
    do items.push(this.value(depth));
    while (this.take(","));
    this.expect("]");
    return items;
  }

  private number(): number {
    // Sticky, and of one digit more than any number that is allowed: it looks no further.
    const digits = /(?:0|[1-9]\d{0,16})(?![\d.eE])/y;
    digits.lastIndex = this.position;
    const found = digits.exec(this.text)?.[0];
    if (found === undefined) {
      throw this.unexpected("a string, an array, an object or a whole number from 0 to 2⁵³ − 1");
    }
    const number = Number(found);
    if (!Number.isSafeInteger(number)) {
      throw this.refused(`${found} at character ${this.position} is more than 2⁵³ − 1`);
    }
    this.position += found.length;
    return number;
  }

  private string(): string {
    const { text } = this;
    let start = this.position + 1;
    let decoded = "";
    for (let i = start; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code === quote) {
        decoded += text.slice(start, i);
        this.position = i + 1;
        if (/\p{Surrogate}/u.test(decoded)) throw this.refused("a string has half a character");
        return decoded;
      }
      if (code < space) {
        this.position = i;
        throw this.unexpected("no control character in a string");
      }
      if (code === backslash) {
        decoded += text.slice(start, i);
        this.position = i + 1;
        decoded += this.escape();
        start = this.position;
        i = start - 1;
      }
    }
    this.position = text.length;
    throw this.unexpected('a closing "');
  }

  /** The character behind a backslash. */
  private escape(): string {
    const letter = this.text[this.position] ?? "";
    const simple = Object.hasOwn(escapes, letter) ? escapes[letter] : undefined;
    if (simple !== undefined) {
      this.position += 1;
      return simple;
    }
    const digits = this.text.slice(this.position + 1, this.position + 5);
    if (letter !== "u" || !/^[\da-fA-F]{4}$/.test(digits)) throw this.unexpected("an escape");
    this.position += 5;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  private skipSpace(): void {
    while (" \t\n\r".includes(this.text[this.position] ?? "?")) this.position += 1;
  }

  private take(character: string): boolean {
    this.skipSpace();
    if (this.text[this.position] !== character) return false;
    this.position += 1;
    return true;
  }

  private expect(character: string): void {
    if (!this.take(character)) throw this.unexpected(character);
  }

  private unexpected(expected: string): BlkError {
    const { text, position } = this;
    const found = position < text.length ? shown(text.slice(position, position + 20)) : "the end";
    return this.refused(`expected ${expected} at character ${position}, got ${found}`);
  }

  private refused(problem: string): BlkError {
    return new BlkError(
      "DATA",
      `${this.what}: ${problem}; the file is damaged or not a safetensors file, get it anew`,
      { details: { position: this.position } },
    );
  }
}

const quote = 0x22;
const backslash = 0x5c;
const space = 0x20;

/** A string of a file for a message: quoted, and not longer than a line. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
