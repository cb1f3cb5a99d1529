/** The verb `decode` on recordings, files and hex. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { SCHEMAS } from '../../tools/schema/index.js';
import { mctpkit } from '../support/cli.js';
import { misfits } from '../support/json-schema.js';
import { recordings } from '../support/vectors.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-decode-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const recording = (name: string): string => fileURLToPath(new URL(`../recordings/${name}.json`, import.meta.url));

interface Document {
  readonly layer: string | null;
  readonly detected: boolean;
  readonly packets: readonly Readonly<Record<string, unknown>>[];
  readonly messages: readonly Readonly<Record<string, unknown>>[];
}

async function json(...args: string[]): Promise<Document> {
  const { code, stdout, stderr } = await mctpkit(['decode', '--json', ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Document;
}

describe('recordings', () => {
  it('shows packets, messages under them, and how long answers took', async () => {
    const { code, stdout } = await mctpkit(['decode', recording('linux-mctpd-bus-owner')]);
    expect(code).toBe(0);
    expect(stdout.split('\n').slice(0, 15)).toEqual([
      'this is an MCTP packet',
      '    time  direction   src>dst  flags  seq  tag  type     bytes',
      '0.000000  from-linux  8>0      SET    0    0    control  5',
      '    SetEndpointID request #0',
      '      operation: set (0)',
      '      eid: 9',
      '0.000097  to-linux    9>8      SE-    0    0    control  7',
      '    SetEndpointID response #0  0.097 ms after its request at 0.000000',
      '      completionCode: 0 (SUCCESS)',
      '      assignment: accepted (0)',
      '      allocation: none (0)',
      '      eid: 9',
      '      poolSize: 0',
      '0.001204  from-linux  8>9      SET    0    0    control  3',
      '    GetMessageTypeSupport request #1',
    ]);
    expect(stdout).toContain('uuid: 21f0f554-7f7c-4211-9ca1-6d0f000ea9e7');
    expect(stdout).not.toContain('\u001b');
  });

  it.each(recordings().map((one) => [one.name, one] as const))(
    '%s: packets and line say the same',
    async (name, one) => {
      const [packets, line] = await Promise.all([json(recording(name)), json(recording(name), '--layer', 'serial')]);
      expect(packets).toMatchObject({ layer: 'mctp', detected: true });
      expect(line).toMatchObject({ layer: 'serial', detected: false });
      expect(packets.packets).toHaveLength(one.packets.length);
      expect(line.packets.filter((packet) => packet.fault !== undefined)).toEqual([]);
      // The line was recorded in chunks of both directions: their order may differ by a moment.
      const sorted = (document: Document): unknown[] =>
        document.messages.map(({ message, dir }) => `${dir} ${message}`).sort();
      expect(sorted(line)).toEqual(sorted(packets));
      expect(packets.messages.filter((message) => message.error !== undefined)).toHaveLength(
        // A Set Endpoint ID that is too short, sent on purpose.
        name === 'linux-mctpd-endpoint' ? 1 : 0,
      );
    },
  );

  it('pairs every answer of the endpoint with its request', async () => {
    const { messages } = await json(recording('linux-mctpd-endpoint'));
    const answers = messages.filter((message) => message.to === false);
    expect(answers.length).toBeGreaterThan(10);
    for (const answer of answers) {
      const request = messages[answer.request as number]!;
      expect(request.to).toBe(true);
      if (request.command !== undefined)
        expect(answer).toMatchObject({ command: request.command, instanceId: request.instanceId });
      expect(answer.latencyUs).toBe((answer.timeUs as number) - (request.timeUs as number));
    }
  });

  it('puts long messages together', async () => {
    const { messages } = await json(recording('linux-serial-fragmentation'), '--layer', 'serial');
    const longest = messages.reduce((most, { packets }) => Math.max(most, packets as number), 0);
    expect(longest).toBe(63);
  });
});

describe('hex', () => {
  it.each([
    ['010a08c8008002', 'this is an MCTP packet'],
    ['01 0a 08 c8 00 80 02', 'this is an MCTP packet'],
    ['0x01,0x0a,0x08,0xc8,0x00,0x80,0x02', 'this is an MCTP packet'],
    ['7e0107010908c80080020eb27e', 'this is a serial frame'],
    ['3a0f0841010a08c8008002f9', 'this is an SMBus block write'],
    ['1ab4000b010908c8008002', 'this is a USB transfer'],
    ['008002', 'this is a control message'],
  ])('%s', async (hex, says) => {
    const { code, stdout } = await mctpkit(['decode', ...hex.split(' ')]);
    expect(code).toBe(0);
    expect(stdout.split('\n')[0]).toBe(says);
    expect(stdout).toContain('GetEndpointID request #0');
  });

  it('says why a frame is dropped, and ends with 1 when nothing was right', async () => {
    const { code, stdout } = await mctpkit(['decode', '7e0107010908c80080020eb37e']);
    expect(code).toBe(1);
    expect(stdout).toContain('dropped: bad FCS');
  });

  it('shows what is wrong with a message', async () => {
    const { code, stdout } = await mctpkit(['decode', '010a08c800810100']);
    expect(code).toBe(1);
    expect(stdout).toContain('SetEndpointID request: eid at byte 4: 1 byte needed, 0 left');
  });

  it('reads files of hex with remarks, and standard input', async () => {
    const lines = '# two packets\n010908c8008002\n\n01 08 09 c0 00 00 02 00 09 00 00  # the answer\n';
    const fromFile = await mctpkit(['decode', file('two.hex', lines)]);
    const fromStdin = await mctpkit(['decode', '-'], { stdin: lines });
    expect(fromFile).toEqual(fromStdin);
    expect(fromFile.stdout.split('\n')).toContain('    GetEndpointID response #0  answers the request above');
  });

  it.each([
    ['odd.hex', '0102\n010\n', 'line 2 has 3 hex digits, an odd number: two make a byte, so one is missing'],
    ['words.hex', 'hello\n', 'line 1 is not hex: "h" is no hex digit'],
    ['empty.hex', '\n', 'is empty: it should hold hex bytes or a recording'],
    ['list.json', '{}', 'is no recording: there is no list packets or serial in it'],
    ['bad.json', '{"packets": [{"t_us": 1}]}', 'packets[0] has no hex string "packet"'],
  ])('%s', async (name, text, complaint) => {
    const path = file(name, text);
    const { code, stdout, stderr } = await mctpkit(['decode', path]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toContain(path);
    expect(stderr).toContain(complaint);
  });

  it('lets nothing from a file draw on the terminal', async () => {
    const path = file('escape.json', JSON.stringify({ packets: [{ dir: '\u001b[31mred', packet: '010908c8008002' }] }));
    const { stdout } = await mctpkit(['decode', path]);
    expect(stdout).toContain('red');
    expect(stdout).not.toContain('\u001b');
  });
});

describe('--kind', () => {
  const kinds = (kind: string, ...args: string[]) => mctpkit(['decode', '--kind', kind, ...args]);
  const PDR = '0700000001140000 0a00 0100 0200 6f00 0100 0000';
  const EVENT = '04 00 01 00 02 01';
  const FRU = '010001010102034142430000b2443ae3';

  it.each<[string, string, string[]]>([
    [
      'pdr',
      PDR,
      ['fruRecordSet PDR, 20 bytes', '  pdrType: fruRecordSet (20)', '  entityType: solid state drive (111)'],
    ],
    ['event', EVENT, ['data of a sensorEvent, 6 bytes', '  sensorId: 4']],
    ['event:SensorEvent', EVENT, ['data of a sensorEvent, 6 bytes', '  eventState: 2']],
    ['event:0xf1', '01', ['data of a event class 0xf1, 1 bytes']],
    ['table', '01000100410000000a337c41', ['biosStringTable, 12 bytes']],
    ['table:fru', FRU, ['fruTable, 16 bytes', '      value: 414243']],
    ['table:string', '01000100410000000a337c41', ['biosStringTable, 12 bytes', '    string: "A"']],
    ['header', 'c10002', ['PLDM header, 3 bytes', '  d: 1', '  command: 2']],
  ])('%s %s', async (kind, hex, lines) => {
    const { code, stdout, stderr } = await kinds(kind, hex);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const line of lines) expect(stdout.split('\n')).toContain(line);
  });

  it('--json has what --batch says, for each line of a file, and for a file of bytes', async () => {
    const hex = PDR.replaceAll(' ', '');
    const path = file('pdrs.hex', `${PDR}  # a FRU record set\n\n0102\n`);
    const { code, stdout } = await kinds('pdr', path, '--json');
    expect(code).toBe(0);
    const document = JSON.parse(stdout) as { items: unknown[] };
    expect(misfits(document, SCHEMAS.decode!)).toEqual([]);
    const batch = await mctpkit(['decode', '--batch'], { stdin: JSON.stringify({ layer: 'pldm', kind: 'pdr', hex }) });
    const { layer, kind, instanceId: _, ...answer } = JSON.parse(batch.stdout) as Record<string, unknown>;
    expect(document).toEqual({
      layer,
      kind,
      items: [
        { ...answer, hex },
        { ok: false, hex: '0102', error: { code: 'EBADMSG', message: expect.any(String) } },
      ],
    });
    const bytes = join(folder, 'pdr.bin');
    writeFileSync(bytes, Buffer.from(hex, 'hex'));
    expect((await kinds('pdr', bytes)).stdout).toContain('fruRecordSet PDR, 20 bytes');
  });

  it.each<[string, string[], number, string]>([
    ['pdx', ['01'], 2, 'no kind "pdx" (did you mean pdr?): pdr, event, event:CLASS, table, table:NAME, header'],
    ['pdr:4', ['01'], 2, '--kind pdr:4 is wrong: use pdr, event, event:CLASS, table, table:NAME, header'],
    ['event:sensorEvnt', ['01'], 2, 'eventClass: no class "sensorEvnt" (did you mean sensorEvent?)'],
    ['table:frru', ['01'], 2, 'table: no table "frru" (did you mean fru?)'],
    ['pdr', ['01', '--exchanges'], 2, '--kind goes without --filter and --exchanges'],
    ['pdr', ['01', '--layer', 'serial'], 2, '--kind is of PLDM'],
    ['pdr', ['zz'], 2, '"zz" is neither a file that exists nor hex bytes'],
  ])('%s %j is one line', async (kind, args, code, line) => {
    expect(await kinds(kind, ...args)).toMatchObject({ code, stdout: '', stderr: `mctpkit: ${line}\n` });
  });

  it('that does not fit is why, and exit code 1', async () => {
    const { code, stdout } = await kinds('pdr', '0102');
    expect(code).toBe(1);
    expect(stdout).toBe('pdr, 2 bytes\n  pdr: recordHandle at byte 0: 4 bytes needed, 2 left\n  01 02\n');
  });
});
