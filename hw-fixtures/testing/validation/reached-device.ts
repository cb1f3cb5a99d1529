/** How a test reaches the device that it validates: by a link, by a stack of its own, or by any transport. */

import { systemClock } from '../../../bindings/system-clock.js';
import { BusOwner } from '../../../stack/bus-owner/index.js';
import type { Clock } from '../../../stack/clock.js';
import { MctpError } from '../../../stack/errors.js';
import { EID_NULL } from '../../../stack/ids.js';
import type { Link, PhysicalAddress } from '../../../stack/link.js';
import { Mctp } from '../../../stack/mctp.js';
import type { Transport } from '../../../stack/transport.js';
import type { MaybePromise } from '../../../stack/util/async.js';
import { messageTarget } from '../../validator/message-target.js';
import { stackTarget } from '../../validator/stack-target.js';
import type { Target } from '../../validator/target.js';

interface Reach {
  /** With virtual time, how a promise is waited for: `(work) => clock.run(work)`. */
  readonly run?: <T>(work: Promise<T>) => Promise<T>;
  /** Called behind the last check. */
  readonly close?: () => MaybePromise<void>;
}

/** By a link which nobody has in service: a stack of its own is made on it, whose EID is 8. It is closed behind the last check. */
export interface DeviceOnLink extends Reach {
  readonly link: Link;
  /** Default `''`: point to point. */
  readonly physicalAddress?: PhysicalAddress;
  /** That which it has. Default: a bus owner asks for it, and gives one to a device which has none. */
  readonly eid?: number;
  /** That of the link; default the clock of the system. */
  readonly clock?: Clock;
}

/** By a stack which is open. */
export interface DeviceOnStack extends Reach {
  readonly mctp: Mctp;
  /** Of the device; the stack has a route to it. */
  readonly eid: number;
  /** Default 1. */
  readonly network?: number;
}

/** By a transport: whole messages only, so that checks of single packets are skipped. */
export interface DeviceOnTransport extends Reach {
  readonly transport: Transport;
  readonly eid: number;
  /** Default 1. */
  readonly network?: number;
  /** Ours on that network; default 0, not known. */
  readonly ownEid?: number;
  /** With `physicalAddress`, where the transport can reach it without an EID. */
  readonly link?: string;
  readonly physicalAddress?: PhysicalAddress;
  /** Default that of the system. */
  readonly clock?: Clock;
}

export type ReachedDevice = DeviceOnLink | DeviceOnStack | DeviceOnTransport;

/** A target, and how to leave it. */
export interface OpenTarget {
  readonly target: Target;
  readonly close: () => Promise<void>;
}

/** What Linux gives a bus owner in its examples. */
const OWN_EID = 8;

/** @throws MctpError EHOSTUNREACH, ENODEV, ETIMEDOUT... */
export async function openTarget(reached: ReachedDevice): Promise<OpenTarget> {
  const close = async (): Promise<void> => reached.close?.();
  if ('mctp' in reached) return { target: onStack(reached), close };
  if ('transport' in reached) {
    return { target: messageTarget(reached.transport, reached.clock ?? systemClock, reached), close };
  }
  return onLink(reached, close);
}

/** @throws MctpError EHOSTUNREACH */
function onStack({ mctp, eid, network }: DeviceOnStack): Target {
  const route = mctp.lookupRoute(eid, network);
  if (route === undefined) throw new MctpError('EHOSTUNREACH', `the stack has no route to EID ${eid}`);
  const { link, gateway } = route;
  const isPointToPoint = mctp.linkByName(link).addressSize === 0;
  const physicalAddress = isPointToPoint ? '' : mctp.lookupNeighbour(eid, link);
  return stackTarget(mctp, { eid, link, ...(gateway === undefined && { physicalAddress }) });
}

async function onLink(reached: DeviceOnLink, leave: () => Promise<void>): Promise<OpenTarget> {
  const { link, physicalAddress = '', eid, clock = systemClock } = reached;
  const mctp = new Mctp({ clock });
  const close = async (): Promise<void> => {
    await mctp.close();
    await leave();
  };
  try {
    mctp.addLink(link);
    mctp.addAddress(OWN_EID, link.name);
    await mctp.open();
    if (eid !== undefined && eid !== EID_NULL) {
      mctp.addRoute({ start: eid, end: eid, link: link.name });
      mctp.addNeighbour(eid, link.name, physicalAddress);
    }
    const found = eid ?? (await setUp(mctp, link.name, physicalAddress));
    return { target: stackTarget(mctp, { eid: found, link: link.name, physicalAddress }), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The EID of the device; one which has none gets one. */
async function setUp(mctp: Mctp, link: string, physicalAddress: PhysicalAddress): Promise<number> {
  // It ends before the checks begin: what it asks would come between.
  const owner = new BusOwner({ host: mctp, clock: mctp.clock });
  try {
    return (await owner.setup(link, physicalAddress)).eid;
  } finally {
    owner.close();
  }
}
