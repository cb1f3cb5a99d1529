/** What the checks of the transport do with packets: ask with one, or with several, and judge what comes. */

import { GetEndpointID } from '../../../stack/control/index.js';
import { MESSAGE_TYPE } from '../../../stack/ids.js';
import { BASELINE_TRANSMISSION_UNIT } from '../../../stack/packet.js';
import { broken, Finding, notApplicable } from '../finding.js';
import type { PacketParts, ReceivedPacket } from '../packet-access.js';
import type { Probe } from '../probe.js';

/** Sources that nobody has, near the end of the range: for packets that do not come from our EID. */
export const OTHER_EID = 0xf0;
/** Before anything is called broken; packets are lost on real wires. */
const TRIES = 3;

/** The device as it is reached directly. @throws Finding not applicable */
export function direct(probe: Probe): void {
  probe.addressFor({ physical: true });
  if (probe.device.sendPacket === undefined) {
    notApplicable('the stack of this link sends whole messages only, not packets');
  }
}

/** As it is reached directly, and has an EID. @throws Finding not applicable */
export function directByEid(probe: Probe): void {
  direct(probe);
  if (probe.device.eid === 0) notApplicable('the device has no EID');
}

/** Get Endpoint ID in one packet: the smallest request that everybody answers. */
export function smallRequest(probe: Probe, parts: Partial<PacketParts> = {}): Uint8Array {
  const payload = Uint8Array.of(MESSAGE_TYPE.control, 0x80 | probe.facts.nextInstance(), GetEndpointID.code);
  return probe.packets.build({ payload, tag: probe.packets.nextTag(), ...parts });
}

/** The first answer to Get Endpoint ID in a packet like this. @throws Finding inconclusive, when none comes */
export async function smallAnswer(probe: Probe, parts: Partial<PacketParts> = {}): Promise<ReceivedPacket> {
  const answer = await firstAnswer(probe, () => [smallRequest(probe, parts)]);
  return answer ?? silent();
}

/** The packets which `make` gives are answered; when they are not, a good request is. @throws Finding */
export async function mustBeAnswered(probe: Probe, make: () => readonly Uint8Array[], why: string): Promise<void> {
  if ((await firstAnswer(probe, make)) !== undefined) return;
  await smallAnswer(probe, { dest: probe.device.eid });
  broken(why);
}

/** Nothing is answered to these packets, and a good request is afterwards. @throws Finding */
export async function mustBeDropped(probe: Probe, packets: readonly Uint8Array[], why: string): Promise<void> {
  const received = await probe.packets.exchange(packets);
  if (received.length > 0) broken(why);
  await smallAnswer(probe);
}

/** How many messages the device sends to these packets, up to `most`. */
export async function answersTo(probe: Probe, packets: readonly Uint8Array[], most: number): Promise<number> {
  const ends = (received: readonly ReceivedPacket[]): number => received.filter(({ eom }) => eom).length;
  return ends(await probe.packets.exchange(packets, { until: (received) => ends(received) >= most }));
}

async function firstAnswer(probe: Probe, make: () => readonly Uint8Array[]): Promise<ReceivedPacket | undefined> {
  for (let tries = 0; tries < TRIES; tries++) {
    const received = await probe.packets.exchange(make());
    const first = received[0];
    if (first !== undefined) return first;
  }
  return undefined;
}

function silent(): never {
  throw new Finding('inconclusive', 'the device does not answer Get Endpoint ID', true);
}

/** Where the packets of a message of several get their flags from. */
export interface SplitOptions {
  readonly src?: number;
  readonly tag?: number;
  /** Of each packet; default 0, 1, 2 ... */
  readonly sequence?: readonly number[];
  /** Default 2. */
  readonly packets?: number;
}

/**
 * A request of several packets which the device answers, whatever the answer says: packets are 64 bytes, the last is
 * shorter. @throws Finding not applicable, when the device answers no such request
 */
export async function split(probe: Probe, options: SplitOptions = {}): Promise<Uint8Array[]> {
  const start = await probe.facts.once('split', () => findLongRequest(probe));
  return splitWith(probe, start, options);
}

/** The same, and the device must answer. */
export async function splitMustBeAnswered(probe: Probe, options: SplitOptions, why: string): Promise<void> {
  const plain = await split(probe);
  const start = plain[0]!.subarray(4, 8);
  if ((await firstAnswer(probe, () => splitWith(probe, start, options))) !== undefined) return;
  if ((await firstAnswer(probe, () => splitWith(probe, start, {}))) === undefined) silent();
  broken(why);
}

/** These packets of a message lead to nothing; afterwards the device answers. */
export async function splitMustBeDropped(
  probe: Probe,
  choose: (packets: Uint8Array[]) => readonly Uint8Array[],
  options: SplitOptions,
  why: string,
): Promise<void> {
  await mustBeDropped(probe, choose(await split(probe, options)), why);
}

/** Requests that are too long for their command: a responder says so, which shows that it got the whole message. */
const LONG_REQUESTS: readonly (readonly number[])[] = [
  // PLDM base, Get TID.
  [MESSAGE_TYPE.pldm, 0x80, 0x00, 0x02],
  // MCTP control, Get Endpoint ID: control messages have one packet, so that a device may drop it.
  [MESSAGE_TYPE.control, 0x80, GetEndpointID.code, 0x00],
];

async function findLongRequest(probe: Probe): Promise<Uint8Array> {
  for (const request of LONG_REQUESTS) {
    const start = Uint8Array.from(request);
    if ((await firstAnswer(probe, () => splitWith(probe, start, {}))) !== undefined) return start;
  }
  return notApplicable('the device answers no request of several packets that is known here');
}

function splitWith(probe: Probe, start: Uint8Array, options: SplitOptions): Uint8Array[] {
  const { packets: count = 2, sequence, src, tag = probe.packets.nextTag() } = options;
  const message = new Uint8Array((count - 1) * BASELINE_TRANSMISSION_UNIT + 8);
  message.set(start);
  message[1] = 0x80 | probe.facts.nextInstance();
  return Array.from({ length: count }, (_, index) => {
    const from = index * BASELINE_TRANSMISSION_UNIT;
    return probe.packets.build({
      tag,
      som: index === 0,
      eom: index === count - 1,
      seq: sequence?.[index] ?? index,
      ...(src !== undefined && { src }),
      payload: message.subarray(from, from + BASELINE_TRANSMISSION_UNIT),
    });
  });
}
