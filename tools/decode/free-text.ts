/**
 * Logs of any program: the longest run of hex bytes of each line, whatever stands around it. Offsets and columns of text
 * are known, and lines of one dump belong together. Direction, time and layer are those that the line tells, or a line
 * before it that has no bytes. Pure.
 */

import { MESSAGE_TYPE } from '../../stack/ids.js';
import { FLAG_SOM, HEADER_SIZE, HEADER_VERSION, TYPE_MASK } from '../../stack/packet.js';
import { HexDump } from './hex-dump.js';
import { type HexRun, longestHexRun } from './hex-run.js';
import { detectLayer } from './layers.js';
import { type LineFacts, lineFacts } from './log-line.js';
import { mctpUtilAnswer, mctpUtilRequest } from './mctp-util.js';
import { packetFault } from './packet-fields.js';
import { pldmIn } from './pldm-in-log.js';
import type { LogContents, Unit } from './unit.js';

/** Bytes of a log, before it is known of which layer they are. */
interface Piece {
  readonly line: number;
  readonly facts: LineFacts;
  readonly bytes: Uint8Array;
  /** The line tells it: a message of this type, in its layer's own form. */
  readonly layer?: string;
}

const NOTHING: LineFacts = { timeUs: undefined, dir: undefined, about: undefined };

/** `layer`: told by the user. */
export function readFreeText(text: string, layer: string | undefined): LogContents & { readonly isDump: boolean } {
  const { pieces, isDump } = piecesOf(text);
  const abouts = new Set(pieces.flatMap(({ facts }) => facts.about ?? []));
  const common = abouts.size === 1 ? [...abouts][0] : undefined;
  const units: Unit[] = [];
  const strange: number[] = [];
  for (const piece of pieces) {
    const { facts, line } = piece;
    const told = pieceAs(piece, layer, facts.about ?? common);
    if (told === undefined) strange.push(line);
    else units.push({ timeUs: facts.timeUs, dir: facts.dir, ...told });
  }
  const remarks = units.length > 0 && strange.length > 0 ? [strangeRemark(strange)] : [];
  return { units, isDump, speaksOfI3c: abouts.has('i3c'), remarks };
}

function piecesOf(text: string): { readonly pieces: Piece[]; readonly isDump: boolean } {
  const pieces: Piece[] = [];
  const dump = new HexDump();
  let dumpAt: Omit<Piece, 'bytes'> | undefined;
  let context = NOTHING;
  let inMctpUtil = false;
  let isDump = true;
  const closeDump = (): void => {
    const bytes = dump.take();
    if (dumpAt !== undefined && bytes.length > 0) pieces.push({ ...dumpAt, bytes });
    dumpAt = undefined;
  };
  let number = 0;
  for (const raw of text.split('\n')) {
    number++;
    const line = raw.trimEnd();
    const util = mctpUtilRequest(line);
    if (util !== undefined) {
      closeDump();
      inMctpUtil = true;
      isDump = false;
      pieces.push({ line: number, facts: { ...lineFacts(line.slice(0, util.start)), dir: 'tx' }, ...util.message });
      continue;
    }
    if (line.trim() === '' || /^\s*#/.test(line.slice(0, LOOKED_AT)) || dump.special(line)) continue;
    const run = longestHexRun(line);
    if (run === undefined) {
      closeDump();
      isDump = false;
      context = withContext(lineFacts(line), context);
      continue;
    }
    const before = run.offset === undefined ? line.slice(0, run.start) : line.slice(0, offsetStart(line, run));
    const isBare = before.trim() === '' && (run.hasText || run.offset !== undefined || run.end === line.length);
    const goesOn = dumpAt !== undefined && dump.goesOn(run, isBare);
    if (!isBare) isDump = false;
    if (goesOn) {
      dump.add(run);
      continue;
    }
    closeDump();
    const answer = inMctpUtil && isBare && run.offset === undefined ? mctpUtilAnswer(run.bytes) : undefined;
    if (answer !== undefined) {
      pieces.push({ line: number, facts: { ...context, dir: 'rx' }, ...answer });
      continue;
    }
    const own = lineFacts(before, run.hasText ? '' : line.slice(run.end));
    dumpAt = { line: number, facts: withContext(own, context) };
    context = NOTHING;
    dump.add(run);
  }
  closeDump();
  return { pieces, isDump: isDump && pieces.length > 0 };
}

const LOOKED_AT = 200;

function offsetStart(line: string, { offset, start }: HexRun): number {
  const at = line.lastIndexOf(offset!.digits, start - 1);
  return line.slice(at - 2, at).toLowerCase() === '0x' ? at - 2 : at;
}

/** What a line does not say, the line before it may. */
function withContext(own: LineFacts, context: LineFacts): LineFacts {
  return {
    timeUs: own.timeUs ?? context.timeUs,
    dir: own.dir ?? context.dir,
    about: own.about ?? context.about,
  };
}

/** Undefined when the bytes are of no layer. */
function pieceAs(
  { bytes, layer: known }: Piece,
  layer: string | undefined,
  about: LineFacts['about'],
): Pick<Unit, 'layer' | 'bytes'> | undefined {
  if (known !== undefined) return layer === undefined || layer === known ? { layer: known, bytes } : undefined;
  if (layer === 'pldm') return { layer, bytes: pldmIn(bytes) ?? bytes };
  if (layer !== undefined) return { layer, bytes };
  const seen = detectLayer(bytes);
  if (seen !== undefined && seen !== 'mctp' && seen !== 'control') return { layer: seen, bytes };
  if (isFirstPacket(bytes)) return { layer: 'mctp', bytes };
  if (about === 'pldm' || seen === undefined) {
    const message = about === 'pldm' || bytes[0] === MESSAGE_TYPE.pldm ? pldmIn(bytes) : undefined;
    if (message !== undefined) return { layer: 'pldm', bytes: message };
  }
  if (seen !== undefined) return { layer: seen, bytes };
  return about === 'mctp' || about === 'i3c' ? mctpAnyway(bytes) : undefined;
}

/** Of a type that exists, from its first byte on. */
function isFirstPacket(bytes: Uint8Array): boolean {
  if (bytes[0] !== HEADER_VERSION || packetFault(bytes) !== undefined || (bytes[3]! & FLAG_SOM) === 0) return false;
  const type = bytes[HEADER_SIZE]! & TYPE_MASK;
  return Object.values(MESSAGE_TYPE).some((known) => known === type);
}

/** A packet that every receiver drops is shown with the reason. */
function mctpAnyway(bytes: Uint8Array): Pick<Unit, 'layer' | 'bytes'> | undefined {
  return bytes.length > HEADER_SIZE && bytes[0] === HEADER_VERSION ? { layer: 'mctp', bytes } : undefined;
}

function strangeRemark(lines: readonly number[]): string {
  const shown = lines.slice(0, 5).join(', ');
  const more = lines.length > 5 ? ` and ${lines.length - 5} more` : '';
  return `line${lines.length === 1 ? '' : 's'} ${shown}${more}: hex, and nothing of MCTP in it`;
}
