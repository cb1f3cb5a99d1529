/** The verb `decode`: bytes explained, for people, as one document, or line by line for programs. */

import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { isMissing, readOwnFile } from '../../bindings/read-own-file.js';
import { cut } from '../../stack/util/text.js';
import { isPcap } from '../capture/pcap-read.js';
import { EXIT, usageError } from '../command-error.js';
import { CONFIG_OPTION, findConfig, VENDOR_OPTION } from '../config/find.js';
import { decodeLine } from '../decode/batch.js';
import { exchangesOf } from '../decode/exchanges.js';
import { FILTER_HELP, Filter } from '../decode/filter.js';
import { binaryInput, fileInput, hexInput, type Input } from '../decode/inputs.js';
import { LAYER_NAMES, layerNamed } from '../decode/layers.js';
import { lazily } from '../decode/lazy-layer.js';
import { trace } from '../decode/trace.js';
import { packetCounts, traceDocument } from '../decode/trace-document.js';
import { traceText } from '../decode/trace-text.js';
import { exchangeLines, summarise, summaryLine } from '../format/exchange-lines.js';
import type { Io } from '../io.js';
import { answerLines } from '../line-server.js';
import { toolLinkKinds } from '../link-kinds.js';
import { allFor } from '../option-actions.js';
import { printLines } from '../print-lines.js';
import type { DecodeDocument } from '../schema/traffic-documents.js';
import { defineVerb, flag, JSON_OPTION, repeatedOption, textOption, valueOption } from '../verb.js';

const ONE_INPUT = 'without --batch';

export const decode = defineVerb({
  name: 'decode',
  summary: 'explain bytes: frames, packets and messages, from hex or a recording',
  description:
    'Input is hex on the command line, a file, or - for standard input. A file is a capture (pcap, pcapng), a recording, ' +
    'hex (one frame, packet or message per line), a log of socat -x, strace -xx, jpnevulator or interceptty, a hex dump, ' +
    'or an export of Saleae Logic, sigrok-cli or Total Phase Data Center. Without --layer the layer is recognised.',
  arguments: [{ name: 'input', summary: 'hex bytes, a file, or -', required: false, many: true }],
  options: {
    ...allFor([ONE_INPUT], {
      layer: valueOption(
        '-L, --layer <layer>',
        `what the bytes are: ${LAYER_NAMES.join(', ')}, or a kind of link`,
        'a layer',
        knownLayer,
        undefined,
      ),
      kind: textOption(
        '-k, --kind <kind>',
        'the bytes are a part of a PLDM message, not a message: pdr, event, event:CLASS, table, table:TABLE, header',
        undefined,
      ),
      filter: repeatedOption('-f, --filter <terms>', FILTER_HELP),
      exchanges: flag('-x, --exchanges', 'a line per request and its answer, instead of packets'),
    }),
    json: JSON_OPTION,
    batch: flag('-b, --batch', 'JSON lines on standard input, one JSON line out for each'),
    config: CONFIG_OPTION,
    vendor: VENDOR_OPTION,
  },
  examples: [
    ['mctpkit decode 010a08c8008002', 'a packet'],
    ['mctpkit decode 7e 01 07 01 09 08 c8 00 80 02 0e b2 7e', 'a serial frame'],
    ['mctpkit decode trace.pcapng -x', 'the conversation in short'],
    ['mctpkit decode trace.pcapng -f "eid=9 error"', 'what went wrong with one device'],
    ['mctpkit decode --kind event:sensorEvent 010002080103f400', 'event data'],
    ['mctpkit decode recording.json --layer serial', 'the bytes of the line in a recording'],
  ],
  does: (_args, { batch }) => [batch ? '--batch' : ONE_INPUT],
  async run({ args, options, world }) {
    const { io } = world;
    await findConfig(options.config, world.env, options.vendor);
    if (options.batch) {
      if (args.length > 0) throw usageError(`--batch reads standard input: "${args[0]}" is too much`);
      await answerLines(io, (line) => lazily(() => decodeLine(line)));
      return EXIT.done;
    }
    if (options.kind !== undefined) return decodeBare(options.kind, args, options, io);
    const given = await readInput(args, options.layer, io.stdin);
    const input = await lazily(given);
    const filter = new Filter(options.filter);
    const all = await lazily(() => trace(input.units));
    const entries = filter.empty ? all : all.filter((entry) => filter.matches({ ...entry, captured: entry.packet }));
    const exchanges = exchangesOf(entries.flatMap(({ message }) => (message === undefined ? [] : [message])));
    const understood = all.some((entry) => entry.dropped === undefined && entry.message?.error === undefined);
    if (options.json) io.print(JSON.stringify(traceDocument(input, entries, exchanges)));
    else {
      const what = input.source ?? (input.detected && input.layer !== undefined ? layerNamed(input.layer).title : '');
      if (what !== '') io.print(io.colours.faint(`this is ${what}`));
      const lines = options.exchanges
        ? exchangeLines(exchanges, io.colours)
        : traceText(entries, io.colours, isConversation(entries) ? exchanges : undefined);
      await printLines(io, lines);
      if (options.exchanges || isLong(entries))
        io.print(summaryLine(summarise(exchanges, packetCounts(entries)), io.colours));
    }
    for (const remark of input.remarks ?? []) io.note(remark);
    return understood ? EXIT.done : EXIT.refused;
  },
});

