/** The packets of an exchange as a sequence chart (SVG): ours on the left, the device's on the right, time downwards. */

import type { PassedPacket } from '../../../hw-fixtures/validator/target.js';
import { hexNumber } from '../../../stack/util/text.js';
import type { TraceEntry } from '../../decode/trace.js';
import { shortHex } from '../../format/hex.js';
import { exchangeEntries } from '../explain.js';
import { xml } from '../junit.js';

const WIDTH = 760;
const TOP = 34;
const ROW = 46;
/** Where the two lifelines are. */
const OURS = 110;
const THEIRS = 700;
const MIDDLE = (OURS + THEIRS) / 2;
/** Bytes of a packet that fit above its arrow. */
const MOST_BYTES = 20;

export function sequenceChart(packets: readonly PassedPacket[], device: string): string {
  const entries = exchangeEntries(packets);
  const start = packets[0]?.at ?? 0;
  const more = packets.length - entries.length;
  const height = TOP + ROW * (entries.length + (more > 0 ? 1 : 0)) + 16;
  const rows = entries.map((entry, index) => arrow(entry, packets[index]!, TOP + ROW * (index + 1), start));
  return [
    `<svg class="chart" role="img" aria-label="What passed, as a sequence chart" viewBox="0 0 ${WIDTH} ${height}">`,
    `<text x="${OURS}" y="16" class="end">mctpkit</text><text x="${WIDTH - 6}" y="16" class="end device">${xml(device)}</text>`,
    ...[OURS, THEIRS].map((x) => `<line x1="${x}" y1="24" x2="${x}" y2="${height - 6}" class="life"/>`),
    ...rows,
    ...(more > 0 ? [`<text x="${MIDDLE}" y="${height - 20}">... and ${more} packets more</text>`] : []),
    '</svg>',
  ].join('\n');
}

function arrow(entry: TraceEntry, { direction, at, bytes, fault }: PassedPacket, y: number, start: number): string {
  const isSent = direction === 'sent';
  const tip = isSent ? THEIRS : OURS;
  const back = isSent ? -9 : 9;
  const cause = fault ?? entry.dropped ?? entry.lost;
  const wrong = cause === undefined ? undefined : spoken(cause);
  return [
    `<g class="${isSent ? 'sent' : 'received'}${wrong === undefined ? '' : ' wrong'}">`,
    `<title>${xml(shortHex(bytes, 300))}</title>`,
    `<text x="${OURS - 10}" y="${y + 4}" class="time">${(at - start).toFixed(3)} ms</text>`,
    `<text x="${MIDDLE}" y="${y - 21}" class="what">${xml(labelOf(entry, wrong))}</text>`,
    `<text x="${MIDDLE}" y="${y - 8}" class="bytes">${shortHex(bytes, MOST_BYTES)}</text>`,
    `<line x1="${isSent ? OURS : THEIRS}" y1="${y}" x2="${tip}" y2="${y}"/>`,
    `<path d="M${tip} ${y}l${back} -5v10z"/>`,
    '</g>',
  ].join('');
}

/** The stack counts by a name, `unknownTag`: "dropped: unknown tag". A sentence stays as it is. */
function spoken(cause: string): string {
  if (/[^a-z]/i.test(cause)) return cause;
  return `dropped: ${cause.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}`;
}

function labelOf({ message }: TraceEntry, wrong: string | undefined): string {
  if (message?.decoded !== undefined) {
    const { command, kind, instanceId, fields } = message.decoded;
    const { completionCode } = fields;
    const name = typeof command === 'number' ? `command ${hexNumber(command)}` : command;
    const code = typeof completionCode === 'number' ? `, completion code ${hexNumber(completionCode)}` : '';
    return `${name} ${kind} #${instanceId}${code}${wrong === undefined ? '' : ` (${wrong})`}`;
  }
  if (wrong !== undefined) return wrong;
  return message === undefined ? 'part of a message' : `message of type ${hexNumber(message.type)}`;
}
