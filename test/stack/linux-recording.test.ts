import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { flush } from '../../hw-fixtures/testing/virtual-time.js';
import { Mctp, VirtualClock } from '../../stack/index.js';
import { readHeader } from '../../stack/packet.js';
import { fromHex, hex } from '../support/hex.js';
import { ScriptedLink } from '../support/scripted-link.js';

interface Recording {
  readonly packets: readonly { readonly dir: 'from-linux' | 'to-linux'; readonly packet: string }[];
}

const { packets } = JSON.parse(
  readFileSync(new URL('../recordings/linux-serial-fragmentation.json', import.meta.url), 'utf8'),
) as Recording;
const recorded = (dir: string): string[] => packets.filter((entry) => entry.dir === dir).map((entry) => entry.packet);

/** Packets of one message each; the last ones have EOM. */
function messages(all: readonly string[]): Uint8Array[][] {
  const found: Uint8Array[][] = [];
  for (const packet of all.map(fromHex)) {
    const { som } = readHeader(packet);
    if (som) found.push([]);
    found.at(-1)!.push(packet);
  }
  return found;
}

/** The packets as if the first one of the message had sequence number 0: where it starts is the sender's choice. */
function fromZero(message: readonly Uint8Array[]): string[] {
  const { seq: first } = readHeader(message[0]!);
  return message.map((packet) => {
    const copy = packet.slice();
    copy[3] = (copy[3]! & ~0x30) | (((readHeader(packet).seq - first) & 3) << 4);
    return hex(copy);
  });
}

async function endpoint(eid: number, peer: number): Promise<{ mctp: Mctp; link: ScriptedLink }> {
  const mctp = new Mctp({ clock: new VirtualClock() });
  const link = new ScriptedLink();
  mctp.addLink(link);
  mctp.addAddress(eid, link.name);
  mctp.addRoute({ start: peer, link: link.name });
  await mctp.open();
  return { mctp, link };
}

describe('a conversation recorded with the Linux kernel', () => {
  it('our echo answers the packets of Linux with the packets Linux accepted', async () => {
    // Given: EID 9, which echoes messages of type 0x7e
    const { mctp, link } = await endpoint(9, 8);
    const socket = mctp.socket();
    socket.bind({ type: 0x7e });
    socket.onMessage((message) => void socket.reply(message, message.payload));

    // When: everything Linux sent comes in
    for (const packet of recorded('from-linux')) link.inject(packet);
    await flush();

    // Then
    const ours = messages(link.takeSent());
    const theirs = messages(recorded('to-linux'));
    expect(ours).toHaveLength(theirs.length);
    for (const [i, message] of ours.entries()) expect(fromZero(message)).toEqual(fromZero(theirs[i]!));
    expect(mctp.links()[0]!.counters.drops).toEqual(
      Object.fromEntries(Object.keys(mctp.links()[0]!.counters.drops).map((name) => [name, 0])),
    );
  });

  it('our requests are the packets Linux made of the same messages, and its answers are understood', async () => {
    // Given: EID 8, in the place of Linux; the bodies are those of the recording
    const { mctp, link } = await endpoint(8, 9);
    const socket = mctp.socket();
    const replies = messages(recorded('to-linux'));

    for (const [i, request] of messages(recorded('from-linux')).entries()) {
      const body = fromHex(request.map((packet) => hex(packet.subarray(4))).join('')).subarray(1);
      // Linux takes the lowest free tag, we rotate: the one difference besides the first sequence number.
      const { tag } = readHeader(request[0]!);
      const answered = socket.request({ eid: 9 }, body, { type: 0x7e });
      const sent = messages(link.takeSent());
      expect(sent).toHaveLength(1);
      const ours = readHeader(sent[0]![0]!).tag;

      expect(fromZero(sent[0]!).map((packet) => withTag(packet, tag))).toEqual(fromZero(request));

      for (const packet of replies[i]!) link.inject(withTag(hex(packet), ours));
      expect(hex((await answered).payload)).toBe(hex(body));
    }
  });
});

function withTag(packet: string, tag: number): string {
  const bytes = fromHex(packet);
  bytes[3] = (bytes[3]! & ~7) | tag;
  return hex(bytes);
}
