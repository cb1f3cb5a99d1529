/** Bytes and text off a bench: what people have in their files, and what it says. Inputs: test/field/. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { SCHEMAS } from '../../tools/schema/index.js';
import { mctpkit } from '../support/in-process.js';
import { misfits } from '../support/json-schema.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-field-'));
afterAll(() => rmSync(folder, { recursive: true }));

const field = (name: string): string => fileURLToPath(new URL(`../field/${name}`, import.meta.url));
const textOf = (name: string): string => readFileSync(field(name), 'utf8');

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

interface Message {
  readonly command?: string | number;
  readonly kind?: string;
  readonly instanceId?: number;
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly src: number | null;
  readonly dest: number | null;
  readonly dir: string | null;
  readonly timeUs: number | null;
  readonly request?: number;
  readonly stray?: boolean;
  readonly pdr?: Readonly<Record<string, unknown>>;
}

interface Document {
  readonly layer: string | null;
  readonly remarks?: readonly string[];
  readonly packets: readonly Readonly<Record<string, unknown>>[];
  readonly messages: readonly Message[];
  readonly summary: Readonly<Record<string, unknown>>;
}

async function decoded(path: string, ...options: string[]): Promise<Document> {
  const { code, stdout } = await mctpkit(['decode', '--json', path, ...options]);
  expect(code).toBe(0);
  const document = JSON.parse(stdout) as Document;
  expect(misfits(document, SCHEMAS.decode!)).toEqual([]);
  return document;
}

/** "GetEndpointID request #0" */
const said = ({ messages }: Document): string[] =>
  messages.map(({ command, kind, instanceId }) => `${command} ${kind} #${instanceId}`);

const ENDPOINT_ID = ['GetEndpointID request #0', 'GetEndpointID response #0'];

