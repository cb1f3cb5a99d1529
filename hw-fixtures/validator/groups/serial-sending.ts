/** Checks of the serial frames which a device sends (DSP0253). */

import { ESCAPE_BIT } from '../../../bindings/serial/fcs.js';
import { hexDigits, hexNumber } from '../../../stack/util/text.js';
import type { CheckDeclaration } from '../declaration.js';
import { inconclusive, must } from '../finding.js';
import type { PacketParts } from '../packet-access.js';
import type { Probe } from '../probe.js';
import { answerFrame, firstFrame } from './frame-steps.js';
import {
  ESCAPE,
  escaped,
  FLAG,
  findRequest,
  hasSpecials,
  REVISION,
  SERIAL,
  type SerialFrame,
  sends,
  serialFrame,
  serialParts,
} from './serial-frames.js';

/** To an EID which is escaped. */
const isToSpecial = (packet: Uint8Array): boolean => packet[1] === FLAG || packet[1] === ESCAPE;

/** The frame of an answer, taken apart. @throws Finding inconclusive */
async function answerParts(probe: Probe, parts: Partial<PacketParts> = {}): Promise<SerialFrame> {
  return serialParts(await answerFrame(SERIAL, probe, parts));
}

/** Where the sequence number is in the last byte of a header. */
const SEQUENCE = 0x30;
/** Requests, each of whose answers would have such an FCS if it had the sequence number that is guessed. */
const GUESSES = 12;
const FIRST_ANSWERS = 3;

/**
 * The packet of the answer to that request, where `known` is that to another: EIDs, tag and instance ID are of the request,
 * the sequence number is a guess.
 */
function predicted(known: Uint8Array, request: Uint8Array, sequence: number): Uint8Array {
  const packet = known.slice();
  packet[1] = request[2]!;
  packet[3] = (packet[3]! & ~(SEQUENCE | 0x07)) | sequence | (request[3]! & 0x07);
  packet[5] = (packet[5]! & 0xe0) | (request[5]! & 0x1f);
  return packet;
}

/** Ask until an answer has to have an FCS with a byte 7e or 7d, and look at that. @throws Finding */
async function mustNotEscapeFcs(probe: Probe): Promise<void> {
  let parts = await answerParts(probe);
  const isRight = (): boolean => parts.fcs === parts.rightFcs && parts.revision === REVISION;
  // One answer may have such an FCS by chance, and be wrong for that.
  for (let left = FIRST_ANSWERS; !isRight() && left > 1; left--) parts = await answerParts(probe);
  if (!isRight()) return inconclusive('its frames are wrong in another way');
  const { packet: known } = parts;
  let last = known[3]! & SEQUENCE;
  let guess = last;
  for (let left = GUESSES; left > 0; left--) {
    const sumOf = (request: Uint8Array): number => serialParts(serialFrame(predicted(known, request, guess))).fcs;
    const request = findRequest(probe, (one) => hasSpecials(sumOf(one)));
    if (request === undefined) return inconclusive('no answer was found whose FCS would have such a byte');
    const piece = await firstFrame(SERIAL, probe, () => [serialFrame(request)]);
    if (piece === undefined) return inconclusive('a request whose answer would have such an FCS is not answered');
    const { fcs, packet } = serialParts(piece);
    if (hasSpecials(fcs) && packet.length === known.length) return;
    const sequence = packet[3]! & SEQUENCE;
    must(sequence !== guess, 'the FCS of an answer is escaped');
    guess = (2 * sequence - last) & SEQUENCE;
    last = sequence;
  }
  inconclusive('no answer has had such an FCS');
}

