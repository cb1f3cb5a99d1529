/** What is given twice says two things, of which nobody knows which one is meant. */

import type { Json } from '../stack/codec/index.js';
import { type CommandError, usageError } from './command-error.js';
import { type Fields, isFields } from './decode/named-fields.js';

/** Of fields written as `name=value`. @throws CommandError (usage) for a name that is there twice */
export function givenOnce(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw givenTwice(twice);
}

export function givenTwice(name: string): CommandError {
  return usageError(`${name} is given twice: write it once`);
}

/** A name that an object in a JSON text has twice: of those JSON.parse takes the last one. */
export function repeatedName(json: string): string | undefined {
  /** Names of the objects around; a list has none. */
  const around: Set<string>[] = [];
  for (const [token] of json.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(?:\s*:)?|[{}[\]]/g)) {
    if (token === '{' || token === '[') around.push(new Set());
    else if (token === '}' || token === ']') around.pop();
    else if (token.endsWith(':')) {
      const name = JSON.parse(token.slice(0, -1)) as string;
      const names = around.at(-1)!;
      if (names.has(name)) return name;
      names.add(name);
    }
  }
  return undefined;
}

/** What is said of a JSON text that is refused, and as which error. */
export interface JsonRefusals {
  /** For people: the path of its file, "the line". */
  readonly what: string;
  readonly fail: (message: string, cause?: SyntaxError) => Error;
  /** An object in it has this name twice. */
  readonly twice: (name: string) => Error;
}

/** A person wrote it, who is told where the mistake is. */
export function writtenAs(what: string, twice: (name: string) => CommandError): JsonRefusals {
  const fail = (message: string, cause?: SyntaxError): CommandError =>
    usageError(cause === undefined ? message : `${message}: ${cause.message}`, cause);
  return { what, fail, twice };
}

/** In the file of this path. */
export function writtenIn(path: string): JsonRefusals {
  return writtenAs(path, (name) => usageError(`${path} has "${name}" twice in one object`));
}

/** JSON of which no object has a name twice. @throws what the refusals make of it */
export function jsonOnce(text: string, refusals: JsonRefusals): Json {
  const value = parsed(text, refusals);
  refuseTwice(text, refusals.twice);
  return value;
}

/** As `jsonOnce`, and an object. */
export function objectOnce(text: string, refusals: JsonRefusals): Fields {
  const value = parsed(text, refusals);
  if (!isFields(value)) throw refusals.fail(`${refusals.what} is not a JSON object`);
  refuseTwice(text, refusals.twice);
  return value;
}

/** A value as JSON, or else a text. @throws CommandError (usage) for a name that one of its objects has twice */
export function jsonOrText(text: string): Json {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return text;
  }
  refuseTwice(text, givenTwice);
  return value;
}

function parsed(text: string, { what, fail }: JsonRefusals): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw fail(`${what} is not JSON`, error as SyntaxError);
  }
}

function refuseTwice(json: string, refusal: JsonRefusals['twice']): void {
  const twice = repeatedName(json);
  if (twice !== undefined) throw refusal(twice);
}
