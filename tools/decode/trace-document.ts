/** A trace as the JSON document of `decode --json`: see docs/json.md. */

import { summarise } from '../format/exchange-lines.js';
import type { DecodeDocument, PacketDocument } from '../schema/traffic-documents.js';
import { messageJson } from './batch.js';
import type { CapturedMessage } from './captured.js';
import type { Exchanges } from './exchanges.js';
import type { Input } from './inputs.js';
import { toHex } from './named-fields.js';
import { packetFields } from './packet-fields.js';
import type { TraceEntry } from './trace.js';

export function traceDocument(input: Input, entries: readonly TraceEntry[], exchanges: Exchanges): DecodeDocument {
  const messages = entries.flatMap((entry) => (entry.message === undefined ? [] : [entry.message]));
  const numbers = new Map(messages.map((message, index) => [message, index]));
  return {
    layer: input.layer ?? null,
    detected: input.detected,
    ...(input.remarks === undefined ? {} : { remarks: [...input.remarks] }),
    packets: entries.flatMap((entry) => (entry.packet === undefined ? [] : [packetJson(entry, numbers)])),
    messages: messages.map((message) => ({
      ...when(message),
      ...messageJson(message),
      ...requestJson(message, numbers),
      ...exchangeJson(message, numbers, exchanges),
    })),
    summary: summarise(exchanges, packetCounts(entries)),
  };
}

function packetJson(
  { packet, dropped, lost, message }: TraceEntry,
  numbers: ReadonlyMap<CapturedMessage, number>,
): PacketDocument {
  const { bytes, frame } = packet!;
  if (dropped !== undefined) return { ...when(packet!), fault: dropped, hex: toHex(bytes) };
  return {
    ...when(packet!),
    ...frame,
    packet: toHex(bytes),
    ...packetFields(bytes),
    ...(lost === undefined ? {} : { lost }),
    ...(message === undefined ? {} : { completes: numbers.get(message)! }),
  };
}

function requestJson({ request, timeUs }: CapturedMessage, numbers: ReadonlyMap<CapturedMessage, number>) {
  if (request === undefined) return {};
  const latency = timeUs === undefined || request.timeUs === undefined ? null : timeUs - request.timeUs;
  return { request: numbers.get(request) ?? null, latencyUs: latency };
}

function exchangeJson(
  message: CapturedMessage,
  numbers: ReadonlyMap<CapturedMessage, number>,
  { retryOf, unanswered, stray }: Exchanges,
) {
  const first = retryOf.get(message);
  return {
    ...(first === undefined ? {} : { retryOf: numbers.get(first) ?? null }),
    ...(unanswered.has(message) ? { unanswered: true } : {}),
    ...(stray.has(message) ? { stray: true } : {}),
  };
}

export function packetCounts(entries: readonly TraceEntry[]): { readonly all: number; readonly faults: number } {
  const packets = entries.filter(({ packet }) => packet !== undefined);
  const faults = packets.filter(({ dropped, lost }) => dropped !== undefined || lost !== undefined);
  return { all: packets.length, faults: faults.length };
}

function when({ timeUs, dir }: { readonly timeUs: number | undefined; readonly dir: string | undefined }) {
  return { timeUs: timeUs ?? null, dir: dir ?? null };
}
