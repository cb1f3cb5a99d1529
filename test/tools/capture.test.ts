/** `capture`, `--capture`, and what `decode` makes of captures: read back by a reader that shares no code with the writer. */

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { enhancedPacket, interfaceDescription, sectionHeader } from '../../bindings/capture/pcapng.js';
import { numbered } from '../../tools/capture/output.js';
import { isPcap, readPcap } from '../../tools/capture/pcap-read.js';
import { RunningCommand } from '../support/cli.js';
import { mctpkit } from '../support/in-process.js';
import { nullModem } from '../support/null-modem.js';
import { type ReadCapture, readCapture } from '../support/pcapng-reader.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-capture-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string): string => join(folder, name);
const read = (name: string): ReadCapture => readCapture(readFileSync(path(name)));

/** Where it is installed, Wireshark's own reader has the last word. */
const tshark = ((): string | undefined => {
  try {
    return execFileSync('sh', ['-c', 'command -v tshark']).toString().trim();
  } catch {
    return undefined;
  }
})();

/** Its dissector of MCTP is younger than some versions that are about. */
const dissectsMctp =
  tshark !== undefined && /\tmctp$/m.test(execFileSync(tshark, ['-G', 'protocols'], { stdio: 'pipe' }).toString());

const NOISY = `
[wires.smbus0]
kind = "smbus"
host = 0x10
[devices.ssd]
wire = "smbus0"
address = 0x1d
[[faults]]
wire = "smbus0"
kind = "corrupt"
from = "ssd"
skip = 1
count = 1
`;

