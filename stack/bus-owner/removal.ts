/** Taking an endpoint out of all tables, with everything behind it (DSP0236 §8.17.6): no ghost stays. */

import type { BridgePools } from './bridge-pool.js';
import { type EndpointRecord, snapshot } from './endpoint-registry.js';
import type { OwnerContext } from './owner-context.js';

export class Removal {
  constructor(
    private readonly context: OwnerContext,
    private readonly pools: BridgePools,
  ) {}

  /**
   * Its EIDs rest before others get them; `successor` is the place where the same device showed up, if any. It is forgotten,
   * and said to be gone, at once: a device which comes to its place from now on comes after it. Resolves when the tables are changed.
   */
  async remove(record: EndpointRecord, reason: string, successor?: string): Promise<void> {
    const { registry, pool, uuids, events } = this.context;
    if (!registry.has(record)) return;
    registry.delete(record);
    uuids.release(record.place);
    const behind = this.removeBehind(record, `${record.place} is gone: ${reason}`);
    if (pool.holder(record.eid) === record.place) pool.release(record.eid, successor);
    const passedOn = registry.byEid(record.eid) !== undefined || pool.holder(record.eid) !== undefined;
    const own = record.physicalAddress !== undefined && !passedOn;
    const disconnected = own ? registry.disconnect(record.eid, record.eid) : undefined;
    if (record.complete) events.emit({ type: 'vanished', endpoint: snapshot(record), reason });
    await Promise.all([behind, disconnected]);
  }

  /** What is behind a bridge, and the bridge's own EIDs for it; as `remove`. */
  async removeBehind(bridge: EndpointRecord, reason: string): Promise<void> {
    const children = this.context.registry.behind(bridge.eid);
    // A bridge that claims to be behind itself must not make us go round.
    const removed = children.map((child) => (child === bridge ? undefined : this.remove(child, reason)));
    await Promise.all([...removed, this.pools.release(bridge)]);
  }
}
