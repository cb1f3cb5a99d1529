/** Declarations of vendors' messages: what they come to, and mistakes in them with their line. */

import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../../stack/codec/index.js';
import { assemble, dissect } from '../../../stack/protocol/index.js';
import { declareVendor, type VendorProtocol } from '../../../stack/vendor/index.js';
import { parseConfig, parseVendors } from '../../../tools/config/config-parse.js';

function vendor(text: string): VendorProtocol {
  return declareVendor(parseVendors(text, 'v.toml')[0]!);
}

/** One command with these fields in its answer. */
function withAnswer(...fields: readonly string[]): string {
  return `[vendors.v]\niana = 32473\n[vendors.v.commands.Get]\ncode = 1\nanswer = [\n${fields.join(',\n')}\n]\n`;
}

const EVERY_TYPE = withAnswer(
  '{ name = "a", type = "u24", hex = true }',
  '{ name = "b", type = "s64" }',
  '{ name = "c", type = "real32" }',
  '{ name = "d", type = "bool" }',
  '{ name = "e", type = "uuid" }',
  '{ name = "f", type = "bytes", length = 2 }',
  '{ name = "n", type = "u8" }',
  '{ name = "g", type = "u16", count = "n" }',
  '{ type = "u8", bits = { high = [7, 4], low = 0 } }',
  '{ name = "h", type = "text" }',
);

describe('a declaration', () => {
  it('of every type of field is encoded and decoded', () => {
    const { messages, commands } = vendor(EVERY_TYPE);
    const command = commands.named('get')!;
    const uuid = '00112233-4455-6677-8899-aabbccddeeff';
    const fields = { a: 0x010203, b: '-2', c: 1.5, d: true, e: uuid, f: 'beef', g: [1, 2], high: 9, low: 1, h: 'é' };
    const bytes = assemble(messages, command, 'response', 3, fields);
    expect(toHex(bytes)).toBe(
      '00007ed9' +
        '0301' +
        '00' +
        '010203' +
        'fffffffffffffffe' +
        '3fc00000' +
        '01' +
        uuid.replaceAll('-', '') +
        'beef' +
        '02' +
        '00010002' +
        '91' +
        'c3a9',
    );
    expect(dissect(messages, commands, bytes)).toMatchObject({ kind: 'response', instanceId: 3, name: 'Get', fields });
  });

  it('may tell requests and answers by a byte of kind, between constants', () => {
    const { messages, commands, protocol } = vendor(
      '[vendors.v]\npci = 0x1234\nheader = [0xa5, "kind", "command", 0x01]\n[vendors.v.commands.Get]\ncode = 7\n',
    );
    const command = commands.named('Get')!;
    expect(toHex(assemble(messages, command, 'request', 0, {}))).toBe('1234a5000701');
    expect(toHex(assemble(messages, command, 'response', 0, {}))).toBe('1234a501070100');
    expect(protocol.readHeader(fromHex('1234a5020701')!)).toBeUndefined();
    expect(dissect(messages, commands, fromHex('1234a6000701')!)).toMatchObject({
      error: { message: expect.stringContaining('this is not the declared header') },
    });
    expect(dissect(messages, commands, fromHex('1234a5')!)).toMatchObject({
      error: { message: expect.stringContaining('6 bytes of header, and there are 3') },
    });
  });

  it('cut off or with a byte changed decodes, or says what is wrong', () => {
    const { messages, commands } = vendor(EVERY_TYPE);
    const bytes = assemble(messages, commands.named('Get')!, 'response', 3, {
      a: 1,
      b: '0',
      c: 0,
      d: false,
      e: `${'0'.repeat(8)}-0000-0000-0000-${'0'.repeat(12)}`,
      f: '0000',
      g: [1, 2, 3],
      high: 0,
      low: 0,
      h: 'text',
    });
    let refused = 0;
    for (let at = 0; at < bytes.length; at++) {
      for (const broken of [bytes.subarray(0, at), ...[0, 1, 0x7f, 0xff].map((value) => bytes.with(at, value))]) {
        const found = dissect(messages, commands, broken);
        if ('error' in found) refused++;
        else expect(JSON.stringify(found.fields).length).toBeLessThan(1024);
      }
    }
    expect(refused).toBeGreaterThan(40);
  });

  it('is a part of the configuration', () => {
    expect(parseConfig(EVERY_TYPE).vendors).toMatchObject([{ name: 'v', type: 0x7f, id: 32473, title: 'v' }]);
    expect(parseConfig('').vendors).toEqual([]);
  });
});

const HEAD = '[vendors.v]\npci = 1\n';
const COMMAND = `${HEAD}[vendors.v.commands.Get]\n`;