describe('a capture', () => {
  it('has an interface per link, cooked packets, directions, and what is right in every length', async () => {
    const before = BigInt(Date.now()) * 1_000_000n;
    const { code } = await mctpkit(['discover', '--capture', path('discover.pcapng')]);
    expect(code).toBe(0);
    const { application, interfaces, packets, statistics } = read('discover.pcapng');
    expect(application).toMatch(/^mctpkit \d/);
    expect(interfaces).toEqual([
      { linkType: 276, name: 'bench:smbus0', resolution: 9 },
      { linkType: 276, name: 'bench:serial0', resolution: 9 },
    ]);
    expect(packets.length).toBeGreaterThan(100);
    for (const packet of packets) {
      expect(packet).toMatchObject({ protocol: 0x00fa, hardware: 290, crcError: false });
      expect(packet.direction).toBe(packet.packetType === 4 ? 'out' : 'in');
      expect(packet.payload.slice(0, 2)).toBe('01');
      expect(packet.timeNs - before).toBeGreaterThan(-1_000_000_000n);
      expect(packet.timeNs - before).toBeLessThan(60_000_000_000n);
    }
    const fromSsd = packets.find(({ direction, address }) => direction === 'in' && address === '1d');
    expect(fromSsd?.payload).toMatch(/^010800c0/);
    expect(packets[0]).toMatchObject({ comments: [expect.stringMatching(/^to 0x/)], address: '10' });
    expect(statistics.reduce((sum, { received }) => sum + received, 0n)).toBe(BigInt(packets.length));
    for (let at = 1; at < packets.length; at++)
      expect(packets[at]!.timeNs).toBeGreaterThanOrEqual(packets[at - 1]!.timeNs);
  });

  it.skipIf(tshark === undefined)('is read by Wireshark, field by field as by our own reader', () => {
    const frame = ['time_epoch', 'interface_name', 'packet_flags_direction', 'comment'].map((name) => `frame.${name}`);
    const fields = [...frame, 'sll.pkttype', 'sll.ltype', 'data.data'].flatMap((name) => ['-e', name]);
    // As far as SLL2; MCTP has a test of its own.
    const undissected = dissectsMctp ? ['--disable-protocol', 'mctp'] : [];
    const args = ['-r', path('discover.pcapng'), ...undissected, '-T', 'fields', '-E', 'separator=;', ...fields];
    const out = execFileSync(tshark!, args, { stdio: 'pipe' });
    const rows = out
      .toString()
      .trim()
      .split('\n')
      .map((line) => line.split(';'));
    const { packets, interfaces } = read('discover.pcapng');
    expect(rows).toEqual(
      packets.map((packet) => [
        `${packet.timeNs / 1_000_000_000n}.${String(packet.timeNs % 1_000_000_000n).padStart(9, '0')}`,
        interfaces[packet.interface]!.name,
        packet.direction === 'in' ? '0x00000001' : '0x00000002',
        packet.comments.join(','),
        String(packet.packetType),
        '0x00fa',
        packet.payload,
      ]),
    );
  });

  it.skipIf(!dissectsMctp)('is MCTP to Wireshark', () => {
    const fields = ['-T', 'fields', '-e', 'mctp.src', '-e', 'mctp.dst'];
    const out = execFileSync(tshark!, ['-r', path('discover.pcapng'), '-Y', 'mctp', ...fields]).toString();
    expect(out.trim().split('\n').length).toBeGreaterThan(100);
  });

  it('remarks on frames that were wrong', async () => {
    writeFileSync(path('noisy.toml'), NOISY);
    const link = `bench:${path('noisy.toml')}`;
    await mctpkit(['discover', '--link', link, '--capture', path('noisy.pcapng')]);
    const bad = read('noisy.pcapng').packets.filter(({ crcError }) => crcError);
    expect(bad).toHaveLength(1);
    expect(bad[0]).toMatchObject({ direction: 'in', comments: ['bad PEC'] });
    const { stdout } = await mctpkit(['decode', path('noisy.pcapng')]);
    expect(stdout).toContain('dropped: bad PEC');
    expect(stdout).toMatch(/, 1 retries, .*1 faults$/m);
    expect(stdout).toMatch(/retry of the request at \d/);
    const { stdout: json } = await mctpkit(['decode', '--json', path('noisy.pcapng'), '-f', 'error']);
    const { packets } = JSON.parse(json) as { packets: { fault?: string }[] };
    expect(packets.filter(({ fault }) => fault === 'bad PEC')).toHaveLength(1);
    expect(packets.length).toBeLessThan(6);
  });

  it('is in the pipe with every packet, and ends when nobody reads it', async () => {
    const modem = await nullModem();
    const command = new RunningCommand(['capture', '--link', `serial:${modem.ends[0]}`, '-w', '-'], { binary: true });
    const chunks: Buffer[] = [];
    command.child.stdout.on('data', (text: string) => chunks.push(Buffer.from(text, 'latin1')));
    const ask = () => mctpkit(['send', `serial:${modem.ends[1]}`, 'GetEndpointID', '-W', '50ms', '-r', '0']);
    try {
      await command.note(/recording/);
      await ask();
      // Nothing is held back until there is more of it.
      await expect.poll(() => readCapture(Buffer.concat(chunks)).packets.length).toBe(1);
      const exited = once(command.child, 'exit');
      command.child.stdout.destroy();
      await ask();
      const [code, signal] = (await exited) as unknown[];
      expect({ code, signal }).toEqual({ code: 0, signal: null });
    } finally {
      command.child.kill('SIGKILL');
      await modem.close();
    }
  });

  it('goes down a pipe, packet by packet', async () => {
    const { code, stdout, stderr } = await mctpkit(
      ['capture', '--discover', '-w', '-', '--count', '5', '--filter', 'dir=rx'],
      {
        binary: true,
      },
    );
    expect(code).toBe(0);
    expect(stderr).toContain('5 packets, 0 with faults');
    const { packets } = readCapture(Buffer.from(stdout, 'latin1'));
    expect(packets.map(({ direction }) => direction)).toEqual(new Array(5).fill('in'));
  });

  it('rotates, and keeps so many files', async () => {
    const name = path('ring.pcapng');
    const { code } = await mctpkit([
      'capture',
      '--discover',
      '--for',
      '1s',
      '-w',
      name,
      '--rotate-size',
      '2k',
      '--files',
      '3',
    ]);
    expect(code).toBe(0);
    const files = readdirSync(folder).filter((file) => file.startsWith('ring-'));
    expect(files).toHaveLength(3);
    for (const file of files) expect(read(file).packets.length).toBeGreaterThan(0);
    expect(existsSync(name)).toBe(false);
    expect(numbered('/a.b/c', 7)).toBe('/a.b/c-00007');
  });

  it('listens on a line without a word, until Ctrl-C', async () => {
    const modem = await nullModem();
    const command = new RunningCommand(['capture', '--link', `serial:${modem.ends[0]}`, '-w', path('line.pcapng')]);
    try {
      await command.note(/recording/);
      const asked = await mctpkit(['send', `serial:${modem.ends[1]}`, 'GetEndpointID', '-W', '150ms', '-r', '1']);
      expect(asked.code).toBe(1);
      await expect.poll(() => read('line.pcapng').packets.length).toBe(2);
      const { code, stderr } = await command.stop();
      expect(code).toBe(0);
      expect(stderr).toContain('2 packets, 0 with faults in ');
      expect(read('line.pcapng').packets.map(({ payload }) => payload)).toEqual([
        expect.stringMatching(/^010008[cd]800..02$/),
        expect.stringMatching(/^010008[cd]800..02$/),
      ]);
      const { stdout } = await mctpkit(['decode', path('line.pcapng'), '-x']);
      expect(stdout).toMatch(/GetEndpointID +no answer +1 retry$/m);
    } finally {
      command.child.kill('SIGKILL');
      await modem.close();
    }
  });

  it('shows messages of every kind as they pass: their code is there in the built command, too', async () => {
    const modem = await nullModem();
    const command = new RunningCommand(['capture', '--link', `serial:${modem.ends[0]}`, '--messages']);
    try {
      await command.note(/listening on/);
      const kinds = {
        pldm: '800002',
        nvmeMi: '080000010000000000000000000000',
        spdm: '10840000',
        ncsi: '0001000100000000000000000000000000000000',
      };
      for (const [type, payload] of Object.entries(kinds)) {
        await mctpkit(['send', `serial:${modem.ends[1]}`, '--type', type, payload, '-W', '50ms', '-r', '0']);
      }
      for (const name of ['GetTID', 'SubsystemHealthPoll', 'GET_VERSION', 'ClearInitialState']) {
        await command.line(new RegExp(`\\b${name}\\b`));
      }
      expect((await command.stop()).code).toBe(0);
    } finally {
      command.child.kill('SIGKILL');
      await modem.close();
    }
  });

  it('shows packets or messages on the screen', async () => {
    const packets = await mctpkit(['capture', '--discover', '--count', '2']);
    expect(packets.stdout).toMatch(/^\d\d:\d\d:\d\d\.\d{6} bench:smbus0 -> 8>0x1d SET seq 0 tag 0 control, 3 bytes\n/);
    const json = await mctpkit(['capture', '--discover', '--count', '1', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      link: 'bench:smbus0',
      direction: 'tx',
      physicalAddress: '1d',
      fault: null,
    });
  });

  it.each<[string[], string]>([
    [['capture', '--rotate-size', '1M'], 'rotation is for files: name one with --write'],
    [['capture', '-w', '-', '--rotate-size', '1M'], 'standard output cannot be rotated: name a file with --write'],
    [['capture', '-w', 'x', '--files', '2'], '--files goes with --rotate-size or --rotate-time'],
    [['capture', '--for', 'soon'], '--for soon is wrong: use a time such as 500ms, 10s, 5m or 2h'],
    [['capture', '-f', 'edi=9'], '--filter: no key "edi" (did you mean eid?)'],
    [['capture', '-f', 'eid=300'], '--filter: eid=300 is wrong: use 0 to 255'],
    [['capture', '-w', '/nowhere/x.pcapng'], '/nowhere/x.pcapng cannot be written: no such file or directory'],
  ])('mctpkit %j', async (args, complaint) => {
    const { code, stderr } = await mctpkit(args);
    expect(code).toBeGreaterThan(0);
    expect(stderr).toContain(`mctpkit: ${complaint}`);
  });
});

