/** The verb `top`: links, endpoints and packets, live on the whole screen. */

import { ControlClient, GetEndpointID } from '../../stack/control/index.js';
import { MctpError } from '../../stack/errors.js';
import { monitor, type Seen } from '../capture/monitor.js';
import { EXIT, usageError } from '../command-error.js';
import { CONFIG_OPTION, findConfig } from '../config/find.js';
import { findNames } from '../names/find-names.js';
import type { TopDocument } from '../schema/traffic-documents.js';
import { Session } from '../session.js';
import type { StackReadings } from '../stacks/stack-readings.js';
import { Screen } from '../top/screen.js';
import type { TerminusSensors } from '../top/sensor-board.js';
import { type Snapshot, TopModel } from '../top/top-model.js';
import {
  ASSIGN_OPTION,
  CAPTURE_OPTION,
  defineVerb,
  durationOption,
  flag,
  LINK_OPTION,
  OWN_EID_OPTION,
  wholeNumberOption,
} from '../verb.js';
import { untilStopped } from '../wait.js';

export const top = defineVerb({
  name: 'top',
  summary: 'watch links, endpoints, rates, errors and packets on the whole screen',
  description:
    'Finds endpoints as a bus owner does, and asks each of them from time to time whether it is there. Keys: up and down ' +
    'choose, Enter looks closer, Tab shows packets, s PLDM sensors, p pauses, f shows faults only, h explains, q quits.',
  options: {
    link: LINK_OPTION,
    interval: durationOption('-i, --interval <time>', 'between two updates of the screen (1s)', 1000),
    passive: flag('--passive', 'passive: give no EIDs and send no requests'),
    sensors: flag('-s, --sensors', 'begin with the sensors; with --json: print them, too'),
    count: wholeNumberOption('-c, --count <n>', 'end after this many updates', 1, 1e9, undefined),
    json: flag('-j, --json', 'a JSON object per line and interval, instead of the screen'),
    ownEid: OWN_EID_OPTION,
    assign: ASSIGN_OPTION,
    capture: CAPTURE_OPTION,
    config: CONFIG_OPTION,
  },
  examples: [
    ['mctpkit top', 'the virtual bench'],
    ['mctpkit top --link i2c:1 --link serial:/dev/ttyUSB0', ''],
    ['sudo mctpkit top --link kernel:', "the kernel's links, whichever program uses them"],
    ['mctpkit top --sensors', 'sensors of all PLDM termini and NVMe drives'],
    ['mctpkit top --json --count 10 | jq .links', 'for programs'],
  ],
  async run({ options, world }) {
    const { io, signal, clock } = world;
    const { json, passive, ownEid, capture, interval } = options;
    const { terminal } = io;
    if (!json && terminal?.canHearKeys !== true) {
      throw usageError('top needs a terminal: run it in one, or with --json');
    }
    const config = await findConfig(options.config, world.env);
    const session = await Session.open({
      links: options.link,
      ownEid,
      passive,
      capture,
      assigns: options.assign,
      names: await findNames(config, world.env),
      config,
      world,
    });
    const stop = new AbortController();
    signal.addEventListener('abort', () => stop.abort(), { once: true });
    const model = new TopModel(session.names);
    const readings = session.stack.readings();
    const hear = (seen: Seen): void => {
      readings.seen(seen);
      model.seen(seen);
    };
    const stopMonitor = await monitor(session.packets(), hear).catch((error: unknown) => {
      // Of links whose packets we may not see there is more to see than packets.
      if (!MctpError.is(error, 'EACCES')) throw error;
      model.note = error.message;
      return () => {};
    });
    let screen: Screen | undefined;
    let sensorsFailed: unknown;
    let watching: Promise<void> | undefined;
    // PLDM is loaded when sensors are to be seen.
    const wantSensors = (): void => {
      if (passive) model.sensors.note = 'with --passive no device is asked, so there are no sensors to see';
      else
        watching ??= import('../top/top-sensors.js')
          .then(({ watchTermini }) => {
            const { transport: host, names, owners, ways } = session;
            const surroundings = { host, clock, names, endpoints: () => ways.once(owners.endpoints()) };
            return watchTermini(surroundings, model.sensors, stop.signal, () => screen?.draw());
          })
          .catch((error: unknown) => {
            sensorsFailed = error;
            stop.abort();
          });
    };
    if (!json && terminal !== undefined) {
      const page = options.sensors ? 'sensors' : 'overview';
      screen = new Screen(model, io.colours, terminal, world.time, () => stop.abort(), wantSensors, page);
    }
    model.sensors.shown = options.sensors;
    if (options.sensors) wantSensors();
    try {
      const looking = passive
        ? Promise.resolve()
        : lookAround(session, stop.signal, (...poll) => {
            readings.polled(...poll);
            model.polled(...poll);
          });
      // Told at the end, when the screen is given back.
      const failed = looking.catch((error: unknown) => {
        if (stop.signal.aborted) return undefined;
        stop.abort();
        return error;
      });
      for (let pictures = 0; !stop.signal.aborted; ) {
        model.update(snapshot(session, readings));
        if (json) io.print(JSON.stringify(topJson(model, session.originMs, options.sensors)));
        else screen!.draw();
        if (++pictures === options.count) break;
        await untilStopped(clock, stop.signal, interval);
      }
      stop.abort();
      const error = await failed;
      await watching;
      if (error !== undefined) throw error;
      if (sensorsFailed !== undefined) throw sensorsFailed;
      return EXIT.done;
    } finally {
      stop.abort();
      stopMonitor();
      screen?.close();
      await session.close();
    }
  },
});