describe('a mistake is told with its line', () => {
  it.each([
    ['', 'v.toml:1: no vendor is declared here: write [vendors.NAME]'],
    ['[vendor.v]\n', 'v.toml:1: unknown key "vendor" in the file: did you mean "vendors"?'],
    ['[vendors.v]\n', "v.toml:1: whose messages are v's? Give it pci = 0x1234 or iana = 12345, and not both"],
    ['[vendors.v]\npci = 70000\n', 'v.toml:2: pci is a whole number from 0 to 65535, not 70000'],
    ['[vendors.pldm]\npci = 1\n', "v.toml:1: pldm is the name of a layer: call the vendor's messages something else"],
    ['[vendors.V]\npci = 1\n', 'v.toml:1: "V" is not a name for a vendor: use small letters, digits, - and _'],
    [HEAD, 'v.toml:1: v has no commands: add [vendors.v.commands.NAME]'],
    [`${HEAD}heder = []\n`, 'v.toml:3: unknown key "heder" in [vendors.v]: did you mean "header"?'],
    [`${HEAD}byte-order = "litle"\n`, 'v.toml:3: unknown byte-order "litle": did you mean "little"?'],
    [
      `${HEAD}header = ["flag"]\n`,
      'v.toml:3: "flag" is not a part of a header: use flags, kind, command, or a byte, 0 to 255',
    ],
    [
      `${HEAD}header = ["command"]\n[vendors.v.commands.Get]\ncode = 1\n`,
      'v.toml:3: the header needs "flags" or "kind", and not both: which messages ask, which answer?',
    ],
    [`${COMMAND}`, 'v.toml:3: [vendors.v.commands.Get] needs code'],
    [`${COMMAND}coed = 1\n`, 'v.toml:4: unknown key "coed" in [vendors.v.commands.Get]: did you mean "code"?'],
    [
      `${COMMAND}code = 1\ncodes = { "NO WAY" = 1 }\n`,
      'v.toml:5: "NO WAY" is not a name: use a letter, then letters, digits and _',
    ],
    [`${COMMAND}code = 1\ncodes = { A = 1, B = 1 }\n`, 'v.toml:5: 1 is called A already'],
    [`${COMMAND}code = 1\n[vendors.v.commands.Put]\ncode = 1\n`, "v.toml:6: code 1 is Get's already"],
    [withAnswer('{ name = "a" }'), 'v.toml:6: [vendors.v.commands.Get.answer.0] needs type'],
    [withAnswer('{ type = "u8" }'), 'v.toml:6: a field needs a name'],
    [withAnswer('{ name = "a", type = "u12" }'), 'v.toml:6: unknown type "u12": did you mean "u16"?'],
    [
      withAnswer('{ name = "a", type = "u8" }', '{ name = "a", type = "u8" }'),
      'v.toml:7: there is a field "a" already',
    ],
    [
      withAnswer('{ name = "a", type = "bytes" }', '{ name = "b", type = "u8" }'),
      'v.toml:6: bytes without a length takes the rest of the message: only the last field can',
    ],
    [withAnswer('{ name = "a", type = "bytes", length = "n" }'), 'v.toml:6: length "n" is not a field before it'],
    [
      withAnswer('{ name = "n", type = "s8" }', '{ name = "a", type = "text", length = "n" }'),
      'v.toml:7: length "n" is not a plain unsigned number (u8, u16, u24, u32)',
    ],
    [withAnswer('{ name = "a", type = "u8", length = 2 }'), 'v.toml:6: length is for bytes and text, not for u8'],
    [
      withAnswer('{ name = "a", type = "text", names = { x = 1 } }'),
      'v.toml:6: names are of an unsigned number (u8, u16, u24, u32), not of text',
    ],
    [withAnswer('{ type = "u8", bits = { x = 8 } }'), 'v.toml:6: u8 has no bit 8'],
    [withAnswer('{ type = "u8", bits = { x = [3, 0], y = 2 } }'), 'v.toml:6: y: its bits belong to another field, too'],
    [
      withAnswer('{ name = "completionCode", type = "u8" }'),
      'v.toml:6: every answer begins with completionCode: leave it out',
    ],
    [
      withAnswer('{ name = "a", type = "u8", value = 300 }'),
      'v.toml:6: value: Get response: a: 300 is not an integer from 0 to 255',
    ],
  ])('%j', (text, message) => {
    expect(() => parseVendors(text, 'v.toml')).toThrow(
      expect.objectContaining({ code: 'EUSAGE', message: expect.stringContaining(message) as unknown }),
    );
  });
});
