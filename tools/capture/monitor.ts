/** What passes on the links of a stack, as packets and as the messages they make: for live views. */

import type { Recorded, RecorderOptions } from '../../bindings/capture/recorder.js';
import type { Captured } from '../decode/captured.js';
import { Conversation, type Heard } from '../decode/conversation.js';
import { provideLayers } from '../decode/loaded-layers.js';
import type { PacketSource } from './packet-source.js';

export interface Seen extends Heard {
  readonly recorded: Recorded;
  readonly captured: Captured;
}

/** Hear every packet, and what it completes; resolves with how to stop. */
export function monitor(
  source: PacketSource,
  hear: (seen: Seen) => void,
  options: RecorderOptions = {},
): Promise<() => void> {
  const follow = new Follower();
  return source.record((recorded) => hear(follow.hear(recorded)), options);
}

/** Each link is a conversation of its own: EIDs may repeat on another. */
export class Follower {
  readonly #conversations = new Map<string, Conversation>();

  constructor() {
    provideLayers();
  }

  hear(recorded: Recorded): Seen {
    let conversation = this.#conversations.get(recorded.link);
    if (conversation === undefined) this.#conversations.set(recorded.link, (conversation = new Conversation()));
    const captured = capturedOf(recorded);
    return { recorded, captured, ...conversation.hear(captured) };
  }
}

function capturedOf({ timeNs, direction, bytes, isPacket, linkFault, fault }: Recorded): Captured {
  return {
    timeUs: Number(timeNs) / 1000,
    dir: direction,
    bytes,
    frame: {},
    fault: linkFault || !isPacket ? (fault ?? 'no packet') : undefined,
  };
}
