import { describe, expect, it } from 'vitest';
import { CodecError, commandDocs, decode, encode, fromHex, toHex } from '../../../stack/codec/index.js';
import { controlMessages } from '../../../stack/control/control-protocol.js';
import {
  CONTROL_COMMANDS,
  controlCommand,
  GetEndpointID,
  GetMCTPVersionSupport,
  GetMessageTypeSupport,
  GetRoutingTableEntries,
  QueryHop,
  QuerySupportedInterfaces,
  RequestTXRateLimit,
  RoutingInformationUpdate,
  SetEndpointID,
  transportSpecific,
  UpdateRateLimit,
} from '../../../stack/control/index.js';
import { checkExactLength, checkHostile, checkRoundTrip } from '../../support/arbitrary.js';
import { controlMessage } from '../../support/dissected.js';

/** Bodies whose end is opaque bytes: a longer one is another valid one. */
const OPEN_ENDED =
  /ResolveEndpointID response|RoutingInformationUpdate request|TransportSpecific.. request|TXRate|UpdateRate/;

describe('control commands', () => {
  it('are 0x01 to 0x14 and 0xf0 to 0xff', () => {
    const codes = [...Array.from({ length: 0x14 }, (_, i) => i + 1), ...Array.from({ length: 16 }, (_, i) => 0xf0 + i)];
    expect(CONTROL_COMMANDS.map((command) => command.code)).toEqual(codes);
    expect(controlCommand(0x02)).toBe(GetEndpointID);
    expect(controlCommand(0x15)).toBeUndefined();
    expect(transportSpecific(0xff).code).toBe(0xff);
    expect(() => transportSpecific(0x14)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });

  for (const command of CONTROL_COMMANDS) {
    for (const side of ['request', 'result', 'response'] as const) {
      const what = `${command.name} ${side === 'result' ? 'response' : side}`;
      if (side !== 'result') {
        it(`${what}: round trip`, () => checkRoundTrip(command[side], 50));
        it(`${what}: random bytes throw only CodecError`, () => checkHostile(command[side], 100));
      } else if (!OPEN_ENDED.test(what)) {
        it(`${what}: a byte more or less is refused`, () => checkExactLength(command.result));
      }
      if (side === 'request' && !OPEN_ENDED.test(what)) {
        it(`${what}: a byte more or less is refused`, () => checkExactLength(command.request));
      }
    }

    it(`${command.name}: short-error-response`, () => {
      // Peers may answer an error with the completion code only; what follows it, if anything, says nothing.
      expect(decode(command.response, Uint8Array.of(0x05))).toEqual({ completionCode: 5 });
      expect(decode(command.response, Uint8Array.of(0x05, 1, 2, 3))).toEqual({ completionCode: 5 });
    });

    it(`${command.name}: documents itself`, () => {
      expect(commandDocs(command)).toContain(command.name);
    });
  }
});

describe('single commands', () => {
  const hexOf = (bytes: Uint8Array) => toHex(bytes);

  it('truncated-type-list: the count is checked against the length, both ways', () => {
    const response = (hex: string) => () => decode(GetMessageTypeSupport.response, fromHex(hex)!, { what: 'types' });
    expect(response('0003010405')()).toMatchObject({ types: [1, 4, 5] });
    expect(response('00030104')).toThrow('types: types[2] at byte 4: 1 byte needed, 0 left');
    expect(response('000301040506')).toThrow(CodecError);
    expect(() => encode(GetMessageTypeSupport.response, { count: 4, types: [1, 4, 5] })).toThrow('count says 4');
    expect(() => decode(GetMCTPVersionSupport.response, fromHex('0002f1f0ff00f1f1ff')!)).toThrow(CodecError);
  });

  it('set endpoint ID by name or number', () => {
    expect(hexOf(encode(SetEndpointID.request, { operation: 'force', eid: 10 }))).toBe('010a');
    expect(hexOf(encode(SetEndpointID.request, { operation: 1, eid: 10 }))).toBe('010a');
    // Reserved bits are ignored.
    expect(decode(SetEndpointID.request, fromHex('fd0a')!)).toEqual({ operation: 1, eid: 10 });
  });

  it('routing entries keep the type in the top bits, routing updates in the low nibble', () => {
    const entry = {
      size: 4,
      start: 10,
      type: 'bridgeAndPool',
      static: 0,
      port: 1,
      binding: 'smbus',
      medium: 4,
    } as const;
    const phys = fromHex('3a')!;
    expect(hexOf(encode(GetRoutingTableEntries.response, { next: 255, entries: [{ ...entry, phys }] }))).toBe(
      '00ff01040a410104013a',
    );
    const update = [{ type: 'bridgeAndPool', size: 3, first: 17, phys }] as const;
    expect(hexOf(encode(RoutingInformationUpdate.request, { entries: update }))).toBe('010103113a');
  });

  it('routing updates take addresses of any one width', () => {
    const entries = decode(RoutingInformationUpdate.request, fromHex('02' + '00010caabb' + '00010dccdd')!).entries;
    expect(entries.map((entry) => toHex(entry.phys))).toEqual(['aabb', 'ccdd']);
    expect(() => decode(RoutingInformationUpdate.request, fromHex('02' + '00010caabb' + '00010dcc')!)).toThrow(
      'evenly',
    );
    expect(decode(RoutingInformationUpdate.request, fromHex('01' + '00010c')!).entries[0]!.phys).toHaveLength(0);
  });

  it('rate limits are understood with a burst of three and of four bytes, and sent with three', () => {
    for (const command of [RequestTXRateLimit, UpdateRateLimit]) {
      const fields = { burst: 1, rate: 500 };
      expect(decode(command.request, fromHex('000001000001f4')!)).toEqual(fields);
      expect(decode(command.request, fromHex('00000001000001f4')!)).toEqual(fields);
      expect(hexOf(encode(command.request, fields))).toBe('000001000001f4');
      expect(() => decode(command.request, new Uint8Array(6))).toThrow(CodecError);
      expect(() => decode(command.request, new Uint8Array(9))).toThrow(CodecError);
    }
  });

  it('at least one interface', () => {
    expect(() => decode(QuerySupportedInterfaces.response, fromHex('0000')!)).toThrow('0 items, not 1 or more');
  });

  it('a message too long for a baseline packet is not encoded', () => {
    const versions = Array.from({ length: 15 }, () => 'f1f0ff00');
    expect(() => controlMessages.encodeResponse(GetMCTPVersionSupport, 0, { versions })).toThrow('64 bytes');
    expect(controlMessages.encodeResponse(GetMCTPVersionSupport, 0, { versions: versions.slice(1) })).toHaveLength(60);
  });

  it('are shown as text', () => {
    const text = (hex: string) => controlMessage(fromHex(hex)!, { typeByte: true });
    expect(text('00000200091001')).toMatchObject({
      title: 'GetEndpointID response',
      text: 'completionCode: 0 (SUCCESS)\neid: 9\nendpointType: busOwnerOrBridge (1)\neidType: dynamic (0)\nmedium: 0x01',
    });
    expect(text('00060480').text).toBe('completionCode: 128 (ERROR_MESSAGE_TYPE_NOT_SUPPORTED)');
    expect(text('000002').error?.message).toBe(
      'GetEndpointID response: completionCode at byte 3: 1 byte needed, 0 left',
    );
    expect(text('0000020009').error?.message).toBe(
      'GetEndpointID response: endpointType at byte 5: 1 byte needed, 0 left',
    );
    expect(text('00814201')).toMatchObject({ title: 'command 0x42 request', fields: { data: '01' } });
    expect(text('00014205').text).toBe('completionCode: 5\ndata: (none)');
    expect(() => controlMessage(fromHex('0181')!, { typeByte: true })).toThrow(CodecError);
    expect(decode(QueryHop.response, fromHex('000cff0000000b')!)).toMatchObject({ nextBridge: 12, outUnits: 11 });
  });
});
