/**
 * Instance ids of several processes which ask the same responder. Each process counts by itself, but the responder sees
 * one requester: the same id again may be a retry to it, which it answers with its last answer (DSP0240 §7.2). So requests
 * go out with ids in turn, and answers come back with the id that the process chose.
 */

import { MESSAGE_TYPE } from '../../../stack/ids.js';
import type { MctpMessage } from '../../../stack/transport.js';
import { copyOf } from '../../../stack/util/slab.js';

/** Both have bits 0 to 4 of the first byte for it, and bit 7 for a request. */
const TYPES: ReadonlySet<number> = new Set([MESSAGE_TYPE.control, MESSAGE_TYPE.pldm]);
const COUNT = 32;
const MASK = COUNT - 1;
const REQUEST = 0x80;
/** Responders remembered; the oldest of those which are asked nothing are forgotten. */
const MOST_RESPONDERS = 1_024;

interface Responder {
  /** Requests under way with each id. */
  readonly open: Uint32Array;
  next: number;
  total: number;
}

/** The id of one request, while it is under way. */
export interface LentId {
  /** With the id of the wire. */
  readonly payload: Uint8Array;
  /** A message of the responder with the id as the process knows it. */
  own(message: MctpMessage): MctpMessage;
  end(): void;
}

export class InstanceIds {
  readonly #responders = new Map<string, Responder>();

  /** Undefined: messages of this type have no instance id, or this is not a request. */
  lend(peer: string, type: number, payload: Uint8Array): LentId | undefined {
    const first = payload[0] ?? 0;
    if (!TYPES.has(type) || (first & REQUEST) === 0) return undefined;
    const responder = this.#responder(`${type} ${peer}`);
    const id = nextId(responder);
    responder.open[id]!++;
    responder.total++;
    // What the process expects stays another than what it does not.
    const difference = (first & MASK) - id;
    return {
      payload: withId(payload, id),
      own: (message) => {
        const { payload: answer } = message;
        if (answer.length === 0) return message;
        return { ...message, payload: withId(answer, (answer[0]! + difference) & MASK) };
      },
      end: () => {
        responder.open[id]!--;
        responder.total--;
      },
    };
  }

  #responder(key: string): Responder {
    const known = this.#responders.get(key);
    if (known !== undefined) return known;
    if (this.#responders.size >= MOST_RESPONDERS) {
      for (const [name, { total }] of this.#responders) {
        if (total > 0) continue;
        this.#responders.delete(name);
        break;
      }
    }
    const responder: Responder = { open: new Uint32Array(COUNT), next: 0, total: 0 };
    this.#responders.set(key, responder);
    return responder;
  }
}

/** In turn; one which is in use only when all are. */
function nextId(responder: Responder): number {
  for (let step = 0; step < COUNT; step++) {
    const id = (responder.next + step) & MASK;
    if (responder.open[id]! > 0) continue;
    responder.next = (id + 1) & MASK;
    return id;
  }
  const id = responder.next;
  responder.next = (id + 1) & MASK;
  return id;
}

function withId(payload: Uint8Array, id: number): Uint8Array {
  const copy = copyOf(payload);
  copy[0] = (copy[0]! & ~MASK) | id;
  return copy;
}