describe('logs of programs', () => {
  it('tcpdump -x without time lines: the offset is not data', async () => {
    const document = await decoded(field('30-tcpdump-plain.txt'));
    expect(said(document)).toEqual(['GetMessageTypeSupport request #13']);
    expect(document.messages[0]).toMatchObject({ src: 10, dest: 32 });
  });

  it('tcpdump -x with time lines: request and answer, and how long it took', async () => {
    const document = await decoded(field('02-tcpdump-x.txt'));
    expect(said(document)).toEqual(['GetMessageTypeSupport request #13', 'GetMessageTypeSupport response #13']);
    expect(document.messages[1]).toMatchObject({
      src: 32,
      dest: 10,
      request: 0,
      latencyUs: 15839,
      fields: { types: [0, 1, 5, 6, 0x7e] },
    });
  });

  it('tcpdump: a column of text that looks like hex is text', async () => {
    const rows = [
      '\t0x0000:  0120 0ac8 7e1a b461 6263 6465 6630 3132  ..~..abcdef012',
      '\t0x0010:  3334 3536 3738  345678',
    ];
    const fixed = rows.map((row, at) => (at === 0 ? row.replace('..~..abcdef012', '....~..abcdef012') : row));
    const document = await decoded(file('text.txt', fixed.join('\n')));
    expect(document.packets).toMatchObject([{ packet: '01200ac87e1ab461626364656630313233343536' + '3738' }]);
  });

  it.each([
    ['od -A d -t x1', '0000000 01 20 0a c8 00 8d 05\n0000007\n'],
    ['od -A x -t x1', '000000 01 20 0a c8 00 8d 05\n000007\n'],
    ['od -t x1z', '0000000 01 20 0a c8 00 8d 05                             >. .....<\n0000007\n'],
    ['od -x', '0000000 2001 c80a 8d00 0005\n0000007\n'],
    ['hexdump', '0000000 2001 c80a 8d00 0005                    \n0000007\n'],
    ['hexdump -C', '00000000  01 20 0a c8 00 8d 05                              |. .....|\n00000007\n'],
    ['xxd', '00000000: 0120 0ac8 008d 05                        . .....\n'],
    [
      'print_hex_dump of a kernel',
      '[   12.5] mctp rx: 00000000: 01 20 0a c8 00 8d 05                             . .....\n',
    ],
  ])('%s', async (_name, text) => {
    expect(said(await decoded(file('dump.txt', text)))).toEqual(['GetMessageTypeSupport request #13']);
  });

  it('od: a star stands for lines that are like the one before', async () => {
    const zeros = '00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00';
    const text = `0000000 01 20 0a c8 7e 1a b4 00 00 00 00 00 00 00 00 00\n0000020 ${zeros}\n*\n0000060 01\n0000061\n`;
    const { packets } = await decoded(file('star.txt', text));
    expect(packets).toMatchObject([{ packet: `01200ac87e1ab4${'00'.repeat(41)}01` }]);
  });

  it('a PLDM log of pldmtool -v: lines of the tool itself are not bytes, and directions are told', async () => {
    const document = await decoded(field('03-pldmtool-getpdr-v.txt'));
    expect(said(document)).toEqual([
      'GetPDRRepositoryInfo request #0',
      'GetPDRRepositoryInfo response #0',
      'GetPDR request #0',
      'GetPDR response #0',
    ]);
    expect(document.messages.map(({ dir }) => dir)).toEqual(['tx', 'rx', 'tx', 'rx']);
    expect(document.messages[3]!.pdr).toMatchObject({ recordHandle: 0, pdrType: 2, sensorId: 4096 });
  });

  it.each([
    ['with the type byte', 'pldmtool: Tx: 01 80 02 50\n'],
    ['with EID and type byte', 'pldmtool: <14:18:20.1> Tx: 08 01 80 02 50\n'],
    ['as older tools said it', 'Request Message:\n08 01 80 02 50\n'],
  ])('a PLDM message %s', async (_name, text) => {
    const document = await decoded(file('pldm.txt', text), ...(text.includes('pldm') ? [] : ['-L', 'pldm']));
    expect(said(document)).toEqual(['GetPDRRepositoryInfo request #0']);
  });

  it('mctp-util: the message of the command line, and what it printed', async () => {
    const document = await decoded(field('06-mctp-util.txt'));
    expect(said(document)).toEqual(
      Array.from({ length: 2 }, () => ['GetSensorReading request #0', 'GetSensorReading response #0']).flat(),
    );
    expect(document.messages[0]!.fields).toMatchObject({ sensorId: 0x54 });
    expect(document.messages[1]!.fields).toMatchObject({ presentReading: 16 });
    expect(document.messages[3]!.fields).toMatchObject({ presentReading: 0x01140001 });
    expect(document.summary).toMatchObject({ requests: 2, answered: 2 });
  });

  it("Zephyr's hexdump log: time and direction from the line before, the answer without a packet", async () => {
    const document = await decoded(field('09-zephyr-hexdump.txt'));
    expect(document.messages).toMatchObject([
      { dir: 'rx', timeUs: 334956000, type: 1, pldmType: 0x3f, command: 1, kind: 'request', src: 0 },
      { dir: 'tx', timeUs: 342197000, type: 1, pldmType: 0x3f, command: 1, kind: 'response', request: 0, src: null },
    ]);
  });

  it("Zephyr's hexdump log: full lines go on in the next", async () => {
    const text = [
      '[00:00:01.000,000] <dbg> mctp: received',
      '                       01 09 08 c8 7e 1a b4 00  00 00 00 00 00 00 00 00  |....~... ........|',
      '                       41 42                                             |AB|',
    ].join('\n');
    const { packets } = await decoded(file('zephyr.txt', text));
    expect(packets).toMatchObject([{ packet: '010908c87e1ab40000000000000000004142' }]);
  });

  it('dmesg of an I3C driver: frames end in a PEC, which an address proves', async () => {
    const document = await decoded(field('10-dmesg-i3c.txt'));
    expect(document.packets.filter(({ fault }) => fault !== undefined)).toEqual([]);
    expect(document.packets[0]).toMatchObject({ packet: '011d09c5001b0200091000', timeUs: 151942791, dir: 'tx' });
    expect(document.remarks).toEqual([
      'each packet ends in the PEC of MCTP over I3C, right for address 0x08, 0x1e: it is left out',
    ]);
    expect(document.summary).toMatchObject({ requests: 3, answered: 1, retries: 2 });
  });

  it('a wrong PEC among them is a fault, and the right one is said', async () => {
    const { packets } = await decoded(file('i3c.txt', textOf('10-dmesg-i3c.txt').replace('00 77 ', '00 78 ')));
    expect(packets.filter(({ fault }) => fault !== undefined)).toMatchObject([{ fault: 'bad PEC: 0x78, not 0x77' }]);
  });

  it('the same as lines of hex', async () => {
    const lines = textOf('10-dmesg-i3c.txt').replace(/^.*data: /gm, '');
    const document = await decoded(file('i3c.hex', lines));
    expect(document.packets[0]).toMatchObject({ packet: '011d09c5001b0200091000' });
    expect(document.remarks).toHaveLength(1);
  });

  it('ftrace of the I2C trace points: writes, and what a slave was written byte by byte', async () => {
    const document = await decoded(field('28-ftrace-i2c.txt'));
    expect(said(document)).toEqual(ENDPOINT_ID);
    expect(document.messages[1]).toMatchObject({ dir: 'rx', request: 0, latencyUs: 8209, fields: { eid: 11 } });
  });

  it('ftrace: a write that failed, and one of which the trace shows a part', async () => {
    const text = [
      ' mctpd-1 [000] ..... 1.000001: i2c_write: i2c-1 #0 a=01d f=0000 l=11 [0f-08-21-01-00-08-c8-00-80-02-56]',
      ' mctpd-1 [000] ..... 1.000002: i2c_result: i2c-1 n=1 ret=-6',
      ' mctpd-1 [000] ..... 1.000003: i2c_write: i2c-1 #0 a=01d f=0000 l=75 [0f-48-21-01]',
    ].join('\n');
    const { code, stdout } = await mctpkit(['decode', file('ftrace.txt', text)]);
    expect(code).toBe(1);
    expect(stdout).toContain('dropped: the I2C adapter says that no device acknowledged');
    expect(stdout).toContain('dropped: the trace shows only 4 of 75 bytes');
  });

  it('a log that begins with a bracket is not a JSON error', async () => {
    const { stderr } = await mctpkit(['decode', file('bracket.txt', '[ 1.0] nothing here\n')]);
    expect(stderr).not.toContain('JSON at position');
    expect(
      (await decoded(file('kernel.txt', '[    1.000000] mctp: rx 01 09 08 c8 00 80 02\n'))).messages,
    ).toMatchObject([{ command: 'GetEndpointID', dir: 'rx', timeUs: 1000000 }]);
  });

  it('hex with nothing of MCTP in it is told by its line, and the rest is shown', async () => {
    const text = 'rx: 01 09 08 c8 00 80 02\nmac: 52:54:00:12:34:56\n';
    const { remarks, messages } = await decoded(file('mac.txt', text));
    expect(messages).toHaveLength(1);
    expect(remarks).toEqual(['line 2: hex, and nothing of MCTP in it']);
  });
});

