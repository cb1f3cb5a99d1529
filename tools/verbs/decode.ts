/** The verb `decode`: bytes explained, for people, as one document, or line by line for programs. */

import { readFile, stat } from 'node:fs/promises';
import { decodeLine } from '../decode/batch.js';
import { traceDocument } from '../decode/document.js';
import { fileInput, hexInput, type Input } from '../decode/inputs.js';
import { LAYER_NAMES, layerNamed } from '../decode/layers.js';
import { traceText } from '../decode/text.js';
import { trace } from '../decode/trace.js';
import { EXIT, usageError } from '../errors.js';
import { answerLines } from '../lines.js';
import { defineVerb, flag, JSON_OPTION, valueOption } from '../verb.js';

export const decode = defineVerb({
  name: 'decode',
  summary: 'explain bytes: frames, packets and messages, from hex or a recording',
  description:
    'Input is hex on the command line, a file of hex (one frame, packet or message per line) or a recording, ' +
    'or - for standard input. Without --layer the layer is recognised.',
  arguments: [{ name: 'input', summary: 'hex bytes, a file, or -', required: false, many: true }],
  options: {
    layer: valueOption(
      '-L, --layer <layer>',
      `what the bytes are: ${LAYER_NAMES.join(', ')}`,
      'a layer',
      knownLayer,
      undefined,
    ),
    json: JSON_OPTION,
    batch: flag('-b, --batch', 'JSON lines on standard input, one JSON line out for each'),
  },
  examples: [
    ['mctpkit decode 010a08c8008002', 'a packet'],
    ['mctpkit decode 7e 01 07 01 09 08 c8 00 80 02 0e b2 7e', 'a serial frame'],
    ['mctpkit decode recording.json --layer serial', 'the bytes of the line in a recording'],
  ],
  async run({ args, options, io }) {
    if (options.batch) {
      if (args.length > 0) throw usageError(`--batch reads standard input: "${args[0]}" is too much`);
      await answerLines(io, decodeLine);
      return EXIT.done;
    }
    const input = await readInput(args, options.layer, io.stdin);
    const entries = trace(input.units);
    const understood = entries.some((entry) => entry.dropped === undefined && entry.message?.error === undefined);
    if (options.json) io.print(JSON.stringify(traceDocument(input, entries)));
    else {
      if (input.detected && input.layer !== undefined)
        io.print(io.colours.faint(`this is ${layerNamed(input.layer).title}`));
      for (const line of traceText(entries, io.colours)) {
        io.print(line);
        await io.drained();
      }
    }
    return understood ? EXIT.done : EXIT.refused;
  },
});

function knownLayer(name: string): string {
  try {
    layerNamed(name);
    return name;
  } catch (cause) {
    throw usageError((cause as Error).message, cause);
  }
}

async function readInput(args: readonly string[], layer: string | undefined, stdin: NodeJS.ReadStream): Promise<Input> {
  const [first] = args;
  if (first === undefined) throw usageError('nothing to decode: give hex bytes, a file, or - for standard input');
  if (args.length === 1 && first === '-') return fileInput('standard input', await textOf(stdin), layer);
  if (args.length === 1 && (await isFile(first))) return fileInput(first, await readText(first), layer);
  const hex = args.join(' ');
  if (/[^0-9a-fx\s:,-]/i.test(hex)) throw usageError(`"${first}" is neither a file that exists nor hex bytes`);
  return hexInput(hex, layer);
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile() || found.isFIFO(),
    () => false,
  );
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw usageError(`${path} cannot be read: ${cause.code === 'EACCES' ? 'permission denied' : cause.message}`, cause);
  });
}

async function textOf(stream: NodeJS.ReadStream): Promise<string> {
  let text = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream) text += String(chunk);
  return text;
}
