/** What `decode` is given, as units of bytes: hex, lines of hex, or a recording. */

import { hexNumber } from '../../stack/util/text.js';
import { usageError } from '../command-error.js';
import { parseHex } from '../format/hex.js';
import { ANALYSERS } from './analysers.js';
import { detectLayer, LAYER_NAMES } from './layers.js';
import { isFields } from './named-fields.js';
import { serial } from './serial-layer.js';
import { hasShape, smbusPec } from './smbus-layer.js';
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
  /** What is wrong with the file, although there is something in it. */
  readonly remark?: string;
  readonly units: readonly Unit[];
}

/** @throws CommandError (usage) */
export function hexInput(text: string, layer: string | undefined): Input {
  return inputOf('the input', [parseHex(text, `"${cut(text)}"`)], layer);
}

/**
 * A file's text: a recording (JSON), the log of a program that is known, or hex, one frame, packet or message per line; `#` begins a remark.
 * @throws CommandError (usage)
 */
export function fileInput(name: string, text: string, layer: string | undefined): Input {
  if (/^\s*[{[]/.test(text)) return recordingInput(name, text, layer);
  const log = logInput(name, text, layer);
  if (log !== undefined) return log;
  const lines = text.split('\n').map((line, index) => ({ number: index + 1, hex: line.replace(/#.*/, '').trim() }));
  const filled = lines.filter((line) => line.hex !== '');
  if (filled.length === 0) throw usageError(`${name} is empty: it should hold hex bytes or a recording`);
  return inputOf(
    name,
    filled.map((line) => parseHex(line.hex, `${name} line ${line.number}`)),
    layer,
  );
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
    const units = read(text);
    if (units === undefined) continue;
    if (units.length === 0) throw usageError(`${name} is ${title}, with nothing of MCTP in it`);
    const told = units.map((unit) => ({ ...unit, layer: layer ?? (unit.layer || recognise(name, unit.bytes)) }));
    return { name, layer: commonLayer(told), detected: layer === undefined, source: title, units: told };
  }
  return undefined;
}

function inputOf(name: string, pieces: readonly Uint8Array[], layer: string | undefined): Input {
  const units = pieces.map((bytes) => ({
    timeUs: undefined,
    dir: undefined,
    layer: layer ?? recognise(name, bytes),
    bytes,
  }));
  return { name, layer: commonLayer(units), detected: layer === undefined, units };
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

/** `{"packets": [{"t_us", "dir", "packet"}], "serial": [{"t_us", "dir", "bytes"}]}` */
function recordingInput(name: string, text: string, layer: string | undefined): Input {
  let recording: unknown;
  try {
    recording = JSON.parse(text);
  } catch (cause) {
    throw usageError(`${name} is neither hex nor JSON: ${(cause as Error).message}`, cause);
  }
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

function cut(text: string): string {
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}