export const SERIAL_SENDING: readonly CheckDeclaration[] = [
  {
    id: 'MCTP-SERIAL-013',
    clause: 'DSP0253 frame check sequence',
    level: 'mandatory',
    title: 'Its frames have the right FCS, high byte first',
    why: 'every good receiver drops frames with another one',
    failure: 'the two bytes before the closing flag of an answer are not the FCS of its bytes',
    mend: 'compute the CRC-16 of RFC 1662 over revision, count and the packet before it is escaped; do not complement it, and send its high byte first',
    mutant: () => sends(({ packet }) => serialFrame(packet, { fcs: (right) => right ^ 0xffff })),
    run: async (probe) => {
      const { fcs, rightFcs } = await answerParts(probe);
      must(fcs === rightFcs, `the FCS of an answer is ${hexNumber(fcs, 4)}, not ${hexNumber(rightFcs, 4)}`);
    },
  },
  {
    id: 'MCTP-SERIAL-014',
    clause: 'DSP0253 frame format',
    level: 'mandatory',
    title: 'Its frames are of revision 1',
    why: 'every good receiver drops frames of another revision',
    failure: 'the byte behind the opening flag of an answer is not 1',
    mend: 'send 0x01 behind the opening flag',
    mutant: () => sends(({ packet }) => serialFrame(packet, { revision: 2 })),
    run: async (probe) => {
      const { revision } = await answerParts(probe);
      must(revision === REVISION, `an answer is in a frame of revision ${revision}`);
    },
  },
  {
    id: 'MCTP-SERIAL-015',
    clause: 'DSP0253 frame format',
    level: 'mandatory',
    title: 'The byte count of its frames is that of the packet before it is escaped',
    why: 'a receiver counts what escapes stand for, and takes other bytes for the FCS otherwise',
    failure: 'the byte count of an answer is another than its packet has bytes',
    mend: 'count the packet, not the bytes on the line',
    mutant: () =>
      sends(({ packet, body }, frame) => (isToSpecial(packet) ? serialFrame(packet, { count: body.length }) : frame)),
    run: async (probe) => {
      for (const src of [probe.device.ownEid, FLAG]) {
        const { count, packet } = await answerParts(probe, { src });
        must(
          count === packet.length,
          `the byte count of an answer is ${count}, and its packet has ${packet.length} bytes`,
        );
      }
    },
  },
  {
    id: 'MCTP-SERIAL-016',
    clause: 'DSP0253 escape sequences',
    level: 'mandatory',
    title: 'It escapes the bytes 0x7e and 0x7d of a packet',
    why: 'a receiver takes a 0x7e for the end of the frame, and a 0x7d for an escape',
    failure: 'an answer to the EID 0x7e or 0x7d has that byte as it is',
    mend: 'send `7d 5e` for 7e and `7d 5d` for 7d',
    mutant: () =>
      sends(({ packet }, frame) =>
        isToSpecial(packet) ? serialFrame(packet, { escape: (bytes) => [...bytes] }) : frame,
      ),
    run: async (probe) => {
      for (const src of [FLAG, ESCAPE]) {
        const { body } = await answerParts(probe, { src });
        const [, first, second] = body;
        const isEscaped = first === ESCAPE && second === (src ^ ESCAPE_BIT);
        must(isEscaped, `${hexNumber(src)} as a destination EID is sent as ${hexNumber(first ?? 0)}`);
      }
    },
  },
  {
    id: 'MCTP-SERIAL-017',
    clause: 'DSP0253 escape sequences',
    level: 'mandatory',
    title: 'It escapes nothing else',
    why: 'a good receiver drops a frame with another escape sequence',
    failure: 'an answer has an escape before another byte than 5e or 5d',
    mend: 'escape 7e and 7d only; do not use the table of control characters of PPP',
    mutant: () =>
      sends(({ packet }) =>
        serialFrame(packet, {
          escape: (bytes) => [...escaped(bytes.subarray(0, -1)), ESCAPE, bytes.at(-1)! ^ ESCAPE_BIT],
        }),
      ),
    run: async (probe) => {
      const { body } = await answerParts(probe);
      const stray = body.find((byte, at) => body[at - 1] === ESCAPE && ![FLAG, ESCAPE].includes(byte ^ ESCAPE_BIT));
      must(stray === undefined, `an answer has the escape sequence 7d ${hexDigits(stray ?? 0)}`);
    },
  },
  {
    id: 'MCTP-SERIAL-018',
    clause: 'DSP0253 escape sequences',
    level: 'mandatory',
    title: 'It does not escape the FCS',
    why: 'receivers take the two bytes behind the packet as they are, and miss the closing flag otherwise',
    failure: 'an answer whose FCS has a byte 0x7e or 0x7d has an escape there',
    mend: 'escape the packet only',
    mutant: () =>
      sends(({ fcs }, frame) => {
        const sum = escaped(Uint8Array.of(fcs >> 8, fcs & 0xff));
        return Uint8Array.of(...frame.subarray(0, -3), ...sum, FLAG);
      }),
    run: mustNotEscapeFcs,
  },
  {
    id: 'MCTP-SERIAL-019',
    clause: 'DSP0253 frame format',
    level: 'mandatory',
    title: 'Its frames have one flag at each end',
    why: 'receivers which count flags lose their place when there is one more: Linux 6.12 receives nothing from then on',
    failure: 'an answer begins with several flags, or does not end with one',
    mend: 'send 0x7e once before and once behind each frame, and nothing between frames',
    mutant: () => sends((_parts, frame) => Uint8Array.of(FLAG, ...frame)),
    run: async (probe) => {
      const { opening, isClosed } = await answerParts(probe);
      must(opening === 1, `an answer begins with ${opening} flags`);
      must(isClosed, 'an answer does not end with a flag');
    },
  },
];
