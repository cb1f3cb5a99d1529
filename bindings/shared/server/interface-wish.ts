/** Interfaces of the kernel as nodes: what is wanted of one, and how it is asked for. */

import { MctpError } from '../../../stack/errors.js';
import type { JsonObject } from '../frame.js';
import { optionalNumberIn, textIn } from '../shared-protocol.js';

/** TAP: an interface is made for the network; GRAB: the network takes one which the kernel has. */
export type InterfaceWish =
  | {
      readonly kind: 'tap';
      /** EID of the kernel on it: from it the programs on kernel sockets send. */
      readonly kernelEid: number;
      /** EID of the server on it. */
      readonly ownEid: number;
      /** The kernel's network for it. */
      readonly kernelNetwork: number;
      /** Our network to which it belongs. */
      readonly network: number;
    }
  | {
      readonly kind: 'grab';
      /** `mctpi2c0` */
      readonly interface: string;
    };

/** As `mctpkit join` has them. */
export const TAP_DEFAULTS = { kernelEid: 254, ownEid: 8, kernelNetwork: 1, network: 1 } as const;

/** Whoever makes and grabs interfaces for a network. */
export interface InterfaceMaker {
  /** Its node is there, and present, when this resolves. @throws MctpError; nothing is left behind */
  attach(wish: InterfaceWish): Promise<number>;
  /** Those which were let go are gone. */
  settled(): Promise<unknown>;
}

const U32 = 0xffffffff;
/** IFNAMSIZ of Linux, without the terminating zero. */
const NAME_LONGEST = 15;
export const INTERFACE_NAME = /^[^\s/:?"]{1,15}$/;

/** What a question, or a file, says. @throws MctpError EINVAL */
export function wishIn(object: JsonObject): InterfaceWish {
  if (object.kind === 'grab') {
    const name = textIn(object, 'interface', NAME_LONGEST);
    if (INTERFACE_NAME.test(name)) return { kind: 'grab', interface: name };
    throw new MctpError('EINVAL', `"${name}" is not the name of an interface: write it as ip link does, e.g. mctpi2c0`);
  }
  if (object.kind !== 'tap') throw new MctpError('EINVAL', 'kind must be "tap" or "grab"');
  const kernelEid = optionalNumberIn(object, 'kernelEid', 8, 254) ?? TAP_DEFAULTS.kernelEid;
  const ownEid = optionalNumberIn(object, 'ownEid', 8, 254) ?? TAP_DEFAULTS.ownEid;
  if (kernelEid === ownEid) throw new MctpError('EINVAL', `the kernel and the server cannot both have EID ${ownEid}`);
  const kernelNetwork = optionalNumberIn(object, 'kernelNetwork', 1, U32) ?? TAP_DEFAULTS.kernelNetwork;
  const network = optionalNumberIn(object, 'network', 1, U32) ?? TAP_DEFAULTS.network;
  return { kind: 'tap', kernelEid, ownEid, kernelNetwork, network };
}

/** For people: its description as a node. */
export function wishTitle(wish: InterfaceWish): string {
  return wish.kind === 'tap' ? `kernel, EID ${wish.kernelEid}` : `kernel's ${wish.interface}`;
}
