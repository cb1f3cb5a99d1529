/** Checks of what a device does with USB transfers that come (DSP0283). */

import { SEGMENT_BYTES } from '../../../bindings/usb/usb-framing.js';
import type { CheckDeclaration } from '../declaration.js';
import { must } from '../finding.js';
import type { Probe } from '../probe.js';
import { deafAfter } from './deaf-mutant.js';
import { answerFrame, goodFrame, mustDropFrames, mustSurviveFrames, mustTakeFrames } from './frame-steps.js';
import {
  AT,
  changed,
  HEADER_BYTES,
  ID,
  idlePacket,
  joined,
  LEAST,
  LONGEST_PACKET,
  takes,
  USB,
  unitOf,
  unitsOf,
  withBytes,
} from './usb-frames.js';

const UNITS = 'DSP0283 units';
const TRANSFERS = 'DSP0283 transfers';
/** An ID which differs from that of the DMTF in one bit. */
const OTHER_ID_LOW = 0xb5;
const BACKWARDS = { [AT.id]: ID[1], [AT.id + 1]: ID[0] };
const RIGHT_ID = { [AT.id]: ID[0], [AT.id + 1]: ID[1] };

const hasRightId = (transfer: Uint8Array): boolean => transfer[0] === ID[0] && transfer[1] === ID[1];
const isPlain = (transfer: Uint8Array): boolean => hasRightId(transfer) && transfer[AT.high] === 0;
/** A unit with the length of the transfer. */
const lengthened = (transfer: Uint8Array): Uint8Array => withBytes(transfer, { [AT.length]: transfer.length });

