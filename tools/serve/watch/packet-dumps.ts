/** Files of the flight recorder: written when somebody asks, or when a fault happens which the user chose. */

import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { CapturedLink } from '../../../bindings/capture/capture-file.js';
import { FlightRecorder, type RecordedWish } from '../../../bindings/capture/flight-recorder.js';
import type { Recorded } from '../../../bindings/capture/recorder.js';
import type { Clock, Timer } from '../../../stack/clock.js';
import { MctpError } from '../../../stack/errors.js';
import type { Mctp } from '../../../stack/mctp.js';
import { CaptureOutput } from '../../capture/output.js';
import { packageVersion } from '../../package-version.js';
import type { World } from '../../world.js';

export type RecorderFault = 'pec-storm' | 'timeout' | 'lost-device' | 'link-down';

/** What may become another one while it runs. */
export interface RecorderSettings {
  /** Of each link, at least 1. */
  readonly packets: number;
  readonly folder: string;
  readonly faults: readonly RecorderFault[];
}

export interface PacketDumpsOptions extends RecorderSettings {
  readonly stack: Mctp;
  readonly world: Pick<World, 'clock' | 'time' | 'machine'>;
  /** A fault made a file, or could not. */
  told(what: string): void;
}

export interface PacketDump {
  readonly file: string;
  readonly packets: number;
}

/** Of one fault. */
const PAUSE_MS = 60_000;
const MOST_FILES = 32;
const FILE = /^flight-.*\.pcapng$/;
const LOOK_MS = 1000;
/** So many damaged frames between two looks are a storm. */
const STORM = 10;
const DAMAGE = /pec|crc|fcs|checksum/i;

export class PacketDumps {
  readonly #options: PacketDumpsOptions;
  readonly #recorder: FlightRecorder;
  readonly #last = new Map<string, number>();
  readonly #clock: Clock;
  #settings: RecorderSettings;
  #timer: Timer | undefined;
  #timeouts: number;
  #damage: number;
  #number = 0;

  constructor(options: PacketDumpsOptions) {
    this.#options = options;
    this.#settings = options;
    const { stack, packets, world } = options;
    this.#clock = world.clock;
    const originMs = world.time() - world.clock.now();
    this.#recorder = new FlightRecorder({ stack, packets, originMs });
    this.#timeouts = timeoutsOf(stack);
    this.#damage = damageOf(stack);
    this.#arm();
  }

  /** From now on. What is in memory stays, as far as there is room for it. */
  change(settings: RecorderSettings): void {
    if (settings.packets !== this.#settings.packets) this.#recorder.resize(settings.packets);
    this.#settings = settings;
    this.#timeouts = timeoutsOf(this.#options.stack);
    this.#damage = damageOf(this.#options.stack);
    this.#arm();
  }

  /** Write what is in memory now. @throws MctpError EIO: the file cannot be written */
  async dump(reason: string): Promise<PacketDump> {
    const { stack, world } = this.#options;
    const { folder } = this.#settings;
    const time = new Date(world.time()).toISOString().replace(/[:.]/g, '-');
    // Two of one millisecond are two files.
    const file = join(folder, `flight-${time}-${this.#number++}-${reason}.pcapng`);
    let broken: Error | undefined;
    const links = (): readonly CapturedLink[] =>
      stack.links().map(({ name }) => ({ name, description: '', ownAddress: stack.linkByName(name).ownAddress }));
    const output = new CaptureOutput({
      target: file,
      links,
      stdout: new PassThrough(),
      program: { name: `mctpkit ${packageVersion()}`, system: `${world.machine.platform} ${world.machine.arch}` },
      failed: (error) => {
        broken = error;
      },
    });
    try {
      await output.begin();
      for (const packet of this.#recorder.recorded()) output.packet(packet);
      await output.close();
    } catch (error) {
      broken ??= error as Error;
    }
    if (broken !== undefined) {
      throw new MctpError('EIO', `${file} cannot be written: ${broken.message}`, { cause: broken });
    }
    this.#forgetOldest();
    return { file, packets: output.packets };
  }

  /** What is in memory now. */
  recorded(wish: RecordedWish): Recorded[] {
    return this.#recorder.recorded(wish);
  }

  /** A fault happened. Of one kind, one file a minute is written. */
  fault(fault: RecorderFault): void {
    if (!this.#settings.faults.includes(fault)) return;
    const now = this.#clock.now();
    const last = this.#last.get(fault);
    if (last !== undefined && now - last < PAUSE_MS) return;
    this.#last.set(fault, now);
    this.dump(fault).then(
      ({ file, packets }) => this.#options.told(`flight recorder: ${fault}: ${packets} packets in ${file}`),
      (error: Error) => this.#options.told(`flight recorder: ${error.message}`),
    );
  }

  close(): void {
    this.#timer?.cancel();
    this.#recorder.close();
  }

  /** Only what has to be looked for. */
  #arm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const { faults } = this.#settings;
    if (!faults.includes('timeout') && !faults.includes('pec-storm')) return;
    this.#timer = this.#clock.schedule(LOOK_MS, () => {
      const { stack } = this.#options;
      const [timeouts, damage] = [timeoutsOf(stack), damageOf(stack)];
      if (timeouts > this.#timeouts) this.fault('timeout');
      if (damage - this.#damage >= STORM) this.fault('pec-storm');
      this.#timeouts = timeouts;
      this.#damage = damage;
      this.#arm();
    });
  }

  #forgetOldest(): void {
    const { folder } = this.#settings;
    const files = readdirSync(folder)
      .filter((name) => FILE.test(name))
      .sort();
    for (const name of files.slice(0, Math.max(0, files.length - MOST_FILES)))
      rmSync(join(folder, name), { force: true });
  }
}

function timeoutsOf(stack: Mctp): number {
  const networks = new Set(stack.links().map(({ network }) => network));
  let sum = 0;
  for (const network of networks) for (const { counters } of stack.peerCounters(network)) sum += counters.timeouts;
  return sum;
}

function damageOf(stack: Mctp): number {
  let sum = 0;
  for (const { linkCounters } of stack.links()) {
    for (const [name, count] of Object.entries(linkCounters)) if (DAMAGE.test(name)) sum += count;
  }
  return sum;
}
