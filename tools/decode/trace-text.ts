/** A trace for people: packets one per line, messages under the packet that ends them. */

import { messageTypeName } from '../../stack/ids.js';
import { readHeader } from '../../stack/packet.js';
import { hexNumber } from '../../stack/util/text.js';
import { printable } from '../command-error.js';
import type { Colours } from '../format/colours.js';
import { tableLines } from '../format/columns.js';
import { shortHex } from '../format/hex.js';
import { typeTitle } from '../format/message-title.js';
import type { CapturedMessage } from './captured.js';
import { payloadLength } from './conversation.js';
import type { Exchanges } from './exchanges.js';
import { hasFailed } from './filter.js';
import type { TraceEntry } from './trace.js';

const HEADINGS = ['time', 'direction', 'src>dst', 'flags', 'seq', 'tag', 'type', 'bytes'];

/** Lines without their line ends. */
export function traceText(entries: readonly TraceEntry[], colours: Colours, exchanges?: Exchanges): string[] {
  const timed = entries.find(({ packet, message }) => (packet ?? message)?.timeUs !== undefined);
  const start = (timed?.packet ?? timed?.message)?.timeUs ?? 0;
  const packets = entries.filter((entry) => entry.packet !== undefined);
  const rows = packets.map((entry) => packetRow(entry, start));
  const [heading = '', ...lines] = tableLines([HEADINGS, ...rows].map(emptyColumns(rows)), ['right']);
  const out: string[] = packets.length === 0 ? [] : [colours.faint(heading)];
  let row = 0;
  for (const entry of entries) {
    if (entry.packet !== undefined) out.push(packetLine(lines[row++]!, entry, colours));
    if (entry.message === undefined) continue;
    const remark = remarkOn(entry.message, start, exchanges);
    for (const line of messageLines(entry.message, start, colours, entry.packet === undefined, remark)) out.push(line);
  }
  return out;
}

function packetRow({ packet, dropped }: TraceEntry, startUs: number): string[] {
  const { timeUs, dir = '', bytes, fault } = packet!;
  const when = timeUs === undefined ? '' : ((timeUs - startUs) / 1e6).toFixed(6);
  if (fault !== undefined || bytes.length < 5) return [when, printable(dir)];
  const { src, dest, som, eom, seq, to, tag } = readHeader(bytes);
  const flags = `${som ? 'S' : '-'}${eom ? 'E' : '-'}${to ? 'T' : '-'}`;
  const type = !som ? '..' : dropped === undefined ? messageTypeName(bytes[4]! & 0x7f) : '';
  return [when, printable(dir), `${src}>${dest}`, flags, String(seq), String(tag), type, String(payloadLength(bytes))];
}

/** A heading over nothing is not printed. */
function emptyColumns(rows: readonly (readonly string[])[]): (row: readonly string[]) => string[] {
  const used = HEADINGS.map((_, column) => rows.some((row) => (row[column] ?? '') !== ''));
  return (row) => row.map((cell, column) => (used[column] ? cell : ''));
}

function packetLine(line: string, { packet, dropped, lost }: TraceEntry, colours: Colours): string {
  if (dropped !== undefined)
    return `${line}  ${colours.bad(`dropped: ${dropped}`)}  ${colours.faint(shortHex(packet!.bytes))}`;
  return lost === undefined ? line : `${line}  ${colours.bad(lost)}`;
}

const INDENT = '    ';

/** What went wrong with a request, seen from the end. */
function remarkOn(message: CapturedMessage, startUs: number, exchanges: Exchanges | undefined): string {
  const first = exchanges?.retryOf.get(message);
  const at = first?.timeUs === undefined ? 'above' : `at ${((first.timeUs - startUs) / 1e6).toFixed(6)}`;
  return [
    first === undefined ? '' : `retry of the request ${at}`,
    exchanges?.unanswered.has(message) ? 'no answer' : '',
    exchanges?.stray.has(message) ? 'answers nothing before it' : '',
  ]
    .filter((text) => text !== '')
    .join(', ');
}

function messageLines(
  message: CapturedMessage,
  startUs: number,
  colours: Colours,
  alone: boolean,
  remark: string,
): string[] {
  const indent = alone ? '' : INDENT;
  const { decoded, error } = message;
  const about = [alone ? whenText(message, startUs) : '', packetsText(message), requestText(message, startUs)]
    .filter((text) => text !== '')
    .join(', ');
  const wrong = remark === '' ? '' : `  ${colours.bad(remark)}`;
  const line = (title: string): string => `${indent}${title}${about === '' ? '' : colours.faint(`  ${about}`)}${wrong}`;
  if (decoded !== undefined) {
    const command = typeof decoded.command === 'number' ? `command ${hexNumber(decoded.command)}` : decoded.command;
    const title = `${colours.strong(`${command} ${decoded.kind}`)} ${colours.faint(`#${decoded.instanceId}`)}`;
    const failed = hasFailed(message);
    const fields = decoded.text.map((text) => `${indent}  ${failed ? colours.bad(printable(text)) : printable(text)}`);
    return [line(title), ...fields];
  }
  const title = `${typeTitle(message.type, message.bytes)} message, ${message.bytes.length} bytes`;
  const bytes = `${indent}  ${shortHex(message.bytes)}`;
  if (error !== undefined) {
    const before = message.before?.text().map((text) => `${indent}  ${printable(text)}`) ?? [];
    return [line(title), ...before, `${indent}  ${colours.bad(printable(error))}`, bytes];
  }
  return [line(title), bytes];
}

/** Of a message without a packet above it, which would say so. */
function whenText({ timeUs, dir = '' }: CapturedMessage, startUs: number): string {
  const time = timeUs === undefined ? '' : ` at ${((timeUs - startUs) / 1e6).toFixed(6)}`;
  return `${printable(dir)}${time}`.trim();
}

function packetsText({ packets }: CapturedMessage): string {
  return packets > 1 ? `${packets} packets` : '';
}

function requestText(message: CapturedMessage, startUs: number): string {
  const { request } = message;
  if (request === undefined) return '';
  if (request.timeUs === undefined || message.timeUs === undefined) return 'answers the request above';
  const ms = ((message.timeUs - request.timeUs) / 1000).toFixed(3);
  return `${ms} ms after its request at ${((request.timeUs - startUs) / 1e6).toFixed(6)}`;
}
