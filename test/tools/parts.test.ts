/** The parts the verbs are made of, without processes. */

import { describe, expect, it } from 'vitest';
import { CompletionCodeError, MctpError } from '../../stack/errors.js';
import { Resolver } from '../../stack/names/index.js';
import { editDistance, nearest as suggest } from '../../stack/util/text.js';
import { errorLine, exitCodeOf, usageError } from '../../tools/command-error.js';
import { Conversation } from '../../tools/decode/conversation.js';
import { detectLayer } from '../../tools/decode/layers.js';
import { SerialUnframer } from '../../tools/decode/serial-layer.js';
import { treeLines } from '../../tools/format/box-tree.js';
import { coloursFor, visibleWidth, wantsColour } from '../../tools/format/colours.js';
import { tableLines } from '../../tools/format/columns.js';
import { endpointTree } from '../../tools/format/endpoint-tree.js';
import { parseHex, shortHex } from '../../tools/format/hex.js';
import { PingCounter, statisticsLines } from '../../tools/format/ping-statistics.js';
import { fromHex, hex } from '../support/hex.js';
import { vectors } from '../support/vectors.js';

it('discover says of a link without an EID of ours that it has none', () => {
  const link = { name: 'cable:desk', binding: 1, ownAddress: '' };
  const lines = [[], [8, 9]].map((eids) => endpointTree([{ ...link, eids }], [], coloursFor(false, {}))[0]);
  expect(lines).toEqual(['cable:desk  SMBus/I2C, we have no EID', 'cable:desk  SMBus/I2C, we are EID 8, 9']);
});

describe('suggestions', () => {
  it.each([
    ['discovr', 'discover'],
    ['dsicover', 'discover'],
    ['PING', 'ping'],
    ['pign', 'ping'],
    ['x', undefined],
    ['frobnicate', undefined],
  ])('%s: %s', (word, meant) => {
    expect(suggest(word, ['discover', 'ping', 'decode'])).toBe(meant);
  });

  it('counts a swap of neighbours as one', () => {
    expect(editDistance('ab', 'ba')).toBe(1);
    expect(editDistance('', 'abc')).toBe(3);
    expect(editDistance('kitten', 'sitting')).toBe(3);
  });
});

describe('addresses', () => {
  it.each([
    ['9', { kind: 'eid', network: undefined, eid: 9 }],
    ['0x1d', { kind: 'eid', network: undefined, eid: 29 }],
    ['3:20', { kind: 'eid', network: 3, eid: 20 }],
    ['i2c:1/0x1d', { kind: 'physical', link: 'i2c:1', physicalAddress: '1d' }],
    ['i2c:1?address=0x20/0x8', { kind: 'physical', link: 'i2c:1?address=0x20', physicalAddress: '08' }],
    ['serial:/dev/ttyUSB0', { kind: 'physical', link: 'serial:/dev/ttyUSB0', physicalAddress: '' }],
    ['bench:smbus0/0x1D', { kind: 'physical', link: 'bench:smbus0', physicalAddress: '1d' }],
  ])('%s', (text, address) => {
    expect(new Resolver().parse(text)).toEqual(address);
  });

  it.each([['-1'], ['0'], ['255'], ['disk'], ['1:'], ['uuid:'], ['']])('refuses "%s"', (text) => {
    const refused = (): unknown => {
      try {
        return new Resolver().parse(text);
      } catch (error) {
        return error;
      }
    };
    expect(exitCodeOf(refused())).toBe(2);
    expect(refused()).toBeInstanceOf(MctpError);
  });
});