describe('addresses of 7 and 8 bits', () => {
  it.each([
    ['31d-sigrok-shifted.txt', ['its PECs are right with addresses of 8 bits, as on the wire: so they are read']],
    ['32a-saleae-logic1.csv', undefined],
    ['32e-saleae-logic1-table-7bit.csv', ['its PECs are right with 7-bit addresses: so they are read']],
  ])('%s', async (name, remarks) => {
    const document = await decoded(field(name));
    expect(said(document)).toEqual(ENDPOINT_ID);
    expect(document.remarks).toEqual(remarks);
    expect(document.packets).toMatchObject([
      { dest7: 0x1d, src7: 0x10, dir: 'to 0x1d' },
      { dest7: 0x10, src7: 0x1d, dir: 'to 0x10' },
    ]);
  });

  it('lines of hex', async () => {
    const document = await decoded(file('seven.hex', '1d 0f 08 21 01 00 08 c8 00 80 02 56\n'));
    expect(said(document)).toEqual(ENDPOINT_ID.slice(0, 1));
    expect(document).toMatchObject({ layer: 'smbus', packets: [{ dest7: 0x1d }] });
    expect(document.remarks).toEqual(['its PECs are right with 7-bit addresses: so they are read']);
  });

  it('a wrong PEC is a fault in either form', async () => {
    const { code, stdout } = await mctpkit(['decode', '-L', 'smbus', '3a0f08210100 08c800800257']);
    expect(code).toBe(1);
    expect(stdout).toContain('bad PEC: 0x57, not 0x56');
  });
});