interface BareOptions {
  readonly layer: string | undefined;
  readonly filter: readonly string[];
  readonly exchanges: boolean;
  readonly json: boolean;
}

/** PDRs, event data, tables: one per line of a file, or one on the command line. */
async function decodeBare(text: string, args: readonly string[], options: BareOptions, io: Io): Promise<number> {
  const { bareJson, bareKind, bareLines } = await import('../decode/pldm-objects.js');
  const kind = bareKind(text);
  if (options.layer !== undefined && options.layer !== 'pldm')
    throw usageError(`--kind ${kind.kind} is of PLDM: --layer ${options.layer} has none`);
  if (options.filter.length > 0 || options.exchanges)
    throw usageError(`--kind ${kind.kind} is not traffic: --filter and --exchanges mean nothing there`);
  const { units } = (await readInput(args, 'pldm', io.stdin))();
  const things = units.map(({ bytes }) => bareJson(kind, bytes));
  if (options.json) io.print(JSON.stringify({ layer: 'pldm', detected: false, things } satisfies DecodeDocument));
  else
    await printLines(
      io,
      units.flatMap(({ bytes }) => bareLines(kind, bytes, io.colours)),
    );
  return things.some(({ ok }) => ok === true) ? EXIT.done : EXIT.refused;
}

/** From two on, a message may answer another, or not. */
function isConversation(entries: readonly unknown[]): boolean {
  return entries.length > 1;
}

/** A packet or two are an explanation: they need no summary. */
function isLong(entries: readonly unknown[]): boolean {
  return entries.length > 2;
}

/** A link's kind stands for the layer on its wire. */
function knownLayer(name: string): string {
  const layer = toolLinkKinds().find(({ scheme }) => scheme === name)?.layer ?? name;
  try {
    layerNamed(layer);
    return layer;
  } catch (cause) {
    throw usageError((cause as Error).message, cause);
  }
}

/** What is to be decoded; the work itself is pure. */
async function readInput(args: readonly string[], layer: string | undefined, stdin: Readable): Promise<() => Input> {
  const [first] = args;
  if (first === undefined) throw usageError('nothing to decode: give hex bytes, a file, or - for standard input');
  if (args.length === 1 && first === '-') return bytesInput('standard input', await bytesOf(stdin), layer);
  const place = await placeOf(first);
  if (args.length === 1 && place === 'file') return bytesInput(first, await readOwnFile(first), layer);
  const hex = args.join(' ');
  if (/[^0-9a-fx\s:,-]/i.test(hex)) {
    if (place === 'directory') throw usageError(`${first} is a directory: name a file in it`);
    if (place === 'file') throw usageError(`${first} is a file, and "${args[1]}" is too much: name one file`);
    throw usageError(`"${cut(first, 80)}" is neither a file that exists nor hex bytes`);
  }
  return () => hexInput(hex, layer);
}

async function bytesInput(name: string, packed: Uint8Array, layer: string | undefined): Promise<() => Input> {
  const bytes = isGzip(packed) ? await unpack(name, packed) : packed;
  if (isPcap(bytes)) {
    const { pcapInput } = await import('../decode/pcap-input.js');
    return () => pcapInput(name, bytes);
  }
  const text = textOf(bytes);
  return () => (text === undefined ? binaryInput(name, bytes, layer) : fileInput(name, text, layer));
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Wireshark likes to compress its captures. */
async function unpack(name: string, bytes: Uint8Array): Promise<Uint8Array> {
  const { gunzipSync } = await import('node:zlib');
  try {
    return gunzipSync(bytes, { maxOutputLength: LARGEST_FILE });
  } catch (cause) {
    throw usageError(`${name} cannot be unpacked: ${(cause as Error).message}`, cause);
  }
}

/** Undefined for what is not a text. */
function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Of a file that is packed. */
const LARGEST_FILE = 1 << 30;

/** What a word names: nothing that is there, a directory, or what can be read, or says why not. */
async function placeOf(word: string): Promise<'nothing' | 'directory' | 'file'> {
  return stat(word).then(
    (found) => (found.isDirectory() ? 'directory' : 'file'),
    // Hex digits may be too many for a name.
    (cause: NodeJS.ErrnoException) => (isMissing(cause) || cause.code === 'ENAMETOOLONG' ? 'nothing' : 'file'),
  );
}

async function bytesOf(stream: Readable): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Buffer));
  return Buffer.concat(chunks);
}
