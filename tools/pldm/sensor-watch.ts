/** `sensors --watch`: readings again and again, events in between. */

import { type EventMode, EventReceiver, PldmResponder, SetEventReceiver, type Watch } from '../../pldm/index.js';
import { printable } from '../errors.js';
import type { Io } from '../io.js';
import { untilStopped } from '../wait.js';
import { type Pldm, tolerating } from './open.js';
import { readSensors, type SensorPeer } from './readings.js';
import { JsonLines, Lines, type SensorViewer } from './sensor-lines.js';
import { SensorScreen } from './sensor-screen.js';

export type EventsWanted = 'best' | 'off' | EventMode;

export interface SensorWatchOptions {
  readonly json: boolean;
  readonly interval: number;
  readonly count: number | undefined;
  readonly eventsWanted: EventsWanted;
  readonly io: Io;
  readonly signal: AbortSignal;
}

const GOODBYE = { timeoutMs: 300, retries: 0 } as const;

/** Until the signal, or so many rounds. */
export async function watchSensors(
  pldm: Pldm,
  peers: readonly SensorPeer[],
  options: SensorWatchOptions,
): Promise<void> {
  const good = peers.filter(({ error }) => error === undefined);
  const screen = viewerFor(good, options);
  const stopEvents = await startEvents(pldm, good, screen, options);
  const { clock } = pldm.session;
  try {
    for (let round = 1; !options.signal.aborted; round++) {
      const next = clock.now() + options.interval;
      await Promise.all(
        good.map(async (peer) => {
          const rows = await readSensors(peer);
          screen.readings(peer, rows);
        }),
      );
      screen.round(good);
      await options.io.drained();
      if (round === options.count) return;
      await untilStopped(options.signal, Math.max(1, next - clock.now()));
    }
  } finally {
    screen.close();
    await stopEvents();
  }
}

function viewerFor(peers: readonly SensorPeer[], { json, io }: SensorWatchOptions): SensorViewer {
  if (json) return new JsonLines(io);
  return io.isTerminal ? new SensorScreen(peers, io) : new Lines(io);
}

async function startEvents(
  pldm: Pldm,
  peers: readonly SensorPeer[],
  screen: SensorViewer,
  { eventsWanted, io }: SensorWatchOptions,
): Promise<() => Promise<void>> {
  if (eventsWanted === 'off') return async () => {};
  const { session } = pldm;
  const responder = new PldmResponder({ transport: session.host, clock: session.clock }).start();
  const receiver = new EventReceiver({ responder, eid: session.ownEid });
  const peerOf = (terminus: unknown): SensorPeer | undefined => peers.find((peer) => peer.terminus === terminus);
  receiver.on('event', ({ terminus, event }) => {
    const peer = peerOf(terminus);
    if (peer !== undefined) screen.event(peer, event);
  });
  receiver.on('trouble', ({ terminus, error }) => screen.remark(peerOf(terminus), error.message));
  receiver.on('lost', ({ terminus }) => screen.remark(peerOf(terminus), 'no heartbeat: it is lost'));
  receiver.on('restored', ({ terminus }) => screen.remark(peerOf(terminus), 'it is back'));
  const watches: Watch[] = [];
  for (const peer of peers) {
    const { view } = peer.repository;
    if (view.numericSensors.length + view.stateSensors.length === 0) continue;
    const mode = eventsWanted === 'best' ? {} : { mode: eventsWanted };
    const watch = await tolerating(
      () => receiver.watch(peer.terminus, { ...mode, repository: peer.repository }),
      (message) => io.note(`${peer.target.name}: no events: ${printable(message)}`),
    );
    if (watch !== undefined) watches.push(watch);
  }
  return async () => {
    receiver.close();
    // They need not send to somebody who is gone.
    const off = {
      eventMessageGlobalEnable: 'disable',
      transportProtocolType: 'mctp',
      eventReceiverAddressInfo: 0,
    } as const;
    await Promise.all(
      watches.map((watch) =>
        tolerating(
          () => watch.terminus.call(SetEventReceiver, off, GOODBYE),
          () => {},
        ),
      ),
    );
    responder.close();
  };
}
