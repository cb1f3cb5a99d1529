/** Checks of messages of several packets (DSP0236 §8.3, §8.5 to §8.8). */

import type { CheckDeclaration } from '../declaration.js';
import { must, notApplicable } from '../finding.js';
import { Assemblies, changesIn, dropsIn, FLAG_SOM, WHOLE, withFlags } from './transport-mutants.js';
import {
  answersTo,
  direct,
  mustBeAnswered,
  mustBeDropped,
  OTHER_EID,
  smallAnswer,
  smallRequest,
  split,
  splitMustBeAnswered,
  splitMustBeDropped,
} from './transport-steps.js';

/** A type that DSP0239 gives to nobody. */
const UNKNOWN_TYPE = 0x3e;
/** Longer than any time-out of an assembly that is known: 6 s on Linux. */
const STALE_MS = 10_000;
/** Messages that are begun and never ended: two sources, all tags. */
const MANY_UNFINISHED = 16;

export const ASSEMBLY_CHECKS: readonly CheckDeclaration[] = [
  {
    id: 'MCTP-TRAN-019',
    clause: 'DSP0236 §8.6',
    level: 'mandatory',
    title: 'It drops the middle of a message that has not begun',
    why: 'without the first packet the bytes have no meaning',
    failure: 'a packet without SOM and EOM is handled though no message of its source and tag is in progress',
    mend: 'look up the assembly of source, TO and tag, and drop packets without SOM which have none',
    mutant: () => {
      const open = new Assemblies();
      return changesIn((packet) => {
        const isStray = !packet.som && !packet.eom && !open.isOpen(packet);
        open.take(packet);
        return [isStray ? withFlags(packet.bytes, WHOLE) : packet.bytes];
      });
    },
    run: async (probe) => {
      direct(probe);
      await mustBeDropped(
        probe,
        [smallRequest(probe, { som: false, eom: false })],
        'a middle packet without a start is answered',
      );
    },
  },
  {
    id: 'MCTP-TRAN-020',
    clause: 'DSP0236 §8.6',
    level: 'mandatory',
    title: 'It drops the end of a message that has not begun',
    why: 'without the first packet the bytes have no meaning',
    failure: 'a packet with EOM and without SOM is handled though no message of its source and tag is in progress',
    mend: 'look up the assembly of source, TO and tag, and drop packets without SOM which have none',
    mutant: () => {
      const open = new Assemblies();
      return changesIn((packet) => {
        const isStray = !packet.som && packet.eom && packet.bytes.length === 7 && !open.isOpen(packet);
        open.take(packet);
        return [isStray ? withFlags(packet.bytes, WHOLE) : packet.bytes];
      });
    },
    run: async (probe) => {
      direct(probe);
      await mustBeDropped(probe, [smallRequest(probe, { som: false })], 'an end packet without a start is answered');
    },
  },
  {
    id: 'MCTP-TRAN-021',
    clause: 'DSP0236 §8.7',
    level: 'mandatory',
    title: 'A message may begin with any sequence number',
    why: 'only the steps between packets say something',
    failure: 'messages which do not begin with sequence number 0 are dropped',
    mend: 'take the sequence number of the first packet as it is, and expect the next one modulo 4',
    mutant: () => dropsIn(({ som, eom, seq }) => som && !eom && (seq === 1 || seq === 2)),
    run: async (probe) => {
      direct(probe);
      for (const first of [1, 2]) {
        const why = `a message that begins with sequence number ${first} is dropped`;
        await splitMustBeAnswered(probe, { sequence: [first, first + 1] }, why);
      }
    },
  },
  {
    id: 'MCTP-TRAN-022',
    clause: 'DSP0236 §8.7',
    level: 'mandatory',
    title: 'The sequence number after 3 is 0',
    why: 'a message of more than four packets passes it in any case',
    failure: 'messages are dropped where the sequence number begins again',
    mend: 'count the sequence number modulo 4',
    mutant: () => {
      const open = new Assemblies();
      return changesIn((packet) => {
        const wraps = !packet.som && packet.seq === 0 && open.isExpected(packet);
        open.take(packet);
        return wraps ? [] : [packet.bytes];
      });
    },
    run: async (probe) => {
      direct(probe);
      await splitMustBeAnswered(probe, { sequence: [3, 0] }, 'a message with sequence numbers 3, 0 is dropped');
    },
  },
  {
    id: 'MCTP-TRAN-023',
    clause: 'DSP0236 §8.7',
    level: 'mandatory',
    title: 'It drops a message with a gap in its sequence numbers',
    why: 'a packet was lost: what is left is not the message',
    failure: 'a message is handled though one of its packets is missing',
    mend: 'compare the sequence number of each packet with the one expected, and give the message up when they differ',
    mutant: () => {
      const open = new Assemblies();
      return changesIn((packet) => {
        // The end only: a wrong packet in the middle is what another check is about.
        const next = open.next.get(packet.key);
        const forgives = packet.eom && !packet.som && next !== undefined && packet.seq === ((next + 1) & 3);
        open.take(packet);
        return [forgives ? withFlags(packet.bytes, next << 4, 0x30) : packet.bytes];
      });
    },
    run: async (probe) => {
      direct(probe);
      const why = 'a message with sequence numbers 0, 2 is answered';
      await splitMustBeDropped(probe, (packets) => packets, { sequence: [0, 2] }, why);
    },
  },
  {
    id: 'MCTP-TRAN-024',
    clause: 'DSP0236 §8.7',
    level: 'mandatory',
    title: 'A packet with a wrong sequence number ends its message',
    why: 'after an error it is not known which of the packets are right',
    failure: 'the packet with the wrong number is dropped, and the message goes on without it',
    mend: 'forget the assembly when a sequence number is wrong; what follows is dropped up to the next SOM',
    mutant: () => {
      const open = new Assemblies();
      return changesIn((packet) => {
        const next = open.next.get(packet.key);
        if (!packet.som && !packet.eom && next !== undefined && packet.seq === ((next + 2) & 3)) return [];
        open.take(packet);
        return [packet.bytes];
      });
    },
    run: async (probe) => {
      direct(probe);
      const [first, wrong, , last] = await split(probe, { packets: 4, sequence: [0, 3, 2, 1] });
      await mustBeDropped(
        probe,
        [first!, wrong!, last!],
        'a message goes on after a packet with a wrong sequence number',
      );
    },
  },
  {
    id: 'MCTP-TRAN-025',
    clause: 'DSP0236 §8.13',
    level: 'mandatory',
    title: 'A packet that comes twice ends its message',
    why: 'there is no suppression of duplicates: the second has a wrong sequence number',
    failure: 'a packet that came twice is dropped once, and the message goes on',
    mend: 'treat a repeated sequence number like any other wrong one',
    mutant: () => {
      const open = new Assemblies();
      return changesIn((packet) => {
        const next = open.next.get(packet.key);
        if (!packet.som && !packet.eom && next !== undefined && packet.seq === ((next + 3) & 3)) return [];
        open.take(packet);
        return [packet.bytes];
      });
    },
    run: async (probe) => {
      direct(probe);
      const [first, middle, last] = await split(probe, { packets: 3 });
      await mustBeDropped(probe, [first!, middle!, middle!, last!], 'a message with one packet twice is answered');
    },
  },
  {
    id: 'MCTP-TRAN-026',
    clause: 'DSP0236 §8.7',
    level: 'mandatory',
    title: 'A new first packet ends the message before it, and begins the next',
    why: 'a requester that gave up and asks again must get its answer',
    failure: 'the message that follows an unfinished one with the same tag is lost',
    mend: 'on SOM forget the assembly of that source and tag, and begin a new one with this packet',
    mutant: () => {
      const open = new Assemblies();
      return changesIn((packet) => {
        // As Linux does: both are gone.
        if (packet.som && !packet.eom && open.isOpen(packet)) {
          open.next.delete(packet.key);
          return [withFlags(packet.bytes, 0, FLAG_SOM)];
        }
        open.take(packet);
        return [packet.bytes];
      });
    },
    run: async (probe) => {
      direct(probe);
      const tag = probe.packets.nextTag();
      const [given] = await split(probe, { tag });
      const packets = await split(probe, { tag });
      const count = await answersTo(probe, [given!, ...packets], 1);
      if (count === 0) await smallAnswer(probe);
      must(count > 0, 'a message is lost because one with the same tag was not finished');
    },
  },
  {
    id: 'MCTP-TRAN-027',
    clause: 'DSP0236 §8.7',
    level: 'mandatory',
    title: 'A message of one packet is accepted while one with the same tag is unfinished',
    why: 'a requester that gave up and asks something else must get its answer',
    failure: 'a message of one packet is lost because one with the same tag was not finished',
    mend: 'on SOM forget the assembly of that source and tag, also when EOM is set, too',
    mutant: () => {
      const open = new Assemblies();
      return changesIn((packet) => {
        const loses = packet.som && packet.eom && open.isOpen(packet);
        open.take(packet);
        return loses ? [] : [packet.bytes];
      });
    },
    run: async (probe) => {
      direct(probe);
      const tag = probe.packets.nextTag();
      const [given] = await split(probe, { tag });
      const count = await answersTo(probe, [given!, smallRequest(probe, { tag })], 1);
      if (count === 0) await smallAnswer(probe);
      must(count > 0, 'a message of one packet is lost because one with the same tag was not finished');
    },
  },
  {
    id: 'MCTP-TRAN-028',
    clause: 'DSP0236 §8.5',
    level: 'mandatory',
    title: 'It puts messages of two sources together whose packets come in turns',
    why: 'on a bus with several requesters packets mix',
    failure: 'a message is lost, or mixed with another, when two sources use the same tag at once',
    mend: 'keep assemblies by source EID, TO and tag, more than one at a time',
    mutant: () => {
      const open = new Assemblies();
      return changesIn((packet) => {
        const other = open.otherThan(packet);
        const loses = packet.som && !packet.eom && other !== undefined && other >> 4 !== packet.key >> 4;
        if (loses && packet.key >> 4 === OTHER_EID) return [];
        open.take(packet);
        return [packet.bytes];
      });
    },
    run: async (probe) => {
      direct(probe);
      const tag = probe.packets.nextTag();
      const ours = await split(probe, { tag });
      const theirs = await split(probe, { tag, src: OTHER_EID });
      const count = await answersTo(probe, [ours[0]!, theirs[0]!, ours[1]!, theirs[1]!], 2);
      if (count === 0) await smallAnswer(probe);
      must(count === 2, `of two messages from two sources, packets in turns, ${count} are answered`);
    },
  },
  {
    id: 'MCTP-TRAN-029',
    clause: 'DSP0236 §8.5',
    level: 'recommended',
    title: 'It puts messages of one source with two tags together whose packets come in turns',
    why: 'a requester with several requests under way sends their packets in turns',
    failure: 'one of two messages of a source is lost when both are under way',
    mend: 'keep assemblies by source EID, TO and tag, more than one at a time',
    mutant: () => {
      const open = new Assemblies();
      return changesIn((packet) => {
        const other = open.otherThan(packet);
        if (packet.som && !packet.eom && other !== undefined && other >> 4 === packet.key >> 4) return [];
        open.take(packet);
        return [packet.bytes];
      });
    },
    run: async (probe) => {
      direct(probe);
      const one = await split(probe);
      const two = await split(probe);
      const count = await answersTo(probe, [one[0]!, two[0]!, one[1]!, two[1]!], 2);
      if (count === 0) await smallAnswer(probe);
      must(count === 2, `of two messages with two tags, packets in turns, ${count} are answered`);
    },
  },
  {
    id: 'MCTP-TRAN-030',
    clause: 'DSP0236 §8.5',
    level: 'mandatory',
    title: 'An unfinished message does not keep others from being answered',
    why: 'a requester that disappears must not stop a device',
    failure: 'while a message is unfinished the device drops messages of one packet',
    mend: 'handle messages of other tags and sources while an assembly waits',
    mutant: () => {
      const open = new Assemblies();
      return changesIn((packet) => {
        const other = open.otherThan(packet);
        const loses = packet.som && packet.eom && other !== undefined && open.next.size === 1 && !open.isOpen(packet);
        if (loses && other >> 4 === OTHER_EID - 1) return [];
        open.take(packet);
        return [packet.bytes];
      });
    },
    run: async (probe) => {
      direct(probe);
      const [given] = await split(probe, { src: OTHER_EID - 1 });
      const count = await answersTo(probe, [given!, smallRequest(probe)], 1);
      // With the same tag: that ends the message.
      const [, end] = await split(probe, { src: OTHER_EID - 1, tag: given![3]! & 7 });
      await probe.packets.send(end!);
      if (count === 0) await smallAnswer(probe);
      must(count === 1, 'a request is not answered while a message of another source is unfinished');
    },
  },
  {
    id: 'MCTP-TRAN-031',
    clause: 'DSP0236 §8.8',
    level: 'recommended',
    title: 'It gives up a message whose next packet does not come',
    why: 'an end that comes much later belongs to another message of the same tag',
    failure: `a message is answered whose second packet came ${STALE_MS / 1000} s after the first`,
    mend: 'give an assembly up when no packet of it has come for the time of the binding; 6 s is a good choice',
    mutant: () => {
      const held = new Map<number, Uint8Array>();
      return changesIn((packet) => {
        const first = held.get(packet.key);
        held.delete(packet.key);
        if (packet.som && !packet.eom) held.set(packet.key, packet.bytes.slice());
        // Both at once when the end comes, as if no time had passed; the stack restarts with the first.
        return !packet.som && first !== undefined ? [first, packet.bytes] : [packet.bytes];
      });
    },
    run: async (probe) => {
      direct(probe);
      const [first, last] = await split(probe);
      await probe.packets.send(first!);
      await probe.wait(STALE_MS);
      await mustBeDropped(probe, [last!], `a message is answered whose second packet came ${STALE_MS / 1000} s later`);
    },
  },
  {
    id: 'MCTP-TRAN-032',
    clause: 'DSP0236 §8.7',
    level: 'mandatory',
    title: 'Many unfinished messages do not stop it',
    why: 'anything on the bus could disable the device with a handful of packets',
    failure: `after ${MANY_UNFINISHED} messages that were begun and never ended, requests are not answered`,
    mend: 'bound the number of assemblies; when there are too many drop the oldest, or the new one, and nothing else',
    mutant: () => {
      const open = new Assemblies();
      return changesIn((packet) => {
        open.take(packet);
        return open.next.size >= MANY_UNFINISHED && packet.som && packet.eom ? [] : [packet.bytes];
      });
    },
    run: async (probe) => {
      direct(probe);
      const unfinished: Uint8Array[][] = [];
      for (let tag = 0; tag < 8; tag++) {
        for (const src of [OTHER_EID + 2, OTHER_EID + 3]) unfinished.push(await split(probe, { tag, src }));
      }
      const count = await answersTo(probe, [...unfinished.map(([first]) => first!), smallRequest(probe)], 1);
      // End them before the next check: what is complete is answered, and what the device has given up is not.
      await answersTo(
        probe,
        unfinished.map(([, last]) => last!),
        MANY_UNFINISHED,
      );
      must(count === 1, `a request is not answered while ${MANY_UNFINISHED} messages are unfinished`);
    },
  },
  {
    id: 'MCTP-TRAN-033',
    clause: 'DSP0236 §8.7',
    level: 'mandatory',
    title: 'It answers nothing to a message type that it does not support',
    why: 'an answer of an unknown type has no meaning',
    failure: 'a message of a type that no standard defines is answered',
    mend: 'drop messages of types that are not in the list of Get Message Type Support',
    mutant: () =>
      changesIn(({ bytes, som }) => {
        if (som && bytes[4] === UNKNOWN_TYPE) bytes[4] = 0;
        return [bytes];
      }),
    run: async (probe) => {
      direct(probe);
      const request = smallRequest(probe);
      request[4] = UNKNOWN_TYPE;
      await mustBeDropped(probe, [request], `a message of type 0x${UNKNOWN_TYPE.toString(16)} is answered`);
    },
  },
  {
    id: 'MCTP-TRAN-034',
    clause: 'DSP0236 §8.3',
    level: 'mandatory',
    title: 'It accepts packets with the baseline transmission unit of 64 bytes',
    why: 'every endpoint and every path takes packets of 64 bytes, and requesters rely on it',
    failure: 'a packet with 64 bytes of payload is dropped',
    mend: 'make room for 64 bytes of payload behind the header: 68 bytes in all, without the bytes of the bus',
    mutant: () => dropsIn(({ bytes, som, eom }) => som && eom && bytes.length === 68),
    run: async (probe) => {
      direct(probe);
      const make = () => {
        const small = smallRequest(probe);
        const request = new Uint8Array(68);
        request.set(small);
        return [request];
      };
      await mustBeAnswered(probe, make, 'a control request in a packet with 64 bytes of payload is not answered');
    },
  },
  {
    id: 'MCTP-TRAN-035',
    clause: 'DSP0236 §8.6',
    level: 'mandatory',
    title: 'A packet that is too large does not stop it',
    why: 'a requester with a wrong transmission unit must not put a device out of action',
    failure: 'after a packet of the largest size that the link carries the device is silent',
    mend: 'drop packets beyond the supported transmission unit before they are copied anywhere',
    mutant: () => {
      let isStuck = false;
      return dropsIn(({ bytes }) => {
        isStuck ||= bytes.length > 68 && bytes.length !== 72;
        return isStuck;
      });
    },
    run: async (probe) => {
      direct(probe);
      const { maxUnit } = probe.device;
      if (maxUnit <= 64) notApplicable('the link carries no packet beyond the baseline transmission unit');
      await smallAnswer(probe);
      const request = new Uint8Array(4 + maxUnit);
      request.set(smallRequest(probe));
      await probe.packets.exchange([request]);
      const after = await probe.packets.exchange([smallRequest(probe)]);
      const again = after.length > 0 ? after : await probe.packets.exchange([smallRequest(probe)]);
      must(again.length > 0, `the device is silent after a packet of ${request.length} bytes`);
    },
  },
];
