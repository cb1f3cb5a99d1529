/** What holds for every declaration: round trips, and no other error than the named one whatever the bytes. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assemblePldm, COMMANDS, commandName, commandNamed, commandOf, FORMS } from '../../pldm/command-registry.js';
import { decodePdr, EVENT_CODECS, PDR_CODECS } from '../../pldm/platform/index.js';
import { CodecError, commandDocs } from '../../stack/codec/index.js';
import { checkHostile, checkRoundTrip } from '../support/arbitrary.js';
import { pldmMessage } from '../support/dissected.js';

describe('every command', () => {
  it.each(COMMANDS.map((command) => [`${command.pldmType} ${command.name}`, command] as const))(
    '%s',
    (_name, command) => {
      checkRoundTrip(command.request, 40);
      checkRoundTrip(command.response, 40);
      checkHostile(command.request, 60);
      checkHostile(command.response, 60);
      expect(commandDocs(command)).toContain(command.name);
    },
  );
});

describe('every PDR', () => {
  it.each(Object.entries(PDR_CODECS))('type %s', (_type, codec) => {
    checkRoundTrip(codec, 40);
    checkHostile(codec, 100);
  });
});

describe('every event', () => {
  it.each(Object.entries(EVENT_CODECS))('class %s', (_class, codec) => {
    checkRoundTrip(codec, 40);
    checkHostile(codec, 100);
  });
});

describe('every table', () => {
  it.each(Object.entries(FORMS).filter(([name]) => name !== 'pdr'))('%s', (_name, codec) => {
    checkRoundTrip(codec, 60);
    checkHostile(codec, 150);
  });
});

describe('any bytes at all', () => {
  it('are a message or say why not', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const decoded = pldmMessage(bytes);
        if (!decoded.ok) expect(decoded.error).toBeInstanceOf(CodecError);
        else expect(decoded.kind).toBe(bytes[0]! & 0x80 ? 'request' : 'response');
      }),
      { numRuns: 2000 },
    );
  });

  it('are a PDR or say why not', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 120 }),
        fc.constantFrom(...Object.keys(PDR_CODECS).map(Number)),
        (b, type) => {
          if (b.length > 9) {
            b[5] = type;
            b[8] = b.length - 10;
            b[9] = 0;
          }
          try {
            expect(decodePdr(b).recordHandle).toBeGreaterThanOrEqual(0);
          } catch (error) {
            expect(error).toBeInstanceOf(CodecError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('names', () => {
  it('are found by type and code, and by name', () => {
    expect(commandOf(2, 0x51)).toBe(commandNamed('getpdr'));
    expect(commandName(1, 3)).toBe('GetSMBIOSStructureTable');
    expect(commandName(6, 0x10)).toBe('RDEOperationInit');
    expect(commandName(2, 0x40)).toBe('GetPLDMEventLogInfo');
    expect(commandName(9, 0x77)).toBe('command 0x77');
    expect(commandName(5, 0x1b)).toBe('GetStatus');
  });

  it('a command without a declaration decodes by name, and does not encode', () => {
    expect(pldmMessage(Uint8Array.of(0x81, 6, 0x10, 1))).toMatchObject({ ok: true, name: 'RDEOperationInit' });
    expect(() => assemblePldm({ pldmType: 6, command: 0x10, kind: 'request', fields: {} })).toThrow('no declaration');
  });

  it('no two commands share type and code', () => {
    expect(new Set(COMMANDS.map((c) => `${c.pldmType}/${c.code}`)).size).toBe(COMMANDS.length);
  });

  it('a completion code is named in text', () => {
    expect(pldmMessage(Uint8Array.of(0x01, 2, 0x51, 0x82))).toMatchObject({
      text: 'completionCode: INVALID_RECORD_HANDLE (130)',
    });
  });
});
