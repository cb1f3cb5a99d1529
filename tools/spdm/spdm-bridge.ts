/** A requester of DMTF's emulators on one side, a device on any link on the other: frame by frame, unchanged. */

import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { MESSAGE_TYPE } from '../../stack/ids.js';
import { TYPE_IC, TYPE_MASK } from '../../stack/packet.js';
import type { MctpAddress, MctpMessage, Transport } from '../../stack/transport.js';
import { onAbort } from '../../stack/util/abort.js';
import { concat } from '../decode/named-fields.js';
import type { Connection } from '../world-network.js';
import {
  type EmulatorFrame,
  encodeFrame,
  FRAME_COMMAND,
  FrameReader,
  SERVER_HELLO,
  TRANSPORT_MCTP,
} from './emulator-frames.js';

export interface BridgeOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  /** The device. */
  readonly to: MctpAddress;
  /** For an answer of the device; ms. */
  readonly timeoutMs: number;
  /** Hears every message that went through, with its type byte. */
  readonly onExchange?: (request: Uint8Array, answer: Uint8Array, ms: number) => void;
}

export interface Served {
  /** Why it ended, for people. */
  readonly reason: string;
  readonly exchanges: number;
  /** False: the requester said goodbye. */
  readonly failed: boolean;
}

/** Talk with one requester until it ends. Never throws for what requester and device do; closes the connection. */
export async function serveRequester(
  connection: Connection,
  options: BridgeOptions,
  signal: AbortSignal,
): Promise<Served> {
  const socket = options.transport.socket();
  const reader = new FrameReader();
  const stopped = AbortSignal.any([signal, connection.closed]);
  let exchanges = 0;
  const ended = (reason: string, failed = true): Served => ({ reason, exchanges, failed });
  const stopListening = onAbort(signal, () => connection.close());
  try {
    for await (const chunk of connection) {
      for (const frame of reader.push(chunk)) {
        const { command, transport } = frame;
        const say = (answer: number, payload: Uint8Array): Promise<void> =>
          connection.write(encodeFrame({ command: answer, transport, payload }));
        if (command === FRAME_COMMAND.test) await say(command, SERVER_HELLO);
        else if (command === FRAME_COMMAND.continue) await say(command, new Uint8Array());
        else if (command === FRAME_COMMAND.shutdown) {
          // Some do not wait for it.
          await say(command, new Uint8Array()).catch(() => {});
          return ended('the requester ended the session', false);
        } else if (isCarried(frame)) {
          const start = options.clock.now();
          const answer = await carry(frame.payload, options, (to, payload, how) =>
            socket.request(to, payload, { ...how, signal: stopped }),
          );
          exchanges++;
          options.onExchange?.(frame.payload, answer, options.clock.now() - start);
          await say(command, answer);
        } else await say(FRAME_COMMAND.unknown, new Uint8Array());
      }
    }
    if (signal.aborted) return ended('stopped', false);
    return ended(reader.pending > 0 ? 'the requester vanished in the middle of a message' : 'the requester vanished');
  } catch (error) {
    if (signal.aborted) return ended('stopped', false);
    if (connection.closed.aborted) return ended('the requester vanished while it was answered');
    return ended(MctpError.is(error) ? error.message : String(error));
  } finally {
    stopListening?.();
    socket.close();
    connection.close();
  }
}

/** SPDM, plain or secured, by MCTP. */
function isCarried({ command, transport, payload }: EmulatorFrame): boolean {
  const type = (payload[0] ?? 0) & TYPE_MASK;
  const carried = type === MESSAGE_TYPE.spdm || type === MESSAGE_TYPE.secured;
  return command === FRAME_COMMAND.normal && transport === TRANSPORT_MCTP && payload.length > 1 && carried;
}

type Ask = (to: MctpAddress, payload: Uint8Array, how: RequestHow) => Promise<MctpMessage>;
interface RequestHow {
  readonly type: number;
  readonly integrityCheck: boolean;
  readonly timeoutMs: number;
  readonly totalTimeoutMs: number;
}

async function carry(message: Uint8Array, { to, timeoutMs }: BridgeOptions, ask: Ask): Promise<Uint8Array> {
  const type = message[0]! & TYPE_MASK;
  const integrityCheck = (message[0]! & TYPE_IC) !== 0;
  const how = { type, integrityCheck, timeoutMs, totalTimeoutMs: timeoutMs };
  const answer = await ask(to, message.subarray(1), how).catch((error: unknown) => {
    if (!MctpError.is(error, 'ETIMEDOUT')) throw error;
    throw new MctpError('ETIMEDOUT', `the device did not answer within ${timeoutMs} ms: --timeout gives it longer`);
  });
  return concat(Uint8Array.of(answer.type | (answer.integrityCheck ? TYPE_IC : 0)), answer.payload);
}
