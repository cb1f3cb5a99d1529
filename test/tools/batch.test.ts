/** `decode --batch` and `encode --batch`: every vector, both ways, through the built command. */

import { beforeAll, describe, expect, it } from 'vitest';
import { FILES, type NegativeVector, type Vector as PldmVector, readVectors } from '../pldm/vector-files.js';
import { mctpkit } from '../support/in-process.js';
import { type Vector, vectors } from '../support/vectors.js';

interface Answer {
  readonly ok: boolean;
  readonly layer?: string;
  readonly command?: string | number;
  readonly kind?: string;
  readonly instanceId?: number;
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly packets?: readonly Readonly<Record<string, unknown>>[];
  readonly messages?: readonly Readonly<Record<string, unknown>>[];
  readonly faults?: readonly Readonly<Record<string, unknown>>[];
  readonly hex?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

async function batch(verb: 'decode' | 'encode', lines: readonly unknown[]): Promise<Answer[]> {
  const stdin = lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
  const { code, stdout, stderr } = await mctpkit([verb, '--batch'], { stdin });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer);
}

const LAYERS: readonly (readonly [layer: string, ofVectors: string])[] = [
  ['control', 'control-message'],
  ['mctp', 'mctp-packet'],
  ['serial', 'serial'],
  ['smbus', 'smbus'],
  ['usb', 'usb'],
];
/** Sums over nine bytes of text; no frames. */
const NO_FRAMES = ['crc8-check', 'fcs16-check'];

const cases = LAYERS.flatMap(([layer, ofVectors]) =>
  vectors(ofVectors)
    .filter(({ name }) => !NO_FRAMES.includes(name))
    .map((vector) => ({ layer, vector })),
);

describe('vectors', () => {
  let decoded: Answer[] = [];
  let encoded: Answer[] = [];

  beforeAll(async () => {
    decoded = await batch(
      'decode',
      cases.map(({ layer, vector: { hex } }) => ({ layer, hex })),
    );
    encoded = await batch('encode', decoded);
  });

  it('has one answer per line', () => {
    expect(cases.length).toBeGreaterThan(100);
    expect(decoded).toHaveLength(cases.length);
    expect(encoded).toHaveLength(cases.length);
  });

  it.each(cases.map((one, index) => [one.vector.name, one, index] as const))(
    '%s',
    (_name, { layer, vector }, index) => {
      const answer = decoded[index]!;
      if (vector.decoded.expect !== undefined) {
        expect(answer).toMatchObject({ ok: false, error: { code: 'EBADMSG', message: expect.any(String) } });
        return;
      }
      expect(answer).toMatchObject({ ok: true, layer });
      expect(encoded[index]).toEqual({ ok: true, hex: vector.hex });
      expect(flat(answer)).toMatchObject(expected(vector));
    },
  );
});

/** Everything a vector may name, on one level. */
function flat(answer: Answer): Record<string, unknown> {
  const header = {
    iid: answer.instanceId,
    rq: answer.kind === 'response' ? 0 : 1,
    d: answer.kind === 'datagram' ? 1 : 0,
  };
  return { ...header, cc: answer.fields?.completionCode, ...answer.fields };
}

/** Keys of vectors that say something about the bytes without being a field. */
const REMARKS = ['cmd', 'note', 'payload_len', 'packet_len', 'wire_len', 'in_bytes', 'out_bytes', 'phys_smbus_addr7'];

function expected({ layer, decoded }: Vector): Record<string, unknown> {
  const fields = Object.entries(decoded).filter(([name]) => !REMARKS.includes(name));
  const message = layer === 'mctp-packet' ? ['message'] : [];
  return Object.fromEntries(
    fields.filter(([name]) => !message.includes(name)).map(([name, value]) => [camel(name), fieldValue(name, value)]),
  );
}

/** Versions are words in the vectors and bytes in the fields. */
function fieldValue(name: string, value: unknown): unknown {
  if (name === 'versions') return expect.any(Array);
  if (Array.isArray(value) && typeof value[0] === 'object') return value.map((item) => expect.objectContaining(item));
  return value;
}

function camel(name: string): string {
  return name.replace(/_(.)/g, (_all, letter: string) => letter.toUpperCase());
}

