/** What `decode` is given, as units of bytes: hex, lines of hex, or a recording. */

import { cut, hexNumber } from '../../stack/util/text.js';
import { usageError } from '../command-error.js';
import { parseHex } from '../format/hex.js';
import { ANALYSERS } from './analysers.js';
import { readFreeText } from './free-text.js';
import { withoutPec } from './i3c-pec.js';
import { detectLayer, LAYER_NAMES } from './layers.js';
import { isFields } from './named-fields.js';
import { serial } from './serial-layer.js';
import { hasShape, smbus, smbusPec } from './smbus-layer.js';
import { addressForm, onTheWire, widened } from './smbus-pec-form.js';
import { TEXT_LOGS } from './text-logs.js';
import type { Unit } from './unit.js';

export interface Input {
  /** Where it came from, for messages. */
  readonly name: string;
  /** Of all units; undefined when there are several. */
  readonly layer: string | undefined;
  /** The layer was recognised, not told. */
  readonly detected: boolean;
  /** What kind of file it is, when that was recognised. */
  readonly source?: string;
  /** What is strange about the file, or was found out about it. */
  readonly remarks?: readonly string[];
  readonly units: readonly Unit[];
}

/** @throws CommandError (usage) */
export function hexInput(text: string, layer: string | undefined): Input {
  return inputOf('the input', [parseHex(text, `"${cut(text, 40)}"`)], layer);
}

/**
 * A file's text: a recording (JSON), the log of a program that is known, or hex, one frame, packet or message per line; `#` begins a remark.
 * @throws CommandError (usage)
 */
