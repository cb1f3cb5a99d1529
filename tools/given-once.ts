/** What is given twice says two things, of which nobody knows which one is meant. */

import type { Json } from '../stack/codec/index.js';
import { type CommandError, usageError } from './command-error.js';

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

/** JSON of which no object has a name twice. @throws SyntaxError, and what `refusal` makes of such a name */
export function parseOnce(text: string, refusal: (name: string) => CommandError = givenTwice): Json {
  const value = JSON.parse(text) as Json;
  const twice = repeatedName(text);
  if (twice !== undefined) throw refusal(twice);
  return value;
}

/** For `parseOnce`: the text is that of a file. */
export function twiceIn(path: string): (name: string) => CommandError {
  return (name) => usageError(`${path} has "${name}" twice in one object`);
}

/** A value as JSON, or else a text. @throws CommandError (usage) for a name that one of its objects has twice */
export function jsonOrText(text: string): Json {
  try {
    return parseOnce(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}
