/** The watch of a server: watched termini and drives, their history, hooks, and the flight recorder, on one stack. */

import { isDeepStrictEqual } from 'node:util';
import type { RecordedWish } from '../../../bindings/capture/flight-recorder.js';
import type { Recorded } from '../../../bindings/capture/recorder.js';
import { PldmResponder } from '../../../pldm/base/pldm-responder.js';
import { TerminusManager } from '../../../pldm/terminus-manager/terminus-manager.js';
import type { TerminusSnapshot } from '../../../pldm/terminus-manager/terminus-snapshot.js';
import type { BusOwner, EndpointEvent } from '../../../stack/bus-owner/index.js';
import { MESSAGE_TYPE } from '../../../stack/ids.js';
import type { Mctp } from '../../../stack/mctp.js';
import { DriveManager } from '../../../stack/nvme-mi/drive-manager.js';
import type { DriveSnapshot } from '../../../stack/nvme-mi/drive-snapshot.js';
import { placeName } from '../../../stack/place.js';
import type { MctpAddress } from '../../../stack/transport.js';
import { Emitter } from '../../../stack/util/emitter.js';
import {
  BusShare,
  type WatchChange,
  type WatchEvent,
  type WatchedEndpoint,
  WatchedWays,
  type WatchListener,
  watchedKey,
} from '../../../stack/watch/index.js';
import type { WatchConfig } from '../../config/config-model.js';
import type { NodeEvent } from '../../config/running-node.js';
import { History } from '../../history/history.js';
import type { HistoryReader } from '../../history/history-model.js';
import type { Retention } from '../../history/history-thinning.js';
import { loadSqlite, ownHistory } from '../../history/open-database.js';
import type { World } from '../../world.js';
import { historyPath, recorderFolder } from '../state-folder.js';
import { type HookEvent, hookEvent, hookKindOf } from './hook-events.js';
import { Hooks } from './hooks.js';
import { PacketDumps, type RecorderSettings } from './packet-dumps.js';
import type { WatchDoor } from './watch-door.js';

export interface WatchingOptions {
  readonly config: WatchConfig;
  readonly stack: Mctp;
  readonly world: Pick<World, 'clock' | 'time' | 'env' | 'machine'>;
  problem(what: string): void;
}

const TIDS = 'tids';

export class Watching implements WatchDoor {
  readonly #options: WatchingOptions;
  /** As it is in force. */
  #config: WatchConfig;
  readonly #shares = new Map<string, BusShare>();
  readonly responder: PldmResponder;
  readonly #managers: readonly [TerminusManager, DriveManager];
  readonly #history: History | undefined;
  readonly #hooks: Hooks;
  #dumps: PacketDumps | undefined;
  readonly #events = new Emitter<{ event: WatchEvent }>();
  readonly #ways = new WatchedWays();
  #follows: (() => void)[] = [];

