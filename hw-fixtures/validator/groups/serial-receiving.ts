/** Checks of what a device does with serial frames that come (DSP0253). */

import { MIN_PACKET } from '../../../bindings/serial/serial-framing.js';
import { GetEndpointID } from '../../../stack/control/index.js';
import { MESSAGE_TYPE } from '../../../stack/ids.js';
import { BASELINE_TRANSMISSION_UNIT } from '../../../stack/packet.js';
import type { CheckDeclaration } from '../declaration.js';
import { broken, inconclusive, notApplicable } from '../finding.js';
import type { Probe } from '../probe.js';
import { deafAfter } from './deaf-mutant.js';
import { directOn, firstFrame, goodFrame, mustDropFrames, mustSurviveFrames, mustTakeFrames } from './frame-steps.js';
import {
  ESCAPE,
  FLAG,
  findRequest,
  hasSpecials,
  loses,
  REVISION,
  SERIAL,
  serialFrame,
  serialParts,
  takes,
} from './serial-frames.js';
import { smallRequest } from './transport-steps.js';

/** What software flow control takes out of a line. */
const XON = 0x11;
const XOFF = 0x13;
/** More escapes than any packet has which is not made of them. */
const MANY_ESCAPES = 40;
/** Requests that are too long for their command: a responder says so, which shows that it got the whole frame. */
const LONG_REQUESTS: readonly (readonly number[])[] = [
  [MESSAGE_TYPE.pldm, 0x80, 0x00, 0x02],
  [MESSAGE_TYPE.control, 0x80, GetEndpointID.code],
];

const sourceOf = (packet: Uint8Array): number => packet[2]!;
const escapesIn = (bytes: Uint8Array): number => bytes.filter((byte) => byte === ESCAPE).length;
const swapped = (sum: number): number => ((sum & 0xff) << 8) | (sum >> 8);

