/**
 * Our stack and the kernel's, joined on one machine: an interface of the kernel whose wire is a link of ours. Programs on
 * kernel sockets reach devices on our bindings, and ours reach what the kernel reaches.
 */

import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { eid } from '../../stack/ids.js';
import type { Mctp } from '../../stack/mctp.js';
import { inTurn } from '../../stack/util/in-turn.js';
import { SerialLink } from '../serial/serial-link.js';
import { systemClock } from '../system-clock.js';
import { closeLingering } from './descriptor.js';
import { KernelMctp } from './kernel.js';
import { openPtyInterface } from './pty-interface.js';

/** First and last EID. */
export type EidRange = readonly [first: number, last: number];

export interface JoinOptions {
  /** EID of the kernel on the new interface: from it its programs send. */
  readonly kernelEid: number;
  /** EID of ours on the new link. */
  readonly ownEid: number;
  /** EIDs on our links that the kernel shall reach, besides ours. Our stack forwards as long as there are any. */
  readonly ours?: readonly EidRange[];
  /** EIDs on the kernel's other interfaces that we shall reach. The kernel forwards from Linux 6.17 on. */
  readonly theirs?: readonly EidRange[];
  /** The kernel's network for the interface; default that of our link. */
  readonly kernelNetwork?: number;
  /** Our network; default 1. */
  readonly network?: number;
  /** Name of our link; default `kernel:` and the interface. */
  readonly name?: string;
  readonly clock?: Clock;
  /** Default: one of its own, closed with the join. */
  readonly kernel?: KernelMctp;
}

export interface KernelJoin {
  /** The kernel's interface: `mctpserial0`. */
  readonly interface: string;
  /** Name of our link to it. */
  readonly link: string;
  /** EIDs of the kernel's network that were in use before, on its other interfaces: not to be given to devices of ours. */
  readonly taken: readonly number[];
  /** Let the kernel reach more EIDs through us. @throws MctpError EEXIST, EINVAL */
  addOurs(range: EidRange): void;
  /** @throws MctpError ENOENT */
  removeOurs(range: EidRange): void;
  /** Part again: interface, addresses and routes are removed on both sides. */
  close(): Promise<void>;
}

/** @throws MctpError EACCES (CAP_NET_ADMIN), EAFNOSUPPORT, ENOTSUP, ENOPACKAGE, EEXIST, EINVAL; nothing is left behind */
export async function joinKernel(mctp: Mctp, options: JoinOptions): Promise<KernelJoin> {
  const { network = 1, clock = systemClock, ours = [], theirs = [] } = options;
  const kernelNetwork = options.kernelNetwork ?? network;
  const kernelEid = eid(options.kernelEid);
  const ownEid = eid(options.ownEid);
  if (kernelEid === ownEid) throw new MctpError('EINVAL', `the kernel and we cannot both have EID ${ownEid}`);
  const undo: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    await inTurn(undo.splice(0).reverse());
  };
  try {
    let { kernel } = options;
    if (kernel === undefined) {
      const own = await KernelMctp.open({ clock });
      undo.push(() => own.close());
      kernel = own;
    }
    const { tables } = kernel;
    const taken = eidsInUse(kernel, kernelNetwork);
    const { link: made, port } = await openPtyInterface(tables);
    undo.push(() => {
      // It would wait for the tags they hold, and with it everything here.
      closeLingering();
      return port.close();
    });
    // An interface does not go before the tags used on it: a process that ends must let go of those first.
    process.on('exit', KernelMctp.closeAll);
    undo.push(() => process.off('exit', KernelMctp.closeAll));
    tables.changeLink(made, { network: kernelNetwork });
    tables.changeLink(made, { up: true });

    const name = options.name ?? made.title;
    mctp.addLink(new SerialLink({ port, clock, name, reopen: false, transmitBuffer: 4096 }), { network });
    undo.push(() => mctp.removeLink(name).catch(() => {})); // it may be gone, with the whole stack
    mctp.addAddress(ownEid, name);
    for (const [start, end] of [[kernelEid, kernelEid] as const, ...theirs]) mctp.addRoute({ start, end, link: name });
    await mctp.openLink(name);

    // The kernel forgets what belongs to the interface when that goes.
    tables.addAddress(kernelEid, made.name);
    tables.addRoute({ start: ownEid, end: ownEid, link: made.name });
    const addOurs = ([start, end]: EidRange): void => {
      tables.addRoute({ start, end, link: made.name });
      if (mctp.forwarding) return;
      mctp.forwarding = true;
      undo.push(() => {
        mctp.forwarding = false;
      });
    };
    for (const range of ours) addOurs(range);
    return {
      interface: made.name,
      link: name,
      taken,
      addOurs,
      removeOurs: ([start, end]) => tables.removeRoute(start, end, kernelNetwork),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Our own and those that have routes, mctpd's for instance. */
function eidsInUse(kernel: KernelMctp, network: number): number[] {
  const eids = new Set<number>();
  for (const address of kernel.addresses()) if (address.network === network) eids.add(address.eid);
  for (const route of kernel.routes()) {
    if (route.network !== network) continue;
    for (let id: number = route.start; id <= route.end; id++) eids.add(id);
  }
  return [...eids].sort((a, b) => a - b);
}
