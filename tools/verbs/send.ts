/** The verb `send`: any message to any endpoint, and what it answers. */

import { MctpError } from '../../stack/errors.js';
import { MESSAGE_TYPE } from '../../stack/ids.js';
import { TYPE_IC } from '../../stack/packet.js';
import type { MctpAddress, MctpMessage } from '../../stack/transport.js';
import { resolveAddress, type Target } from '../address.js';
import { findAddresses } from '../addressed-session.js';
import { EXIT, printable, refusal } from '../command-error.js';
import { CONFIG_OPTION, VENDOR_OPTION } from '../config/find.js';
import { decodeMessage } from '../decode/conversation.js';
import { messageTypeNumber } from '../decode/filter.js';
import type { DecodedMessage } from '../decode/layer.js';
import { messageLayer } from '../decode/layers.js';
import { type Outgoing, outgoing, outgoingText } from '../decode/message-input.js';
import { concat, type Fields, toHex } from '../decode/named-fields.js';
import { isAnswerTo } from '../decode/waiting-requests.js';
import { shortHex } from '../format/hex.js';
import { typeTitle } from '../format/message-title.js';
import type { Io } from '../io.js';
import { allFor } from '../option-actions.js';
import type { SendDocument } from '../schema/traffic-documents.js';
import { Session } from '../session.js';
import {
  ASSIGN_OPTION,
  CAPTURE_OPTION,
  defineVerb,
  flag,
  JSON_OPTION,
  LINK_OPTION,
  OWN_EID_OPTION,
  shortTimeOption,
  valueOption,
  wholeNumberOption,
} from '../verb.js';

const IS_ANSWERED = 'without --no-reply';
const AS_TEXT = 'without --json';

export const send = defineVerb({
  name: 'send',
  summary: 'send any message to an endpoint and show its answer',
  description:
    'The message is a declared command with its fields (GetEndpointID, SetEndpointID operation=set eid=10), a JSON object ' +
    'as encode takes it, or hex: with --type the bytes after the type byte, else with that byte. The address is as for ping.',
  arguments: [
    { name: 'address', summary: 'which endpoint', required: true, many: false },
    { name: 'message', summary: 'command and field=value, JSON, or hex', required: false, many: true },
  ],
  options: {
    link: LINK_OPTION,
    type: valueOption(
      '-t, --type <type>',
      'message type: a number or a name; the message is hex then',
      'a type',
      messageTypeNumber,
      undefined,
    ),
    ...allFor([IS_ANSWERED], {
      timeout: shortTimeOption('-W, --timeout <time>', 'to wait for an answer, per try (1s)', 1, 1000),
      retries: wholeNumberOption('-r, --retries <n>', 'tries after the first (0)', 0, 1000, 0),
    }),
    noReply: flag('-n, --no-reply', 'expect no answer'),
    ic: flag('--ic', 'set the integrity check bit'),
    ...allFor([AS_TEXT], { raw: flag('--raw', 'print the answer as hex only, with its type byte') }),
    json: JSON_OPTION,
    ownEid: OWN_EID_OPTION,
    assign: ASSIGN_OPTION,
    capture: CAPTURE_OPTION,
    config: CONFIG_OPTION,
    vendor: VENDOR_OPTION,
  },
  examples: [
    ['mctpkit send 9 GetEndpointUUID', 'a command of the control protocol'],
    ['mctpkit send 9 control:SetEndpointID operation=set eid=20', 'with fields'],
    ['mctpkit send 9 --type 0x7e ccdef00001 --raw', 'an echo, as hex'],
    [`mctpkit send i2c:1/0x1d '{"layer":"control","command":"GetMessageTypeSupport"}'`, 'as JSON'],
    ['mctpkit send serial:/dev/ttyUSB0 --type nvmeMi 0800000000000000 -W 5s', 'to a slow device'],
  ],
  does: (_args, { noReply, json }) => [noReply ? '--no-reply' : IS_ANSWERED, json ? '--json' : AS_TEXT],
  async run({ args, options, world }) {
    const { io, signal } = world;
    const [where, ...words] = args;
    // It says what vendors' commands there are.
    const { addresses, to: found } = await findAddresses([where!], options, world);
    const message = outgoing(words, options.type, Math.floor(world.clock.now()) & 31);
    const { ownEid, capture, noReply, timeout, retries } = options;
    const session = await Session.open({ ...found, ownEid, capture, assigns: options.assign, world });
    try {
      io.progress('looking for it ...');
      const target = await resolveAddress(session, addresses[0]!, true);
      const { name } = target;
      const to = message.type === MESSAGE_TYPE.control ? placeOf(target) : target.to;
      io.progress('');
      const socket = session.host.socket();
      const common = { type: message.type, integrityCheck: options.ic || message.integrityCheck, signal };
      if (noReply) {
        await socket.send(to, message.payload, { ...common, reply: false });
        if (options.json) io.print(JSON.stringify(sendJson(name, message, undefined, undefined, undefined), null, 2));
        else if (!options.raw) io.print(`sent to ${name}: ${outgoingText(message)}`);
        return EXIT.done;
      }
      if (!options.json && !options.raw) io.print(`sent to ${name}: ${outgoingText(message)}`);
      if (timeout > 1000) io.progress(`waiting for an answer, up to ${timeout * (retries + 1)} ms ...`);
      const start = session.clock.now();
      try {
        const accept = (answer: MctpMessage): boolean | number => fits(message, answer, timeout);
        const totalTimeoutMs = Math.max(timeout * (retries + 1) + 1000, patienceOf(message));
        const times = { timeoutMs: timeout, retries, totalTimeoutMs };
        const answer = await socket.request(to, message.payload, { ...common, ...times, accept });
        const ms = session.clock.now() - start;
        io.progress('');
        const { json, raw } = options;
        return showAnswer(io, { name, message, answer, ms, json, raw });
      } catch (error) {
        if (!MctpError.is(error) || !options.json || signal.aborted) throw explained(error);
        io.print(JSON.stringify(sendJson(name, message, undefined, undefined, error), null, 2));
        return EXIT.refused;
      }
    } finally {
      await session.close();
    }
  },
});