describe('reading captures of others', () => {
  const packet = Buffer.from('010908c8008002', 'hex');
  const sll2 = Buffer.concat([Buffer.from('00fa000000000002012204010000000000000000', 'hex'), packet]);

  function classic(magic: number, little: boolean, linkType: number, data: Buffer): Buffer {
    const head = Buffer.alloc(40);
    const put = (value: number, at: number): number =>
      little ? head.writeUInt32LE(value, at) : head.writeUInt32BE(value, at);
    put(magic, 0);
    put(0xffff, 16);
    put(linkType, 20);
    put(1_700_000_000, 24);
    put(5, 28);
    put(data.length, 32);
    put(data.length, 36);
    return Buffer.concat([head, data]);
  }

  it.each([
    ['microseconds, little-endian', classic(0xa1b2c3d4, true, 276, sll2), 5_000n],
    ['nanoseconds, big-endian', classic(0xa1b23c4d, false, 276, sll2), 5n],
  ])('pcap, %s', (_name, file, fraction) => {
    expect(isPcap(file)).toBe(true);
    const [found] = [...readPcap(file)];
    expect(found).toMatchObject({ timeNs: 1_700_000_000_000_000_000n + fraction, linkType: 276 });
  });

  it('pcapng of a big-endian machine, in microseconds', () => {
    const length = 32 + sll2.length + 1;
    const hex = (value: number): string => value.toString(16).padStart(8, '0');
    const section = `0a0d0d0a0000001c1a2b3c4d00010000${'ff'.repeat(8)}0000001c`;
    const link = '0000000100000014011400000000000000000014';
    const head = `00000006${hex(length)}00000000${hex(0x60f)}${hex(5)}${hex(sll2.length)}${hex(sll2.length)}`;
    const file = Buffer.from(`${section}${link}${head}${sll2.toString('hex')}00${hex(length)}`, 'hex');
    expect([...readPcap(file)]).toMatchObject([
      { timeNs: ((0x60fn << 32n) + 5n) * 1000n, linkType: 276, interface: '0' },
    ]);
  });

  it('a pcap of the kernel is decoded', async () => {
    writeFileSync(path('kernel.pcap'), classic(0xa1b2c3d4, true, 276, sll2));
    const { code, stdout } = await mctpkit(['decode', path('kernel.pcap')]);
    expect(code).toBe(0);
    expect(stdout).toContain('this is a capture');
    expect(stdout).toContain('GetEndpointID request #0');
  });

  it('something else in it is said', async () => {
    writeFileSync(path('ethernet.pcap'), classic(0xa1b2c3d4, true, 1, sll2));
    expect(await mctpkit(['decode', path('ethernet.pcap')])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('has no MCTP, only packets of link type 1 in it'),
    });
  });

  it('a capture that was cut off gives what is there; damage is said', async () => {
    const whole = Buffer.concat([
      sectionHeader('test', 'test'),
      interfaceDescription({ linkType: 276, name: 'a', description: '' }),
      enhancedPacket({ interface: 0, timeNs: 1n, data: sll2, flags: 1, comments: [] }),
      enhancedPacket({ interface: 0, timeNs: 2n, data: sll2, flags: 1, comments: [] }),
    ]);
    expect([...readPcap(whole)]).toHaveLength(2);
    expect([...readPcap(whole.subarray(0, whole.length - 7))]).toHaveLength(1);
    const damaged = Buffer.from(whole);
    damaged.writeUInt32LE(13, damaged.indexOf(sll2) - 24);
    writeFileSync(path('damaged.pcapng'), damaged);
    const { code, stderr } = await mctpkit(['decode', path('damaged.pcapng')]);
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/: the file is damaged at byte \d+\n$/),
    });
  });

  it('what is before a damage is decoded; what is wrong with the file is said on stderr', async () => {
    const whole = readFileSync(path('discover.pcapng'));
    writeFileSync(path('cut.pcapng'), whole.subarray(0, 3000));
    const cut = await mctpkit(['decode', path('cut.pcapng'), '--json']);
    expect(cut).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/was cut off: no whole packet from byte 2\d+ on\n$/),
    });
    const { packets } = JSON.parse(cut.stdout) as { packets: unknown[] };
    expect(packets.length).toBeGreaterThan(20);
    // A disk that was full, a machine that lost power: blocks of zeros.
    writeFileSync(path('zeros.pcapng'), Buffer.concat([whole.subarray(0, 3000), Buffer.alloc(500)]));
    const zeros = await mctpkit(['decode', path('zeros.pcapng'), '--json']);
    expect(zeros.stderr).toMatch(/: the file is damaged at byte \d+\n$/);
    expect((JSON.parse(zeros.stdout) as { packets: unknown[] }).packets.length).toBeGreaterThanOrEqual(packets.length);
  });

  it('compressed ones are unpacked; a broken archive is said', async () => {
    const packed = gzipSync(readFileSync(path('discover.pcapng')));
    writeFileSync(path('discover.pcapng.gz'), packed);
    const [plain, unpacked] = await Promise.all(
      ['discover.pcapng', 'discover.pcapng.gz'].map((name) => mctpkit(['decode', path(name)])),
    );
    expect(unpacked).toEqual(plain);
    writeFileSync(path('half.gz'), packed.subarray(0, 100));
    expect(await mctpkit(['decode', path('half.gz')])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^mctpkit: \S+half\.gz cannot be unpacked: .+\n$/),
    });
  });

  it('bytes of a line, rubbish, directories', async () => {
    const frame = Buffer.from('7e0107010908c8008002' + '0eb27e', 'hex');
    writeFileSync(path('line.bin'), Buffer.concat([Buffer.from([0xff, 0x00]), frame, frame]));
    const line = await mctpkit(['decode', path('line.bin')]);
    expect(line.stdout.match(/GetEndpointID request/g)).toHaveLength(2);
    writeFileSync(path('rubbish'), Buffer.from('ff00fe01fd02fc'.repeat(9), 'hex'));
    expect(await mctpkit(['decode', path('rubbish')])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/rubbish is binary, no pcap or pcapng, and looks like none of serial, smbus/),
    });
    expect(await mctpkit(['decode', folder])).toMatchObject({
      code: 2,
      stderr: `mctpkit: ${folder} is a directory: name a file in it\n`,
    });
  });

  it('never throws anything but its own error, whatever the bytes', () => {
    const whole = Buffer.from(readFileSync(path('discover.pcapng')).subarray(0, 2000));
    let seed = 1;
    let longest = 0;
    for (let round = 0; round < 2000; round++) {
      const bytes = Buffer.from(whole);
      for (let flips = 0; flips < 3; flips++) {
        seed = (seed * 1103515245 + 12345) & 0x7fffffff;
        bytes[seed % bytes.length] = (seed >> 8) & 0xff;
      }
      try {
        for (const { data } of readPcap(bytes)) longest = Math.max(longest, data.length);
      } catch (error) {
        expect((error as { code?: string }).code).toBe('EBADMSG');
      }
    }
    expect(longest).toBeGreaterThan(0);
    expect(longest).toBeLessThan(2000);
  });
});
