import type { Duplex } from 'node:stream';
import { expect, it } from 'vitest';
import { bootBoard } from '../../hw-fixtures/linux-board/index.js';
import { LONGEST_MS } from './longest.js';
import { describeOnBoard } from './support.js';

const setup = `set -e
  link=$(mctp-peer ldisc /dev/ttyS0)
  mctp-peer link $link up
  mctp-peer addr add 8 dev $link
  mctp-peer route add 9 via $link`;

/** Bytes from the kernel up to and including the n-th flag. */
function readFlags(serial: Duplex, flags: number): Promise<string> {
  return new Promise((resolve) => {
    let seen = Buffer.alloc(0);
    serial.on('data', function collect(chunk: Buffer) {
      seen = Buffer.concat([seen, chunk]);
      if (seen.filter((byte) => byte === 0x7e).length < flags) return;
      serial.off('data', collect);
      resolve(seen.toString('hex'));
    });
  });
}

describeOnBoard('the kernel on a serial line', () => {
  it('sends a request as DSP0253 frames it and accepts our reply', async () => {
    const command = `${setup}; mctp-peer req 9 1 007e7d`;
    const run = await bootBoard({ serial: true, timeoutMs: LONGEST_MS, command });
    const request = await readFlags(run.serial!, 2);
    // packet 01 09 08 c8 01 00 7e 7d, the last two escaped
    expect(request).toMatch(/^7e0108010908c801007d5e7d5d[0-9a-f]{4}7e$/);
    // back from EID 9 to 8, same tag, its owner bit cleared
    run.serial!.write(frame([0x01, 0x08, 0x09, 0xc0, 0x01, 0xca, 0xfe]));
    const result = await run.finished;
    expect(result).toMatchObject({ exitCode: 0, stdout: 'cafe\n' });
  });

  it('ignores a reply whose checksum is wrong', async () => {
    const run = await bootBoard({
      serial: true,
      command: `${setup}; mctp-peer req 9 1 00 --timeout 500`,
    });
    await readFlags(run.serial!, 2);
    const reply = frame([0x01, 0x08, 0x09, 0xc0, 0x01, 0xca, 0xfe]);
    reply.writeUInt8(reply.readUInt8(8) ^ 1, 8);
    run.serial!.write(reply);
    expect(await run.finished).toMatchObject({ exitCode: 1, stderr: 'mctp-peer: reply: ETIMEDOUT\n' });
  });
});

/** The checksum bit by bit, apart from mctpkit's own table-driven one. The packets here need no escapes. */
function frame(packet: readonly number[]): Buffer {
  const body = [0x01, packet.length, ...packet];
  let fcs = 0xffff;
  for (const byte of body) {
    fcs ^= byte;
    for (let bit = 0; bit < 8; bit++) fcs = fcs & 1 ? (fcs >> 1) ^ 0x8408 : fcs >> 1;
  }
  return Buffer.from([0x7e, ...body, fcs >> 8, fcs & 0xff, 0x7e]);
}
