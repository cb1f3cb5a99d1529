/** Checks of control commands which depend on the binding, and of those of bridges (DSP0236 §12.3, §12.8 to §12.14, DSP0237). */

import {
  AllocateEndpointIDs,
  GetEndpointID,
  GetMCTPVersionSupport,
  GetMessageTypeSupport,
  GetRoutingTableEntries,
  GetVendorDefinedMessageSupport,
  ResolveEndpointID,
  SetEndpointID,
} from '../../../stack/control/index.js';
import { BINDING, isEid } from '../../../stack/ids.js';
import { isVendorType } from '../../../stack/vendor/index.js';
import type { Behaviour } from '../../bench/device/behaviour.js';
import { controlRequest, rewriteAnswer } from '../../bench/device/rewrites.js';
import type { BenchDevice, CheckDeclaration } from '../declaration.js';
import { must, notApplicable } from '../finding.js';
import type { Probe } from '../probe.js';
import { codeName, dataOf, INVALID_DATA, mandatory, OK, UNSUPPORTED } from './control-steps.js';

const PREPARE_FOR_DISCOVERY = 0x0b;
const ENDPOINT_DISCOVERY = 0x0c;
const OPERATION = { force: 1, reset: 2, discovered: 3 } as const;
const END = 0xff;
/** Entries of a table that is followed: one for every EID there is, at most. */
const MOST_PAGES = 256;
/** An EID which nobody has. */
const ABSENT_EID = 0xfd;
/** Of the conforming device: a type of DSP0239 about which no other check asks. */
const LISTED_TYPE = 0x08;
const physical = { physical: true };

const BRIDGE: BenchDevice = {
  toml: 'pool = 2\nbelow = [{ wire = "riser", address = 0x10 }]\n\n[wires.riser]\nkind = "smbus"\nspeed = 100',
};

const isAbout = (command: number, operation: number, code: number): Behaviour =>
  rewriteAnswer(controlRequest(command), (payload, request) =>
    request.payload[2] === operation ? payload.with(2, code) : payload,
  );
const successes = (command: number, change: (payload: Uint8Array) => Uint8Array): Behaviour =>
  rewriteAnswer(controlRequest(command), (payload) => (payload[2] === OK ? change(payload) : payload));

/** Discovery is of buses where devices report themselves: not SMBus, not a serial line. @throws Finding */
function withoutDiscovery({ device }: Probe): void {
  if (device.binding !== BINDING.smbus && device.binding !== BINDING.serial) {
    notApplicable('the binding of this link has discovery, or is not known');
  }
}

/** The EID of the device, which is put back. @throws Finding not applicable, while it has none */
function puttingEidBack(probe: Probe): number {
  const { eid } = probe.device;
  if (!isEid(eid)) notApplicable('the device has no EID, and is given none');
  probe.restore(async () => {
    await probe.tryControl(SetEndpointID.code, [0, eid], physical);
  });
  return eid;
}