const NO_LISTS = ['pldm-misc.json', 'pldm-fwup-conversations.json'];

function pldmVectors(): PldmVector[] {
  return FILES.filter((file) => !file.endsWith('-negative.json') && !NO_LISTS.includes(file)).flatMap((file) =>
    readVectors<PldmVector[]>(file),
  );
}

function pldmNegatives(): NegativeVector[] {
  return FILES.filter((file) => file.endsWith('-negative.json')).flatMap((file) => readVectors<NegativeVector[]>(file));
}

/** As a program would ask that has nothing but the vector. */
function lineOf({ hex, pldmType, command, kind, fields }: PldmVector): Record<string, unknown> {
  const { eventClass, tableType } = fields;
  const headerOnly = fields.headerOnly === true ? { fields: { headerOnly: true } } : {};
  return { layer: 'pldm', pldmType, command, kind, hex, eventClass, tableType, ...headerOnly };
}

describe('PLDM vectors', () => {
  const right = pldmVectors();
  const wrong = pldmNegatives().filter(({ class: kindOfWrong }) => kindOfWrong !== 'reserved');

  it('decode to their fields, and encode from them to their bytes', async () => {
    const decoded = await batch('decode', right.map(lineOf));
    const again = await batch('encode', decoded);
    const own = await batch(
      'encode',
      right.map(({ pldmType, command, kind, instanceId, fields }) => {
        return { layer: 'pldm', pldmType, command, kind, instanceId, fields };
      }),
    );
    expect(right.length).toBeGreaterThan(420);
    right.forEach(({ name, hex, pldmType, kind, instanceId, fields }, index) => {
      const isHeader = fields.headerOnly === true;
      const { filter, inputTable: _, ...wanted } = fields;
      expect([name, decoded[index]]).toMatchObject([
        name,
        {
          ok: true,
          layer: 'pldm',
          pldmType,
          kind: isHeader ? 'header' : kind,
          instanceId: isHeader ? null : instanceId,
          fields: wanted,
        },
      ]);
      expect([name, again[index]]).toEqual([name, { ok: true, hex }]);
      expect([name, filter, own[index]]).toEqual([name, filter, { ok: true, hex }]);
    });
  });

  it('are found out without a word on the class of an event or the kind of a table', async () => {
    const forms = right.filter(({ kind }) => kind === 'event' || kind === 'table');
    const decoded = await batch(
      'decode',
      forms.map(({ hex, pldmType, kind }) => ({ layer: 'pldm', pldmType, kind, hex })),
    );
    forms.forEach(({ name, fields: { filter, inputTable: _, ...wanted } }, index) => {
      expect([name, filter, decoded[index]]).toMatchObject([name, filter, { ok: true, fields: wanted }]);
    });
  });

  it('are refused where they are cut, out of range, or break a rule', async () => {
    const answers = await batch(
      'decode',
      wrong.map(({ hex, kind, pldmType, command }) => ({ layer: 'pldm', pldmType, command, kind, hex })),
    );
    expect(wrong.length).toBeGreaterThan(500);
    wrong.forEach(({ name }, index) => {
      expect([name, answers[index]]).toEqual([
        name,
        { ok: false, error: { code: 'EBADMSG', message: expect.any(String) } },
      ]);
    });
  });

  it('say what is inside of messages, too', async () => {
    const fields = { sensorId: 4, sensorEventClass: 1, sensorOffset: 0, eventState: 2, previousEventState: 1 };
    const [data] = await batch('encode', [{ layer: 'pldm', kind: 'event', eventClass: 'SensorEvent', fields }]);
    const request = { tid: 7, eventClass: 'sensorEvent', eventData: data!.hex };
    const lines = [
      { layer: 'pldm', command: 'PlatformEventMessage', fields: request },
      { layer: 'pldm', pldmType: 'Platform', command: 'platformeventmessage', fields: request },
    ];
    const [event, again] = await batch('encode', lines);
    expect(event).toEqual(again);
    const decoded = await batch('decode', [{ layer: 'pldm', hex: event!.hex }]);
    expect(decoded).toMatchObject([{ ok: true, command: 'PlatformEventMessage', event: fields }]);
    expect(await batch('encode', decoded)).toEqual([event]);
  });

  it('take commands by name or number, and keep those nobody has declared', async () => {
    const lines = [
      { layer: 'pldm', command: 'gettid' },
      { layer: 'pldm', pldmType: 0, command: 2, instanceId: 15 },
      { layer: 'pldm', pldmType: 1, command: 1, fields: { data: '01' } },
      { layer: 'pldm', command: 2 },
      { layer: 'pldm', pldmType: 2, command: 'GetTID' },
    ];
    expect(await batch('encode', lines)).toEqual([
      { ok: true, hex: '800002' },
      { ok: true, hex: '8f0002' },
      { ok: true, hex: '80010101' },
      { ok: false, error: { code: 'EINVAL', message: 'pldmType: nothing is not a whole number from 0 to 63' } },
      { ok: false, error: { code: 'EINVAL', message: expect.stringMatching(/^no PLDM type 2 command "GetTID"/) } },
    ]);
    expect(await batch('decode', [{ layer: 'pldm', hex: '80010101' }])).toMatchObject([
      { ok: true, pldmType: 1, command: 1, kind: 'request', fields: { data: '01' } },
    ]);
  });

  it('are messages of type 1 in packets', async () => {
    const [answer] = await batch('decode', [{ layer: 'mctp', hex: '010908c801800002' }]);
    expect(answer!.messages).toMatchObject([
      { type: 1, pldmType: 0, command: 'GetTID', kind: 'request', message: '01800002' },
    ]);
  });
});

