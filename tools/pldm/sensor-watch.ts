/** `sensors --watch`: readings again and again, events in between. */

import { PldmResponder } from '../../pldm/base/pldm-responder.js';
import { SetEventReceiver } from '../../pldm/platform/event-commands.js';
import { type EventMode, EventReceiver, type Watch } from '../../pldm/platform/event-receiver.js';
import { printable } from '../command-error.js';
import { orStopped, stopWith, untilStopped } from '../wait.js';
import type { World } from '../world.js';
import { type Pldm, tolerating } from './open-termini.js';
import { type SensorPeer, type SensorSource, sourceOf } from './readings.js';
import { JsonLines, Lines, type SensorViewer } from './sensor-lines.js';
import { SensorScreen } from './sensor-screen.js';

export type EventsWanted = 'best' | 'off' | EventMode;

export interface SensorWatchOptions {
  readonly json: boolean;
  readonly interval: number;
  readonly count: number | undefined;
  readonly eventsWanted: EventsWanted;
  readonly world: World;
}

const GOODBYE = { timeoutMs: 300, retries: 0 } as const;

/** Until the signal, or so many rounds. */
export async function watchSensors(
  pldm: Pldm,
  peers: readonly SensorPeer[],
  drives: readonly SensorSource[],
  options: SensorWatchOptions,
): Promise<void> {
  const good = peers.filter(({ error }) => error === undefined);
  const { signal, clock } = options.world;
  const stop = stopWith(signal);
  options.world.io.endUnread();
  const sources = [...good.map(sourceOf), ...drives];
  const screen = viewerFor(sources, options);
  let stopEvents = async (): Promise<void> => {};
  try {
    stopEvents = await startEvents(pldm, good, screen, options);
    // Each at its own pace: one that does not answer delays neither the others nor the end.
    const readings = Promise.all(sources.map((source) => readAgain(source, screen, options, stop.signal)));
    await orStopped(clock, stop.signal, readings);
    // What is on its way still fails when the session closes, and nobody wants to know.
    readings.catch(() => {});
  } finally {
    stop.abort();
    screen.close();
    await stopEvents();
  }
}

async function readAgain(
  source: SensorSource,
  screen: SensorViewer,
  { count, interval, world: { io, clock } }: SensorWatchOptions,
  signal: AbortSignal,
): Promise<void> {
  let told: string | undefined;
  for (let round = 1; !signal.aborted; round++) {
    const next = clock.now() + interval;
    let failure: string | undefined;
    const rows = await tolerating(
      () => source.read(),
      (message) => {
        failure = message;
      },
      // A link which is down, or a server which is gone, is waited for.
      ['ENETDOWN'],
    );
    if (signal.aborted) return;
    if (rows !== undefined) screen.readings(source, rows);
    else if (failure !== told) screen.remark(source, failure ?? '');
    told = failure;
    await io.drained();
    if (round === count) return;
    await untilStopped(clock, signal, Math.max(1, next - clock.now()));
  }
}

function viewerFor(sources: readonly SensorSource[], { json, world }: SensorWatchOptions): SensorViewer {
  if (json) return new JsonLines(world);
  const { isTerminal, terminal } = world.io;
  return isTerminal && terminal !== undefined ? new SensorScreen(sources, world, terminal) : new Lines(world);
}

async function startEvents(
  pldm: Pldm,
  peers: readonly SensorPeer[],
  screen: SensorViewer,
  { eventsWanted, world: { io } }: SensorWatchOptions,
): Promise<() => Promise<void>> {
  if (eventsWanted === 'off') return async () => {};
  const { session } = pldm;
  const responder = new PldmResponder({ transport: session.transport, clock: session.clock }).start();
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
    // They need not send to a program that has ended.
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
