/**
 * `nvme health --watch`: one health poll per drive and interval, and one as soon as a drive says by itself that something has
 * changed; what changed is told, pictures are drawn.
 */

import type { Clock } from '../../stack/clock.js';
import { toHex } from '../../stack/codec/index.js';
import { MctpError } from '../../stack/errors.js';
import { isWell, pollHealth, readIdentity } from '../../stack/nvme-mi/drive-report.js';
import { type DriveEventReport, DriveEvents } from '../../stack/nvme-mi/index.js';
import { KeptEvents } from '../../stack/nvme-mi/kept-events.js';
import { inTurn } from '../../stack/util/in-turn.js';
import { EXIT, printable } from '../command-error.js';
import { isoTime } from '../format/time-text.js';
import { jsonText } from '../pldm/open-termini.js';
import { writeWholeFile } from '../read-file.js';
import type { NvmeEventDocument } from '../schema/nvme-documents.js';
import { orStopped, stopWith, untilStopped } from '../wait.js';
import type { World } from '../world.js';
import { checkReplaceable, orUnwritable } from '../writable.js';
import { HealthHistory } from './health-history.js';
import { healthSvg } from './health-picture.js';
import { HealthScreen } from './health-screen.js';
import { changeLine, pictureLines, toldLine } from './health-text.js';
import { type Drives, sayOf, tried, triedForAWhile } from './open-drives.js';
import type { WatchedDrive } from './watched-drive.js';

export interface WatchWish {
  readonly json: boolean;
  /** ms */
  readonly interval: number;
  /** Polls of each drive; undefined: until Ctrl-C. */
  readonly count: number | undefined;
  /** Sparklines of temperature and wear. */
  readonly plot: boolean;
  /** Write a picture there. */
  readonly svg: string | undefined;
  /** Do not switch on the events of drives. */
  readonly noEvents: boolean;
}

/** Between two pictures while it runs. */
const PICTURE_MS = 10_000;
/** A drive which tells one thing after the other is not polled more often than that, or than --interval says; ms. */
const LEAST_POLL_MS = 1000;
/** To switch its events off again, at the end; ms. */
const GOODBYE_MS = 500;

export async function watchHealth(drives: Drives, wish: WatchWish, world: World): Promise<number> {
  const { io, clock, time } = world;
  const stop = stopWith(world.signal);
  // A picture is also for those who do not look on.
  if (wish.svg === undefined) io.endUnread();
  const watched = drives.targets.map((target): WatchedDrive => {
    return {
      target,
      history: new HealthHistory(),
      health: undefined,
      failure: undefined,
      model: '',
      warningTemperature: null,
      wake: undefined,
    };
  });
  const { client, session } = drives;
  const events = wish.noEvents ? undefined : new DriveEvents({ transport: session.transport, client, clock });
  const onScreen = !wish.json && io.isTerminal && io.terminal !== undefined;
  const screen = onScreen ? new HealthScreen(watched, wish.plot, io.colours, io.terminal!) : undefined;
  const viewer = viewerOf(wish, world, screen);
  events?.subscribe((report) => {
    const drive = watched.find(({ target }) => client.peerKey(target.to) === client.peerKey(report.drive));
    if (drive === undefined || stop.signal.aborted) return;
    if (screen === undefined)
      io.print(
        wish.json ? jsonText(told(drive, report, isoTime(time()))) : toldLine(drive, report, time(), io.colours),
      );
    drive.wake?.();
  });
  const originMs = time() - clock.now();
  let paintedAt = clock.now();
  let painted = false;
  const paint = (): void => {
    const { svg } = wish;
    if (svg === undefined || !watched.some(hasReadings)) return;
    paintedAt = clock.now();
    orUnwritable(svg, () => writeWholeFile(svg, healthSvg(watched.map(plotted), originMs)));
    painted = true;
  };
  if (wish.svg !== undefined) checkReplaceable(wish.svg);
  try {
    const polls = watched.map((drive) =>
      pollAgain(drives, drive, wish, events, stop.signal, world, (before) => {
        viewer(drive, before);
        if (clock.now() - paintedAt >= PICTURE_MS) paint();
      }),
    );
    const all = Promise.all(polls);
    await orStopped(clock, stop.signal, all);
    all.catch(() => {});
  } finally {
    stop.abort();
    screen?.close((line) => io.print(line));
    await inTurn([paint, async () => events && switchOff(events, watched)]);
  }
  if (wish.plot && !wish.json && screen === undefined) {
    for (const line of pictureLines(watched, io.colours)) io.print(line);
  }
  if (wish.svg !== undefined) io.note(painted ? `saved ${wish.svg}` : 'nothing was read: no picture is saved');
  const read = watched.some(({ health }) => health !== undefined);
  const well = watched.every(({ health, failure }) => failure === undefined && health !== undefined && isWell(health));
  return read && well ? EXIT.done : EXIT.refused;
}