describe('decode --batch', () => {
  it('finds packets and messages, and says what was lost', async () => {
    const stream = '00ff7d7e0107010908c80080020eb27e7e0107010908c80080020eb37e7e0107010908c80080';
    const [answer] = await batch('decode', [{ layer: 'serial', hex: stream }]);
    expect(answer).toMatchObject({
      ok: true,
      kind: 'packet',
      packets: [{ dest: 9, src: 8, byteCount: 7, fcs: 0x0eb2 }],
      messages: [
        { command: 'GetEndpointID', kind: 'request', instanceId: 0, fields: {}, message: '008002', src: 8, dest: 9 },
      ],
      faults: [
        { fault: 'noise', hex: '00ff7d' },
        { fault: 'bad FCS: 0x0eb3, not 0x0eb2' },
        { fault: 'frame cut off at the end' },
      ],
    });
  });

  it('puts the packets of a transfer together', async () => {
    const packets = vectors('mctp-packet').filter(({ name }) => name.startsWith('transport-fragment-130'));
    const [made] = await batch('encode', [{ layer: 'usb', fields: { packets: packets.map(({ hex }) => hex) } }]);
    const [answer] = await batch('decode', [{ layer: 'usb', hex: made!.hex }]);
    expect(answer).toMatchObject({ ok: true, kind: 'packets', messages: [{ type: 1, packets: 3 }] });
    expect(String(answer!.messages![0]!.message)).toHaveLength(2 * 130);
  });

  it.each<[unknown, string, string]>([
    ['nonsense', 'EINVAL', 'the line is not JSON'],
    ['[]', 'EINVAL', 'the line is not a JSON object'],
    ['', 'EINVAL', 'the line is not JSON'],
    [{ hex: '00' }, 'EINVAL', expect.stringMatching(/^layer is missing: it has to be one of serial, smbus, /)],
    [
      { layer: 'contrl', hex: '00' },
      'EINVAL',
      'no layer "contrl" (did you mean control?): known are serial, smbus, usb, mctp, control, pldm, nvmeMi, ncsi, spdm, secured, vendorPci, vendorIana',
    ],
    [{ layer: 'pldm', hex: '00' }, 'EBADMSG', expect.stringContaining('PLDM header') as unknown as string],
    [{ layer: 'control' }, 'EINVAL', 'hex is missing: it has to be a hex string'],
    [{ layer: 'control', hex: '008' }, 'EINVAL', 'hex has an odd number of hex digits'],
    [{ layer: 'control', hex: 'zz' }, 'EINVAL', 'hex is not a hex string'],
    [{ layer: 'control', hex: '' }, 'EBADMSG', expect.any(String) as unknown as string],
    [{ layer: 'control', hex: '018002' }, 'EBADMSG', expect.any(String) as unknown as string],
    [
      { layer: 'control', hex: '0081010a' },
      'EBADMSG',
      expect.stringContaining('SetEndpointID request') as unknown as string,
    ],
    [{ layer: 'serial', hex: '' }, 'EBADMSG', 'no packet found'],
    [{ layer: 'smbus', hex: '3a' }, 'EBADMSG', '1 bytes are not an SMBus write'],
    [{ layer: 'mctp', hex: '01' }, 'EBADMSG', '1 bytes are not a packet: the shortest has 5'],
  ])('%j', async (line, code, message) => {
    expect(await batch('decode', [line])).toEqual([{ ok: false, error: { code, message } }]);
  });

  it('keeps what it does not know, both ways', async () => {
    const lines = ['008030', '0080300102', '0000300501'].map((hex) => ({ layer: 'control', hex }));
    const decoded = await batch('decode', lines);
    expect(decoded[1]).toMatchObject({ command: 0x30, kind: 'request', fields: { data: '0102' } });
    expect(decoded[2]).toMatchObject({ command: 0x30, kind: 'response', fields: { completionCode: 5, data: '01' } });
    expect(await batch('encode', decoded)).toEqual(lines.map(({ hex }) => ({ ok: true, hex })));
  });

  it('answers at once, before standard input ends', async () => {
    const { RunningCommand } = await import('../support/cli.js');
    const command = new RunningCommand(['decode', '--batch']);
    command.child.stdin.write('{"layer":"control","hex":"008002"}\n');
    expect(await command.line(/GetEndpointID/)).toContain('"ok":true');
    command.child.stdin.end();
    expect((await command.finished).code).toBe(0);
  });
});