describe('requests and answers', () => {
  it('of PLDM without packets: paired, and no EIDs are invented', async () => {
    const document = await decoded(field('03b-pldm.hex'), '-L', 'pldm');
    expect(document.summary).toMatchObject({ requests: 2, answered: 2, unanswered: 0 });
    expect(document.messages.map(({ src, dest }) => [src, dest])).toEqual(
      Array.from({ length: 4 }, () => [null, null]),
    );
    expect(document.messages[3]!.pdr).toMatchObject({
      dataLength: 96,
      remarks: [expect.any(String), expect.any(String)],
    });
    const { stdout } = await mctpkit(['decode', '-x', '-L', 'pldm', field('03b-pldm.hex')]);
    expect(stdout).not.toMatch(/\d>\d/);
    expect(stdout).toContain('2 requests, 2 answered');
  });

  it('an answer with another instance and command answers nothing, and says so', async () => {
    const document = await decoded(field('10c-no-pec.hex'), '-L', 'mctp');
    expect(document.messages.map(({ stray = false, request }) => request ?? (stray ? 'stray' : ''))).toEqual([
      'stray',
      '',
      'stray',
      '',
      '',
      '',
      '',
      6,
    ]);
    const { stdout } = await mctpkit(['decode', '-L', 'mctp', field('10c-no-pec.hex')]);
    expect(stdout.match(/answers nothing before it/g)).toHaveLength(2);
  });

  it('a well-formed wrong answer', async () => {
    const path = field('10d-mismatch.hex');
    expect((await decoded(path)).messages).toMatchObject([{ unanswered: true }, { stray: true }]);
    for (const options of [[], ['-x']]) {
      const { stdout } = await mctpkit(['decode', path, ...options]);
      expect(stdout).toContain('no answer');
      expect(stdout).toContain('answers nothing before it');
    }
  });

  it('another instance alone, another command alone, another PLDM type alone', async () => {
    for (const answer of ['020211 00 0000000000000000', '000212 00 00', '000011 00']) {
      const { messages } = await decoded(file('wrong.hex', `80 02 11 54 00 01\n${answer}\n`), '-L', 'pldm');
      expect(messages).toMatchObject([{ unanswered: true }, { stray: true }]);
    }
  });

  it('the second answer to one request', async () => {
    const text = '010908c8008002\n010809c000000200090000\n010809c000000200090000\n';
    const { messages } = await decoded(file('twice.hex', text));
    expect(messages.map(({ request, stray }) => request ?? stray ?? 'asks')).toEqual(['asks', 0, true]);
  });
});

describe('what is wrong with bytes', () => {
  it('a PDR with bytes behind its end is read, the rest is a remark', async () => {
    const surplus = 'behind the end that dataLength gives: 000000';
    const one = await decodedThing('15b-pdr.hex');
    expect(one).toMatchObject({ ok: true, remarks: [`3 bytes ${surplus}`] });
    const clean = await decodedThing('15c-pdr-cut.hex');
    expect(clean).not.toHaveProperty('remarks');
    expect(clean.fields).toEqual(one.fields);
    const { code, stdout } = await mctpkit(['decode', '--kind', 'pdr', field('15b-pdr.hex')]);
    expect(code).toBe(0);
    expect(stdout).toContain(`surplus: 3 bytes ${surplus}`);
  });

  it.each([
    ['numericSensor', textOf('15c-pdr-cut.hex').trim().replace('5f00', '6200')],
    ['fruRecordSet', '05000000011400000d00010001000100020001005a5a5a'],
  ])('bytes inside dataLength that no field of a %s has are a remark too', async (_name, hex) => {
    const { stdout } = await mctpkit([
      'decode',
      '--json',
      '--kind',
      'pdr',
      `${hex}${hex.startsWith('05') ? '' : '5a5a5a'}`,
    ]);
    const { things } = JSON.parse(stdout) as { things: unknown[] };
    expect(things).toMatchObject([{ ok: true, remarks: ['3 bytes behind the last field: 5a5a5a'] }]);
  });

  it('a message that was cut shows the fields before the cut', async () => {
    const routing = '01080ac0' + '00000a00ff0201080200010100';
    const { stdout } = await mctpkit(['decode', routing]);
    expect(stdout).toContain('completionCode: 0');
    expect(stdout).toContain('next: 0xff');
    expect(stdout).toContain('entries[0]:');
    expect(stdout).toMatch(/at byte \d+: \d bytes? needed, \d left/);
    const { messages } = JSON.parse((await mctpkit(['decode', '--json', routing])).stdout) as Document;
    expect(messages).toMatchObject([
      { error: { code: 'EBADMSG' }, before: { completionCode: 0, next: 255, entries: [{ start: 8 }] } },
    ]);
  });

  it('a PDR that was cut shows the fields before the cut', async () => {
    const { stdout } = await mctpkit(['decode', '--kind', 'pdr', '05000000011400000a0001000100010002']);
    expect(stdout).toContain('recordHandle: 5');
  });

  it('the FCS that would be right is said', async () => {
    const { code, stdout } = await mctpkit(['decode', '7e0107010908c80080020eb37e']);
    expect(code).toBe(1);
    expect(stdout).toContain('dropped: bad FCS: 0x0eb3, not 0x0eb2');
  });

  it('a whole PDR change event is not a cut CPER', async () => {
    const { stdout } = await mctpkit(['decode', '--kind', 'event', '01010102 01000000 02000000']);
    expect(stdout).toMatch(/^pldmPDRRepositoryChgEvent, 12 bytes/);
    const cut = await mctpkit(['decode', '--kind', 'event', '01004000 0102030405']);
    expect(cut.stdout).toContain('cperEvent: eventData at byte 4: 64 bytes needed');
  });

  it('a Redfish Resource PDR with empty names: of no bytes, or of a NUL alone', async () => {
    for (const name of ['0000', '010000']) {
      const body = `0200000001ffffffff${name}00000000f0f1f1f50100efbeadde0254000000`;
      const length = (body.length / 2).toString(16).padStart(2, '0');
      const record = `9101000001160000${length}00${body}`;
      const { stdout } = await mctpkit(['decode', '--json', '--kind', 'pdr', record]);
      const { things } = JSON.parse(stdout) as { things: unknown[] };
      expect(things).toMatchObject([
        { ok: true, fields: { proposedContainingResourceName: '', subUri: '', majorSchemaName: 'T', oemNames: [] } },
      ]);
    }
  });

  it('a Redfish Action PDR is read to its fields, and encoded again', async () => {
    const record =
      '92010000' +
      '0118' +
      '0000' +
      '2000' +
      '01' +
      '0200' +
      '02000000' +
      '03000000' +
      '01' +
      '0652657365740000'.slice(0, 14) +
      '0c' +
      Buffer.from('/Actions/Re\0').toString('hex');
    const { stdout } = await mctpkit(['decode', '--json', '--kind', 'pdr', record]);
    const { things } = JSON.parse(stdout) as { things: { fields: Record<string, unknown> }[] };
    expect(things).toMatchObject([
      {
        ok: true,
        fields: {
          pdrType: 24,
          actionPdrIndex: 1,
          relatedResourceIds: [2, 3],
          actions: [{ actionName: 'Reset', actionPath: '/Actions/Re' }],
        },
      },
    ]);
    const line = JSON.stringify({ layer: 'pldm', kind: 'pdr', fields: things[0]!.fields });
    const again = await mctpkit(['encode', '--batch'], { stdin: `${line}\n` });
    expect(JSON.parse(again.stdout)).toEqual({ ok: true, hex: record });
  });
});