  private constructor(options: WatchingOptions, history: History | undefined) {
    this.#options = options;
    this.#config = options.config;
    this.#history = history;
    const { config, stack, world, problem } = options;
    const { clock, time, env } = world;
    this.#dumps = this.#dumpsBy(config);
    this.#hooks = new Hooks({ hooks: config.hooks, clock, env, onProblem: problem });
    this.responder = new PldmResponder({ transport: stack, clock }).start();
    const common = { transport: stack, clock, time, shareOf: (to: MctpAddress) => this.#shareOf(to) };
    const termini = new TerminusManager({
      ...common,
      responder: this.responder,
      ownEid: (network: number) => this.#ownEid(network),
      ...(config.events !== 'best' && { events: config.events }),
      setTids: config.setTids,
      intervalMs: config.intervalMs,
      leastIntervalMs: config.minIntervalMs,
      checkMs: config.checkMs,
      tids: tidsOf(history?.setting(TIDS)),
      onTids: (tids) => history?.keepSetting(TIDS, JSON.stringify(tids)),
    });
    const driveEvents = config.events !== 'poll' && config.events !== 'off';
    const drives = new DriveManager({ ...common, intervalMs: config.driveIntervalMs, events: driveEvents });
    this.#managers = [termini, drives];
    termini.subscribe((event) => this.#heard(event));
    // A drive which is a terminus, too, is one device, with one name.
    drives.subscribe((event) => {
      const name = termini.nameOf(event.device.key) ?? event.device.name;
      this.#heard({ ...event, device: { ...event.device, name } });
    });
  }

  /** @throws MctpError ENOPACKAGE, EACCES, EBUSY, EUSAGE: one line */
  static async start(options: WatchingOptions): Promise<Watching> {
    const { config, world, problem } = options;
    const path = historyPath(config, world.env);
    let history: History | undefined;
    if (path !== undefined) {
      const { clock, time } = world;
      const retention = retentionOf(config);
      const open = await loadSqlite();
      const owner = ownHistory(path);
      try {
        history = new History({
          path,
          open,
          clock,
          time,
          retention,
          onProblem: problem,
          closed: () => owner.release(),
        });
      } catch (error) {
        owner.release();
        throw error;
      }
      history.note('serving', 'the server was started', 'ok');
    }
    return new Watching(options, history);
  }

  get history(): HistoryReader | undefined {
    return this.#history?.reader;
  }

  /** The flight recorder; undefined: there is none. */
  get dumps(): PacketDumps | undefined {
    return this.#dumps;
  }

  recorded(wish: RecordedWish): Recorded[] | undefined {
    return this.#dumps?.recorded(wish);
  }

  /** Be what the configuration says now. Returns the keys which changed, and those which need a new start. */
  reload(wanted: WatchConfig): { readonly changed: readonly string[]; readonly needsRestart: readonly string[] } {
    const names = (Object.keys(wanted) as (keyof WatchConfig)[]).filter(
      (name) => !isDeepStrictEqual(wanted[name], this.#config[name]),
    );
    const needsRestart = names.filter((name) => FIXED.includes(name));
    const changed = names.filter((name) => !FIXED.includes(name));
    const { history, events, setTids } = this.#config;
    this.#config = { ...wanted, history, events, setTids };
    if (changed.length > 0) this.#apply();
    return { changed: changed.map(keyText), needsRestart: needsRestart.map(keyText) };
  }

  #apply(): void {
    const { intervalMs, minIntervalMs, checkMs, driveIntervalMs, maxBusShare, hooks } = this.#config;
    const [termini, drives] = this.#managers;
    termini.retime({ intervalMs, leastIntervalMs: minIntervalMs, checkMs });
    drives.retime(driveIntervalMs);
    for (const share of this.#shares.values()) share.percent = maxBusShare;
    this.#hooks.replace(hooks);
    this.#history?.retain(retentionOf(this.#config));
    const settings = this.#recorderSettings(this.#config);
    if (this.#dumps === undefined || settings.packets === 0) {
      this.#dumps?.close();
      this.#dumps = this.#dumpsBy(this.#config);
    } else this.#dumps.change(settings);
  }

  #recorderSettings(config: WatchConfig): RecorderSettings {
    const { recorderPackets: packets, recorderFaults: faults = [] } = config;
    return { packets, faults, folder: recorderFolder(config, this.#options.world.env) };
  }

  #dumpsBy(config: WatchConfig): PacketDumps | undefined {
    const { stack, world, problem } = this.#options;
    const settings = this.#recorderSettings(config);
    return settings.packets === 0 ? undefined : new PacketDumps({ ...settings, stack, world, told: problem });
  }

  /** Bytes of the file of the history which are in use; undefined: there is none. */
  get historyBytes(): number | undefined {
    return this.#history?.usedBytes;
  }

  /** Of the links, by name. */
  get shares(): ReadonlyMap<string, BusShare> {
    return this.#shares;
  }

  termini(): TerminusSnapshot[] {
    return this.#managers[0].termini();
  }

  drives(): DriveSnapshot[] {
    return this.#managers[1].drives();
  }

  terminus(key: string): ReturnType<WatchDoor['terminus']> {
    return this.#managers[0].terminus(key);
  }

  subscribe(hear: WatchListener): () => void {
    return this.#events.on('event', hear);
  }

  /** The bus owners are these from now on. */
  follow(owners: readonly BusOwner[]): void {
    for (const stop of this.#follows) stop();
    this.#follows = owners.flatMap((owner) => this.#managers.map((manager) => manager.follow(owner)));
  }

  /** What happens to endpoints and links. */
  hear(event: NodeEvent): void {
    if (event.kind === 'endpoint') this.#heardEndpoint(event.happened);
    else if (event.kind === 'linkDown') {
      const text = `${event.link} is down: ${event.reason}`;
      this.#history?.note('linkDown', text, 'critical');
      this.#hooks.tell({ ...this.#aboutLink(), on: 'link-down', severity: 'critical', text });
      this.#dumps?.fault('link-down');
    } else if (event.kind === 'linkUp') this.#history?.note('linkUp', `${event.link} is up`, 'ok');
  }

  /** A node of the network wants the messages of a type: it gets them, and we read sensors without events. */
  yield(type: number): void {
    if (type === MESSAGE_TYPE.pldm) this.responder.close();
  }

  takeBack(type: number): void {
    if (type === MESSAGE_TYPE.pldm) this.responder.start();
  }

  async close(): Promise<void> {
    this.follow([]);
    const [termini, drives] = this.#managers;
    await termini.close();
    drives.close();
    this.responder.close();
    this.#hooks.close();
    this.#dumps?.close();
    this.#history?.note('serving', 'the server was ended', 'ok');
    this.#history?.close();
    this.#events.clear();
  }

  #heardEndpoint(happened: EndpointEvent): void {
    if (happened.type === 'conflict') return;
    const { endpoint } = happened;
    const { network, eid } = endpoint;
    const key = watchedKey(endpoint);
    const change = this.#changeOf(key, happened);
    if (change === undefined) return;
    const [termini, drives] = this.#managers;
    const name = termini.nameOf(key) ?? drives.nameOf(key) ?? `EID ${eid}`;
    const used = this.#ways.of(key).find(({ isUsed }) => isUsed) ?? { network, eid };
    const device = { key, name, network: used.network, eid: used.eid };
    this.#heard({ ...change, at: this.#options.world.time(), device });
  }

  /** What it is for the device: one which has another way is still there when one is lost. */
  #changeOf(key: string, happened: Exclude<EndpointEvent, { type: 'conflict' }>): WatchChange | undefined {
    const { type, endpoint } = happened;
    const before = this.#ways.count(key);
    const way = wayText(endpoint);
    if (type === 'degraded' || type === 'vanished') {
      const changes = type === 'degraded' ? this.#ways.down(endpoint) : this.#ways.remove(endpoint);
      const known = changes.find((one) => one.key === key);
      // It was where the device is not any more.
      if (known === undefined && before > 0) return undefined;
      const { used, isOther } = known ?? { used: undefined, isOther: false };
      if (isOther && used !== undefined) {
        const what = `the way by ${way} is lost (${happened.reason}): going on by ${wayText(used)}`;
        return { kind: 'way', what, isLost: true };
      }
      if (type === 'degraded') return undefined;
      if (used === undefined) return { kind: 'vanished', what: happened.reason };
      const what = `the way by ${way} is gone (${happened.reason}); the one by ${wayText(used)} is in use`;
      return { kind: 'way', what, isLost: true };
    }
    this.#ways.remove(endpoint, key);
    this.#ways.put(key, endpoint);
    if (type !== 'appeared') return { kind: 'moved', what: happened.what };
    if (before === 0) return { kind: 'appeared' };
    const isMore = this.#ways.count(key) > before;
    if (isMore) return { kind: 'way', what: `there is another way to it, by ${way}`, isLost: false };
    return { kind: 'moved', what: `it is at ${way} now` };
  }

  #heard(event: WatchEvent): void {
    this.#history?.append(event);
    const on = hookKindOf(event);
    if (on !== undefined) this.#hooks.tell(hookEvent(on, event));
    if (on === 'lost-device') this.#dumps?.fault('lost-device');
    this.#events.emit('event', event);
  }

  #aboutLink(): Omit<HookEvent, 'on' | 'severity' | 'text'> {
    const time = new Date(this.#options.world.time()).toISOString();
    return { time, device: null, name: null, eid: null, network: null, sensor: null, value: null, unit: null };
  }

  /** Of the link to the device. */
  #shareOf({ eid, network }: MctpAddress): BusShare | undefined {
    const { stack, world } = this.#options;
    const link = stack.lookupRoute(eid, network)?.link;
    if (link === undefined) return undefined;
    let share = this.#shares.get(link);
    if (share === undefined) {
      this.#shares.set(link, (share = new BusShare({ clock: world.clock, percent: this.#config.maxBusShare })));
    }
    return share;
  }

