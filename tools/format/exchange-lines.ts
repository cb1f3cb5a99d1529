/** A conversation in short: a line per exchange, and what it all comes to. */

import { printable } from '../command-error.js';
import type { CapturedMessage } from '../decode/captured.js';
import { type Exchange, type Exchanges, latencyUs } from '../decode/exchanges.js';
import { hasFailed } from '../decode/filter.js';
import type { Colours } from './colours.js';
import { tableLines } from './columns.js';
import { shortHex } from './hex.js';
import { typeTitle } from './message-title.js';

export function exchangeLines({ list, stray }: Exchanges, colours: Colours): string[] {
  const start = list.find(({ request }) => request.timeUs !== undefined)?.request.timeUs ?? 0;
  const rows = list.map((exchange) => cells(exchange, start, colours));
  for (const answer of stray) rows.push(strayCells(answer, start, colours));
  return tableLines(rows, ['right', 'left', 'left', 'right']);
}

function cells(exchange: Exchange, startUs: number, colours: Colours): string[] {
  const { request, answer, retries } = exchange;
  const latency = latencyUs(exchange);
  const again =
    retries.length === 0 ? '' : colours.bad(`${retries.length} ${retries.length === 1 ? 'retry' : 'retries'}`);
  return [
    time(request, startUs),
    way(request),
    `${typeTitle(request.type, request.bytes, request.decoded)} ${colours.strong(name(request))}`,
    latency === undefined ? '' : `${(latency / 1000).toFixed(3)} ms`,
    answer === undefined ? colours.bad('no answer') : result(answer, colours),
    again,
  ];
}

/** An answer to nothing: behind the exchanges. */
function strayCells(answer: CapturedMessage, startUs: number, colours: Colours): string[] {
  const what = `${typeTitle(answer.type, answer.bytes, answer.decoded)} ${colours.strong(name(answer))}`;
  return [time(answer, startUs), way(answer), what, '', colours.bad('answers nothing before it'), ''];
}

function time({ timeUs }: CapturedMessage, startUs: number): string {
  return timeUs === undefined ? '' : ((timeUs - startUs) / 1e6).toFixed(6);
}

/** Empty for a message that came without a packet. */
function way({ src, dest }: CapturedMessage): string {
  return src === undefined || dest === undefined ? '' : `${src}>${dest}`;
}

function name({ decoded, bytes }: CapturedMessage): string {
  if (decoded === undefined) return shortHex(bytes.subarray(1), 8);
  return typeof decoded.command === 'number' ? `command 0x${decoded.command.toString(16)}` : decoded.command;
}

const MOST = 70;

function result(answer: CapturedMessage, colours: Colours): string {
  if (answer.error !== undefined) return colours.bad(printable(answer.error));
  if (answer.decoded === undefined) return shortHex(answer.bytes.subarray(1), 16);
  const text = answer.decoded.text.map((line) => line.trim()).join(', ');
  const short = printable(text.length <= MOST ? text : `${text.slice(0, MOST - 3)}...`);
  return hasFailed(answer) ? colours.bad(short) : short;
}

export interface TraceSummary {
  readonly packets: number;
  readonly faults: number;
  readonly requests: number;
  readonly answered: number;
  readonly retries: number;
  readonly unanswered: number;
  readonly failed: number;
  readonly latencyUs: { readonly min: number; readonly median: number; readonly max: number } | null;
}

export function summarise(
  { list, retryOf, unanswered }: Exchanges,
  packets: { readonly all: number; readonly faults: number },
): TraceSummary {
  const times = list.flatMap((exchange) => latencyUs(exchange) ?? []).sort((a, b) => a - b);
  return {
    packets: packets.all,
    faults: packets.faults,
    requests: list.length,
    answered: list.length - unanswered.size,
    retries: retryOf.size,
    unanswered: unanswered.size,
    failed: list.filter(({ answer }) => answer !== undefined && hasFailed(answer)).length,
    latencyUs: times.length === 0 ? null : { min: times[0]!, median: times[times.length >> 1]!, max: times.at(-1)! },
  };
}

/** "12 packets, 5 requests, 4 answered in 0.10 to 1.20 ms (median 0.30), 1 without an answer, 2 faults" */
export function summaryLine(summary: TraceSummary, colours: Colours): string {
  const { packets, faults, requests, answered, retries, unanswered, failed, latencyUs: times } = summary;
  const ms = (us: number): string => (us / 1000).toFixed(2);
  const span = times === null ? '' : ` in ${ms(times.min)} to ${ms(times.max)} ms (median ${ms(times.median)})`;
  const parts = [
    ...(packets === 0 ? [] : [`${packets} packets`]),
    `${requests} requests`,
    `${answered} answered${span}`,
    ...bad(retries, 'retries', colours),
    ...bad(unanswered, 'without an answer', colours),
    ...bad(failed, 'refused or not understood', colours),
    ...bad(faults, 'faults', colours),
  ];
  return parts.join(', ');
}

function bad(count: number, what: string, colours: Colours): string[] {
  return count === 0 ? [] : [colours.bad(`${count} ${what}`)];
}
