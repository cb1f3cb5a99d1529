/** Checks of answers in several packets (DSP0236 §8): a PDR is one on most devices. */

import { GetPDR } from '../../../pldm/platform/pdr-commands.js';
import { FLAG_EOM, FLAG_SOM, HEADER_SIZE, type PacketHeader, readHeader, SEQ_MASK } from '../../../stack/packet.js';
import type { Behaviour } from '../../bench/device/behaviour.js';
import type { CheckDeclaration } from '../declaration.js';
import { must, notApplicable } from '../finding.js';
import type { Probe } from '../probe.js';
import { pdrRequest, repository } from './platform-records.js';
import { announces, tryPldm } from './pldm-steps.js';

/** Bytes asked for: by them a mutant knows the request, which no other check sends. */
const COUNT = 247;
/** Of requestCount in a packet with GetPDR. */
const COUNT_AT = 17;

const several = {
  level: 'conditional',
  condition: 'when it has a PDR which takes several packets',
} as const;

interface AnswerPacket extends PacketHeader {
  readonly length: number;
}

/** The packets of the answer with the longest record, put together or not. @throws Finding */
async function longAnswer(probe: Probe): Promise<readonly AnswerPacket[]> {
  await announces(probe, GetPDR);
  const { records } = await repository(probe);
  const longest = [...records].sort((a, b) => b.bytes.length - a.bytes.length)[0];
  if (longest === undefined) return notApplicable('it has no PDR');
  const before = probe.log.received().length;
  await tryPldm(probe, GetPDR, pdrRequest({ handle: longest.asked, count: COUNT }), { retries: 0 });
  const packets = probe.log
    .received()
    .slice(before)
    .filter(({ frame, bytes }) => frame === undefined && bytes.length > HEADER_SIZE)
    .map(({ bytes }) => ({ ...readHeader(bytes), length: bytes.length - HEADER_SIZE }));
  return packets.length < 2 ? notApplicable('its longest PDR comes in one packet') : packets;
}

/** A device whose answer to that request has other packets; the first is number 0. */
function inLongAnswers(change: (packet: Uint8Array, number: number) => Uint8Array): Behaviour {
  let number = -1;
  return {
    name: 'differs in an answer of several packets',
    packetIn: (packet) => {
      const isAsking = packet[6] === GetPDR.pldmType && packet[7] === GetPDR.code && packet[COUNT_AT] === COUNT;
      number = isAsking ? 0 : -1;
      return true;
    },
    packetOut: (packet) => (number < 0 ? true : change(packet.slice(), number++)),
  };
}

const changed = (packet: Uint8Array, at: number, byte: number): Uint8Array => packet.with(at, byte);

export const ANSWER_CHECKS: readonly CheckDeclaration[] = [
  {
    id: 'MCTP-TRAN-036',
    clause: 'DSP0236 §8.3',
    ...several,
    title: 'The packets of an answer have one size, but for the last, which is not larger',
    why: 'a receiver with fixed buffers refuses the message, and so does one which follows the standard',
    failure: 'a packet before the last has another size than the first, or the last is larger',
    mend: 'fill every packet but the last up to the transmission unit',
    mutant: () => inLongAnswers((packet, number) => (number === 0 ? packet.slice(0, HEADER_SIZE + 8) : packet)),
    run: async (probe) => {
      const sizes = (await longAnswer(probe)).map(({ length }) => length);
      const isRight = sizes.every((size, at) => (at < sizes.length - 1 ? size === sizes[0] : size <= sizes[0]!));
      must(isRight, `the packets have ${sizes.join(', ')} bytes`);
    },
  },
  {
    id: 'MCTP-TRAN-037',
    clause: 'DSP0236 §8.7',
    ...several,
    title: 'The sequence numbers of an answer go up by one from packet to packet',
    why: 'a receiver drops the message at the first which does not',
    failure: 'a sequence number is not the one behind that of the packet before',
    mend: 'count modulo 4 with every packet of a message',
    mutant: () => inLongAnswers((packet, number) => (number === 1 ? changed(packet, 3, packet[3]! ^ 0x20) : packet)),
    run: async (probe) => {
      const numbers = (await longAnswer(probe)).map(({ seq }) => seq);
      const isRight = numbers.every((seq, at) => at === 0 || seq === ((numbers[at - 1]! + 1) & SEQ_MASK));
      must(isRight, `the sequence numbers are ${numbers.join(', ')}`);
    },
  },
  {
    id: 'MCTP-TRAN-038',
    clause: 'DSP0236 §8.1',
    ...several,
    title: 'SOM is set in the first packet of an answer only, and EOM in the last only',
    why: 'a receiver begins and ends a message by them',
    failure: 'a packet in between begins or ends a message, or the first or the last does not',
    mend: 'set SOM with the first packet and EOM with the last',
    mutant: () => inLongAnswers((packet, number) => (number > 0 ? changed(packet, 3, packet[3]! | FLAG_SOM) : packet)),
    run: async (probe) => {
      const packets = await longAnswer(probe);
      const isRight = packets.every(({ som, eom }, at) => som === (at === 0) && eom === (at === packets.length - 1));
      const text = packets.map(({ som, eom }) => `${som ? 'S' : '-'}${eom ? 'E' : '-'}`);
      must(isRight, `SOM and EOM of the packets are ${text.join(', ')}`);
    },
  },
  {
    id: 'MCTP-TRAN-039',
    clause: 'DSP0236 §8.1',
    ...several,
    title: 'All packets of an answer have the tag of the first, and TO = 0',
    why: 'a receiver puts together what has one tag',
    failure: 'a later packet has another tag, or TO = 1',
    mend: 'take the tag of the request for every packet',
    mutant: () =>
      inLongAnswers((packet) => ((packet[3]! & FLAG_EOM) === 0 ? packet : changed(packet, 3, packet[3]! ^ 0x07))),
    run: async (probe) => {
      const packets = await longAnswer(probe);
      const isRight = packets.every(({ tag, to }) => tag === packets[0]!.tag && !to);
      must(isRight, `the tags are ${packets.map(({ tag, to }) => `${tag}${to ? ' with TO' : ''}`).join(', ')}`);
    },
  },
];