export function fileInput(name: string, text: string, layer: string | undefined): Input {
  const recording = recordingIn(text);
  if (recording !== undefined) return recordingInput(name, recording, layer);
  const log = logInput(name, text, layer) ?? dumpInput(name, text, layer);
  if (log !== undefined) return log;
  const lines = text.split('\n').map((line, index) => ({ number: index + 1, hex: line.replace(/#.*/, '').trim() }));
  const filled = lines.filter((line) => line.hex !== '');
  if (filled.length === 0) throw usageError(`${name} is empty: it should hold hex bytes or a recording`);
  const pieces: Uint8Array[] = [];
  for (const line of filled) {
    try {
      pieces.push(parseHex(line.hex, `${name} line ${line.number}`));
    } catch (error) {
      const free = filled.some(({ hex }) => hasWords(hex)) ? freeInput(name, text, layer) : undefined;
      if (free !== undefined) return free;
      throw jsonProblem(name, text) ?? error;
    }
  }
  return inputOf(name, pieces, layer);
}

/** The bytes of a line as they came, noise and all: `cat /dev/ttyUSB0 >line.bin`. @throws CommandError (usage) */
export function binaryInput(name: string, bytes: Uint8Array, layer: string | undefined): Input {
  const hasFrame = (): boolean => serial.unframe(bytes).some((found) => 'packet' in found);
  const recognised = layer ?? detectLayer(bytes) ?? (hasFrame() ? 'serial' : undefined);
  if (recognised === undefined) {
    throw usageError(`${name} is binary, no pcap or pcapng, and looks like none of ${LAYER_NAMES.join(', ')}`);
  }
  const units = [{ timeUs: undefined, dir: undefined, layer: recognised, bytes }];
  return { name, layer: recognised, detected: layer === undefined, units };
}

/** A log of a program that is known. */
function logInput(name: string, text: string, layer: string | undefined): Input | undefined {
  for (const { title, read } of [...TEXT_LOGS, ...ANALYSERS]) {
    const contents = read(text);
    if (contents === undefined) continue;
    if (contents.units.length === 0) throw usageError(`${name} is ${title}, with nothing of MCTP in it`);
    const units = layer === undefined ? contents.units : contents.units.map((unit) => ({ ...unit, layer }));
    return finished(name, layer, units, { ...contents, title });
  }
  return undefined;
}

const DUMP = 'a hex dump';

/** Lines with offsets: what looks like bytes at their start is none. */
function dumpInput(name: string, text: string, layer: string | undefined): Input | undefined {
  if (!/^[ \t]{0,16}(?:0x)?0{4,16}(?::|[ \t])/m.test(text)) return undefined;
  const { isDump, ...contents } = readFreeText(text, layer);
  return isDump && contents.units.length > 0
    ? finished(name, layer, contents.units, { ...contents, title: DUMP })
    : undefined;
}

/** Undefined when nothing in it is of ours. */
function freeInput(name: string, text: string, layer: string | undefined): Input | undefined {
  const { isDump, ...contents } = readFreeText(text, layer);
  const title = isDump ? DUMP : 'a log with hex bytes in it';
  return contents.units.length === 0 ? undefined : finished(name, layer, contents.units, { ...contents, title });
}

/** A line that begins with a word, a time or a bracket is not hex with a slip in it. */
function hasWords(line: string): boolean {
  return /^[[<>$|]|^[^\s]*[g-z][^\s]{2}|^\d+[:.]\d+[:.]\d|^(?:0x)?[0-9a-f]{4,16}[:\s]/i.test(line.slice(0, 200));
}

/** What all of a file's units tell together. */
function finished(
  name: string,
  layer: string | undefined,
  found: readonly Unit[],
  about: { readonly title?: string; readonly remarks?: readonly string[]; readonly speaksOfI3c?: boolean },
): Input {
  const wide = widened(found);
  const { units, remark } = withoutPec(wide.units, about.speaksOfI3c === true);
  const remarks = [...(about.remarks ?? []), wide.remark ?? [], remark ?? []].flat();
  return {
    name,
    layer: commonLayer(units),
    detected: layer === undefined,
    ...(about.title !== undefined && { source: about.title }),
    ...(remarks.length > 0 && { remarks }),
    units,
  };
}

function inputOf(name: string, pieces: readonly Uint8Array[], layer: string | undefined): Input {
  const units = pieces.map((bytes) => ({ timeUs: undefined, dir: undefined, bytes }));
  if (layer !== undefined)
    return finished(
      name,
      layer,
      units.map((unit) => ({ ...unit, layer })),
      {},
    );
  const narrow = addressForm(pieces, 8) === 7;
  const recognised = units.map((unit) => {
    const isWrite = narrow && smbus.looksLike(onTheWire(unit.bytes, 7));
    return { ...unit, layer: isWrite ? 'smbus' : recognise(name, unit.bytes) };
  });
  return finished(name, layer, recognised, {});
}

function commonLayer(units: readonly Unit[]): string | undefined {
  const first = units[0]?.layer;
  return units.every((unit) => unit.layer === first) ? first : undefined;
}

function recognise(name: string, bytes: Uint8Array): string {
  const found = detectLayer(bytes);
  if (found !== undefined) return found;
  const nearly = hasShape(bytes) ? `it would be SMBus if its PEC were ${hexNumber(smbusPec(bytes))}; ` : '';
  throw usageError(`${name} looks like none of ${LAYER_NAMES.join(', ')}: ${nearly}say which with --layer`);
}

/** Which list of a recording holds what, and under which key. */
const TRACKS = [
  { list: 'packets', key: 'packet', layer: 'mctp' },
  { list: 'serial', key: 'bytes', layer: 'serial' },
  { list: 'smbus', key: 'bytes', layer: 'smbus' },
  { list: 'usb', key: 'bytes', layer: 'usb' },
] as const;

/** What the text is as JSON; undefined when it is none: a log may begin with a bracket. */
function recordingIn(text: string): { readonly value: unknown } | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** Why a text that is meant to be JSON is none. */
function jsonProblem(name: string, text: string): Error | undefined {
  // A bracket before a word or a time begins a line of a log.
  if (!/^\s*(?:\{|\[\s*[{["])/.test(text)) return undefined;
  try {
    JSON.parse(text);
    return undefined;
  } catch (cause) {
    return usageError(`${name} is neither hex nor JSON: ${(cause as Error).message}`, cause);
  }
}

/** `{"packets": [{"t_us", "dir", "packet"}], "serial": [{"t_us", "dir", "bytes"}]}` */
function recordingInput(
  name: string,
  { value: recording }: { readonly value: unknown },
  layer: string | undefined,
): Input {
  const tracks = isFields(recording) ? recording : {};
  const track = TRACKS.find(
    ({ list, layer: of }) => Array.isArray(tracks[list]) && (layer === undefined || layer === of),
  );
  if (track === undefined) {
    const wanted = layer === undefined ? 'packets or serial' : `of ${layer}`;
    throw usageError(`${name} is not a recording: there is no list ${wanted} in it`);
  }
  const entries = tracks[track.list] as unknown[];
  const units = entries.map((entry, index) =>
    unitOf(entry, track.key, track.layer, `${name}: ${track.list}[${index}]`),
  );
  return { name, layer: track.layer, detected: layer === undefined, units };
}

function unitOf(entry: unknown, key: string, layer: string, what: string): Unit {
  const hex = isFields(entry) ? entry[key] : undefined;
  if (!isFields(entry) || typeof hex !== 'string') throw usageError(`${what} has no hex string "${key}"`);
  const { t_us: time, dir } = entry;
  return {
    timeUs: typeof time === 'number' && Number.isFinite(time) ? time : undefined,
    dir: typeof dir === 'string' ? dir : undefined,
    layer,
    bytes: parseHex(hex, what),
  };
}
