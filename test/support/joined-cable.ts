/** Two ends of a cable over wires in memory, each with a host which writes down what happens. */

import { expect } from 'vitest';
import type { CableEvent } from '../../bindings/cable/cable-end.js';
import { CableLink, type CableLinkOptions } from '../../bindings/cable/cable-link.js';
import { samplePacket } from '../../hw-fixtures/testing/link-compliance.js';
import { RecordingHost } from '../../hw-fixtures/testing/recording-host.js';
import { VirtualClock } from '../../stack/clock.js';
import { TRANSMIT } from '../../stack/link.js';
import { CableWires } from './cable-wires.js';

const CABLE_KEY = new Uint8Array(32).fill(7);
export const CABLE_PLACES = ['a', 'b', 'c'];

export interface CableSide {
  readonly link: CableLink;
  readonly host: RecordingHost;
  readonly events: CableEvent[];
  sent: number;
}

export class JoinedCable {
  readonly clock = new VirtualClock();
  readonly wires = new CableWires(this.clock);
  readonly listening: CableSide;
  readonly connecting: CableSide;

  constructor(
    options: Partial<CableLinkOptions> = {},
    backups: readonly string[] = [],
    places = CABLE_PLACES,
    /** Of the listening end. */
    listensWith = CABLE_KEY,
  ) {
    const common = { clock: this.clock, network: this.wires, key: CABLE_KEY, ...options };
    const connect = places.map((place) => ({ place, backup: backups.includes(place) }));
    this.listening = this.#side({ ...common, key: listensWith, name: 'cable:listens', listen: places });
    this.connecting = this.#side({ ...common, name: 'cable:connects', connect, patient: true });
  }

  async open(): Promise<void> {
    await this.listening.link.open();
    await this.connecting.link.open();
    await this.run(20);
  }

  /** So many ms pass. */
  async run(ms: number, stepMs = 1): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.clock.advance(stepMs);
      await Promise.resolve();
      await Promise.resolve();
    }
  }

  /** Send as many as are taken, numbered. */
  send(side: CableSide, count: number): void {
    for (let index = 0; index < count; index++) {
      if (side.host.send(numbered(side.sent), '').result === TRANSMIT.busy) return;
      side.sent++;
    }
  }

  /** The numbers of the packets which arrived at a side. */
  arrivedAt({ host }: CableSide): number[] {
    return host.packets.map(({ bytes }) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(5));
  }

  /** Why somebody was not let in, as the side tells it. */
  refusedBy({ events }: CableSide): string[] {
    return events.flatMap((event) => (event.type === 'refused' ? [event.reason] : []));
  }

  async close(): Promise<void> {
    const closing = Promise.all([this.listening.link.close(), this.connecting.link.close()]);
    await this.run(700);
    await closing;
    await this.run(50);
    expect(this.clock.pending).toBe(0);
    expect(this.listening.host.violations).toEqual([]);
    expect(this.connecting.host.violations).toEqual([]);
  }

  #side(options: CableLinkOptions): CableSide {
    const events: CableEvent[] = [];
    const link = new CableLink({ ...options, hear: (event) => events.push(event) });
    return { link, events, host: new RecordingHost().attach(link), sent: 0 };
  }
}

function numbered(number: number): Uint8Array {
  const packet = samplePacket(20 + (number % 45), number);
  new DataView(packet.buffer).setUint32(5, number);
  return packet;
}
