/** Traffic as it passes, a line per packet or message. */

import type { Recorded } from '../../bindings/capture/recorder.js';
import { messageTypeName } from '../../stack/ids.js';
import { readHeader } from '../../stack/packet.js';
import type { Seen } from '../capture/monitor.js';
import { printable } from '../command-error.js';
import type { CapturedMessage } from '../decode/captured.js';
import { payloadLength } from '../decode/conversation.js';
import { hasFailed } from '../decode/filter.js';
import type { Colours } from './colours.js';
import { pad } from './columns.js';
import { shortHex } from './hex.js';
import { typeTitle } from './message-title.js';
import { clockTime } from './time-text.js';

/** One packet: time, link, direction, EIDs, flags, type, size, what is wrong with it. */
export function packetLine({ recorded, captured, dropped, lost }: Seen, colours: Colours): string {
  const { bytes, isPacket, fault, link, direction, physicalAddress } = recorded;
  const start = `${colours.faint(clockTime(captured.timeUs!))} ${link} ${arrow(direction)}`;
  const wrong = dropped ?? lost ?? fault;
  const remark = wrong === undefined ? '' : `  ${colours.bad(printable(wrong))}`;
  if (!isPacket) return `${start} ${colours.faint(shortHex(bytes))}${remark}`;
  const { src, dest, som, eom, seq, to, tag } = readHeader(bytes);
  const flags = `${som ? 'S' : '-'}${eom ? 'E' : '-'}${to ? 'T' : '-'}`;
  const type = som ? messageTypeName(bytes[4]! & 0x7f) : '..';
  const size = `${payloadLength(bytes)} bytes`;
  return `${start} ${eids(src, dest, direction, physicalAddress)} ${flags} seq ${seq} tag ${tag} ${type}, ${size}${remark}`;
}

/** One message: time, link, direction, EIDs, what it says in short. */
export function messageLine(
  { link, physicalAddress, direction }: Pick<Recorded, 'link' | 'physicalAddress' | 'direction'>,
  message: CapturedMessage,
  colours: Colours,
): string {
  const { timeUs, src, dest, decoded, error, type, bytes, packets, request } = message;
  const time = colours.faint(timeUs === undefined ? '' : clockTime(timeUs));
  const way = src === undefined || dest === undefined ? [] : [eids(src, dest, direction, physicalAddress)];
  const parts = [time, link, arrow(direction), ...way];
  const about = [
    packets > 1 ? `${packets} packets` : '',
    request?.timeUs === undefined || timeUs === undefined ? '' : `${((timeUs - request.timeUs) / 1000).toFixed(2)} ms`,
  ].filter((text) => text !== '');
  const tail = about.length === 0 ? '' : colours.faint(`  ${about.join(', ')}`);
  if (decoded === undefined) {
    const wrong = error === undefined ? '' : `  ${colours.bad(printable(error))}`;
    return `${parts.join(' ')} ${typeTitle(type, bytes)} ${shortHex(bytes.subarray(1))}${wrong}${tail}`;
  }
  const command = typeof decoded.command === 'number' ? `command 0x${decoded.command.toString(16)}` : decoded.command;
  const title = `${colours.strong(command)} ${decoded.kind} ${colours.faint(`#${decoded.instanceId}`)}`;
  const fields = printable(fieldsInShort(decoded.text));
  const shown = hasFailed(message) ? colours.bad(fields) : fields;
  return `${parts.join(' ')} ${typeTitle(type, bytes, decoded)} ${title} ${shown}`.trimEnd() + tail;
}

const MOST_FIELDS = 100;

function fieldsInShort(lines: readonly string[]): string {
  const text = lines.map((line) => line.trim()).join(', ');
  return text.length <= MOST_FIELDS ? text : `${text.slice(0, MOST_FIELDS - 3)}...`;
}

/** `8>9`; an endpoint without an EID is shown by its physical address: `8>0x1d`. */
function eids(src: number, dest: number, direction: string, physicalAddress: string): string {
  const place = physicalAddress === '' ? '0' : `0x${physicalAddress}`;
  const from = src === 0 && direction === 'rx' ? place : String(src);
  const to = dest === 0 && direction === 'tx' ? place : String(dest);
  return pad(`${from}>${to}`, 6);
}

function arrow(dir: string): string {
  return dir === 'tx' ? '->' : '<-';
}
