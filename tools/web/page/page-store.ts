/** What the page knows: the rows of the server's tables as of the last message, and the logs so far. */

import type { WebEndpoint, WebEvent, WebLive, WebPacket, WebTableName, WebTables } from '../web-documents.js';

const MOST_EVENTS = 2000;
const MOST_PACKETS = 4000;

type Tables = { readonly [Name in WebTableName]: Map<string, WebTables[Name]> };

export class PageStore {
  readonly tables: Tables = {
    server: new Map(),
    links: new Map(),
    rates: new Map(),
    endpoints: new Map(),
    peers: new Map(),
    termini: new Map(),
    sensors: new Map(),
    nodes: new Map(),
    updates: new Map(),
  };
  /** Endpoints by their UUID. */
  byUuid: ReadonlyMap<string, readonly WebEndpoint[]> = new Map();
  /** The latest last. */
  events: WebEvent[] = [];
  packets: WebPacket[] = [];
  /** Packets which passed and are not among them. */
  packetsLost = 0;
  /** Why there are no packets. */
  packetProblem: string | undefined;

  /** Another stream begins: its rows come anew; its logs begin with what the server has. */
  restart(): void {
    this.events = [];
    this.clearPackets();
  }

  clearPackets(): void {
    this.packets = [];
    this.packetsLost = 0;
    this.packetProblem = undefined;
  }

  take({ tables = {}, events, packets }: WebLive): void {
    for (const [name, changes] of Object.entries(tables)) {
      const rows = this.tables[name as WebTableName] as Map<string, unknown>;
      if (changes.all) rows.clear();
      for (const [key, row] of Object.entries(changes.rows)) rows.set(key, row);
      for (const key of changes.gone) rows.delete(key);
    }
    if (tables.endpoints !== undefined) this.byUuid = grouped(this.tables.endpoints.values());
    if (events !== undefined) this.events = appended(this.events, events.items, MOST_EVENTS);
    if (packets === undefined) return;
    this.packets = appended(this.packets, packets.items, MOST_PACKETS);
    this.packetsLost += packets.lost;
    if (packets.problem !== undefined) this.packetProblem = packets.problem;
  }
}

function grouped(endpoints: Iterable<WebEndpoint>): Map<string, WebEndpoint[]> {
  const groups = new Map<string, WebEndpoint[]>();
  for (const endpoint of endpoints) {
    const { uuid } = endpoint;
    if (uuid === null) continue;
    const others = groups.get(uuid);
    if (others === undefined) groups.set(uuid, [endpoint]);
    else others.push(endpoint);
  }
  return groups;
}

function appended<T>(before: readonly T[], items: readonly T[], most: number): T[] {
  return [...before, ...items].slice(-most);
}
