/** The verb `sensors`: what all PLDM sensors say, once or again and again, with their events. */

import { MctpError } from '../../stack/errors.js';
import { DEFAULT_NETWORK, MESSAGE_TYPE } from '../../stack/ids.js';
import { NvmeMiClient } from '../../stack/nvme-mi/index.js';
import { onAbort } from '../../stack/util/abort.js';
import { endpointTarget, type Target } from '../address.js';
import { EXIT, printable } from '../command-error.js';
import { type SensorLook, sensorLines } from '../format/sensor-table.js';
import type { Io } from '../io.js';
import { DriveSensors } from '../nvme/drive-sensors.js';
import { tried } from '../nvme/open-drives.js';
import { onlyFor } from '../option-actions.js';
import {
  jsonText,
  openPldm,
  PLDM_OPTIONS,
  type Pldm,
  type PldmOptions,
  requireOne,
  sayOf,
} from '../pldm/open-termini.js';
import { openRepositories, readSensors, type SensorPeer, type SensorRow, titleOf } from '../pldm/readings.js';
import { type EventsWanted, watchSensors } from '../pldm/sensor-watch.js';
import type { SensorsDocument } from '../schema/pldm-documents.js';
import { defineVerb, durationOption, flag, jsonOrLines, valueOption, wholeNumberOption } from '../verb.js';

const EVENTS: readonly EventsWanted[] = ['best', 'async', 'keepAlive', 'poll', 'off'];

export const sensors = defineVerb({
  name: 'sensors',
  summary: 'read all PLDM sensors: values with units, states by name, limits; --watch repeats, with events',
  description:
    'Reads the PDRs of the termini (all that are found, or those named) and then their sensors. With --watch the ' +
    'readings repeat, and we are the event receiver of the termini: their events are shown as they arrive.',
  arguments: [{ name: 'address', summary: 'termini; none: all that are found', required: false, many: true }],
  options: {
    ...PLDM_OPTIONS,
    json: jsonOrLines('--watch'),
    watch: flag('-w, --watch', 'read again and again, and show events, until Ctrl-C'),
    interval: onlyFor(
      ['--watch'],
      durationOption('-i, --interval <time>', 'between two readings of --watch (1s)', 1000),
    ),
    count: onlyFor(
      ['--watch'],
      wholeNumberOption('-c, --count <n>', 'end --watch after this many readings', 1, 1e9, undefined),
    ),
    events: onlyFor(
      ['--watch'],
      valueOption(
        '--events <way>',
        'how --watch gets events: best (what the terminus can), async, keepAlive, poll, off (best)',
        EVENTS.join(', '),
        (text) => EVENTS.find((way) => way.toLowerCase() === text.toLowerCase()),
        'best' as EventsWanted,
      ),
    ),
  },
  does: (_args, { watch }) => (watch ? ['--watch'] : []),
  examples: [
    ['mctpkit sensors', 'all termini on the virtual bench'],
    ['mctpkit sensors 9 --json', ''],
    ['mctpkit sensors --watch --interval 500ms', 'live, with sparklines and events'],
    ['mctpkit sensors i2c:1/0x1d --watch --events poll', 'for a device that sends no events by itself'],
  ],
  async run({ args, options, world }) {
    const { io, signal } = world;
    io.progress('looking for termini ...');
    const opening = new AbortController();
    const stopListening = onAbort(signal, () => opening.abort(signal.reason));
    const pldm = await openPldm(
      args,
      options,
      { ...world, signal: opening.signal },
      options.watch,
      MESSAGE_TYPE.nvmeMi,
    );
    const client = new NvmeMiClient({ transport: pldm.session.transport, clock: pldm.session.clock });
    try {
      const drives = drivesOf(pldm, args.length > 0, client, options);
      const speakers = pldm.peers.filter(({ target }) => speaks(target, MESSAGE_TYPE.pldm) !== false);
      const peers = await openRepositories(speakers, (text) => io.progress(text), args.length === 0);
      if (drives.length === 0 && (!options.json || options.watch)) requireOne(peers, (line) => io.note(line));
      if (options.watch) {
        tellErrors(peers, io);
        // From here on Ctrl-C ends it in good order: the session is closed by us.
        stopListening?.();
        await watchSensors(pldm, peers, drives, { ...options, eventsWanted: options.events, world });
        return EXIT.done;
      }
      const rows: SensorRow[][] = [];
      for (const peer of peers) {
        io.progress(`reading ${peer.target.name} ...`);
        rows.push(peer.error === undefined ? await readSensors(peer) : []);
      }
      const driven = await Promise.all(drives.map((drive) => tried(() => drive.read())));
      io.progress('');
      if (options.json) io.print(jsonText({ ...sensorsJson(peers, rows), drives: drivesJson(drives, driven) }, 2));
      else {
        printTables(peers, rows, io);
        printDrives(drives, driven, io);
      }
      tellErrors(peers, io);
      driven.forEach((read, index) => {
        if (read instanceof MctpError) io.note(printable(sayOf(drives[index]!.target, read.message)));
      });
      const good = driven.some((read) => !(read instanceof MctpError));
      return good || peers.some(({ error }) => error === undefined) ? EXIT.done : EXIT.refused;
    } finally {
      client.close();
      await pldm.close();
    }
  },
});

