/** Links, endpoints and nodes of what is served, looked at again and again while a page is open. */

import type { ServedNetwork } from '../../bindings/shared/server/served-network.js';
import type { EndpointInfo } from '../../stack/bus-owner/index.js';
import { ENDPOINT_TYPE } from '../../stack/control/index.js';
import type { PeerCounters } from '../../stack/counters.js';
import { messageTypeName } from '../../stack/ids.js';
import type { Resolver } from '../../stack/names/index.js';
import type { RunningNode } from '../config/running-node.js';
import { bindingTitle } from '../format/endpoint-tree.js';
import { linkReading } from '../stacks/own-stack.js';
import type { LinkReading } from '../stacks/stack-readings.js';
import type { WebEndpoint } from './web-documents.js';
import type { WebModel } from './web-model.js';

export interface NodeWatchSources {
  readonly node: RunningNode;
  readonly names: Resolver;
  readonly networks: () => readonly ServedNetwork[];
  /** ms since 1970 */
  readonly time: () => number;
  /** What a device says it is; '' while that is not known. */
  thingOf(network: number, eid: number): string;
}

/** An endpoint which is gone is shown this long. */
const GONE_MS = 10 * 60_000;
const MOST_GONE = 64;
/** Of a name that a device or a client gave. */
const LONGEST = 200;

interface Counted {
  readonly at: number;
  readonly reading: LinkReading;
}

export class NodeWatch {
  readonly #links = new Map<string, Counted>();
  readonly #peers = new Map<string, { readonly at: number; readonly messages: number }>();
  readonly #endpoints = new Map<string, WebEndpoint>();

  constructor(
    private readonly sources: NodeWatchSources,
    private readonly model: WebModel,
  ) {}

  /** All of it, as it is now. Rates are over the time since the last look. */
  look(): void {
    const now = this.sources.time();
    this.#lookAtLinks(now);
    this.#lookAtEndpoints(now);
    this.#lookAtPeers(now);
    this.#lookAtNodes();
  }

  #lookAtLinks(now: number): void {
    const { node } = this.sources;
    const { links, rates, traces } = this.model;
    const roles = new Map(node.links.map(({ name, role }) => [name, role]));
    const status = node.mctp.links();
    for (const link of status) {
      const { name, network, binding, up, downReason = null, eids, transmissionUnit } = link;
      const { ownAddress } = node.mctp.linkByName(name);
      const role = roles.get(name) ?? 'none';
      const kind = bindingTitle(binding);
      links.put(name, { name, network, kind, up, downReason, role, eids, ownAddress, transmissionUnit });
      const reading = linkReading(link);
      const before = this.#links.get(name);
      this.#links.set(name, { at: now, reading });
      const seconds = before === undefined ? 0 : (now - before.at) / 1000;
      const rate = (what: 'rxPackets' | 'txPackets' | 'rxBytes' | 'txBytes'): number =>
        perSecond(reading[what], before?.reading[what], seconds);
      const moving = {
        rxPackets: rate('rxPackets'),
        txPackets: rate('txPackets'),
        rxBytes: rate('rxBytes'),
        txBytes: rate('txBytes'),
      };
      const counters = Object.fromEntries(Object.entries(reading.counters).filter(([, count]) => count !== 0));
      rates.put(name, { ...moving, faults: reading.faults, counters });
      if (before === undefined) continue;
      traces.add(`rx ${name}`, now, moving.rxBytes);
      traces.add(`tx ${name}`, now, moving.txBytes);
    }
    const names = new Set(status.map(({ name }) => name));
    links.keepOnly(names);
    rates.keepOnly(names);
    for (const name of this.#links.keys()) if (!names.has(name)) this.#links.delete(name);
  }