/** An endpoint is asked this often; all of them one after the other. */
const POLL_MS = 2000;
const ANSWER_MS = 500;

async function lookAround(session: Session, signal: AbortSignal, polled: TopModel['polled']): Promise<void> {
  await session.discover();
  const client = new ControlClient({ transport: session.host, clock: session.clock, timeoutMs: ANSWER_MS, retries: 0 });
  while (!signal.aborted) {
    for (const { network, eid } of session.owners.endpoints()) {
      if (signal.aborted) return;
      const start = session.clock.now();
      const rttMs = await client.request({ network, eid }, GetEndpointID, {}, { signal }).then(
        () => session.clock.now() - start,
        (error: unknown) => {
          if (!MctpError.is(error)) throw error;
          return undefined;
        },
      );
      polled(network, eid, rttMs);
    }
    await untilStopped(session.clock, signal, POLL_MS);
  }
}

function snapshot({ clock, owners, links }: Session, readings: StackReadings): Snapshot {
  const endpoints = owners.endpoints();
  return {
    timeMs: clock.now(),
    endpoints,
    links: readings.links(links.map(({ name }) => name)),
    peers: readings.peers(endpoints),
  };
}

function topJson({ links, endpoints, timeMs, sensors }: TopModel, originMs: number, withSensors: boolean): TopDocument {
  return {
    timeUs: Math.round((originMs + timeMs) * 1000),
    links: links.map(({ downReason: _reason, ...link }) => link),
    endpoints: endpoints.map(({ info, rttMs, ...row }) => {
      const { network, eid, link, connectivity } = info;
      return { network, eid, link, connectivity, rttMs: rttMs ?? null, ...row, name: row.name ?? null };
    }),
    ...(withSensors && {
      termini: sensors.termini.filter(({ isDrive }) => isDrive !== true).map(sensorsJson),
      drives: sensors.termini.filter(({ isDrive }) => isDrive === true).map(sensorsJson),
    }),
  };
}

function sensorsJson({ target, network, eid, rows, reading, error }: TerminusSensors) {
  return { target, network, eid, reading, error: error ?? null, sensors: rows };
}
