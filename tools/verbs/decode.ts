/** The verb `decode`: bytes explained, for people, as one document, or line by line for programs. */

import { readFile, stat } from 'node:fs/promises';
import { isPcap } from '../capture/pcap-read.js';
import { decodeLine } from '../decode/batch.js';
import { packetCounts, traceDocument } from '../decode/document.js';
import { exchangesOf } from '../decode/exchanges.js';
import { FILTER_HELP, Filter } from '../decode/filter.js';
import {
  decodeForms,
  formLines,
  formPieces,
  formsJson,
  KIND_WORDS,
  readKind,
  type WantedForm,
} from '../decode/forms.js';
import { fileInput, hexInput, type Input } from '../decode/inputs.js';
import { LAYER_NAMES, layerNamed } from '../decode/layers.js';
import { lazily } from '../decode/lazy-layer.js';
import { traceText } from '../decode/text.js';
import { trace } from '../decode/trace.js';
import { EXIT, usageError } from '../errors.js';
import { exchangeLines, summarise, summaryLine } from '../format/exchanges.js';
import { parseHex } from '../format/hex.js';
import type { Io } from '../io.js';
import { answerLines } from '../lines.js';
import { defineVerb, flag, JSON_OPTION, repeatedOption, valueOption } from '../verb.js';

export const decode = defineVerb({
  name: 'decode',
  summary: 'explain bytes: frames, packets and messages, from hex or a recording',
  description:
    'Input is hex on the command line, a file, or - for standard input. A file is a capture (pcap, pcapng), a recording, ' +
    'hex (one frame, packet or message per line), a log of socat -x, strace -xx, jpnevulator or interceptty, a hex dump, ' +
    'or an export of Saleae Logic, sigrok-cli or Total Phase Data Center. Without --layer the layer is recognised.',
  arguments: [{ name: 'input', summary: 'hex bytes, a file, or -', required: false, many: true }],
  options: {
    layer: valueOption(
      '-L, --layer <layer>',
      `what the bytes are: ${LAYER_NAMES.join(', ')}`,
      'a layer',
      knownLayer,
      undefined,
    ),
    kind: valueOption(
      '-k, --kind <kind>',
      `what the bytes are, if no message: ${KIND_WORDS}`,
      KIND_WORDS,
      readKind,
      undefined,
    ),
    filter: repeatedOption('-f, --filter <terms>', FILTER_HELP),
    exchanges: flag('-x, --exchanges', 'a line per request and its answer, instead of packets'),
    json: JSON_OPTION,
    batch: flag('-b, --batch', 'JSON lines on standard input, one JSON line out for each'),
  },
  examples: [
    ['mctpkit decode 010a08c8008002', 'a packet'],
    ['mctpkit decode 7e 01 07 01 09 08 c8 00 80 02 0e b2 7e', 'a serial frame'],
    ['mctpkit decode trace.pcapng -x', 'the conversation in short'],
    ['mctpkit decode trace.pcapng -f "eid=9 error"', 'what went wrong with one device'],
    ['mctpkit decode recording.json --layer serial', 'the bytes of the line in a recording'],
    ['mctpkit decode --kind event:sensorEvent 04 00 01 00 02 01', 'what a PLDM message carries, by itself'],
  ],
  async run({ args, options, io }) {
    if (options.batch) {
      if (args.length > 0) throw usageError(`--batch reads standard input: "${args[0]}" is too much`);
      await answerLines(io, (line) => lazily(() => decodeLine(line)));
      return EXIT.done;
    }
    if (options.kind !== undefined) {
      if (options.layer !== undefined && options.layer !== 'pldm') throw usageError('--kind is of PLDM');
      if (options.exchanges || options.filter.length > 0)
        throw usageError('--kind goes without --filter and --exchanges');
      return decodeKind(options.kind, args, { json: options.json, io });
    }
    const input = await readInput(args, options.layer, io.stdin);
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
        : traceText(entries, io.colours, isLong(entries) ? exchanges : undefined);
      for (const line of lines) {
        io.print(line);
        await io.drained();
      }
      if (options.exchanges || isLong(entries))
        io.print(summaryLine(summarise(exchanges, packetCounts(entries)), io.colours));
    }
    return understood ? EXIT.done : EXIT.refused;
  },
});

async function decodeKind(
  wanted: WantedForm,
  args: readonly string[],
  { json, io }: { readonly json: boolean; readonly io: Io },
): Promise<number> {
  const source = await sourceOf(args, io.stdin);
  const pieces = typeof source === 'string' ? [parseHex(source, 'the input')] : formPieces(source.name, source.bytes);
  const items = await lazily(() => decodeForms(wanted, pieces));
  if (json) io.print(JSON.stringify(formsJson(wanted.kind, items)));
  else for (const line of formLines(wanted.kind, items, io.colours)) io.print(line);
  return items.some(({ decoded }) => decoded !== undefined) ? EXIT.done : EXIT.refused;
}

/** A packet or two are an explanation, not a conversation. */
function isLong(entries: readonly unknown[]): boolean {
  return entries.length > 2;
}

function knownLayer(name: string): string {
  try {
    layerNamed(name);
    return name;
  } catch (cause) {
    throw usageError((cause as Error).message, cause);
  }
}

async function readInput(args: readonly string[], layer: string | undefined, stdin: NodeJS.ReadStream): Promise<Input> {
  const source = await sourceOf(args, stdin);
  return typeof source === 'string' ? hexInput(source, layer) : bytesInput(source.name, source.bytes, layer);
}

/** A file, or hex from the command line. */
async function sourceOf(
  args: readonly string[],
  stdin: NodeJS.ReadStream,
): Promise<string | { readonly name: string; readonly bytes: Uint8Array }> {
  const [first] = args;
  if (first === undefined) throw usageError('nothing to decode: give hex bytes, a file, or - for standard input');
  if (args.length === 1 && first === '-') return { name: 'standard input', bytes: await bytesOf(stdin) };
  if (args.length === 1 && (await isFile(first))) return { name: first, bytes: await readBytes(first) };
  const hex = args.join(' ');
  if (/[^0-9a-fx\s:,-]/i.test(hex)) throw usageError(`"${first}" is neither a file that exists nor hex bytes`);
  return hex;
}

async function bytesInput(name: string, bytes: Uint8Array, layer: string | undefined): Promise<Input> {
  if (!isPcap(bytes)) return fileInput(name, new TextDecoder().decode(bytes), layer);
  const { pcapInput } = await import('../decode/pcap-input.js');
  return pcapInput(name, bytes);
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile() || found.isFIFO(),
    () => false,
  );
}

async function readBytes(path: string): Promise<Uint8Array> {
  return readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw usageError(`${path} cannot be read: ${cause.code === 'EACCES' ? 'permission denied' : cause.message}`, cause);
  });
}

async function bytesOf(stream: NodeJS.ReadStream): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Buffer));
  return Buffer.concat(chunks);
}