export const SERIAL_RECEIVING: readonly CheckDeclaration[] = [
  {
    id: 'MCTP-SERIAL-001',
    clause: 'DSP0253 frame check sequence',
    level: 'mandatory',
    title: 'It drops a frame whose FCS is wrong',
    why: 'bits change on lines: a request which was not sent must not be carried out',
    failure: 'a request is answered whose frame check sequence does not belong to its bytes',
    mend: 'compute the CRC-16 of RFC 1662 over revision, count and packet, not complemented, and compare it high byte first',
    mutant: () =>
      takes(({ revision, count, packet, fcs, rightFcs }) =>
        revision === REVISION && count === packet.length && fcs !== rightFcs ? serialFrame(packet) : undefined,
      ),
    run: (probe) => {
      const wrong = (): Uint8Array[] =>
        [
          (sum: number) => sum ^ 0x0001,
          (sum: number) => sum ^ 0x8000,
          (sum: number) => sum ^ 0xffff,
          (sum: number) => (swapped(sum) === sum ? sum ^ 0x0100 : swapped(sum)),
        ].map((fcs) => serialFrame(smallRequest(probe), { fcs }));
      return mustDropFrames(SERIAL, probe, wrong, 'a frame with a wrong FCS is answered');
    },
  },
  {
    id: 'MCTP-SERIAL-002',
    clause: 'DSP0253 escape sequences',
    level: 'mandatory',
    title: 'It takes escaped bytes for what they stand for',
    why: 'every packet with a byte 0x7e or 0x7d has them: EIDs, lengths and data may be such bytes',
    failure: 'requests from a source EID of 0x7e or 0x7d are not answered',
    mend: 'turn `7d 5e` into 7e and `7d 5d` into 7d, and compute the FCS over what they stand for',
    mutant: () => loses(({ packet }) => [FLAG, ESCAPE].includes(sourceOf(packet))),
    run: async (probe) => {
      for (const src of [FLAG, ESCAPE]) {
        const make = (): Uint8Array[] => [goodFrame(SERIAL, probe, { src })];
        await mustTakeFrames(SERIAL, probe, make, `a frame with an escaped 0x${src.toString(16)} is not answered`);
      }
    },
  },
  {
    id: 'MCTP-SERIAL-003',
    clause: 'DSP0253 escape sequences',
    level: 'mandatory',
    title: 'It takes an FCS whose bytes look like a flag or an escape',
    why: 'the FCS is never escaped, and one of 64 has such a byte: messages are lost now and then otherwise',
    failure: 'a request is not answered whose FCS has a byte 0x7e or 0x7d',
    mend: 'count the bytes of the packet, and take the next two as they are',
    mutant: () => loses(({ fcs }) => hasSpecials(fcs)),
    run: async (probe) => {
      probe.frames.on(SERIAL.kind);
      const packet = findRequest(probe, (one) => hasSpecials(serialParts(serialFrame(one)).fcs));
      if (packet === undefined) return inconclusive('no request was found whose FCS has such a byte');
      const make = (): Uint8Array[] => [serialFrame(packet)];
      return mustTakeFrames(SERIAL, probe, make, 'a frame is not answered whose FCS looks like a flag or an escape');
    },
  },
  {
    id: 'MCTP-SERIAL-004',
    clause: 'DSP0253 frame format',
    level: 'mandatory',
    title: 'It drops a frame of another revision',
    why: 'the meaning of a later revision of the binding is not known',
    failure: 'a frame with another revision than 1 is answered',
    mend: 'drop frames whose first byte behind the flag is not 1',
    mutant: () =>
      takes(({ revision, count, packet, fcs, rightFcs }) =>
        revision !== REVISION && count === packet.length && fcs === rightFcs ? serialFrame(packet) : undefined,
      ),
    run: (probe) => {
      const other = (): Uint8Array[] => [0, 2].map((revision) => serialFrame(smallRequest(probe), { revision }));
      return mustDropFrames(SERIAL, probe, other, 'a frame of another revision is answered');
    },
  },
  {
    id: 'MCTP-SERIAL-005',
    clause: 'DSP0253 frame format',
    level: 'mandatory',
    title: 'It drops a frame whose byte count is wrong',
    why: 'two lengths of a frame mean that one of them is wrong',
    failure: 'a request is answered though its byte count is another than the number of bytes between count and FCS',
    mend: 'take as many bytes as the count says, then two of FCS, and drop the frame when no flag follows',
    mutant: () =>
      takes(({ revision, count, packet, fcs, rightFcs }) =>
        revision === REVISION && count !== packet.length && fcs === rightFcs ? serialFrame(packet) : undefined,
      ),
    run: (probe) => {
      const wrong = (): Uint8Array[] =>
        [-1, 1].map((more) => {
          const packet = smallRequest(probe);
          return serialFrame(packet, { count: packet.length + more });
        });
      return mustDropFrames(SERIAL, probe, wrong, 'a frame whose byte count is wrong is answered');
    },
  },
  {
    id: 'MCTP-SERIAL-006',
    clause: 'DSP0253 frame format',
    level: 'mandatory',
    title: 'Frames without a whole packet do not stop it',
    why: 'a few bytes of noise could put the device out of action',
    failure: 'after frames which are right and hold less than an MCTP header and a byte, requests are not answered',
    mend: 'drop frames whose byte count is below 5, and do not subtract before you compare',
    mutant: () =>
      deafAfter((piece) => piece[0] === FLAG && piece[1] === REVISION && piece[2]! > 0 && piece[2]! < MIN_PACKET),
    run: (probe) => {
      const short = (): Uint8Array[] => [1, 2, 3, 4].map((count) => serialFrame(smallRequest(probe).slice(0, count)));
      return mustSurviveFrames(SERIAL, probe, short, 'it does not answer any more after frames without a whole packet');
    },
  },
  {
    id: 'MCTP-SERIAL-007',
    clause: 'DSP0253 escape sequences',
    level: 'mandatory',
    title: 'It takes a baseline packet all of whose data is escaped',
    why: 'such a frame is twice as long on the line as the packet: a buffer for the packet alone is too small',
    failure: 'a request of 64 bytes is answered, and one with the same length and data of 0x7e is not',
    mend: 'unescape bytes as they come, or give the buffer room for 142 bytes',
    mutant: () => loses((_parts, piece) => escapesIn(piece) > MANY_ESCAPES),
    run: async (probe) => {
      directOn(SERIAL, probe);
      const start = await longRequest(probe, 0);
      if (start === undefined) return notApplicable('the device answers no request of 64 bytes that is known here');
      const packets = (): Uint8Array[] => [serialFrame(filled(probe, start, FLAG))];
      if ((await firstFrame(SERIAL, probe, packets)) === undefined) broken('a frame of 142 bytes is not answered');
    },
  },
  {
    id: 'MCTP-SERIAL-008',
    clause: 'DSP0253 physical layer',
    level: 'mandatory',
    title: 'The bytes of software flow control are data to it',
    why: 'a line with XON/XOFF loses every packet that has such a byte, and may stop forever',
    failure: 'requests from a source EID of 0x11 or 0x13 are not answered',
    mend: 'switch software flow control off, and put the line into raw mode',
    mutant: () => loses(({ packet }) => [XON, XOFF].includes(sourceOf(packet))),
    run: async (probe) => {
      for (const src of [XON, XOFF]) {
        const make = (): Uint8Array[] => [goodFrame(SERIAL, probe, { src })];
        await mustTakeFrames(SERIAL, probe, make, `a frame with a byte 0x${src.toString(16)} is not answered`);
      }
    },
  },
];

/** A request of 64 bytes, filled up with a byte. */
function filled(probe: Probe, start: readonly number[], fill: number): Uint8Array {
  const payload = new Uint8Array(BASELINE_TRANSMISSION_UNIT).fill(fill);
  payload.set(start);
  payload[1] = 0x80 | probe.facts.nextInstance();
  return probe.packets.build({ payload, tag: probe.packets.nextTag() });
}

/** The start of one which the device answers. */
async function longRequest(probe: Probe, fill: number): Promise<readonly number[] | undefined> {
  for (const start of LONG_REQUESTS) {
    const make = (): Uint8Array[] => [serialFrame(filled(probe, start, fill))];
    if ((await firstFrame(SERIAL, probe, make)) !== undefined) return start;
  }
  return undefined;
}