export const BINDING_CHECKS: readonly CheckDeclaration[] = [
  {
    id: 'MCTP-CTRL-035',
    clause: 'DSP0236 §12.7',
    level: 'mandatory',
    title: 'Each message type that it lists has versions, but for those of vendors',
    why: 'a requester asks for the versions of a type before it uses it',
    failure: 'Get MCTP Version Support is refused for a type of the list, or its list is empty',
    mend: 'make both answers from the same table',
    mutant: () => isAbout(GetMCTPVersionSupport.code, LISTED_TYPE, 0x80),
    bench: { toml: `types = [{ type = ${LISTED_TYPE}, versions = ["f1f0ff00"] }]` },
    run: async (probe) => {
      const list = await dataOf(probe, GetMessageTypeSupport.code);
      for (const type of list.subarray(1, 1 + (list[0] ?? 0))) {
        // Each vendor says itself how its messages have versions.
        if (isVendorType(type)) continue;
        const { code, data } = await probe.control(GetMCTPVersionSupport.code, [type]);
        must(code === OK, `type ${codeName(type)} is listed, and its versions are refused with ${codeName(code)}`);
        must((data[0] ?? 0) > 0, `type ${codeName(type)} is listed, and has no version`);
      }
    },
  },
  {
    id: 'MCTP-CTRL-036',
    clause: 'DSP0236 §12.3',
    level: 'mandatory',
    title: 'It takes an EID that is forced',
    why: 'a bus owner forces the EID of a device which another one has given an EID before',
    failure: 'Set Endpoint ID with operation 1 is refused, or its EID is rejected',
    mend: 'treat operation 1 as operation 0, whatever gave the EID before',
    mutant: () => isAbout(SetEndpointID.code, OPERATION.force, INVALID_DATA),
    run: async (probe) => {
      const eid = puttingEidBack(probe);
      const { code, data } = await mandatory(probe, SetEndpointID.code, [OPERATION.force, eid], physical);
      must(code === OK, `Set Endpoint ID with operation 1 is answered with ${codeName(code)}`);
      must((data[0]! & 0x30) === 0, 'the EID is rejected');
    },
  },
  {
    id: 'MCTP-CTRL-037',
    clause: 'DSP0236 §12.3',
    level: 'mandatory',
    title: 'It resets its EID to the static one, or says that it has none',
    why: 'a bus owner which resets EIDs must know whether anything came of it',
    failure: 'Set Endpoint ID with operation 2 is answered with neither success nor ERROR_INVALID_DATA',
    mend: 'without a static EID answer ERROR_INVALID_DATA',
    mutant: () => isAbout(SetEndpointID.code, OPERATION.reset, 0x01),
    run: async (probe) => {
      const eid = puttingEidBack(probe);
      const { code } = await mandatory(probe, SetEndpointID.code, [OPERATION.reset, eid], physical);
      must(code === OK || code === INVALID_DATA, `operation 2 is answered with ${codeName(code)}`);
    },
  },
  {
    id: 'MCTP-CTRL-038',
    clause: 'DSP0236 §12.3',
    level: 'conditional',
    condition: 'when the binding has no discovery',
    title: 'It refuses to set a Discovered flag which it does not have',
    why: 'a bus owner takes the device for one that takes part in discovery',
    failure: 'Set Endpoint ID with operation 3 is not answered with ERROR_INVALID_DATA',
    mend: 'answer ERROR_INVALID_DATA to operation 3',
    mutant: () => isAbout(SetEndpointID.code, OPERATION.discovered, 0x01),
    run: async (probe) => {
      withoutDiscovery(probe);
      const eid = puttingEidBack(probe);
      const { code } = await mandatory(probe, SetEndpointID.code, [OPERATION.discovered, eid], physical);
      must(code === INVALID_DATA, `operation 3 is answered with ${codeName(code)}, not with 0x02`);
    },
  },
  ...(
    [
      ['039', PREPARE_FOR_DISCOVERY, 'Prepare for Endpoint Discovery', '§12.13'],
      ['040', ENDPOINT_DISCOVERY, 'Endpoint Discovery', '§12.14'],
    ] as const
  ).map(
    ([number, command, name, clause]): CheckDeclaration => ({
      id: `MCTP-CTRL-${number}`,
      clause: `DSP0236 ${clause}`,
      level: 'conditional',
      condition: 'when the binding has no discovery',
      title: `It does not support ${name}`,
      why: 'the command belongs to bindings whose devices report themselves',
      failure: 'the command is not answered with ERROR_UNSUPPORTED_CMD',
      mend: 'answer ERROR_UNSUPPORTED_CMD on this port',
      mutant: () => rewriteAnswer(controlRequest(command), (payload) => payload.with(2, 0x01)),
      run: async (probe) => {
        withoutDiscovery(probe);
        const { code } = await mandatory(probe, command);
        must(code === UNSUPPORTED, `the command is answered with ${codeName(code)}, not with 0x05`);
      },
    }),
  ),
  {
    id: 'MCTP-CTRL-041',
    clause: 'DSP0236 §12.3',
    level: 'mandatory',
    title: 'A simple endpoint asks for no pool of EIDs',
    why: 'a bus owner keeps as many EIDs for it as it asks for',
    failure: 'the answer to Set Endpoint ID has a pool, or reserved bits, though the device is not a bridge',
    mend: 'send bits 1:0 of the status and the size of the pool as 0',
    mutant: () => successes(SetEndpointID.code, (payload) => payload.with(5, 3)),
    run: async (probe) => {
      const eid = puttingEidBack(probe);
      const [, kind] = await dataOf(probe, GetEndpointID.code);
      if ((kind! & 0x30) !== 0) notApplicable('the device is a bridge or a bus owner');
      const data = await dataOf(probe, SetEndpointID.code, [0, eid], physical);
      must((data[0]! & 0xcf) === 0, `the status of the assignment is ${codeName(data[0])}`);
      must((data[2] ?? 0) === 0, `a pool of ${data[2]} EIDs is asked for`);
    },
  },
  {
    id: 'MCTP-CTRL-042',
    clause: 'DSP0236 §12.4',
    level: 'mandatory',
    title: 'The kind of endpoint is one that there is',
    why: 'a bus owner decides by it whether it looks for devices behind this one',
    failure: 'bits 5:4 of the endpoint type are neither 0 nor 1',
    mend: 'send 0 for a simple endpoint, 1 for a bus owner or bridge',
    mutant: () => successes(GetEndpointID.code, (payload) => payload.with(4, payload[4]! | 0x20)),
    run: async (probe) => {
      const [, kind] = await dataOf(probe, GetEndpointID.code);
      must((kind! & 0x20) === 0, `the endpoint type is ${codeName(kind)}`);
    },
  },
  {
    id: 'MCTP-CTRL-043',
    clause: 'DSP0237 §6.7',
    level: 'conditional',
    condition: 'when the binding is SMBus',
    title: 'The medium-specific byte says nothing but fairness arbitration',
    why: 'a later version of the binding gives the other bits a meaning',
    failure: 'bits 7:1 of the last byte of Get Endpoint ID are set',
    mend: 'send 0, or 1 with fairness arbitration',
    mutant: () => successes(GetEndpointID.code, (payload) => payload.with(5, payload[5]! | 0x80)),
    run: async (probe) => {
      if (probe.device.binding !== BINDING.smbus) notApplicable('the link is not SMBus');
      const data = await dataOf(probe, GetEndpointID.code);
      must((data[2]! & 0xfe) === 0, `the medium-specific byte is ${codeName(data[2])}`);
    },
  },
  {
    id: 'MCTP-CTRL-044',
    clause: 'DSP0236 §12.8',
    level: 'conditional',
    condition: 'when it supports Get Vendor Defined Message Support',
    title: 'Each vendor-defined set has the length of its format',
    why: 'requesters refuse an answer of another length',
    failure: 'the ID of the vendor has another length than its format, or the type of the set is missing',
    mend: 'send two bytes for a PCI vendor ID, four for an IANA enterprise number, and two more for the set',
    mutant: () => successes(GetVendorDefinedMessageSupport.code, (payload) => payload.slice(0, -1)),
    run: async (probe) => {
      let selector = 0;
      for (let page = 0; page < MOST_PAGES && selector !== END; page++) {
        const { code, data } = await probe.control(GetVendorDefinedMessageSupport.code, [selector]);
        if (code !== OK) notApplicable('the device has no vendor-defined sets, or refuses one');
        const expected = data[1] === 0 ? 6 : 8;
        must(data[1]! <= 1, `selector ${selector} has the format ${data[1]}`);
        must(data.length === expected, `selector ${selector} has ${data.length} bytes, not ${expected}`);
        selector = data[0]!;
      }
    },
  },
  {
    id: 'MCTP-CTRL-045',
    clause: 'DSP0236 §12.12',
    level: 'conditional',
    condition: 'when it supports Get Routing Table Entries',
    title: 'The entries of its routing table are whole, and lead to the end',
    why: 'a bus owner learns from them what is behind a bridge',
    failure: 'the number of entries and the bytes do not belong together, or the handles lead back',
    mend: 'send whole entries with the size of their physical address, and 0xff as the handle behind the last',
    mutant: () => successes(GetRoutingTableEntries.code, (payload) => payload.with(4, payload[4]! + 1)),
    bench: BRIDGE,
    run: async (probe) => {
      const seen = new Set<number>();
      for (let handle = 0; handle !== END; ) {
        must(!seen.has(handle), `the handles never end: ${handle} comes again`);
        seen.add(handle);
        const data = await dataOf(probe, GetRoutingTableEntries.code, [handle]);
        let at = 2;
        for (let entry = 0; entry < data[1]!; entry++) {
          must(at + 6 <= data.length, `${data[1]} entries are announced in ${data.length - 2} bytes`);
          must(data[at]! > 0, `an entry at EID ${data[at + 1]} has no EID`);
          at += 6 + data[at + 5]!;
        }
        must(at === data.length, `${data[1]} entries have ${at - 2} bytes, and ${data.length - 2} come`);
        handle = data[0]!;
      }
    },
  },
  {
    id: 'MCTP-CTRL-046',
    clause: 'DSP0236 §12.10',
    level: 'conditional',
    condition: 'when it supports Allocate Endpoint IDs',
    title: 'It says how large its pool is without changing it',
    why: 'a bus owner which starts again must learn what has been allocated',
    failure: 'operation 2 is refused, or its answer has another length',
    mend: 'answer operation 2 with the size of the pool and its first EID, whatever the other fields say',
    mutant: () => successes(AllocateEndpointIDs.code, (payload) => payload.slice(0, -1)),
    bench: BRIDGE,
    run: async (probe) => {
      const { code, data } = await probe.control(AllocateEndpointIDs.code, [2, 0, 0]);
      if (code === UNSUPPORTED) notApplicable('the device does not support the command');
      must(code === OK, `operation 2 is answered with ${codeName(code)}`);
      must(data.length === 3, `the answer has ${data.length + 1} bytes, not 4`);
    },
  },
  {
    id: 'MCTP-CTRL-047',
    clause: 'DSP0236 §12.9',
    level: 'conditional',
    condition: 'when it supports Resolve Endpoint ID',
    title: 'It refuses to resolve an EID that it does not know',
    why: 'a requester would send to an address without a device',
    failure: 'an EID which no endpoint has is resolved',
    mend: 'answer ERROR_INVALID_DATA for EIDs that are not in the routing table',
    mutant: () =>
      rewriteAnswer(controlRequest(ResolveEndpointID.code), (payload, request) =>
        request.payload[2] === ABSENT_EID ? Uint8Array.of(payload[0]!, payload[1]!, OK, ABSENT_EID, 0x3a) : payload,
      ),
    bench: BRIDGE,
    run: async (probe) => {
      const { code } = await probe.control(ResolveEndpointID.code, [ABSENT_EID]);
      if (code === UNSUPPORTED) notApplicable('the device does not support the command');
      must(code !== OK, `EID ${ABSENT_EID}, which no endpoint has, is resolved`);
    },
  },
];
