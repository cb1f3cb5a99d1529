/** Checks of the commands which every endpoint has: EID, UUID, versions, message types (DSP0236 §12.3 to §12.8). */

import {
  GetEndpointID,
  GetEndpointUUID,
  GetMCTPVersionSupport,
  GetMessageTypeSupport,
  GetVendorDefinedMessageSupport,
  SetEndpointID,
} from '../../../stack/control/index.js';
import { isEid, MESSAGE_TYPE } from '../../../stack/ids.js';
import type { Behaviour } from '../../bench/device/behaviour.js';
import { controlRequest, rewriteAnswer } from '../../bench/device/rewrites.js';
import type { CheckDeclaration } from '../declaration.js';
import { must, notApplicable } from '../finding.js';
import type { Probe } from '../probe.js';
import { codeName, dataOf, INVALID_DATA, mandatory, OK, TYPE_NOT_SUPPORTED } from './control-steps.js';

const BASE = 0xff;
const LAST_SELECTOR = 0xff;
const UNKNOWN_TYPE = 0x3e;

/** Answers of success to a command are others. */
const successes = (command: number, change: (payload: Uint8Array) => Uint8Array): Behaviour =>
  rewriteAnswer(controlRequest(command), (payload) => (payload[2] === OK ? change(payload) : payload));
const versionsOf = async (probe: Probe, type: number): Promise<Uint8Array> =>
  dataOf(probe, GetMCTPVersionSupport.code, [type]);
const physical = { physical: true };

/** Set Endpoint ID with a value that is illegal, and what the answer must be. */
const illegalEid = (number: string, eid: number, title: string): CheckDeclaration => ({
  id: `MCTP-CTRL-${number}`,
  clause: 'DSP0236 §12.3',
  level: eid === 0 || eid === 0xff ? 'mandatory' : 'recommended',
  title,
  why: 'a device which takes such an EID can no longer be reached',
  failure: `Set Endpoint ID with ${eid} is accepted, or answered with another error`,
  mend: 'accept 8 to 254 only, and answer ERROR_INVALID_DATA to the others',
  mutant: () =>
    rewriteAnswer(controlRequest(SetEndpointID.code), (payload, request) =>
      request.payload[3] === eid ? payload.with(2, 0x01) : payload,
    ),
  run: async (probe) => {
    const { code } = await mandatory(probe, SetEndpointID.code, [0, eid], physical);
    must(code === INVALID_DATA, `Set Endpoint ID ${eid} is answered with ${codeName(code)}, not with 0x02`);
  },
});