export const USB_RECEIVING: readonly CheckDeclaration[] = [
  {
    id: 'MCTP-USB-001',
    clause: UNITS,
    level: 'mandatory',
    title: 'It drops a unit with another ID',
    why: 'the ID says that the bytes are a unit of MCTP at all',
    failure: 'a request is answered whose unit does not begin with 1a b4, in this order',
    mend: 'compare the first two bytes with 0x1ab4, high byte first, and drop the rest of the transfer',
    mutant: () =>
      takes((transfer) => (hasRightId(transfer) || transfer.length > 16 ? undefined : withBytes(transfer, RIGHT_ID))),
    run: (probe) => {
      const other = (): Uint8Array[] => [BACKWARDS, { [AT.id + 1]: OTHER_ID_LOW }].map((id) => changed(probe, id));
      return mustDropFrames(USB, probe, other, 'a unit with another ID is answered');
    },
  },
  {
    id: 'MCTP-USB-002',
    clause: UNITS,
    level: 'mandatory',
    title: 'It drops a unit whose length is below 8',
    why: 'the length counts its own header and that of the packet: less is not a packet',
    failure: 'a request is answered whose length does not cover it',
    mend: 'compare the length with 8 before anything is subtracted from it, and drop the rest of the transfer',
    mutant: () =>
      takes((transfer) => (isPlain(transfer) && transfer[AT.length]! < LEAST ? lengthened(transfer) : undefined)),
    run: (probe) => {
      const short = (): Uint8Array[] => [0, 4, 7].map((length) => changed(probe, { [AT.length]: length }));
      return mustDropFrames(USB, probe, short, 'a unit whose length is below 8 is answered');
    },
  },
  {
    id: 'MCTP-USB-003',
    clause: UNITS,
    level: 'mandatory',
    title: 'It drops a unit which is longer than its transfer',
    why: 'a unit does not cross the end of a transfer: what is missing never comes',
    failure: 'a request is answered whose length is greater than the number of bytes that came',
    mend: 'compare the length with what is left of the transfer, and drop the rest',
    mutant: () =>
      takes((transfer) =>
        isPlain(transfer) && transfer[AT.length]! > transfer.length ? lengthened(transfer) : undefined,
      ),
    run: (probe) => {
      const long = (): Uint8Array[] => {
        const good = goodFrame(USB, probe);
        return [good.length + 1, 0xff].map((length) => withBytes(good, { [AT.length]: length }));
      };
      return mustDropFrames(USB, probe, long, 'a unit is answered which is longer than its transfer');
    },
  },
  {
    id: 'MCTP-USB-004',
    clause: UNITS,
    level: 'mandatory',
    title: 'It drops a unit whose third byte says more than a transfer has',
    why: 'that byte is reserved in version 1.0, and the high byte of the length in 1.1: the unit is longer than its transfer',
    failure: 'a request is answered of which the third byte is passed over',
    mend: 'take the byte as a part of the length (1.1), or drop units in which it is not 0 (1.0)',
    mutant: () =>
      takes((transfer) =>
        hasRightId(transfer) && transfer[AT.high] !== 0 ? withBytes(transfer, { [AT.high]: 0 }) : undefined,
      ),
    run: (probe) =>
      mustDropFrames(USB, probe, () => [changed(probe, { [AT.high]: 1 })], 'the third byte of a unit is passed over'),
  },
  {
    id: 'MCTP-USB-005',
    clause: TRANSFERS,
    level: 'mandatory',
    title: 'It takes all units of a transfer',
    why: 'a host may put packets that wait into one transfer',
    failure: 'of two requests in a transfer one is not answered',
    mend: 'go on behind each unit up to the end of the transfer',
    mutant: () =>
      takes((transfer) => {
        const { units } = unitsOf(transfer);
        return units.length === 2 && units[0]!.length === units[1]!.length ? units[0] : undefined;
      }),
    run: async (probe) => {
      await answerFrame(USB, probe);
      let most = 0;
      for (let tries = 0; tries < TRIES && most < 2; tries++) {
        most = Math.max(most, await answersTo(probe, joined(goodFrame(USB, probe), goodFrame(USB, probe))));
      }
      must(most >= 2, `of two requests in a transfer ${most} are answered`);
    },
  },
  {
    id: 'MCTP-USB-006',
    clause: TRANSFERS,
    level: 'mandatory',
    title: 'It takes a transfer of 512 bytes',
    why: 'such a transfer is not followed by a short packet which would end it',
    failure: 'the last request of a transfer of exactly 512 bytes is not answered',
    mend: 'hand transfers on when 512 bytes are there, and do not wait for a packet of length zero',
    mutant: () => takes((transfer) => (transfer.length === SEGMENT_BYTES ? new Uint8Array(0) : undefined)),
    run: (probe) => {
      const full = (): Uint8Array[] => {
        const request = goodFrame(USB, probe);
        const left = SEGMENT_BYTES - request.length - 2 * HEADER_BYTES;
        const parts = [LONGEST_PACKET, left - LONGEST_PACKET].map((length) => unitOf(idlePacket(probe, length)));
        return [joined(...parts, request)];
      };
      return mustTakeFrames(USB, probe, full, 'a transfer of 512 bytes is lost');
    },
  },
  {
    id: 'MCTP-USB-007',
    clause: UNITS,
    level: 'mandatory',
    title: 'A unit without payload does not cost the next one',
    why: 'a header alone is a legal unit: only its packet means nothing',
    failure: 'a request is not answered which follows a unit of length 8 in its transfer',
    mend: 'drop the packet in the layer of MCTP, and go on behind the unit',
    mutant: () =>
      takes((transfer) => {
        const { units } = unitsOf(transfer);
        return units.length > 1 && units[0]!.length === LEAST ? new Uint8Array(0) : undefined;
      }),
    run: (probe) => {
      const two = (): Uint8Array[] => [joined(unitOf(idlePacket(probe, 5).slice(0, 4)), goodFrame(USB, probe))];
      return mustTakeFrames(USB, probe, two, 'a request behind a unit without payload is lost');
    },
  },
  {
    id: 'MCTP-USB-008',
    clause: UNITS,
    level: 'mandatory',
    title: 'A wrong unit does not cost the one before it',
    why: 'only what is behind a wrong unit cannot be understood any more',
    failure: 'a request is not answered which a wrong unit follows in its transfer',
    mend: 'hand each unit on before the next one is looked at',
    mutant: () =>
      takes((transfer) => {
        const { units, rest } = unitsOf(transfer);
        return units.length > 0 && rest.length >= LEAST ? new Uint8Array(0) : undefined;
      }),
    run: (probe) => {
      const two = (): Uint8Array[] => [
        joined(goodFrame(USB, probe), withBytes(unitOf(idlePacket(probe, 8)), BACKWARDS)),
      ];
      return mustTakeFrames(USB, probe, two, 'a request before a wrong unit is lost');
    },
  },
  {
    id: 'MCTP-USB-009',
    clause: UNITS,
    level: 'mandatory',
    title: 'It drops what is behind a wrong unit in its transfer',
    why: 'the length of something which is not a unit says nothing about where the next one begins',
    failure: 'a request is answered which follows a wrong unit in its transfer',
    mend: 'drop the rest of the transfer where a unit is wrong',
    mutant: () =>
      takes((transfer) =>
        !hasRightId(transfer) && transfer.length > 16 ? transfer.subarray(transfer[AT.length]!) : undefined,
      ),
    run: (probe) => {
      const two = (): Uint8Array[] => [
        joined(withBytes(unitOf(idlePacket(probe, 8)), BACKWARDS), goodFrame(USB, probe)),
      ];
      return mustDropFrames(USB, probe, two, 'a request behind a wrong unit is answered');
    },
  },
  {
    id: 'MCTP-USB-010',
    clause: TRANSFERS,
    level: 'mandatory',
    title: 'Transfers without a whole unit do not stop it',
    why: 'a few bytes could put the device out of action',
    failure: 'after transfers of 1 to 7 bytes requests are not answered',
    mend: 'drop what is left of a transfer when it is less than a header',
    mutant: () => deafAfter((transfer) => transfer.length > 0 && transfer.length < LEAST),
    run: (probe) => {
      const cuts = (): Uint8Array[] => [1, 3, 4, 7].map((end) => goodFrame(USB, probe).slice(0, end));
      return mustSurviveFrames(USB, probe, cuts, 'it does not answer any more after short transfers');
    },
  },
  {
    id: 'MCTP-USB-011',
    clause: UNITS,
    level: 'mandatory',
    title: 'The longest unit does not stop it',
    why: 'a unit may have 255 bytes, whatever the device takes as a packet: a buffer must not overflow',
    failure: 'after a unit of 255 bytes requests are not answered',
    mend: 'compare the length with the size of the buffer, and go on behind units which do not fit',
    mutant: () => deafAfter((transfer) => transfer.length === 0xff && transfer[AT.length] === 0xff),
    run: (probe) => {
      const longest = (): Uint8Array[] => [unitOf(idlePacket(probe, LONGEST_PACKET))];
      return mustSurviveFrames(USB, probe, longest, 'it does not answer any more after a unit of 255 bytes');
    },
  },
];

/** Before a request in a transfer of several is called lost. */
const TRIES = 3;

/** Units that come for the transfer; a wrong one is an answer, too. */
async function answersTo(probe: Probe, transfer: Uint8Array): Promise<number> {
  const came = await probe.frames.exchange('usb', [transfer], { most: 2 });
  return came.reduce((sum, one) => sum + Math.max(1, unitsOf(one).units.length), 0);
}