  #lookAtEndpoints(now: number): void {
    const { endpoints } = this.model;
    const there = new Set<string>();
    for (const owner of this.sources.node.owners) {
      for (const info of owner.endpoints()) {
        const key = `${info.network}:${info.eid}`;
        there.add(key);
        const before = this.#endpoints.get(key);
        const since = before?.state === info.connectivity ? before.since : now;
        const thing = this.sources.thingOf(info.network, info.eid);
        const isSame = before !== undefined && before.uuid === (info.uuid ?? null);
        const name = this.sources.names.nameOf(info) ?? '';
        const row = endpointRow(info, since, { name, thing: thing || (isSame ? before.thing : '') });
        this.#endpoints.set(key, row);
        endpoints.put(key, row);
      }
    }
    const gone: string[] = [];
    for (const [key, row] of this.#endpoints) {
      if (there.has(key)) continue;
      if (row.state !== 'gone') {
        const left = { ...row, state: 'gone', since: now } as const;
        this.#endpoints.set(key, left);
        endpoints.put(key, left);
      } else if (now - row.since > GONE_MS) {
        this.#forget(key);
        continue;
      }
      gone.push(key);
    }
    for (const key of gone.slice(0, Math.max(0, gone.length - MOST_GONE))) this.#forget(key);
  }

  #forget(key: string): void {
    this.#endpoints.delete(key);
    this.model.endpoints.delete(key);
  }

  #lookAtPeers(now: number): void {
    const { peers } = this.model;
    const { mctp } = this.sources.node;
    const there = new Set<string>();
    for (const network of new Set(mctp.links().map((link) => link.network))) {
      for (const { eid, counters } of mctp.peerCounters(network)) {
        const key = `${network}:${eid}`;
        if (!this.#endpoints.has(key)) continue;
        there.add(key);
        const messages = messagesOf(counters);
        const before = this.#peers.get(key);
        this.#peers.set(key, { at: now, messages });
        const seconds = before === undefined ? 0 : (now - before.at) / 1000;
        const { timeouts, retries, lateReplies } = counters;
        const messagesPerSecond = perSecond(messages, before?.messages, seconds);
        peers.put(key, { messagesPerSecond, messages, timeouts, retries, lateReplies });
      }
    }
    peers.keepOnly(there);
    for (const key of this.#peers.keys()) if (!there.has(key)) this.#peers.delete(key);
  }

  #lookAtNodes(): void {
    const { nodes } = this.model;
    const there = new Set<string>();
    for (const network of this.sources.networks()) {
      for (const node of network.nodes()) {
        const key = `${network.name}/${node.node}`;
        there.add(key);
        const { description, right, pid, present, persistent, queued, pending, sent, received, dropped, since } = node;
        nodes.put(key, {
          served: network.name,
          node: node.node,
          description: description.slice(0, LONGEST),
          right,
          pid,
          present,
          persistent,
          queued,
          pending,
          sent,
          received,
          dropped,
          since,
          bindings: node.bindings.slice(0, 32).map(({ type }) => messageTypeName(type)),
        });
      }
    }
    nodes.keepOnly(there);
  }
}

function endpointRow(info: EndpointInfo, since: number, called: Pick<WebEndpoint, 'name' | 'thing'>): WebEndpoint {
  const { network, eid, link, physicalAddress, uuid = null, endpointType, bridge = null, pool = null } = info;
  return {
    network,
    eid,
    link,
    physicalAddress: physicalAddress ?? null,
    uuid,
    bridge,
    pool,
    ...called,
    isBridge: endpointType === ENDPOINT_TYPE.busOwnerOrBridge,
    messageTypes: info.messageTypes.slice(0, 32).map((type) => {
      return { type, name: messageTypeName(type), versions: (info.versions[type] ?? []).slice(-4) };
    }),
    state: info.connectivity,
    since,
    remarks: info.remarks.slice(0, 8).map((remark) => remark.slice(0, LONGEST)),
  };
}

function messagesOf({ rxMessages, txMessages }: PeerCounters): number {
  return rxMessages + txMessages;
}

function perSecond(now: number, then: number | undefined, seconds: number): number {
  if (then === undefined || seconds <= 0) return 0;
  return Math.round((10 * Math.max(0, now - then)) / seconds) / 10;
}
