/** Which node gets which message on a served network: the two policies which are built in, and what one of yours must have. */

import type { Right } from '../shared-protocol.js';

export interface PolicyNode {
  readonly node: number;
  readonly description: string;
  readonly right: Right;
  readonly uid: number | null;
  readonly pid: number | null;
}

/** What a policy sees of a message. */
export interface PolicyMessage {
  readonly network: number;
  readonly source: number;
  readonly destination: number;
  /** 0..127 */
  readonly type: number;
  readonly tag: number;
  readonly tagOwner: boolean;
  /** Without the type byte; not to be changed in place. */
  readonly payload: Uint8Array;
}

/** The links of the network, where a policy names the sender or the receivers of a message. */
export const THE_LINKS = 0;

/** Their numbers, 0 for the links; or those and other bytes for the payload. Nobody: the message is dropped. */
export type PolicyVerdict = readonly number[] | { readonly to: readonly number[]; readonly payload: Uint8Array };

export interface Policy {
  readonly name: string;
  /** Several nodes may bind the same type; default false: EADDRINUSE. */
  readonly sharesBindings?: boolean;
  /** Nodes hear what others send and are answered, too, of the types which they have bound; default false. */
  readonly overhears?: boolean;
  /** The number of a new node, 1 or above; `free` would do. A text: why it is refused. */
  newNode(node: Omit<PolicyNode, 'node'>, free: number, wanted: number | undefined): number | string;
  /**
   * Which nodes get a message. `to`: those that would get it. `from`: number of the node which sends it, 0: it came from a link.
   * `depth`: how often the policy has let it pass already. 1: a message of a node to an EID of the network's own, which
   * comes back to it.
   */
  handleMessage(message: PolicyMessage, from: number, to: readonly number[], depth: number): PolicyVerdict;
  nodeAdded?(node: PolicyNode): void;
  nodeRemoving?(node: PolicyNode): void;
  networkCreated?(name: string): void;
  networkResized?(maxNodes: number): void;
  networkRemoved?(name: string): void;
  /** False: it may not be changed to that. */
  setOption?(name: string, value: number | boolean | string): boolean;
  /** Another value than that of the table; undefined: that of the table. */
  getOption?(name: string): number | boolean | string | undefined;
}

/** A message goes to the nodes that are bound to it. */
export const SWITCH: Policy = {
  name: 'switch',
  newNode: (_node, free, wanted) => wanted ?? free,
  handleMessage: (_message, _from, to) => to,
};

/** Every node sees every message but its own. */
export const HUB: Policy = {
  name: 'hub',
  sharesBindings: true,
  overhears: true,
  newNode: (_node, free, wanted) => wanted ?? free,
  handleMessage: (_message, from, to) => to.filter((node) => node !== from || node === THE_LINKS),
};

export const POLICIES: Readonly<Record<string, Policy>> = { switch: SWITCH, hub: HUB };
