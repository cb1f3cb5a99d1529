/** `nvme control` and `nvme raw`: primitives, and messages as bytes. */

import { MESSAGE_TYPE } from '../../stack/ids.js';
import { ABORT_RESULT, nvmeMiFields, nvmeMiWhole } from '../../stack/nvme-mi/index.js';
import { TYPE_IC } from '../../stack/packet.js';
import { EXIT, printable, usageError } from '../command-error.js';
import { concat, toHex } from '../decode/named-fields.js';
import { nvmeMiMessages } from '../decode/nvme-mi-messages.js';
import { parseHex } from '../format/hex.js';
import type { Io } from '../io.js';
import { jsonText } from '../pldm/open-termini.js';
import type { NvmeDocument } from '../schema/nvme-documents.js';
import { didYouMean } from '../suggest.js';
import type { OneDrive } from './one-drive.js';

const PRIMITIVES = ['pause', 'resume', 'abort', 'state', 'replay'] as const;
type Primitive = (typeof PRIMITIVES)[number];
const SLOT_STATES = ['idle', 'receive', 'process', 'transmit'];
/** Bits of the endpoint's state, for people. */
const STATE_WORDS: Readonly<Record<string, string>> = {
  cmnics: 'a command came to a busy slot',
  bmice: 'a message had a wrong integrity check',
  utunt: 'unsupported transmission unit',
  bhvs: 'wrong header version',
  udstid: 'unknown destination',
  itu: 'incorrect transmission unit',
  umep: 'unexpected middle or end packet',
  ospsn: 'packet out of sequence',
  buemt: 'unexpected or expired tag',
  bpopl: 'bad packet',
  nssro: 'the subsystem was reset',
  pflg: 'paused',
};
const SHORTEST = 7;

/** @throws CommandError (usage) */
export function primitiveName(text: string): Primitive {
  const found = PRIMITIVES.find((name) => name === text.toLowerCase());
  if (found !== undefined) return found;
  throw usageError(`no primitive "${text}"${didYouMean(text, [...PRIMITIVES])}: use ${PRIMITIVES.join(', ')}`);
}

export async function sendPrimitive(
  drive: OneDrive,
  primitive: Primitive,
  slot: 0 | 1,
  json: boolean,
  io: Io,
): Promise<number> {
  const { client, to, where } = drive;
  let state: Readonly<Record<string, number>> | null = null;
  let result: string | null = null;
  if (primitive === 'pause') await client.pause(to);
  else if (primitive === 'resume') await client.resume(to);
  else if (primitive === 'abort') result = ABORT_RESULT[await client.abort(to, { slot })] ?? 'reserved';
  else if (primitive === 'replay') {
    result = (await client.replay(to, { slot })) ? 'a response follows' : 'no response to repeat';
  } else state = await client.state(to, { slot });
  if (json) {
    io.print(jsonText({ action: 'control', ...where, primitive, state, result } satisfies NvmeDocument, 2));
    return EXIT.done;
  }
  if (state === null) io.print(`${printable(where.target)}: ${primitive}: ${result ?? 'done'}`);
  else {
    const found = Object.entries(STATE_WORDS).filter(([name]) => state[name] === 1);
    const words = [`slot ${slot} is ${SLOT_STATES[state.slotState ?? 0]}`, ...found.map(([, text]) => text)];
    io.print(`${printable(where.target)}: ${words.join(', ')}`);
  }
  return EXIT.done;
}

/** `words`: hex of a request from behind the type byte, the integrity check may be missing. Exit code 1 for a bad status. */
export async function sendRaw(
  drive: OneDrive,
  words: readonly string[],
  timeoutMs: number,
  json: boolean,
  io: Io,
  signal: AbortSignal,
): Promise<number> {
  const given = parseHex(words.join(' '), 'the message');
  const typed = given[0] === (MESSAGE_TYPE.nvmeMi | TYPE_IC) ? given.subarray(1) : given;
  if (typed.length < SHORTEST) {
    throw usageError('raw needs a request of 7 bytes or more behind the type byte, as in 0800000000000000');
  }
  const request = nvmeMiWhole(typed);
  const { session, to, where } = drive;
  const socket = session.host.socket();
  try {
    const start = session.clock.now();
    const options = { type: MESSAGE_TYPE.nvmeMi, integrityCheck: true, timeoutMs, signal };
    const reply = await socket.request(to, request.subarray(1), { ...options, accept: isFinal });
    const latencyMs = session.clock.now() - start;
    const response = concat(Uint8Array.of(MESSAGE_TYPE.nvmeMi | TYPE_IC), reply.payload);
    const { name, fields } = nvmeMiFields(response, request);
    if (json) {
      const hex = { request: toHex(request), response: toHex(response) };
      io.print(
        jsonText({ action: 'raw', ...where, ...hex, command: name, fields, latencyMs } satisfies NvmeDocument, 2),
      );
    } else {
      io.print(toHex(response).replace(/..(?=.)/g, '$& '));
      for (const line of nvmeMiMessages.decode(response, { request: toHex(request) }).text)
        io.print(`  ${printable(line)}`);
    }
    return fields.status === 0 && fields.micOk === true ? EXIT.done : EXIT.refused;
  } finally {
    socket.close();
  }
}

/** "More processing required": the answer follows on the same tag. */
const MOST_WAIT_MS = 600_000;
function isFinal({ payload }: { readonly payload: Uint8Array }): boolean | number {
  if (payload[3] !== 1 || payload.length < SHORTEST) return true;
  return Math.min(MOST_WAIT_MS, 100 * (payload[5]! | (payload[6]! << 8)) + 5000);
}
