/** Logs of serial lines and of logic analysers, as their programs write them. */

import { describe, expect, it } from 'vitest';
import { exchangesOf } from '../../tools/decode/exchanges.js';
import { fileInput } from '../../tools/decode/inputs.js';
import { trace } from '../../tools/decode/trace.js';
import { summarise } from '../../tools/format/exchange-lines.js';

/** A request on a serial line, and its answer. */
const REQUEST = '7e 01 07 01 09 08 c8 00 80 02 0e b2 7e';
const WRITE = '3a 0f 08 41 01 0a 08 c8 00 80 02 f9';
const bytes = (hex: string): string[] => hex.split(' ');

const SALEAE2_I2C = [
  'name,type,start_time,duration,"ack","address","read","data"',
  '"I2C","start",0.001,0,,,,',
  ...bytes(WRITE).map((byte, at) =>
    at === 0
      ? '"I2C","address",0.0011,0.00002,true,0x1D,false,'
      : `"I2C","data",0.001${at + 1},0.00002,true,,,0x${byte.toUpperCase()}`,
  ),
  '"I2C","stop",0.0019,0,,,,',
  '"I2C","start",0.002,0,,,,',
  '"I2C","address",0.0021,0.00002,false,0x44,false,',
  '"I2C","stop",0.0022,0,,,,',
].join('\n');

const SALEAE1_I2C = [
  'Time [s],Packet ID,Address,Data,Read/Write,ACK/NAK',
  ...bytes(WRITE)
    .slice(1)
    .map((byte) => `0.001,0,0x3A,0x${byte.toUpperCase()},Write,ACK`),
].join('\n');

const LOGS: readonly (readonly [name: string, source: string, layer: string, text: string])[] = [
  [
    'socat',
    'a log of socat -x',
    'serial',
    `> 2026/05/02 12:00:00.123456  length=13 from=0 to=12\n 7e 01 07 01 09 08 c8\n 00 80 02 0e b2 7e\n--\n`,
  ],
  [
    'socat -v -x',
    'a log of socat -x',
    'serial',
    `> 2026/05/02 12:00:00.000123456  length=13 from=0 to=12\n ${REQUEST}  ~.........\n`,
  ],
  [
    'jpnevulator',
    'a log of jpnevulator',
    'serial',
    `2026-05-30 13:23:49.461075: /dev/ttyUSB0\n7E 01 07 01 09 08 C8 00  ~.......\n80 02 0E B2 7E  ....~\n`,
  ],
  [
    'strace',
    'a log of strace',
    'serial',
    `openat(AT_FDCWD, "/dev/ttyUSB0", O_RDWR) = 3\n12:00:00.000001 write(3, "${bytes(REQUEST)
      .map((byte) => `\\x${byte}`)
      .join('')}", 13) = 13\n`,
  ],
  [
    'interceptty',
    'a log of interceptty',
    'serial',
    bytes(REQUEST)
      .map((byte) => `> \t0x${byte} (?)`)
      .join('\n'),
  ],
  [
    'hexdump -C',
    'a hex dump',
    'serial',
    `00000000  7e 01 07 01 09 08 c8 00  80 02 0e b2 7e           |~............|\n0000000d\n`,
  ],
  ['xxd', 'a hex dump', 'serial', `00000000: 7e01 0701 0908 c800 8002 0eb2 7e         ~............~\n`],
  ['Saleae 2, I2C', 'an export of Saleae Logic', 'smbus', SALEAE2_I2C],
  [
    'Saleae 2, serial',
    'an export of Saleae Logic',
    'serial',
    [
      'name,type,start_time,duration,"data"',
      ...bytes(REQUEST).map((byte, at) => `"Async Serial","data",0.00${at + 10},0.00008,0x${byte}`),
    ].join('\n'),
  ],
  ['Saleae 1, I2C', 'an export of Saleae Logic 1', 'smbus', SALEAE1_I2C],
  [
    'Saleae 1, serial',
    'an export of Saleae Logic 1',
    'serial',
    [
      'Time [s],Value,Parity Error,Framing Error',
      ...bytes(REQUEST).map((byte, at) => `0.00${at + 10},0x${byte},,`),
    ].join('\n'),
  ],
  [
    'sigrok-cli, I2C',
    'annotations of sigrok-cli',
    'smbus',
    [
      'i2c-1: Start',
      'i2c-1: Write',
      'i2c-1: Address write: 1D',
      'i2c-1: ACK',
      ...bytes(WRITE)
        .slice(1)
        .flatMap((byte) => [`i2c-1: Data write: ${byte.toUpperCase()}`, 'i2c-1: ACK']),
      'i2c-1: Stop',
    ].join('\n'),
  ],
  [
    'sigrok-cli, UART',
    'annotations of sigrok-cli',
    'serial',
    bytes(REQUEST)
      .map((byte) => `uart-1: ${byte.toUpperCase()}`)
      .join('\n'),
  ],
  [
    'Total Phase',
    'an export of Total Phase Data Center',
    'smbus',
    `# Total Phase Data Center\n# Index,m:s.ms.us,Dur,Len,Err,S/P,Addr,Record,Data\n0,0:00.001.000,1.1 ms,11 B,,SP,1D,Write Transaction,${bytes(WRITE).slice(1).join(' ')}\n`,
  ],
];

describe('logs', () => {
  it.each(LOGS)('%s', (_name, source, layer, text) => {
    const input = fileInput('log', text, undefined);
    expect(input).toMatchObject({ source, layer });
    const messages = trace(input.units).flatMap(({ message }) => message ?? []);
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatchObject({ src: 8, type: 0, decoded: { command: 'GetEndpointID', kind: 'request' } });
  });

  it('a write that nobody acknowledged is a fault', () => {
    const entries = trace(fileInput('log', SALEAE2_I2C, undefined).units);
    expect(entries.at(-1)).toMatchObject({ dropped: 'not acknowledged', packet: { dir: 'to 0x44' } });
  });

  it('times are kept', () => {
    const [unit] = fileInput('log', LOGS[0]![3], undefined).units;
    expect(unit?.timeUs).toBe(Date.UTC(2026, 4, 2, 12) * 1000 + 123456);
  });

  it('a log with nothing in it says so', () => {
    expect(() => fileInput('log', 'i2c-1: Start\ni2c-1: Stop\n', undefined)).toThrow(
      /annotations of sigrok-cli, with nothing of MCTP/,
    );
  });
});

describe('exchanges', () => {
  const packets = [
    '010908c8008002', // asked
    '010908d8008002', // asked again
    '010809c000000200090000', // answered
    '010908c9008105000000', // never answered
  ];

  it('pairs, counts retries and what nobody answered', () => {
    const text = JSON.stringify({
      packets: packets.map((packet, at) => ({ t_us: at * 1000, dir: packet.startsWith('0109') ? 'tx' : 'rx', packet })),
    });
    const entries = trace(fileInput('r.json', text, undefined).units);
    const exchanges = exchangesOf(entries.flatMap(({ message }) => message ?? []));
    expect(exchanges.list).toHaveLength(2);
    expect(exchanges.list[0]!.retries).toHaveLength(1);
    expect(summarise(exchanges, { all: 4, faults: 0 })).toEqual({
      packets: 4,
      faults: 0,
      requests: 2,
      answered: 1,
      retries: 1,
      unanswered: 1,
      failed: 0,
      latencyUs: { min: 1000, median: 1000, max: 1000 },
    });
  });
});