/** False: it says it does not. Undefined: it was not asked. */
function speaks({ endpoint }: Target, type: number): boolean | undefined {
  return endpoint?.messageTypes.includes(type);
}

/** Those which were named, or all that say so. */
function drivesOf(pldm: Pldm, named: boolean, client: NvmeMiClient, options: PldmOptions): DriveSensors[] {
  const { session } = pldm;
  const all = (): Target[] =>
    session.ways.once(session.owners.endpoints()).map((endpoint) => endpointTarget(session.names, endpoint));
  const targets = named ? pldm.peers.map(({ target }) => target) : all();
  const call = {
    ...(options.timeout === undefined ? {} : { timeoutMs: options.timeout }),
    ...(options.retries === undefined ? {} : { retries: options.retries }),
  };
  const drives = targets.filter((target) => speaks(target, MESSAGE_TYPE.nvmeMi) === true);
  return drives.map((target) => new DriveSensors(client, target, call));
}

function printDrives(drives: readonly DriveSensors[], driven: readonly (SensorRow[] | MctpError)[], io: Io): void {
  const look: SensorLook = { colours: io.colours, bars: io.isTerminal };
  drives.forEach(({ title }, index) => {
    const rows = driven[index]!;
    if (!(rows instanceof MctpError)) for (const line of sensorLines(title, rows, look)) io.print(line);
  });
}

function drivesJson(
  drives: readonly DriveSensors[],
  driven: readonly (SensorRow[] | MctpError)[],
): NonNullable<SensorsDocument['drives']> {
  return drives.map(({ target, thing }, index) => {
    const rows = driven[index]!;
    const where = { target: target.name, eid: target.endpoint?.eid ?? target.to.eid, thing };
    if (!(rows instanceof MctpError)) return { ...where, sensors: rows, error: null };
    return { ...where, sensors: [], error: { code: rows.code, message: rows.message } };
  });
}

function tellErrors(peers: readonly SensorPeer[], io: Io): void {
  for (const { target, error, repository } of peers) {
    if (error !== undefined) io.note(printable(sayOf(target, error.message)));
    for (const remark of repository.notes) io.note(`${target.name}: ${printable(remark)}`);
  }
}

function printTables(peers: readonly SensorPeer[], rows: readonly (readonly SensorRow[])[], io: Io): void {
  const look: SensorLook = { colours: io.colours, bars: io.isTerminal };
  peers.forEach((peer, index) => {
    if (peer.error === undefined) for (const line of sensorLines(titleOf(peer), rows[index]!, look)) io.print(line);
  });
}

function sensorsJson(peers: readonly SensorPeer[], rows: readonly (readonly SensorRow[])[]): SensorsDocument {
  return {
    termini: peers.map(({ target, error, repository }, index) => ({
      target: target.name,
      eid: target.endpoint?.eid ?? target.to.eid,
      network: target.endpoint?.network ?? target.to.network ?? DEFAULT_NETWORK,
      uuid: target.endpoint?.uuid ?? null,
      sensors: rows[index] ?? [],
      notes: repository.notes,
      error: error === undefined ? null : { code: error.code, message: error.message },
    })),
  };
}
