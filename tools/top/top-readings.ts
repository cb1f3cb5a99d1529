/** Snapshots for `top`, of a stack of our own and of the kernel's. */

import type { KernelMctp } from '../../bindings/kernel/kernel.js';
import type { EndpointInfo } from '../../stack/bus-owner/index.js';
import type { Mctp } from '../../stack/mctp.js';
import type { Seen } from '../capture/monitor.js';
import type { LinkReading, PeerReading } from './top-model.js';

/** Drops that are not a fault of anybody. */
const HARMLESS = ['unknownDestination', 'noListener', 'lateReply', 'filtered', 'notForwardable'];

export function stackLinks(mctp: Mctp): LinkReading[] {
  return mctp.links().map(({ name, up, downReason, counters, linkCounters }) => {
    const { drops, ...own } = counters;
    const { rxPackets, txPackets, rxBytes, txBytes, txErrors } = own;
    const faults = Object.entries(drops).reduce((sum, [why, count]) => (HARMLESS.includes(why) ? sum : sum + count), 0);
    return {
      ...{ name, up, downReason, rxPackets, txPackets, rxBytes, txBytes },
      faults: faults + txErrors,
      counters: { ...linkCounters, ...own, ...drops },
    };
  });
}

export function stackPeers(mctp: Mctp): PeerReading[] {
  const networks = [...new Set(mctp.links().map(({ network }) => network))];
  return networks.flatMap((network) =>
    mctp.peerCounters(network).map(({ eid, counters }) => {
      const { rxMessages, txMessages, timeouts, retries } = counters;
      return { network, eid, messages: rxMessages + txMessages, timeouts, retries };
    }),
  );
}

/** Whoever uses them. */
export function kernelLinks(kernel: KernelMctp, names: readonly string[]): LinkReading[] {
  const links = kernel.links().filter(({ name }) => names.includes(name));
  return links.map(({ name, up, counters }) => {
    const { rxPackets, txPackets, rxBytes, txBytes, rxErrors, txErrors, rxDropped, txDropped } = counters;
    return {
      ...{ name, up, downReason: undefined, rxPackets, txPackets, rxBytes, txBytes, counters },
      faults: rxErrors + txErrors + rxDropped + txDropped,
    };
  });
}

/** The kernel counts nothing by endpoint: messages are those that are seen to pass, timeouts those of our own questions. */
export class KernelPeers {
  readonly #messages = new Map<string, number>();
  readonly #timeouts = new Map<string, number>();

  seen({ message, recorded }: Seen): void {
    if (message === undefined) return;
    count(this.#messages, `${recorded.link} ${recorded.direction === 'tx' ? message.dest : message.src}`);
  }

  polled(network: number, eid: number, rttMs: number | undefined): void {
    if (rttMs === undefined) count(this.#timeouts, `${network}:${eid}`);
  }

  readings(endpoints: readonly EndpointInfo[]): PeerReading[] {
    return endpoints.map(({ network, eid, link }) => ({
      ...{ network, eid, retries: 0 },
      messages: this.#messages.get(`${link} ${eid}`) ?? 0,
      timeouts: this.#timeouts.get(`${network}:${eid}`) ?? 0,
    }));
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
