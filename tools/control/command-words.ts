/** A control command and its fields as words on the command line. */

import { type AnyCommand, type DocRow, encode, fromJson, type Json } from '../../stack/codec/index.js';
import { CONTROL_COMMANDS, controlCommand } from '../../stack/control/index.js';
import { usageError } from '../command-error.js';
import { givenTwice, jsonOrText } from '../given-once.js';
import { didYouMean } from '../suggest.js';

/** By name, whatever its case and hyphens (`get-endpoint-id`), or by code (`0x02`). @throws CommandError (usage) */
export function findControlCommand(text: string): AnyCommand {
  const byCode = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? controlCommand(Number(text)) : undefined;
  const wanted = plain(text);
  const found = byCode ?? CONTROL_COMMANDS.find(({ name }) => plain(name) === wanted);
  if (found !== undefined) return found;
  const names = CONTROL_COMMANDS.map(({ name }) => name);
  throw usageError(`no control command "${text}"${didYouMean(text, names)}: mctpkit help control lists them`);
}

/** `operation=force eid=9`: the fields of the request. @throws CommandError (usage) naming the field */
export function readFields(command: AnyCommand, words: readonly string[]): unknown {
  const known = command.request.docs().map(({ name }) => name);
  const json: { [name: string]: Json } = {};
  for (const word of words) {
    const at = word.indexOf('=');
    const name = word.slice(0, at);
    if (at < 1)
      throw usageError(
        `"${word}" is not a field: write name=value${known.length === 0 ? '' : `, with ${known.join(', ')}`}`,
      );
    if (!known.includes(name)) {
      const has = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
      throw usageError(`${command.name} has no field "${name}"${didYouMean(name, known)}: ${has}`);
    }
    if (Object.hasOwn(json, name)) throw givenTwice(name);
    json[name] = readValue(word.slice(at + 1));
  }
  try {
    return fromJson(command.request, json, `${command.name} request`);
  } catch (error) {
    throw usageError(error instanceof Error ? error.message : String(error), error);
  }
}

/** What encoding a request failed with; a field that is missing is said to be, with how to write it. */
export function missingField(command: AnyCommand, error: unknown): unknown {
  const [, name] = /: (\w+): undefined is /.exec(error instanceof Error ? error.message : '') ?? [];
  const field = command.request.docs().find((row) => row.name === name);
  return field === undefined
    ? error
    : usageError(`${command.name} needs ${field.name}: write ${example(field)}`, error);
}

/** How a field is written: `operation=set (0 set, 1 force)`. */
export function example({ name, type, note }: DocRow): string {
  const [, first] = /^\d+ (\w+)/.exec(note) ?? [];
  if (/enum|bits/.test(type) && first !== undefined) return `${name}=${first} (${note})`;
  return `${name}=...`;
}

/** The fields of a control request that can be sent. @throws CommandError (usage) naming the field */
export function controlFields(command: AnyCommand, words: readonly string[]): unknown {
  const fields = readFields(command, words);
  try {
    encode(command.request, fields as never, `${command.name} request`);
  } catch (error) {
    throw missingField(command, error);
  }
  return fields;
}

/** A number, JSON, or else a text. */
function readValue(text: string): Json {
  return /^0x[0-9a-f]+$/i.test(text) ? Number(text) : jsonOrText(text);
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}
