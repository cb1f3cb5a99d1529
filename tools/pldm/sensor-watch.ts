/** `sensors --watch`: readings again and again, events in between. */

import {
  type EventMode,
  EventReceiver,
  type PlatformEvent,
  PldmResponder,
  SetEventReceiver,
  type Watch,
} from '../../pldm/index.js';
import { printable } from '../errors.js';
import type { Colours } from '../format/colours.js';
import { eventWords } from '../format/events.js';
import { clockTime } from '../format/live.js';
import { sensorLines, valueText } from '../format/sensors.js';
import type { Io } from '../io.js';
import { untilStopped } from '../wait.js';
import { jsonText, type Pldm, tolerating } from './open.js';
import { readSensors, type SensorPeer, type SensorRow } from './readings.js';

export type EventsWanted = 'best' | 'off' | EventMode;

export interface SensorWatchOptions {
  readonly json: boolean;
  readonly interval: number;
  readonly count: number | undefined;
  readonly eventsWanted: EventsWanted;
  readonly io: Io;
  readonly signal: AbortSignal;
}

/** Values kept for a sparkline. */
const HISTORY = 64;
/** Events kept below the tables. */
const SHOWN_EVENTS = 8;
const GOODBYE = { timeoutMs: 300, retries: 0 } as const;

/** Until the signal, or so many rounds. */
export async function watchSensors(
  pldm: Pldm,
  peers: readonly SensorPeer[],
  options: SensorWatchOptions,
): Promise<void> {
  const good = peers.filter(({ error }) => error === undefined);
  const screen = options.json
    ? new JsonLines(options.io)
    : options.io.colours.enabled
      ? new Screen(options.io)
      : new Lines(options.io);
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
    await stopEvents();
  }
}

async function startEvents(
  pldm: Pldm,
  peers: readonly SensorPeer[],
  screen: View,
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

/** Where readings and events go. */
interface View {
  readings(peer: SensorPeer, rows: readonly SensorRow[]): void;
  event(peer: SensorPeer, event: PlatformEvent): void;
  remark(peer: SensorPeer | undefined, text: string): void;
  /** All have been read. */
  round(peers: readonly SensorPeer[]): void;
}

function now(): number {
  return Date.now() * 1000;
}

class JsonLines implements View {
  constructor(readonly io: Io) {}

  readings(peer: SensorPeer, sensors: readonly SensorRow[]): void {
    this.#line({ event: 'readings', ...about(peer), sensors });
  }

  event(peer: SensorPeer, event: PlatformEvent): void {
    const { subject, what } = eventWords(event, peer.repository.view);
    this.#line({ event: 'event', ...about(peer), subject, what, fields: event });
  }

  remark(peer: SensorPeer | undefined, what: string): void {
    this.#line({ event: 'trouble', ...(peer === undefined ? {} : about(peer)), what });
  }

  round(): void {}

  #line(value: object): void {
    this.io.print(jsonText({ time: new Date().toISOString(), ...value }));
  }
}

function about({ target }: SensorPeer) {
  return { target: target.name, eid: target.endpoint?.eid ?? target.to.eid };
}

function eventLine(peer: SensorPeer, event: PlatformEvent, colours: Colours): string {
  const { subject, what, isGood } = eventWords(event, peer.repository.view);
  const text = printable(what);
  return `${colours.faint(clockTime(now()).slice(0, 12))}  ${peer.target.name}  event  ${printable(subject)}  ${isGood ? text : colours.bad(text)}`;
}

/** No terminal: a line for everything that is new. */
class Lines implements View {
  readonly #last = new Map<string, string>();

  constructor(readonly io: Io) {}

  readings(peer: SensorPeer, rows: readonly SensorRow[]): void {
    for (const row of rows) {
      const text =
        row.error !== null
          ? row.error
          : row.kind === 'numeric'
            ? `${valueText(row)} ${row.unit}  ${row.operationalState === 'enabled' ? row.presentState : row.operationalState}`
            : row.states.map(({ stateName }) => stateName).join(', ');
      const key = `${peer.terminus.key}/${row.kind}/${row.id}`;
      if (this.#last.get(key) === text) continue;
      this.#last.set(key, text);
      this.io.print(
        `${clockTime(now()).slice(0, 12)}  ${peer.target.name}  ${printable(row.name)}  ${printable(text)}`,
      );
    }
  }

  event(peer: SensorPeer, event: PlatformEvent): void {
    this.io.print(eventLine(peer, event, this.io.colours));
  }

  remark(peer: SensorPeer | undefined, text: string): void {
    this.io.note(`${peer === undefined ? '' : `${peer.target.name}: `}${printable(text)}`);
  }

  round(): void {}
}

/** A terminal: tables that stay where they are, the latest events below them. */
class Screen implements View {
  readonly #rows = new Map<SensorPeer, readonly SensorRow[]>();
  readonly #history = new Map<SensorPeer, Map<number, (number | undefined)[]>>();
  readonly #events: string[] = [];
  #height = 0;

  constructor(readonly io: Io) {}

  readings(peer: SensorPeer, rows: readonly SensorRow[]): void {
    this.#rows.set(peer, rows);
    const history = this.#history.get(peer) ?? new Map<number, (number | undefined)[]>();
    this.#history.set(peer, history);
    for (const row of rows) {
      if (row.kind !== 'numeric') continue;
      const values = history.get(row.id) ?? [];
      values.push(row.value ?? undefined);
      history.set(row.id, values.slice(-HISTORY));
    }
  }

  event(peer: SensorPeer, event: PlatformEvent): void {
    this.#remember(eventLine(peer, event, this.io.colours));
  }

  remark(peer: SensorPeer | undefined, text: string): void {
    this.#remember(this.io.colours.bad(`${peer === undefined ? '' : `${peer.target.name}: `}${printable(text)}`));
  }

  round(peers: readonly SensorPeer[]): void {
    const { colours } = this.io;
    const lines = peers.flatMap((peer) => {
      const history = this.#history.get(peer);
      const look = { colours, bars: true, ...(history !== undefined && { history }) };
      return sensorLines(peer.target.name, this.#rows.get(peer) ?? [], look);
    });
    const all = [...lines, ...this.#events];
    const up = this.#height === 0 ? '' : `\u001b[${this.#height}A\u001b[J`;
    this.io.print(`${up}${all.join('\n')}`);
    this.#height = all.length;
  }

  #remember(line: string): void {
    this.#events.push(line);
    if (this.#events.length > SHOWN_EVENTS) this.#events.shift();
  }
}