export const COMMAND_CHECKS: readonly CheckDeclaration[] = [
  ...(
    [
      ['018', GetEndpointID, []],
      ['019', GetMCTPVersionSupport, [0]],
      ['020', GetMessageTypeSupport, []],
    ] as const
  ).map(
    ([number, { name, code, source }, body]): CheckDeclaration => ({
      id: `MCTP-CTRL-${number}`,
      clause: source,
      level: 'mandatory',
      title: `It answers ${name} with success`,
      why: 'every endpoint has the command, and bus owners ask it first',
      failure: 'a mandatory command is not answered, or refused',
      mend: 'support the command (DSP0236 table 12)',
      mutant: () => successes(code, (payload) => payload.with(2, 0x01)),
      run: async (probe) => {
        const answer = await mandatory(probe, code, [...body]);
        must(answer.code === OK, `${name} is answered with completion code ${codeName(answer.code)}`);
      },
    }),
  ),
  {
    id: 'MCTP-CTRL-021',
    clause: 'DSP0236 §12.4',
    level: 'mandatory',
    title: 'Get Endpoint ID names the EID by which the device is reached',
    why: 'a bus owner compares it with its table, and takes another one for another device',
    failure: 'the device answers at one EID and says that it has another',
    mend: 'answer with the EID of the port on which the request came in',
    mutant: () => successes(GetEndpointID.code, (payload) => payload.with(3, payload[3]! ^ 0x40)),
    run: async (probe) => {
      if (probe.device.eid === 0) notApplicable('the device has no EID');
      const [eid] = await dataOf(probe, GetEndpointID.code);
      must(eid === probe.device.eid, `the device is reached as EID ${probe.device.eid}, and says ${eid}`);
    },
  },
  {
    id: 'MCTP-CTRL-022',
    clause: 'DSP0236 §12.4',
    level: 'mandatory',
    title: 'The answer to Get Endpoint ID has its four bytes, reserved bits 0',
    why: 'requesters refuse an answer of another length',
    failure: 'bytes are missing or too many, or bits are set that mean nothing',
    mend: 'send completion code, EID, endpoint type and medium-specific byte',
    mutant: () => successes(GetEndpointID.code, (payload) => payload.with(4, payload[4]! | 0xc4)),
    run: async (probe) => {
      const data = await dataOf(probe, GetEndpointID.code);
      must(data.length === 3, `${data.length + 1} bytes come, the completion code included`);
      must((data[1]! & 0xcc) === 0, `reserved bits of the endpoint type are set: ${codeName(data[1])}`);
    },
  },
  {
    id: 'MCTP-CTRL-023',
    clause: 'DSP0236 §12.6',
    level: 'mandatory',
    title: 'It names versions of the base specification and of the control protocol',
    why: 'requesters choose by them what they may use',
    failure: 'Get MCTP Version Support for 0xff or 0x00 is refused, or its list is empty',
    mend: 'answer both with the same list: f1f0ff00 for 1.0, and so on',
    mutant: () =>
      rewriteAnswer(controlRequest(GetMCTPVersionSupport.code), (payload, request) =>
        request.payload[2] === BASE ? Uint8Array.of(payload[0]!, payload[1]!, TYPE_NOT_SUPPORTED) : payload,
      ),
    run: async (probe) => {
      for (const type of [MESSAGE_TYPE.control, BASE]) {
        const { code, data } = await probe.control(GetMCTPVersionSupport.code, [type]);
        must(code !== TYPE_NOT_SUPPORTED, `the versions of type ${codeName(type)} are refused with ${codeName(code)}`);
        must(code !== OK || data[0] !== 0, `the list of versions of type ${codeName(type)} is empty`);
      }
    },
  },
  {
    id: 'MCTP-CTRL-024',
    clause: 'DSP0236 §12.6',
    level: 'mandatory',
    title: 'The number of versions fits the length of the answer',
    why: 'requesters refuse an answer of another length',
    failure: 'the count of versions and the bytes behind it do not belong together',
    mend: 'send four bytes per version, and their number before them',
    mutant: () =>
      rewriteAnswer(controlRequest(GetMCTPVersionSupport.code), (payload) =>
        payload[2] === OK ? payload.slice(0, -1) : payload,
      ),
    run: async (probe) => {
      const data = await versionsOf(probe, MESSAGE_TYPE.control);
      must(data.length === 1 + 4 * (data[0] ?? 0), `${data[0]} versions are announced in ${data.length - 1} bytes`);
    },
  },
  {
    id: 'MCTP-CTRL-025',
    clause: 'DSP0236 §12.6',
    level: 'mandatory',
    title: 'Versions are numbers in the form of the standard',
    why: 'a version that is not a number compares with nothing',
    failure: 'major or minor version are neither two BCD digits nor one behind 0xf',
    mend: 'write 0xf1 for 1; the update byte may be 0xff, the alpha byte is 0 or a letter',
    mutant: () =>
      rewriteAnswer(controlRequest(GetMCTPVersionSupport.code), (payload) =>
        payload[2] === OK ? payload.with(4, 0x1b) : payload,
      ),
    run: async (probe) => {
      const data = await versionsOf(probe, MESSAGE_TYPE.control);
      for (let at = 1; at + 4 <= data.length; at += 4) {
        const isNumber = (byte: number): boolean => byte % 16 <= 9 && (byte >> 4 <= 9 || byte >> 4 === 15);
        const isRight = isNumber(data[at]!) && isNumber(data[at + 1]!);
        must(isRight, `version ${at >> 2} is ${codeName(data[at])} ${codeName(data[at + 1])}`);
      }
    },
  },
  {
    id: 'MCTP-CTRL-026',
    clause: 'DSP0236 §12.6',
    level: 'mandatory',
    title: 'It refuses the versions of a message type that it does not support',
    why: 'a requester takes a type with versions for one that is spoken',
    failure: 'Get MCTP Version Support for a type that no standard defines is not answered with 0x80',
    mend: 'answer completion code 0x80 for types that are not in the list of Get Message Type Support',
    mutant: () =>
      rewriteAnswer(controlRequest(GetMCTPVersionSupport.code), (payload, request) =>
        request.payload[2] === UNKNOWN_TYPE ? payload.with(2, INVALID_DATA) : payload,
      ),
    run: async (probe) => {
      const { code } = await probe.control(GetMCTPVersionSupport.code, [UNKNOWN_TYPE]);
      must(code === TYPE_NOT_SUPPORTED, `type ${codeName(UNKNOWN_TYPE)} is answered with ${codeName(code)}, not 0x80`);
    },
  },
  {
    id: 'MCTP-CTRL-027',
    clause: 'DSP0236 §12.7',
    level: 'mandatory',
    title: 'The number of message types fits the length of the answer',
    why: 'requesters refuse an answer of another length',
    failure: 'the count of types and the bytes behind it do not belong together',
    mend: 'send one byte per type, and their number before them',
    mutant: () => successes(GetMessageTypeSupport.code, (payload) => Uint8Array.of(...payload, 0x01)),
    run: async (probe) => {
      const data = await dataOf(probe, GetMessageTypeSupport.code);
      must(data.length === 1 + (data[0] ?? 0), `${data[0]} types are announced in ${data.length - 1} bytes`);
    },
  },
  {
    id: 'MCTP-CTRL-028',
    clause: 'DSP0236 §12.7',
    level: 'recommended',
    title: 'The list of message types has nothing twice, and does not list control',
    why: 'the count is of types in addition to control messages',
    failure: 'a type is listed twice, or 0x00 is listed',
    mend: 'list every type but 0x00 once',
    mutant: () =>
      successes(GetMessageTypeSupport.code, (payload) => Uint8Array.of(...payload.with(3, payload[3]! + 1), 0x00)),
    run: async (probe) => {
      const types = [...(await dataOf(probe, GetMessageTypeSupport.code)).subarray(1)];
      must(new Set(types).size === types.length, `a type is listed twice: ${types.map(codeName).join(' ')}`);
      must(!types.includes(MESSAGE_TYPE.control), '0x00 is listed');
    },
  },
  illegalEid('029', 0, 'It refuses the null EID'),
  illegalEid('030', 0xff, 'It refuses the broadcast EID'),
  illegalEid('031', 7, 'It refuses a reserved EID'),
  {
    id: 'MCTP-CTRL-032',
    clause: 'DSP0236 §12.3',
    level: 'mandatory',
    title: 'It takes the EID that it is given, and answers by it',
    why: 'this is how every device on a bus gets its EID',
    failure: 'Set Endpoint ID is refused, or the device goes on with another EID',
    mend: 'take every EID from 8 to 254, and use it from then on',
    mutant: () =>
      rewriteAnswer(controlRequest(SetEndpointID.code), (payload) =>
        payload[2] === OK ? payload.with(4, payload[4]! ^ 0x01) : payload,
      ),
    run: async (probe) => {
      const { eid } = probe.device;
      if (!isEid(eid)) notApplicable('the device has no EID, and is given none');
      const other = eid === 0xf5 ? 0xf6 : 0xf5;
      probe.restore(async () => {
        await probe.tryControl(SetEndpointID.code, [0, eid], physical);
      });
      const data = await dataOf(probe, SetEndpointID.code, [0, other], physical);
      must(data.length === 3, `the answer has ${data.length + 1} bytes, not 4`);
      must((data[0]! & 0x30) === 0, 'the EID is rejected');
      must(data[1] === other, `EID ${other} was given, and the answer names ${data[1]}`);
      const { source } = await probe.control(GetEndpointID.code, [], physical);
      must(source !== eid, `EID ${other} was given and accepted, and answers still come from EID ${eid}`);
    },
  },
  {
    id: 'MCTP-CTRL-033',
    clause: 'DSP0236 §12.5',
    level: 'conditional',
    condition: 'when it supports Get Endpoint UUID',
    title: 'Its UUID is one, and is the same each time',
    why: 'it is how a device is recognised after it was reset or moved',
    failure: 'the UUID is all zero, changes, or has another length than 16 bytes',
    mend: 'make the UUID once, in production, and keep it',
    mutant: () =>
      rewriteAnswer(controlRequest(GetEndpointUUID.code), (payload) => payload.map((byte, at) => (at < 3 ? byte : 0))),
    run: async (probe) => {
      const first = await dataOf(probe, GetEndpointUUID.code);
      must(first.length === 16, `the UUID has ${first.length} bytes`);
      must(
        first.some((byte) => byte !== 0),
        'the UUID is all zero',
      );
      const again = await dataOf(probe, GetEndpointUUID.code);
      must(String(first) === String(again), 'the UUID is another one the second time');
    },
  },
  {
    id: 'MCTP-CTRL-034',
    clause: 'DSP0236 §12.8',
    level: 'conditional',
    condition: 'when it supports Get Vendor Defined Message Support',
    title: 'The selectors of vendor-defined sets lead to the end',
    why: 'a requester follows them from 0 on',
    failure: 'a selector leads back, so that the list never ends, or an entry is refused',
    mend: 'answer each selector with the next one, and the last with 0xff',
    mutant: () =>
      rewriteAnswer(controlRequest(GetVendorDefinedMessageSupport.code), (payload, request) =>
        request.payload[2] === 1 && payload[2] === OK ? payload.with(3, 0) : payload,
      ),
    run: async (probe) => {
      const seen = new Set<number>();
      for (let selector = 0; selector !== LAST_SELECTOR; ) {
        must(!seen.has(selector), `the selectors never end: ${selector} comes again`);
        seen.add(selector);
        const answer = await probe.control(GetVendorDefinedMessageSupport.code, [selector]);
        if (selector === 0 && answer.code !== OK) notApplicable('the device has no vendor-defined sets');
        must(answer.code === OK, `selector ${selector} is refused with ${codeName(answer.code)}`);
        selector = answer.data[0] ?? LAST_SELECTOR;
      }
    },
  },
];