describe('encode --batch', () => {
  it.each<[Record<string, unknown>, string]>([
    [
      { layer: 'control', command: 'SetEndpointID', fields: { operation: 'set', eid: 10 }, instanceId: 1 },
      '008101000a',
    ],
    [{ layer: 'control', command: 1, kind: 'request', instanceId: 1, fields: { operation: 0, eid: 10 } }, '008101000a'],
    [{ layer: 'control', command: 'getendpointid' }, '008002'],
    [{ layer: 'control', command: 12, kind: 'datagram', instanceId: 16 }, '00d00c'],
    [
      {
        layer: 'control',
        command: 'QuerySupportedInterfaces',
        kind: 'response',
        instanceId: 24,
        fields: { completionCode: 5 },
      },
      '00181405',
    ],
    [{ layer: 'mctp', fields: { dest: 10, src: 8, type: 0, payload: '8002' } }, '010a08c8008002'],
    [{ layer: 'mctp', fields: { dest: 10, src: 8, flags: 0x1b, payload: '00' } }, '010a081b00'],
    [{ layer: 'smbus', fields: { dest7: 29, src7: 32, packet: '010a08c8008002' } }, '3a0f0841010a08c8008002f9'],
  ])('%j', async (line, hex) => {
    expect(await batch('encode', [line])).toEqual([{ ok: true, hex }]);
  });

  it.each<[Record<string, unknown>, string]>([
    [
      { layer: 'control', command: 'GetEndpointUUIDD' },
      'no control command "GetEndpointUUIDD" (did you mean GetEndpointUUID?)',
    ],
    [{ layer: 'control', command: 300 }, 'command: 300 is neither a name nor a code from 0 to 255'],
    [{ layer: 'control', command: 1, kind: 'question' }, 'kind: "question" is none of request, response, datagram'],
    [{ layer: 'control', command: 1, instanceId: 32 }, 'instanceId: 32 is not a whole number from 0 to 31'],
    [
      { layer: 'control', command: 1, fields: { operaton: 0 } },
      'SetEndpointID request: no field "operaton" (did you mean operation?)',
    ],
    [{ layer: 'mctp', fields: { dest: 256, src: 8 } }, 'dest: 256 is not a whole number from 0 to 255'],
    [{ layer: 'mctp' }, 'fields is missing: it has to be an object'],
    [{ layer: 'smbus', fields: { packet: '0102' } }, 'dest7 is missing: it has to be a whole number from 0 to 127'],
  ])('%j', async (line, message) => {
    expect(await batch('encode', [line])).toEqual([{ ok: false, error: { code: 'EINVAL', message } }]);
  });
});
