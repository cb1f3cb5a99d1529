/**
 * Instance ids of several processes which ask the same responder. Each process counts by itself, but the responder sees
 * one requester: the same id again may be a retry to it, which it answers with its last answer (DSP0240 §7.2). So requests
 * go out with the ids that the server's stack has for this responder, and answers come back with the id that the process
 * chose.
 */

import type { Clock } from '../../../stack/clock.js';
import { MESSAGE_TYPE } from '../../../stack/ids.js';
import { idPoolOf } from '../../../stack/protocol/index.js';
import type { MctpAddress, MctpMessage, Transport } from '../../../stack/transport.js';
import { copyOf } from '../../../stack/util/slab.js';

/** Both have bits 0 to 4 of the first byte for it, and bit 7 for a request. */
const TYPES: ReadonlySet<number> = new Set([MESSAGE_TYPE.control, MESSAGE_TYPE.pldm]);
const COUNT = 32;
const MASK = COUNT - 1;
const REQUEST = 0x80;
/** MT4 and PT3 at most; ms. */
const EXPIRY_MS = 6_000;

/** The id of one request, while it is under way. */
export interface LentId {
  /** With the id of the wire. */
  readonly payload: Uint8Array;
  /** A message of the responder with the id as the process knows it. */
  own(message: MctpMessage): MctpMessage;
  /** Once. `unanswered`: an answer may still come. */
  end(unanswered: boolean): void;
}

export class InstanceIds {
  constructor(
    /** Its requesters share the ids. */
    private readonly transport: Transport,
    private readonly clock: Clock,
  ) {}

  /**
   * Undefined: messages of this type have no instance id, or this is not a request.
   * @throws MctpError ENOBUFS; as `Transport.peerKey`
   */
  lend(peer: MctpAddress, type: number, payload: Uint8Array): LentId | undefined {
    const first = payload[0] ?? 0;
    if (!TYPES.has(type) || (first & REQUEST) === 0) return undefined;
    const now = this.clock.now();
    const pool = idPoolOf(this.transport, peer, type, COUNT, now)!;
    const taken = pool.take(now);
    // One which is in use only when all are.
    const id = taken ?? pool.passing(now);
    // What the process expects stays another than what it does not.
    const difference = (first & MASK) - id;
    return {
      payload: withId(payload, id),
      own: (message) => {
        const { payload: answer } = message;
        if (answer.length === 0) return message;
        return { ...message, payload: withId(answer, (answer[0]! + difference) & MASK) };
      },
      end: (unanswered) => {
        if (taken !== undefined) pool.giveBack(taken, this.clock.now(), EXPIRY_MS, unanswered);
      },
    };
  }
}

function withId(payload: Uint8Array, id: number): Uint8Array {
  const copy = copyOf(payload);
  copy[0] = (copy[0]! & ~MASK) | id;
  return copy;
}
