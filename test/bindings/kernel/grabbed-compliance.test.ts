/** A grabbed link of the kernel is a link: two machines whose interfaces are on one wire. */

import { GrabbedLink } from '../../../bindings/kernel/grab/grabbed-link.js';
import { describeLinkCompliance, type LinkPair } from '../../../hw-fixtures/testing/link-compliance.js';
import { VirtualClock } from '../../../stack/clock.js';
import { FakeInterfaces } from './fake-interfaces.js';

const INDEX = 4;

/** `room`: frames which a driver holds before it refuses more. `addresses`: 7-bit, on a bus. */
function joined(name: string, addresses: readonly (readonly number[])[], room: number): LinkPair {
  const clock = new VirtualClock();
  const machines = addresses.map((address) => {
    const machine = new FakeInterfaces();
    machine.room = room;
    machine.add(INDEX, name, address, false);
    return machine;
  });
  const [near, far] = machines as [FakeInterfaces, FakeInterfaces];
  const linkOf = (machine: FakeInterfaces): GrabbedLink => new GrabbedLink({ libc: machine, clock, interface: name });
  const carry = (from: FakeInterfaces, to: FakeInterfaces, address: number | undefined): void => {
    const frame = from.sent.shift()?.frame;
    // On a bus the address comes first.
    if (frame !== undefined && (address === undefined || frame[0] === address << 1)) to.arrive(INDEX, frame);
  };
  return {
    a: linkOf(near),
    b: linkOf(far),
    step: () => {
      carry(near, far, addresses[1]![0]);
      carry(far, near, addresses[0]![0]);
      clock.advance(1);
    },
    timers: () => clock.pending,
    // A point-to-point interface has no frame around a packet: whatever comes is one.
    ...(addresses[0]!.length > 0 && { garbage: (bytes) => far.arrive(INDEX, [...bytes]) }),
    dispose: () => {
      const open = near.descriptors.size + far.descriptors.size;
      if (open > 0) throw new Error(`${open} descriptors are open still`);
    },
  };
}

const BUS = [[0x10], [0x1d]];
const CABLE = [[], []];

describeLinkCompliance('mctpi2c0 of the kernel, grabbed', () => joined('mctpi2c0', BUS, 1_000));
describeLinkCompliance('mctpi2c0 of the kernel with little room, grabbed', () => joined('mctpi2c0', BUS, 4));
describeLinkCompliance('mctpserial0 of the kernel, grabbed', () => joined('mctpserial0', CABLE, 4));