/** As they were: nobody listens any more. A drive which does not answer gives up by itself. */
async function switchOff(events: DriveEvents, drives: readonly WatchedDrive[]): Promise<void> {
  await Promise.all(drives.map(({ target }) => tried(() => events.disable(target.to, { timeoutMs: GOODBYE_MS }))));
  events.close();
}

/** Something to draw. */
function hasReadings({ history }: WatchedDrive): boolean {
  return history.samples.some(({ temperature, used }) => temperature !== undefined || used !== undefined);
}

function plotted({ target, model, history, warningTemperature }: WatchedDrive) {
  const name = model === '' ? target.name : `${target.name}  ${model}`;
  return { name: printable(name), samples: history.samples, warningTemperature };
}

async function pollAgain(
  { client }: Drives,
  drive: WatchedDrive,
  { interval, count }: WatchWish,
  events: DriveEvents | undefined,
  signal: AbortSignal,
  { clock, io }: World,
  told: (before: WatchedDrive) => void,
): Promise<void> {
  const { to } = drive.target;
  const kept = events && new KeptEvents(events, clock);
  let next = clock.now() + interval;
  // Polls which an event has asked for are besides.
  for (let round = 1; !signal.aborted; ) {
    const polledAt = clock.now();
    const before = { ...drive };
    const health = await triedForAWhile(clock, (options) => pollHealth(client, to, options));
    if (signal.aborted) return;
    const failed = health instanceof MctpError;
    drive.failure = failed ? sayOf(drive.target, health) : undefined;
    if (!failed) drive.health = health;
    drive.history.add({
      at: clock.now(),
      temperature: failed ? undefined : (health.temperature ?? undefined),
      used: failed ? undefined : health.used,
    });
    told(before);
    // Once, when it answers: its name and its threshold.
    if (!failed && drive.model === '') {
      const identity = await triedForAWhile(clock, (options) => readIdentity(client, to, options));
      if (signal.aborted) return;
      drive.model = identity instanceof MctpError ? '-' : identity.model;
      drive.warningTemperature = identity instanceof MctpError ? null : identity.warningTemperature;
    }
    if (failed) kept?.again();
    else if (round !== count) await kept?.look(to);
    await io.drained();
    if (round === count) return;
    if (await wokenBefore(drive, next, clock, signal)) {
      await untilStopped(clock, signal, polledAt + Math.min(interval, LEAST_POLL_MS) - clock.now());
    } else {
      round++;
      next = Math.max(next, clock.now()) + interval;
    }
  }
}

/** False: the time has come, or it is stopped. */
async function wokenBefore(drive: WatchedDrive, time: number, clock: Clock, signal: AbortSignal): Promise<boolean> {
  const woken = new AbortController();
  drive.wake = () => woken.abort();
  await untilStopped(clock, AbortSignal.any([signal, woken.signal]), Math.max(1, time - clock.now()));
  drive.wake = undefined;
  return woken.signal.aborted && !signal.aborted;
}

function viewerOf({ json }: WatchWish, { io, time }: World, screen: HealthScreen | undefined) {
  return (drive: WatchedDrive, before: WatchedDrive): void => {
    if (screen !== undefined) screen.draw();
    else if (json) io.print(jsonText(eventOf(drive, isoTime(time()))));
    else {
      const line = changeLine(drive, before, time(), io.colours);
      if (line !== undefined) io.print(line);
    }
  };
}

function eventOf({ target, health, failure }: WatchedDrive, at: string): NvmeEventDocument {
  const where = { time: at, target: target.name, eid: target.to.eid };
  if (failure !== undefined || health === undefined) {
    return { event: 'failed', ...where, error: { code: 'ETIMEDOUT', message: failure ?? '' } };
  }
  return { event: 'health', ...where, well: isWell(health), health };
}

function told({ target }: WatchedDrive, { events, overflow }: DriveEventReport, time: string): NvmeEventDocument {
  const told = events.map(({ id, name, data }) => ({ id, name, data: toHex(data) }));
  return { event: 'told', time, target: target.name, eid: target.to.eid, events: told, overflow };
}