describe('errors', () => {
  it.each<[unknown, number]>([
    [usageError('x'), 2],
    [new MctpError('EUSAGE', 'x'), 2],
    [new MctpError('ETIMEDOUT', 'x'), 1],
    [new CompletionCodeError('GetEndpointID', 5, 'ERROR_UNSUPPORTED_CMD'), 1],
    [new TypeError('x'), 1],
  ])('%s', (error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });

  it('are one line whatever is in them', () => {
    expect(errorLine(usageError('a\n  b\u001b[31m'))).toBe('mctpkit: a b\ufffd[31m');
    expect(errorLine(new TypeError('oops'))).toMatch(/^mctpkit: internal error: oops \(MCTPKIT_DEBUG=1/);
  });
});

describe('colours', () => {
  it('only where somebody wants them', () => {
    expect(wantsColour(true, {})).toBe(true);
    expect(wantsColour(false, {})).toBe(false);
    expect(wantsColour(true, { NO_COLOR: '1' })).toBe(false);
    expect(wantsColour(true, { NO_COLOR: '' })).toBe(true);
    expect(wantsColour(true, { TERM: 'dumb' })).toBe(false);
    expect(coloursFor(false, {}).strong('x')).toBe('x');
  });

  it('take no room', () => {
    const { bad } = coloursFor(true, {});
    expect(bad('abc')).not.toBe('abc');
    expect(visibleWidth(bad('abc'))).toBe(3);
    expect(
      tableLines([
        [bad('abc'), 'x'],
        ['d', 'y'],
      ]).map(visibleWidth),
    ).toEqual([6, 6]);
  });
});

describe('tables and trees', () => {
  it('lines up, and leaves empty columns out', () => {
    expect(
      tableLines(
        [
          ['1', '', 'long'],
          ['22', '', 'x'],
        ],
        ['right'],
      ),
    ).toEqual([' 1  long', '22  x']);
  });

  it('draws the lines', () => {
    const leaf = (item: string) => ({ item, children: [] });
    const lines = treeLines([{ item: 'a', children: [leaf('b'), leaf('c')] }, leaf('d')]);
    expect(lines.map(({ prefix, item }) => prefix + item)).toEqual(['├─ a', '│  ├─ b', '│  └─ c', '└─ d']);
  });
});

describe('hex', () => {
  it.each([['0102ff'], ['01 02 ff'], ['01:02:FF'], ['0x01, 0x02, 0xff'], ['01-02-ff\n']])('reads %j', (text) => {
    expect(hex(parseHex(text, 'it'))).toBe('0102ff');
  });

  it.each([
    ['012', 'it has 3 hex digits'],
    ['0g', '"g" is not a hex digit'],
    ['', 'it is empty'],
  ])('refuses %j', (text, why) => {
    expect(() => parseHex(text, 'it')).toThrow(why);
  });

  it('shortens', () => {
    expect(shortHex(fromHex('010203'), 2)).toBe('01 02 .. (3 bytes)');
    expect(shortHex(fromHex('0102'), 2)).toBe('01 02');
  });
});

describe('ping statistics', () => {
  it('of answers and losses', () => {
    const counter = new PingCounter();
    expect(counter.statistics).toEqual({ sent: 0, received: 0, lossPercent: 0, rttMs: null });
    for (const rttMs of [1, undefined, 3]) counter.add(rttMs);
    const { statistics } = counter;
    expect(statistics).toEqual({ sent: 3, received: 2, lossPercent: 33.3, rttMs: { min: 1, avg: 2, max: 3 } });
    expect(statisticsLines('x', statistics)).toEqual([
      '--- x: 3 sent, 2 received, 33.3% loss',
      '    min/avg/max 1.00/2.00/3.00 ms',
    ]);
  });
});

describe('layers', () => {
  it.each([
    ['control-message', 'control'],
    ['mctp-packet', 'mctp'],
    ['serial', 'serial'],
    ['smbus', 'smbus'],
    ['usb', 'usb'],
  ])('%s vectors are recognised as %s', (ofVectors, layer) => {
    const right = vectors(ofVectors).filter(({ decoded }) => decoded.expect === undefined && decoded.crc === undefined);
    expect(right.length).toBeGreaterThan(2);
    for (const vector of right) {
      // The packet in the middle of a message begins like any other.
      expect([vector.name, detectLayer(fromHex(vector.hex))]).toEqual([vector.name, layer]);
    }
  });

  it('frames may come in any pieces', () => {
    const frame = fromHex('7e0107010908c80080020eb27e');
    for (let cut = 1; cut < frame.length; cut++) {
      const unframer = new SerialUnframer();
      const found = [...unframer.push(frame.subarray(0, cut)), ...unframer.push(frame.subarray(cut))];
      expect(found).toEqual([{ packet: fromHex('010908c8008002'), frame: { byteCount: 7, fcs: 0x0eb2 } }]);
      expect(unframer.end()).toBeUndefined();
    }
  });
});

describe('conversations', () => {
  const heard = (conversation: Conversation, packet: string, timeUs?: number, dir?: string) =>
    conversation.hear({ timeUs, dir, bytes: fromHex(packet), frame: {}, fault: undefined });

  it('an answer belongs to the latest request it fits', () => {
    const conversation = new Conversation();
    const first = heard(conversation, '010908c8008002', 0).message;
    const second = heard(conversation, '010908c8008102', 10).message;
    expect(heard(conversation, '010809c000010200090000', 20).message?.request).toBe(second);
    expect(heard(conversation, '010809c000000200090000', 30).message?.request).toBe(first);
    expect(heard(conversation, '010809c000000200090000', 40).message?.request).toBeUndefined();
  });

  it('whoever was given an EID answers with it', () => {
    const conversation = new Conversation();
    const request = heard(conversation, '011408c8008001 00 15'.replaceAll(' ', '')).message;
    expect(heard(conversation, '010815c0000001 00 00 15 00'.replaceAll(' ', '')).message?.request).toBe(request);
  });

  it('says why packets lead nowhere', () => {
    const conversation = new Conversation();
    expect(heard(conversation, '0109080800').lost).toBe('no message of this source and tag has begun');
    expect(heard(conversation, '0109088901aa').lost).toBeUndefined();
    expect(heard(conversation, '0109082955').lost).toBe('wrong sequence number: the message is lost');
    expect(heard(conversation, '0203080800').dropped).toBe('header version 2, not 1');
    expect(heard(conversation, '010308c800').dropped).toBe('destination EID 3 is reserved');
  });
});
