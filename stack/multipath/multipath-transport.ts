/**
 * Devices which can be reached by several ways (DSP0236 §8.17.8: one UUID on several links), each as one peer: the address of
 * any of its endpoints means the device. Everything else passes as it is.
 */

import type { Clock } from '../clock.js';
import { GetEndpointID } from '../control/commands/identity-commands.js';
import { ControlClient } from '../control/control-client.js';
import { MctpError } from '../errors.js';
import type { Carrier, MctpAddress, MctpSocket, Transport } from '../transport.js';
import { Emitter, type Listener } from '../util/emitter.js';
import { MultipathPeer, type PeerHost, type PeerOptions, type WayEvent } from './multipath-peer.js';
import { MultipathSocket } from './multipath-socket.js';
import type { WayPolicy } from './way-choice.js';

export interface MultipathOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  /** Default `fixed`. */
  readonly policy?: WayPolicy;
  /** For the answer to a probe (Get Endpoint ID), which is asked twice; ms, default 250. */
  readonly probeTimeoutMs?: number;
}

const DEFAULT_PROBE_MS = 250;

export class MultipathTransport implements Transport, PeerHost {
  readonly clock: Clock;
  readonly policy: WayPolicy;
  readonly #transport: Transport;
  readonly #probeMs: number;
  readonly #peers = new Map<string, MultipathPeer>();
  readonly #sockets = new Set<MultipathSocket>();
  readonly #events = new Emitter<{ way: WayEvent }>();
  #probes: ControlClient | undefined;
  #stopMonitor: (() => void) | undefined;

  constructor({ transport, clock, policy = 'fixed', probeTimeoutMs = DEFAULT_PROBE_MS }: MultipathOptions) {
    this.#transport = transport;
    this.clock = clock;
    this.policy = policy;
    this.#probeMs = probeTimeoutMs;
  }

  /** The devices that have several ways, from now on; what is known of ways that stay is kept. */
  setPeers(devices: readonly PeerOptions[]): void {
    const gone = new Set(this.#peers.keys());
    for (const device of devices) {
      gone.delete(device.uuid);
      const known = this.#peers.get(device.uuid);
      if (known === undefined) this.#peers.set(device.uuid, new MultipathPeer(this, device));
      else known.setWays(device.ways, (a, b) => this.#keyOf(a) === this.#keyOf(b));
    }
    for (const uuid of gone) this.#peers.delete(uuid);
  }

  peers(): readonly MultipathPeer[] {
    return [...this.#peers.values()];
  }

  /** The device that has an endpoint at this address. */
  peerOf(to: MctpAddress): MultipathPeer | undefined {
    if (this.#peers.size === 0) return undefined;
    const key = this.#keyOf(to);
    for (const peer of this.#peers.values()) {
      if (peer.ways.some((way) => this.#keyOf(way.to) === key)) return peer;
    }
    return undefined;
  }

  /** Hear what becomes of ways; returns how to stop. */
  onWay(listener: Listener<WayEvent>): () => void {
    return this.#events.on('way', listener);
  }

  /** From now on every way of every device is asked from time to time whether it is up; returns how to stop. */
  monitor(everyMs: number): () => void {
    this.#stopMonitor?.();
    let stopped = false;
    const look = async (): Promise<void> => {
      for (const peer of this.peers()) for (const way of peer.ways) if (!stopped) await peer.probe(way);
      if (!stopped) timer = this.clock.schedule(everyMs, () => void look());
    };
    let timer = this.clock.schedule(everyMs, () => void look());
    this.#stopMonitor = () => {
      stopped = true;
      timer.cancel();
    };
    return this.#stopMonitor;
  }

  socket(): MctpSocket {
    const socket = new MultipathSocket(this, this.#transport.socket());
    this.#sockets.add(socket);
    return socket;
  }

  /** One for all ways of a device: an exchange that moves is still one with the same device. */
  peerKey(to: MctpAddress): string {
    return this.peerOf(to)?.uuid ?? this.#keyOf(to);
  }

  /** Of a device with several ways: its first. */
  carrier(to: MctpAddress): Carrier {
    return { transport: this.#transport, to: this.peerOf(to)?.ways[0]?.to ?? to };
  }

  /** Its sockets; the transport behind it stays. */
  close(): void {
    this.#stopMonitor?.();
    this.#probes?.close();
    for (const socket of [...this.#sockets]) socket.close();
    this.#events.clear();
  }

  // PeerHost

  async probe(to: MctpAddress): Promise<boolean> {
    const { clock } = this;
    const transport = this.#transport;
    try {
      this.#probes ??= new ControlClient({ transport, clock, timeoutMs: this.#probeMs, retries: 1 });
      await this.#probes.exchange(to, GetEndpointID, {});
      return true;
    } catch (error) {
      if (!(error instanceof MctpError)) throw error;
      // An answer that is wrong is an answer.
      return error.code === 'EBADMSG' || error.code === 'EPROTO';
    }
  }

  tell(event: WayEvent): void {
    this.#events.emit('way', event);
  }

  socketClosed(socket: MultipathSocket): void {
    this.#sockets.delete(socket);
  }

  isSame(a: MctpAddress, b: MctpAddress): boolean {
    return this.#keyOf(a) === this.#keyOf(b);
  }

  #keyOf(to: MctpAddress): string {
    return this.#transport.peerKey(to);
  }
}
