/** The verb `decode` on recordings, files and hex. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { SCHEMAS } from '../../tools/schema/index.js';
import { mctpkit } from '../support/in-process.js';
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

  it.each([
    ['i2c', '3a0f0841010a08c8008002f9', 'smbus'],
    ['usb-gadget', '1ab4000b010908c8008002', 'usb'],
    ['bench', '010a08c8008002', 'mctp'],
  ])('reads bytes of a kind of link: %s', async (kind, hex, layer) => {
    const read = await json('--layer', kind, hex);
    expect(read.layer).toBe(layer);
    expect(read.packets).toHaveLength(1);
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
    ['words.hex', 'hello\n', 'line 1 is not hex: "h" is not a hex digit'],
    ['empty.hex', '\n', 'is empty: it should hold hex bytes or a recording'],
    ['list.json', '{}', 'is not a recording: there is no list packets or serial in it'],
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
  const PDR =
    '0c000000010900003c00010014005d000100010000000001130000000000000001020000803f00000000000000000000000000000000983ae803020000000000000000000000';

  it.each<[string, string, string, RegExp, object]>([
    ['pdr', PDR, 'record 12  numericEffecter, 70 bytes', /^ {2}maxSettable: 15000$/m, { kind: 'pdr' }],
    [
      'event:SENSOREVENT',
      '0100 02 08 01 03 f400',
      'sensorEvent, 8 bytes',
      /^ {2}sensorEventClass: numericSensorState \(2\)\n {2}eventState: 8$/m,
      { kind: 'event', command: 'PlatformEventMessage', fields: { eventClass: 0, presentReading: 244 } },
    ],
    ['event', '010002080103f400', 'sensorEvent, 8 bytes', /sensorId: 1/, { fields: { eventClass: 0 } }],
    ['event:6', '0109', 'heartbeatTimerElapsedEvent, 2 bytes', /sequenceNumber: 9/, { fields: { eventClass: 6 } }],
    ['event:0xf0', 'aabb', 'event class 0xf0, 2 bytes', /aabb/, { fields: { eventClass: 0xf0 } }],
    ['table:frutable', '02000101010403534e37', 'fruTable, 10 bytes', /numberOfFruFields: 1/, { table: 'fruTable' }],
    ['table', '00000400426f6f7499432839', 'biosStringTable, 12 bytes', /Boot/, { table: 'biosStringTable' }],
    ['header', '80023f', 'header, 3 bytes', /^ {2}command: 63$/m, { kind: 'header', pldmType: 2 }],
  ])('%s', async (kind, hex, title, line, answer) => {
    const text = await mctpkit(['decode', '--kind', kind, hex]);
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout.split('\n')[0]).toBe(title);
    expect(text.stdout).toMatch(line);
    const { things, layer } = (await json('--kind', kind, hex)) as unknown as { layer: string; things: object[] };
    expect(layer).toBe('pldm');
    expect(things).toMatchObject([{ ok: true, instanceId: null, ...answer }]);
    expect(misfits({ layer, detected: false, things }, SCHEMAS.decode!)).toEqual([]);
  });

  it('takes one per line of a file; what does not decode says why, and the others are shown', async () => {
    const path = file('pdrs.txt', `# two records\n${PDR}\n${PDR.slice(0, 40)}\n`);
    const { code, stdout, stderr } = await mctpkit(['decode', '-k', 'pdr', path]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^record 12 [\s\S]*^pdr, 20 bytes\n {2}pdr: dataLength at byte 8: 60 announced, 10 there\n/m,
    );
    const { things } = (await json('-k', 'pdr', path)) as unknown as { things: { ok: boolean }[] };
    expect(things.map(({ ok }) => ok)).toEqual([true, false]);
    expect(misfits({ layer: 'pldm', detected: false, things }, SCHEMAS.decode!)).toEqual([]);
    expect((await mctpkit(['decode', '-k', 'pdr', PDR.slice(2)])).code).toBe(1);
  });

  it.each<[string[], string]>([
    [['-k', 'pdrs', '00'], 'no kind "pdrs" (did you mean pdr?): known are pdr, event, table, header'],
    [['-k', 'event:sensrEvent', '00'], 'eventClass: no class "sensrEvent" (did you mean sensorEvent?)'],
    [['-k', 'table:fruTabel', '00'], 'table: no table "fruTabel" (did you mean fruTable?)'],
    [['-k', 'pdr:2', '00'], '"pdr:2" is wrong: there is but one kind of pdr'],
    [['-k', 'pdr', '-L', 'mctp', '00'], '--kind pdr is of PLDM: --layer mctp has none'],
    [['-k', 'pdr', '-x', '00'], '--kind pdr is not traffic: --filter and --exchanges mean nothing there'],
  ])('%j is wrong usage', async (args, message) => {
    expect(await mctpkit(['decode', ...args])).toMatchObject({ code: 2, stdout: '', stderr: `mctpkit: ${message}\n` });
  });
});
