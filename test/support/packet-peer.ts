/** The far side of a cable, made of packets and nothing else: a scripted peer for the table of socket semantics. */

import { flush } from '../../hw-fixtures/testing/virtual-time.js';
import { readHeader, writeHeader } from '../../stack/packet.js';
import { fromHex } from './hex.js';
import type { ScriptedLink } from './scripted-link.js';
import type { PeerMessage, ScriptedPeer } from './socket-semantics.js';

const UNIT = 64;

export class PacketPeer implements ScriptedPeer {
  readonly eid = 9;
  readonly otherEid = 10;
  #arrived = 0;

  constructor(
    private readonly link: ScriptedLink,
    private readonly them: number,
  ) {}

  async received(): Promise<PeerMessage> {
    const bytes: number[] = [];
    for (;;) {
      const packet = this.link.sent[this.#arrived];
      if (packet === undefined) {
        await flush();
        continue;
      }
      this.#arrived++;
      const data = fromHex(packet.hex);
      const { eom, dest, tag, to } = readHeader(data);
      bytes.push(...data.subarray(4));
      if (!eom) continue;
      const [type = 0, ...payload] = bytes;
      return {
        eid: dest,
        type: type & 0x7f,
        integrityCheck: type > 0x7f,
        tag,
        tagOwner: to,
        payload: Uint8Array.from(payload),
      };
    }
  }

  async send(message: Partial<PeerMessage> & Pick<PeerMessage, 'type'>): Promise<void> {
    const { eid = this.eid, tag = 0, tagOwner = true, integrityCheck = false } = message;
    const { type, payload = Uint8Array.of(0x55) } = message;
    const body = Uint8Array.of(type | (integrityCheck ? 0x80 : 0), ...payload);
    for (let at = 0, seq = 0; at < body.length; at += UNIT, seq++) {
      const data = body.subarray(at, at + UNIT);
      const packet = new Uint8Array(4 + data.length);
      const eom = at + UNIT >= body.length;
      writeHeader(packet, 0, { dest: this.them, src: eid, som: at === 0, eom, seq: seq & 3, to: tagOwner, tag });
      packet.set(data, 4);
      this.link.inject(packet);
    }
    await flush();
  }
}
