/** Small worlds to test in: one stack before a scripted link, or two stacks on one wire. */

import { PacketWire, type PacketWireOptions, type WirePort } from '../../hw-fixtures/bench/wires/packet-wire.js';
import { VirtualClock } from '../../stack/clock.js';
import type { DropCounters } from '../../stack/counters.js';
import type { Limits } from '../../stack/limits.js';
import { type AddLinkOptions, Mctp } from '../../stack/mctp.js';
import { ScriptedLink, type ScriptedLinkOptions } from './scripted-link.js';

export interface OneStackOptions extends ScriptedLinkOptions {
  readonly limits?: Partial<Limits>;
  readonly link?: AddLinkOptions;
  readonly errors?: string[];
}

export interface OneStack {
  readonly clock: VirtualClock;
  readonly mctp: Mctp;
  readonly link: ScriptedLink;
  /** Drop counters of the link that are not 0. */
  drops(): Partial<DropCounters>;
}

/** EID 8 on a link that is up; EIDs 9 to 20 behind it, on a bus at the physical address equal to the EID. */
export async function oneStack(options: OneStackOptions = {}): Promise<OneStack> {
  const clock = new VirtualClock();
  const mctp = new Mctp({
    clock,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    logger: { debug() {}, info() {}, warn() {}, error: (text) => options.errors?.push(text) },
  });
  const link = new ScriptedLink(options);
  mctp.addLink(link, options.link);
  mctp.addAddress(8, link.name);
  mctp.addRoute({ start: 9, end: 20, link: link.name });
  if (link.addressSize === 1) {
    for (let eid = 9; eid <= 20; eid++) mctp.addNeighbour(eid, link.name, eid.toString(16).padStart(2, '0'));
  }
  await mctp.open();
  return { clock, mctp, link, drops: () => dropsOf(mctp, link.name) };
}

/** Drop counters of a link that are not 0. */
export function dropsOf(mctp: Mctp, link: string): Partial<DropCounters> {
  const counters = mctp.links().find((status) => status.name === link)?.counters.drops ?? {};
  return Object.fromEntries(Object.entries(counters).filter(([, count]) => count !== 0));
}

export interface TwoStacks {
  readonly clock: VirtualClock;
  readonly wire: PacketWire;
  /** EID 8, port "a". */
  readonly a: Mctp;
  /** EID 9, port "b". */
  readonly b: Mctp;
  readonly portA: WirePort;
  readonly portB: WirePort;
}

/** EID 8 and EID 9 at the ends of a wire; on a bus at addresses 08 and 09. */
export async function twoStacks(
  wireOptions: Partial<PacketWireOptions> = {},
  limits: Partial<Limits> = {},
): Promise<TwoStacks> {
  const clock = new VirtualClock();
  const wire = new PacketWire({ clock, ...wireOptions });
  const bus = wire.addressSize > 0;
  const portA = wire.port({ name: 'a', ...(bus ? { address: '08' } : {}) });
  const portB = wire.port({ name: 'b', ...(bus ? { address: '09' } : {}) });
  const a = new Mctp({ clock, limits });
  const b = new Mctp({ clock, limits });
  a.addLink(portA);
  b.addLink(portB);
  a.addAddress(8, 'a');
  b.addAddress(9, 'b');
  a.addRoute({ start: 9, link: 'a' });
  b.addRoute({ start: 8, link: 'b' });
  if (bus) {
    a.addNeighbour(9, 'a', '09');
    b.addNeighbour(8, 'b', '08');
  }
  await a.open();
  await b.open();
  return { clock, wire, a, b, portA, portB };
}
