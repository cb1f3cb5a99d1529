/** Which socket receives requests and datagrams of a type: the most specific binding that matches. */

import { MctpError } from '../errors.js';
import { EID_ANY, messageType, messageTypeName, NET_ANY } from '../ids.js';

/** What a bound socket asked for, completed. */
export interface Binding<S> {
  readonly socket: S;
  readonly type: number;
  /** NET_ANY or a network. */
  readonly network: number;
  /** EID_ANY or one of our EIDs. */
  readonly eid: number;
  /** Only from this EID; undefined: from everybody. */
  readonly peer: number | undefined;
}

export class BindingTable<S> {
  /** By message type; the lists are not empty, and the most specific binding comes first. */
  readonly #byType: (Binding<S>[] | undefined)[] = new Array<undefined>(0x80).fill(undefined);

  /** @throws MctpError EINVAL for a type outside 0..127, EADDRINUSE when somebody has that very binding */
  add(binding: Binding<S>): void {
    const type = messageType(binding.type);
    const list = this.#byType[type] ?? [];
    const { network, eid, peer } = binding;
    if (list.some((b) => b.network === network && b.eid === eid && b.peer === peer)) {
      const where = `${network === NET_ANY ? 'any network' : `network ${network}`}, ${eid === EID_ANY ? 'any EID' : `EID ${eid}`}`;
      throw new MctpError('EADDRINUSE', `message type ${messageTypeName(type)} is bound already on ${where}`);
    }
    const at = list.findIndex((other) => specificity(other) < specificity(binding));
    list.splice(at < 0 ? list.length : at, 0, binding);
    this.#byType[type] = list;
  }

  remove(socket: S): void {
    this.#byType.forEach((list, type) => {
      const rest = list?.filter((binding) => binding.socket !== socket);
      this.#byType[type] = rest?.length === 0 ? undefined : rest;
    });
  }

  /** Types somebody is bound to, ascending. */
  types(): number[] {
    return [...this.#byType.keys()].filter((type) => this.#byType[type] !== undefined);
  }

  /**
   * The socket for a message from `source` to `destination` (as in the header). A null or broadcast destination matches
   * only bindings to any EID, as in Linux.
   */
  find(type: number, network: number, destination: number, source: number): S | undefined {
    const list = this.#byType[type];
    if (list === undefined) return undefined;
    for (let at = 0; at < list.length; at++) {
      const binding = list[at]!;
      if (binding.network !== NET_ANY && binding.network !== network) continue;
      if (binding.eid !== EID_ANY && binding.eid !== destination) continue;
      if (binding.peer === undefined || binding.peer === source) return binding.socket;
    }
    return undefined;
  }
}

/** A peer says more than an EID of ours, and that more than a network. */
function specificity({ peer, eid, network }: Binding<unknown>): number {
  return (peer === undefined ? 0 : 4) + (eid === EID_ANY ? 0 : 2) + (network === NET_ANY ? 0 : 1);
}