/** Set Endpoint ID is answered by another EID than was asked: the place is what counts. */
function placeOf({ to, endpoint }: Target): MctpAddress {
  if (endpoint?.physicalAddress === undefined) return to;
  const { eid, link, physicalAddress } = endpoint;
  return { eid, link, physicalAddress };
}

/** An answer to another request of ours (a late one) has the wrong instance ID. */
function fits(message: Outgoing, answer: MctpMessage, timeoutMs: number): boolean | number {
  const { decoded, type } = message;
  if (answer.type !== type) return false;
  const said = understood(message, answer).decoded;
  if (decoded === undefined || said === undefined || decoded.kind !== 'request') return true;
  if (!isAnswerTo(type, decoded, said)) return false;
  const wait = messageLayer(type)?.moreTimeMs?.(said);
  // The answer itself takes its time, too.
  return wait === undefined ? true : wait + timeoutMs;
}

/** The sum of what a device may ask for; ms. */
const MOST_MORE_TIME_MS = 600_000;
function patienceOf({ type }: Outgoing): number {
  return messageLayer(type)?.moreTimeMs === undefined ? 0 : MOST_MORE_TIME_MS;
}

/** As `decode` takes it. */
function messageHex({ type, integrityCheck, payload }: Outgoing): string {
  return toHex(concat(Uint8Array.of(type | (integrityCheck ? TYPE_IC : 0)), payload));
}

/** An answer taken apart, with what it answers where that is needed. */
function understood(message: Outgoing, answer: MctpMessage) {
  const about = messageLayer(answer.type)?.answersNeedRequest === true ? { request: messageHex(message) } : {};
  return decodeMessage(answer.type, bytesOf(answer), about);
}

function bytesOf({ type, integrityCheck, payload }: MctpMessage): Uint8Array {
  return concat(Uint8Array.of(type | (integrityCheck ? TYPE_IC : 0)), payload);
}

interface Answered {
  readonly name: string;
  readonly message: Outgoing;
  readonly answer: MctpMessage;
  readonly ms: number;
  readonly json: boolean;
  readonly raw: boolean;
}

function showAnswer(io: Io, { name, message, answer, ms, json, raw }: Answered): number {
  const bytes = bytesOf(answer);
  const { decoded, error } = understood(message, answer);
  const failed = decoded !== undefined && saysNo(answer.type, decoded);
  if (json) io.print(JSON.stringify(sendJson(name, message, answer, ms, undefined), null, 2));
  else if (raw) io.print(toHex(bytes));
  else {
    const { colours } = io;
    const from = answer.source === 0 ? name : `EID ${answer.source}`;
    const title = decoded === undefined ? typeTitle(answer.type, bytes) : `${decoded.command} ${decoded.kind}`;
    const size = `${bytes.length} bytes, ${ms.toFixed(2)} ms`;
    io.print(`answer from ${from}: ${colours.strong(title)}  ${colours.faint(size)}`);
    for (const line of decoded?.text ?? [])
      io.print(failed ? colours.bad(`  ${printable(line)}`) : `  ${printable(line)}`);
    if (error !== undefined) io.print(`  ${colours.bad(printable(error))}`);
    if (decoded === undefined) io.print(`  ${shortHex(answer.payload, 256)}`);
  }
  return failed ? EXIT.refused : EXIT.done;
}

function saysNo(type: number, answer: DecodedMessage): boolean {
  const refuses = messageLayer(type)?.refuses;
  if (refuses !== undefined) return refuses(answer);
  const code = answer.fields.completionCode;
  return code !== undefined && code !== 0;
}

function sendJson(
  target: string,
  message: Outgoing,
  answer: MctpMessage | undefined,
  latencyMs: number | undefined,
  error: MctpError | undefined,
): SendDocument {
  const { type, decoded } = message;
  return {
    target,
    type,
    request: { message: messageHex(message), ...decodedJson(decoded) },
    answer: answer === undefined ? null : answerJson(message, answer),
    latencyMs: latencyMs ?? null,
    error: error === undefined ? null : { code: error.code, message: error.message },
  };
}

function answerJson(message: Outgoing, answer: MctpMessage): NonNullable<SendDocument['answer']> {
  const bytes = bytesOf(answer);
  const { decoded, error } = understood(message, answer);
  return {
    source: answer.source,
    link: answer.link,
    physicalAddress: answer.physicalAddress || null,
    message: toHex(bytes),
    ...decodedJson(decoded),
    ...(error === undefined ? {} : { error: { code: 'EBADMSG', message: error } }),
  };
}

function decodedJson(decoded: Outgoing['decoded']): Fields {
  if (decoded === undefined) return {};
  const { command, kind, instanceId, fields, extra } = decoded;
  return { ...extra, command, kind, instanceId, fields };
}

function explained(error: unknown): unknown {
  if (!MctpError.is(error, 'ETIMEDOUT')) return error;
  return refusal(`${error.message}: give it longer with --timeout, or try again with --retries`, error);
}
