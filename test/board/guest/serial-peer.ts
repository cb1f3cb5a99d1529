// The far side of the kernel's serial link, as packets: a scripted peer for the table of socket semantics.

import type { BytePort } from '../../../bindings/serial/byte-port.js';
import { SerialLink } from '../../../bindings/serial/serial-link.js';
import { systemClock } from '../../../bindings/system-clock.js';
import { type LinkHost, TRANSMIT } from '../../../stack/link.js';
import { readHeader, writeHeader } from '../../../stack/packet.js';
import type { PeerMessage, ScriptedPeer } from '../../support/socket-semantics.js';

const UNIT = 64;

export class SerialPeer implements ScriptedPeer {
  readonly eid = 9;
  readonly otherEid = 10;
  readonly #link: SerialLink;
  readonly #them: number;
  /** Being assembled, by sender and tag. */
  readonly #parts = new Map<string, number[]>();
  readonly #messages: PeerMessage[] = [];
  readonly #readers: ((message: PeerMessage) => void)[] = [];
  #room: (() => void) | undefined;

  constructor(port: BytePort, them: number) {
    this.#link = new SerialLink({ port, clock: systemClock, reopen: false });
    this.#them = them;
    const host: LinkHost = {
      receive: (buffer, start, end) => this.#packet(buffer.subarray(start, end)),
      transmitted() {},
      ready: () => this.#room?.(),
      state() {},
      fault(what) {
        throw new Error(`bad frame from the kernel: ${what}`);
      },
    };
    this.#link.attach(host);
  }

  open(): Promise<void> {
    return this.#link.open();
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  received(): Promise<PeerMessage> {
    const first = this.#messages.shift();
    if (first !== undefined) return Promise.resolve(first);
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  async send(message: Partial<PeerMessage> & Pick<PeerMessage, 'type'>): Promise<void> {
    const { eid = this.eid, tag = 0, tagOwner = true, integrityCheck = false } = message;
    const { type, payload = Uint8Array.of(0x55) } = message;
    const body = Uint8Array.of(type | (integrityCheck ? 0x80 : 0), ...payload);
    for (let at = 0, seq = 0; at < body.length; at += UNIT, seq++) {
      const data = body.subarray(at, at + UNIT);
      const packet = new Uint8Array(4 + data.length);
      const eom = at + UNIT >= body.length;
      writeHeader(packet, 0, { dest: this.#them, src: eid, som: at === 0, eom, seq: seq & 3, to: tagOwner, tag });
      packet.set(data, 4);
      while (this.#link.transmit(packet, 0, packet.length, '', 0) === TRANSMIT.busy) {
        await new Promise<void>((resolve) => {
          this.#room = resolve;
        });
      }
    }
  }

  #packet(packet: Uint8Array): void {
    const { som, eom, src, dest, tag, to } = readHeader(packet);
    const key = `${src} ${dest} ${tag} ${to}`;
    if (som) this.#parts.set(key, []);
    const bytes = this.#parts.get(key);
    if (bytes === undefined) throw new Error('a packet in the middle of nothing');
    bytes.push(...packet.subarray(4));
    if (!eom) return;
    this.#parts.delete(key);
    const [type = 0, ...payload] = bytes;
    const message: PeerMessage = {
      eid: dest,
      type: type & 0x7f,
      integrityCheck: type > 0x7f,
      tag,
      tagOwner: to,
      payload: Uint8Array.from(payload),
    };
    const reader = this.#readers.shift();
    if (reader !== undefined) reader(message);
    else this.#messages.push(message);
  }
}
