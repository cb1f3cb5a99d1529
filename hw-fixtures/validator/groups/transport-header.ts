/** Checks of single packets: header, addresses, tag (DSP0236 §8.1 to §8.6). */

import { rewritePacketIn } from '../../bench/device/rewrites.js';
import type { CheckDeclaration } from '../declaration.js';
import { must } from '../finding.js';
import { changesIn, changesOut, dropsIn, FLAG_TO, withFlags } from './transport-mutants.js';
import {
  direct,
  directByEid,
  mustBeAnswered,
  mustBeDropped,
  OTHER_EID,
  smallAnswer,
  smallRequest,
} from './transport-steps.js';

/** Versions of the header that no binding uses. */
const OTHER_VERSIONS = [0, 2, 15];

export const HEADER_CHECKS: readonly CheckDeclaration[] = [
  {
    id: 'MCTP-TRAN-001',
    clause: 'DSP0236 §8.2',
    level: 'mandatory',
    title: 'It accepts packets to its EID',
    why: 'everything but the assignment of EIDs is sent to the EID of a device',
    failure: 'requests to the EID are dropped, though the device says that it has this EID',
    mend: 'compare the destination EID with the EID that was assigned last, on the port where the packet came in',
    mutant: () => dropsIn(({ bytes }) => bytes[1] !== 0 && bytes[1] !== 0xff),
    run: async (probe) => {
      directByEid(probe);
      const { eid } = probe.device;
      const packet = () => [smallRequest(probe, { dest: eid })];
      const received = await probe.packets.exchange(packet());
      if (received.length > 0 || (await probe.packets.exchange(packet())).length > 0) return;
      await smallAnswer(probe, { dest: 0 });
      must(false, `a packet to its EID ${eid} is not answered, one to the null EID is`);
    },
  },
  {
    id: 'MCTP-TRAN-002',
    clause: 'DSP0236 §8.2',
    level: 'mandatory',
    title: 'It accepts packets to the null EID that are addressed to it physically',
    why: 'a bus owner reaches a device which has no EID yet by its physical address only',
    failure: 'the device cannot be discovered, or not again after its bus owner restarted',
    mend: 'accept destination EID 0 as one of its own on every port, also when an EID is assigned',
    mutant: () => dropsIn(({ bytes }) => bytes[1] === 0),
    run: async (probe) => {
      direct(probe);
      await mustBeAnswered(
        probe,
        () => [smallRequest(probe, { dest: 0 })],
        'a packet to the null EID is not answered, one to its EID is',
      );
    },
  },
  {
    id: 'MCTP-TRAN-003',
    clause: 'DSP0236 §8.2',
    level: 'mandatory',
    title: 'It answers with its own EID as the source, also when it was addressed with the null EID',
    why: 'the source EID tells the requester which endpoint is at the physical address',
    failure: 'the answer has another source than the EID of the device',
    mend: 'take the source EID of an answer from the own EID, not from the destination of the request',
    mutant: () => {
      let toNull = false;
      const seen = rewritePacketIn((packet) => {
        toNull = packet[1] === 0;
        return [packet];
      });
      return { ...changesOut(2, (eid) => (toNull ? OTHER_EID : eid)), packetIn: seen.packetIn! };
    },
    run: async (probe) => {
      directByEid(probe);
      const { src } = await smallAnswer(probe, { dest: 0 });
      must(src === probe.device.eid, `the answer comes from EID ${src}, the device has EID ${probe.device.eid}`);
    },
  },
  {
    id: 'MCTP-TRAN-004',
    clause: 'DSP0236 §8.2',
    level: 'mandatory',
    title: 'It answers to the source EID of the request',
    why: 'several requesters talk to a device at the same time',
    failure: 'answers go to another EID than the one that asked: requesters other than the bus owner get none',
    mend: 'keep the source EID with the request until it is answered',
    mutant: () =>
      changesOut(
        1,
        () => 0x08,
        (packet) => packet[1] === OTHER_EID,
      ),
    run: async (probe) => {
      direct(probe);
      const { dest } = await smallAnswer(probe, { src: OTHER_EID });
      must(dest === OTHER_EID, `a request from EID ${OTHER_EID} is answered to EID ${dest}`);
    },
  },
  {
    id: 'MCTP-TRAN-005',
    clause: 'DSP0236 §8.2',
    level: 'mandatory',
    title: 'It answers a request from the null EID to the null EID',
    why: 'a requester without an EID (a bus owner at work, a debugger) gets its answer by the physical address',
    failure: 'the answer to a requester without an EID has a destination other than 0',
    mend: 'use the source EID of the request as the destination, 0 included, and its physical source address',
    mutant: () =>
      changesOut(
        1,
        () => 0x08,
        (packet) => packet[1] === 0,
      ),
    run: async (probe) => {
      direct(probe);
      const { dest } = await smallAnswer(probe, { src: 0, dest: 0 });
      must(dest === 0, `a request from the null EID is answered to EID ${dest}`);
    },
  },
  {
    id: 'MCTP-TRAN-006',
    clause: 'DSP0236 §8.1',
    level: 'mandatory',
    title: 'It answers with the tag of the request, whichever of the eight it is',
    why: 'the tag is what a requester matches answers by',
    failure: 'an answer has another tag, and is dropped by the requester',
    mend: 'copy the three bits of the tag from the request into every packet of the answer',
    mutant: () =>
      changesOut(
        3,
        (flags) => flags & ~0x07,
        (packet) => (packet[3]! & 0x0f) === 0x06,
      ),
    run: async (probe) => {
      direct(probe);
      for (let tag = 0; tag < 8; tag++) {
        const answer = await smallAnswer(probe, { tag });
        must(answer.tag === tag, `a request with tag ${tag} is answered with tag ${answer.tag}`);
      }
    },
  },
  {
    id: 'MCTP-TRAN-007',
    clause: 'DSP0236 §8.1',
    level: 'mandatory',
    title: 'Its answers have TO = 0',
    why: 'TO says whose tag it is: an answer with TO = 1 is taken for a request',
    failure: 'the answer claims that the device owns the tag; requesters drop it',
    mend: 'clear the TO bit in every packet of an answer',
    mutant: () => changesOut(3, (flags) => flags | FLAG_TO),
    run: async (probe) => {
      direct(probe);
      const { to } = await smallAnswer(probe);
      must(!to, 'the answer has TO = 1');
    },
  },
  {
    id: 'MCTP-TRAN-008',
    clause: 'DSP0236 §8.1',
    level: 'mandatory',
    title: 'An answer of one packet has both SOM and EOM set',
    why: 'a receiver takes a packet without SOM for the middle of a message it has never seen',
    failure: 'the only packet of an answer lacks SOM or EOM, and the message is never put together',
    mend: 'set SOM in the first packet of a message and EOM in the last, both in a message of one packet',
    mutant: () =>
      changesOut(
        3,
        (flags) => flags & ~0x80,
        (packet) => (packet[3]! & 0xc0) === 0xc0,
      ),
    run: async (probe) => {
      direct(probe);
      const { som, eom } = await smallAnswer(probe);
      must(som && eom, `the only packet of an answer has SOM = ${Number(som)} and EOM = ${Number(eom)}`);
    },
  },
  {
    id: 'MCTP-TRAN-009',
    clause: 'DSP0236 §8.1',
    level: 'mandatory',
    title: 'Its packets have header version 1',
    why: 'receivers drop packets of another version',
    failure: 'packets of the device have a header version that no binding uses',
    mend: 'send 0x01 as the first byte of every packet',
    mutant: () => changesOut(0, () => 0x02),
    run: async (probe) => {
      direct(probe);
      const { version } = await smallAnswer(probe);
      must(version === 1, `the answer has header version ${version}`);
    },
  },
  {
    id: 'MCTP-TRAN-010',
    clause: 'DSP0236 §8.1',
    level: 'mandatory',
    title: 'It sends the reserved bits of the header as 0',
    why: 'a later version of the standard gives them a meaning',
    failure: 'the reserved bits of the first byte are not 0',
    mend: 'send 0x01 as the first byte of every packet',
    mutant: () => changesOut(0, (byte) => byte | 0x50),
    run: async (probe) => {
      direct(probe);
      const { reserved } = await smallAnswer(probe);
      must(reserved === 0, `the reserved bits of the answer are 0x${reserved.toString(16)}`);
    },
  },
  {
    id: 'MCTP-TRAN-011',
    clause: 'DSP0236 §8.1',
    level: 'mandatory',
    title: 'It ignores the reserved bits of the header',
    why: 'a requester of a later version may set them',
    failure: 'packets are dropped because of bits that mean nothing to the device',
    mend: 'compare only the low four bits of the first byte with the version',
    mutant: () => dropsIn(({ bytes }) => bytes[0]! >> 4 !== 0),
    run: async (probe) => {
      direct(probe);
      await mustBeAnswered(
        probe,
        () => [smallRequest(probe, { reserved: 0x0a })],
        'a packet is dropped because reserved bits are set in its header',
      );
    },
  },
  {
    id: 'MCTP-TRAN-012',
    clause: 'DSP0236 §8.6',
    level: 'mandatory',
    title: 'It drops packets of another header version',
    why: 'a packet of another version has another form: what is read from it is wrong',
    failure: 'a packet of a version that does not exist is handled as if it were of version 1',
    mend: 'drop packets whose low four bits of the first byte are not 1',
    mutant: () =>
      changesIn(({ bytes }) => {
        bytes[0] = (bytes[0]! & 0xf0) | 1;
        return [bytes];
      }),
    // SMBus knows the version, too: on a serial line it is the packet's alone.
    bench: { toml: '', wire: 'serial' },
    run: async (probe) => {
      direct(probe);
      for (const version of OTHER_VERSIONS) {
        await mustBeDropped(
          probe,
          [smallRequest(probe, { version })],
          `a packet with header version ${version} is answered`,
        );
      }
    },
  },
  {
    id: 'MCTP-TRAN-013',
    clause: 'DSP0236 §8.6',
    level: 'mandatory',
    title: 'It drops packets to an EID that is not its own',
    why: 'two devices which answer to one EID disturb each other',
    failure: 'the device answers for another endpoint',
    mend: 'drop packets to an EID that is neither its own, nor 0, nor 255, unless it is a bridge and has a route',
    mutant: () =>
      changesIn(({ bytes }) => {
        if (bytes[1] === FOREIGN_EID) bytes[1] = 0;
        return [bytes];
      }),
    run: async (probe) => {
      directByEid(probe);
      await mustBeDropped(
        probe,
        [smallRequest(probe, { dest: FOREIGN_EID })],
        `a packet to EID ${FOREIGN_EID} is answered, and the device has EID ${probe.device.eid}`,
      );
    },
  },
  {
    id: 'MCTP-TRAN-014',
    clause: 'DSP0236 §8.6',
    level: 'mandatory',
    title: 'It drops packets with TO = 0 that answer nothing it asked',
    why: 'an answer to nothing is late, or forged',
    failure: 'a message whose tag belongs to the device, which never used it, is handled as a request',
    mend: 'look tags with TO = 0 up among those of requests which wait for an answer, and drop the others',
    mutant: () => changesIn(({ bytes }) => [withFlags(bytes, FLAG_TO)]),
    run: async (probe) => {
      direct(probe);
      await mustBeDropped(probe, [smallRequest(probe, { to: false })], 'a request with TO = 0 is answered');
    },
  },
  {
    id: 'MCTP-TRAN-015',
    clause: 'DSP0236 §8.2',
    level: 'recommended',
    title: 'It drops packets from a reserved EID, and from the broadcast EID',
    why: 'no endpoint has such an EID: an answer to it goes nowhere, or to all endpoints',
    failure: 'a request from an EID which no endpoint can have is answered',
    mend: 'drop packets with source EID 1 to 7 or 255',
    mutant: () =>
      changesIn(({ bytes }) => {
        if ((bytes[2]! > 0 && bytes[2]! < 8) || bytes[2] === 0xff) bytes[2] = OTHER_EID;
        return [bytes];
      }),
    run: async (probe) => {
      direct(probe);
      for (const src of [1, 7, 0xff]) {
        await mustBeDropped(probe, [smallRequest(probe, { src })], `a request from EID ${src} is answered`);
      }
    },
  },
  {
    id: 'MCTP-TRAN-016',
    clause: 'DSP0236 §8.2',
    level: 'mandatory',
    title: 'It drops packets to a reserved EID',
    why: 'EIDs 1 to 7 are kept for later versions of the standard',
    failure: 'a packet to a reserved EID is taken for one to the device',
    mend: 'accept only its own EID, 0 and 255 as destination',
    mutant: () =>
      changesIn(({ bytes }) => {
        if (bytes[1]! > 0 && bytes[1]! < 8) bytes[1] = 0;
        return [bytes];
      }),
    run: async (probe) => {
      direct(probe);
      for (const dest of [1, 7]) {
        await mustBeDropped(probe, [smallRequest(probe, { dest })], `a packet to EID ${dest} is answered`);
      }
    },
  },
  {
    id: 'MCTP-TRAN-017',
    clause: 'DSP0236 §8.2',
    level: 'recommended',
    title: 'It accepts packets to the broadcast EID',
    why: 'discovery commands are broadcast on buses that have it; on others, such as SMBus, no endpoint sends such packets',
    failure: 'broadcast requests are dropped',
    mend: 'accept destination EID 255 as one of its own on every port',
    mutant: () => dropsIn(({ bytes }) => bytes[1] === 0xff),
    run: async (probe) => {
      direct(probe);
      await mustBeAnswered(
        probe,
        () => [smallRequest(probe, { dest: 0xff })],
        'Get Endpoint ID to the broadcast EID is not answered',
      );
    },
  },
  {
    id: 'MCTP-TRAN-018',
    clause: 'DSP0236 §8.2',
    level: 'mandatory',
    title: 'It never sends with the broadcast EID as the source',
    why: 'an answer from EID 255 does not say which endpoint answers, and receivers drop it',
    failure: 'the answer to a broadcast request comes from EID 255',
    mend: 'take the source EID of an answer from the own EID, not from the destination of the request',
    mutant: () => {
      let toAll = false;
      const seen = rewritePacketIn((packet) => {
        toAll = packet[1] === 0xff;
        return [packet];
      });
      return { ...changesOut(2, (eid) => (toAll ? 0xff : eid)), packetIn: seen.packetIn! };
    },
    run: async (probe) => {
      direct(probe);
      const { src } = await smallAnswer(probe, { dest: 0xff });
      must(src !== 0xff, 'the answer to a broadcast request has source EID 255');
    },
  },
];

/** An EID that is not the device's: near the end of the range, where bus owners come last. */
const FOREIGN_EID = 0xf7;