  #ownEid(network: number): number | undefined {
    return this.#options.stack.addresses().find((address) => address.network === network)?.eid;
  }
}

/** "i2c:1/0x1d" */
function wayText({ link, physicalAddress }: Pick<WatchedEndpoint, 'link' | 'physicalAddress'>): string {
  return placeName(link, physicalAddress);
}

const DAY_MS = 86_400_000;

/** What devices were told already, and the file which is open. */
const FIXED: readonly (keyof WatchConfig)[] = ['history', 'events', 'setTids'];

/** As it is written in the configuration. */
function keyText(name: string): string {
  return `watch ${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function retentionOf(config: WatchConfig): Retention {
  return {
    readingsMs: DAY_MS * config.keepReadingsDays,
    minutesMs: DAY_MS * config.keepMinutesDays,
    allMs: DAY_MS * config.keepDays,
    mostBytes: 1_000_000 * config.historyMb,
  };
}

function tidsOf(text: string | undefined): [key: string, tid: number][] {
  try {
    const list: unknown = text === undefined ? [] : JSON.parse(text);
    const isEntry = (entry: unknown): entry is [string, number] =>
      Array.isArray(entry) && typeof entry[0] === 'string' && typeof entry[1] === 'number';
    return Array.isArray(list) ? list.filter(isEntry) : [];
  } catch {
    return [];
  }
}
