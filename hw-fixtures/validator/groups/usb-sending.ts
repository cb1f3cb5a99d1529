/** Checks of the USB transfers which a device sends (DSP0283). */

import { SEGMENT_BYTES } from '../../../bindings/usb/usb-framing.js';
import { COMPLETION } from '../../../stack/control/index.js';
import { hexNumber } from '../../../stack/util/text.js';
import type { CheckDeclaration } from '../declaration.js';
import { inconclusive, must } from '../finding.js';
import type { Probe } from '../probe.js';
import { answerFrame, directOn, goodFrame } from './frame-steps.js';
import { AT, HEADER_BYTES, ID, joined, sends, USB, unitsOf, withBytes } from './usb-frames.js';

const UNITS = 'DSP0283 units';

/** Of the unit of an answer to Get Endpoint ID: USB header, MCTP header, type, instance ID, command, then this. */
const AT_CODE = 11;
/** The code, the EID, and two bytes more. */
const ANSWER_LENGTH = AT_CODE + 4;

/** The first unit of an answer, wrong or right. */
const answer = (probe: Probe): Promise<Uint8Array> => answerFrame(USB, probe);

export const USB_SENDING: readonly CheckDeclaration[] = [
  {
    id: 'MCTP-USB-012',
    clause: UNITS,
    level: 'mandatory',
    title: 'Its units begin with the ID of the DMTF, high byte first',
    why: 'every good receiver drops units with another ID',
    failure: 'an answer does not begin with 1a b4',
    mend: 'send 1a, then b4: the field is big-endian',
    mutant: () => sends((transfer) => withBytes(transfer, { [AT.id]: ID[1], [AT.id + 1]: ID[0] })),
    run: async (probe) => {
      const [high = 0, low = 0] = await answer(probe);
      must(high === ID[0] && low === ID[1], `an answer begins with ${hexNumber(high)}, ${hexNumber(low)}`);
    },
  },
  {
    id: 'MCTP-USB-013',
    clause: UNITS,
    level: 'mandatory',
    title: 'The length of its units counts their header',
    why: 'receivers look for the next unit behind it, and lose the end of the packet otherwise',
    failure: 'the length of an answer is not 4 more than its packet has bytes',
    mend: 'count the four bytes of the header and the packet',
    mutant: () => sends((transfer) => withBytes(transfer, { [AT.length]: transfer[AT.length]! + HEADER_BYTES })),
    run: async (probe) => {
      const transfer = await answer(probe);
      if (transfer[AT_CODE] !== COMPLETION.success) inconclusive('Get Endpoint ID is not answered with success');
      const length = transfer[AT.length]!;
      must(length === ANSWER_LENGTH, `the length of an answer is ${length}, where its unit has ${ANSWER_LENGTH} bytes`);
    },
  },
  {
    id: 'MCTP-USB-014',
    clause: UNITS,
    level: 'mandatory',
    title: 'The reserved bits of its units are 0',
    why: 'a later version of the binding uses them, and receivers take them for a part of the length',
    failure: 'the third byte of an answer is not 0',
    mend: 'send 0 as the third byte of units up to 255 bytes',
    mutant: () => sends((transfer) => withBytes(transfer, { [AT.high]: 0x20 })),
    run: async (probe) => {
      const high = (await answer(probe))[AT.high]!;
      must(high === 0, `the third byte of an answer is ${hexNumber(high)}`);
    },
  },
  {
    id: 'MCTP-USB-015',
    clause: 'DSP0283 transfers',
    level: 'mandatory',
    title: 'Its transfers are made of whole units, and of nothing else but zeroes behind them',
    why: 'receivers drop what is behind the last whole unit, and a unit does not go on in the next transfer',
    failure: 'behind the units of a transfer there are other bytes, or it has more than 512',
    mend: 'put units one directly behind the other, and end the transfer before one which does not fit',
    mutant: () => sends((transfer) => joined(transfer, Uint8Array.of(1, 2, 3))),
    run: async (probe) => {
      directOn(USB, probe);
      await answer(probe);
      const requests = Array.from({ length: 4 }, () => goodFrame(USB, probe));
      for (const transfer of await probe.frames.exchange('usb', requests, { most: requests.length })) {
        const { units, rest } = unitsOf(transfer);
        must(transfer.length <= SEGMENT_BYTES, `a transfer has ${transfer.length} bytes`);
        const isOther = units.length > 0 && rest.some((byte) => byte !== 0);
        must(!isOther, `${rest.length} bytes are behind the last unit of a transfer`);
      }
    },
  },
];