describe('much of it', () => {
  /** Far above what each takes; a quadratic course takes minutes. */
  const SLOW = 20_000;

  it.each<[string, string]>([
    // More of them take longer in proportion; copies by spread, which end with many, are refused by a test of their own.
    ['many lines of hex', '010908c8008002\n'.repeat(20_000)],
    ['a log of many lines', '[    1.000000] mctp: rx 01 09 08 c8 00 80 02\n'.repeat(20_000)],
    [
      'jpnevulator',
      `2026-05-30 13:23:49.461075: /dev/ttyUSB0\n${'7E 01 07 01 09 08 C8 00  ~.......\n'.repeat(10_000)}`,
    ],
    [
      'a hex dump',
      Array.from(
        { length: 10_000 },
        (_, at) => `${(16 * at).toString(16).padStart(8, '0')}  ${'00 '.repeat(16)}\n`,
      ).join(''),
    ],
    ['blanks', `g${' '.repeat(65_536)}x`],
    ['tabs', `> 2026/05/02 12:00:00.123456  length=13 from=0 to=12\n 7e 01${'\t'.repeat(200_000)}x\n`],
    ['tabs in a dump', `00000000  01${'\t'.repeat(200_000)}02`],
    ['one line', `tx: ${'01 '.repeat(200_000)}`],
    ['brackets', `mctp rx ${'[['.repeat(60_000)}`],
  ])(
    '%s',
    async (_name, text) => {
      const { code, stderr } = await mctpkit(['decode', file('much.txt', text)]);
      expect([0, 1, 2]).toContain(code);
      expect(stderr).not.toContain('internal error');
    },
    SLOW,
  );

  it(
    'blanks in an argument',
    async () => {
      const { code, stderr } = await mctpkit(['decode', `0${' '.repeat(65_536)}g`]);
      expect(code).toBe(2);
      expect(stderr.length).toBeLessThan(200);
    },
    SLOW,
  );
});

async function decodedThing(name: string): Promise<{ readonly fields: unknown }> {
  const { code, stdout } = await mctpkit(['decode', '--json', '--kind', 'pdr', field(name)]);
  expect(code).toBe(0);
  const document = JSON.parse(stdout) as { things: { readonly fields: unknown }[] };
  expect(misfits(document, SCHEMAS.decode!)).toEqual([]);
  return document.things[0]!;
}
