/** Control messages recorded between Linux's mctpd and others: they decode, and our responder answers as those did. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../stack/clock.js';
import { fromHex, type Json } from '../../../stack/codec/index.js';
import {
  ControlResponder,
  type EndpointHost,
  MessageTypeRegistry,
  serveEndpoint,
} from '../../../stack/control/index.js';
import { controlMessage } from '../../support/dissected.js';
import { FakeTransport } from '../../support/fake-transport.js';

interface Recording {
  readonly packets: readonly { readonly dir: 'from-linux' | 'to-linux'; readonly packet: string }[];
}

interface Packet {
  readonly fromLinux: boolean;
  readonly destination: number;
  readonly source: number;
  readonly tagOwner: boolean;
  readonly tag: number;
  readonly type: number;
  /** Without the type byte, in hex. */
  readonly payload: string;
}

/** Each message is one packet: version, destination, source, flags, type, payload. */
function load(name: string): Packet[] {
  const file = new URL(`../../recordings/${name}.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as Recording).packets.map(({ dir, packet }) => {
    const [, destination, source, flags, type] = fromHex(packet.slice(0, 10))!;
    return {
      fromLinux: dir === 'from-linux',
      destination: destination!,
      source: source!,
      tagOwner: (flags! & 0x08) !== 0,
      tag: flags! & 0x07,
      type: type! & 0x7f,
      payload: packet.slice(10),
    };
  });
}

const decoded = (payload: string) => controlMessage(fromHex(payload)!);

/** Answer every request in one direction, and compare with the answer recorded for it. */
function replay(
  packets: readonly Packet[],
  requestsFromLinux: boolean,
  host: EndpointHost,
  types: MessageTypeRegistry,
) {
  const transport = new FakeTransport(new VirtualClock());
  serveEndpoint(new ControlResponder({ transport: transport, clock: transport.clock }), host, types);
  const pairs: { command: number; ours: Json | undefined; recorded: Json | undefined }[] = [];
  packets.forEach((request, index) => {
    if (request.fromLinux !== requestsFromLinux || !request.tagOwner || request.type !== 0) return;
    const { header } = decoded(request.payload);
    const response = packets.slice(index + 1).find((later) => {
      if (later.fromLinux === requestsFromLinux || later.tagOwner || later.type !== 0) return false;
      const other = decoded(later.payload).header;
      return other.instanceId === header.instanceId && other.command === header.command;
    });
    const { destination, source, tag } = request;
    const ours = transport.ask(request.payload, { destination, source, tag });
    pairs.push({
      command: header.command,
      ours: ours === undefined ? undefined : decoded(ours).fields,
      recorded: response === undefined ? undefined : decoded(response.payload).fields,
    });
  });
  return pairs;
}

function host(uuid: string, eid: number, eidType: number): EndpointHost {
  let present = eid;
  return {
    uuid,
    endpointState: () => ({ eid: present, eidType }),
    assignEid: (assigned) => {
      present = assigned;
      return { accepted: true, eid: assigned };
    },
  };
}

/** mctpd and the recorded endpoint list control itself; the count is defined without it. */
function withoutControl(json: Json | undefined): Json | undefined {
  if (typeof json !== 'object' || json === null || Array.isArray(json) || !Array.isArray(json.types)) return json;
  const types = json.types.filter((type) => type !== 0);
  return { ...json, types, count: types.length };
}

for (const name of ['linux-mctpd-bus-owner', 'linux-mctpd-endpoint']) {
  describe(name, () => {
    const packets = load(name).filter((packet) => packet.type === 0);
    it('every control message decodes, but for the one that is too short on purpose', () => {
      const failures = packets
        .map(({ payload }) => decoded(payload).error?.message)
        .filter((error) => error !== undefined);
      const tooShort = 'SetEndpointID request: operation at byte 3: 1 byte needed, 0 left';
      expect(failures).toEqual(name === 'linux-mctpd-endpoint' ? [tooShort] : []);
    });
  });
}

describe('our responder in their place', () => {
  it('answers mctpd as bus owner what mctpd accepted', () => {
    const types = new MessageTypeRegistry();
    types.add(1);
    types.addVendorSet({ format: 0, vendorId: 0x1ab4, commandSet: 1 });
    const pairs = replay(
      load('linux-mctpd-bus-owner'),
      true,
      host('21f0f554-7f7c-4211-9ca1-6d0f000ea9e7', 0, 0),
      types,
    );
    expect(pairs.map(({ command }) => command)).toEqual([1, 5, 6, 3]);
    for (const { ours, recorded } of pairs) expect(ours).toEqual(withoutControl(recorded));
  });

  it('answers a bus owner as mctpd does as an endpoint', () => {
    const pairs = replay(
      load('linux-mctpd-endpoint'),
      false,
      host('11111111-2222-3333-4444-555555555555', 30, 2),
      new MessageTypeRegistry(),
    );
    const answered = pairs.filter(({ recorded }) => recorded !== undefined);
    expect(answered.map(({ command }) => command)).toEqual([2, 4, 4, 5, 3, 1, 2, 1, 6, 0x0b]);
    for (const { ours, recorded } of answered) expect(ours).toEqual(withoutControl(recorded));
    // What mctpd left unanswered: a command sent to an EID it did not have yet, a Set Endpoint ID that is too short
    // (the standard wants ERROR_INVALID_LENGTH), a request to somebody else.
    const unanswered = pairs.filter(({ recorded }) => recorded === undefined);
    expect(unanswered.map(({ command }) => command)).toEqual([0x30, 1, 5]);
    expect(unanswered[0]!.ours).toEqual({ completionCode: 5, data: '' });
    expect(unanswered[1]!.ours).toEqual({ completionCode: 3 });
  });
});
