/**
 * A firmware package which a browser sent: a file in a folder of its own, with the journal of its updates and what they are
 * about, so that an update goes on after the server was started again.
 */

import { readFileSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { checkPackage } from '../../pldm/firmware/package/check-package.js';
import type { FirmwarePackage } from '../../pldm/firmware/package/read-package.js';
import { printable, refusal } from '../command-error.js';
import { Journal } from '../fw/journal.js';
import { openPackage } from '../fw/package-file.js';
import { writeWholeFile } from '../read-file.js';

/** A device which is updated with the package. */
export interface KeptDevice {
  /** In the journal. */
  readonly place: string;
  readonly uuid: string | null;
  readonly name: string;
  readonly network: number;
  readonly eid: number;
}

interface About {
  readonly name: string;
  /** What is the same or older is sent, too. */
  readonly force: boolean;
  readonly devices: readonly KeptDevice[];
}

const FILE = 'package';
const ABOUT = 'about.json';
const JOURNAL = 'journal.json';
const FOLDER = /^mctpkit-\w+$/;
const MOST_BYTES = 512 * 1024 * 1024;
const LONGEST_NAME = 100;
const MOST_DEVICES = 1024;

/** Is this name one of a folder of ours? */
export function isPackageFolder(name: string): boolean {
  return FOLDER.test(name);
}

export class KeptPackage {
  #file: Awaited<ReturnType<typeof openPackage>> | undefined;
  #about: About;

  private constructor(
    private readonly folder: string,
    about: About,
    readonly journal: Journal,
  ) {
    this.#about = about;
  }

  /**
   * `folder`: where packages are. `lasts`: it is there after a restart, too; where it is not, no journal is kept.
   * @throws CommandError: too long, not a package, or a broken one
   */
  static async take(
    request: IncomingMessage,
    { name, force, folder, lasts }: { name: string; force: boolean; folder: string; lasts: boolean },
  ): Promise<KeptPackage> {
    const own = await mkdtemp(join(folder, 'mctpkit-'));
    const about = { name: printable(name).slice(0, LONGEST_NAME), force, devices: [] };
    const kept = new KeptPackage(own, about, Journal.open(lasts ? join(own, JOURNAL) : undefined));
    try {
      await write(request, join(own, FILE));
      await kept.pkg();
      return kept;
    } catch (error) {
      await kept.close();
      throw error;
    }
  }

  /** Of an earlier run of the server; undefined: nothing was under way. @throws CommandError: what is there makes no sense */
  static found(own: string): KeptPackage | undefined {
    const journal = Journal.open(join(own, JOURNAL));
    return journal.open.size === 0 ? undefined : new KeptPackage(own, aboutIn(own), journal);
  }

  get name(): string {
    return this.#about.name;
  }

  get force(): boolean {
    return this.#about.force;
  }

  /** Those whose update has begun and has not come to its end. */
  get unfinished(): KeptDevice[] {
    const keys = [...this.journal.open.keys()];
    return this.#about.devices.filter(({ place }) => keys.some((key) => isOf(key, place)));
  }

  /** Sound: it is looked at whole, once. @throws CommandError */
  async pkg(): Promise<FirmwarePackage> {
    if (this.#file !== undefined) return this.#file.pkg;
    const path = join(this.folder, FILE);
    const file = await openPackage(path).catch((cause: unknown) => {
      // Of its place on our disk nobody wants to know.
      throw cause instanceof Error ? refusal(cause.message.replace(`${path}: `, ''), cause) : cause;
    });
    const { findings } = await checkPackage(file.pkg, {});
    const error = findings.find(({ severity }) => severity === 'error');
    if (error !== undefined) {
      await file.close();
      throw refusal(`the package is broken: ${error.where}: ${error.what}`);
    }
    this.#file = file;
    return file.pkg;
  }

  /** Before the update of a device begins. @throws of node:fs */
  note(device: KeptDevice): void {
    const others = this.#about.devices.filter(({ place }) => place !== device.place);
    this.#about = { ...this.#about, devices: [...others, device].slice(-MOST_DEVICES) };
    writeWholeFile(join(this.folder, ABOUT), `${JSON.stringify(this.#about)}\n`);
  }

  /** What is under way at a device does not go on. @throws CommandError */
  forget({ place }: KeptDevice): void {
    for (const key of [...this.journal.open.keys()]) if (isOf(key, place)) this.journal.entry(key).end();
  }

  /** How far an earlier run was with a device, in words. */
  progressOf({ place }: KeptDevice): string {
    const points = [...this.journal.open].filter(([key]) => isOf(key, place)).map(([, point]) => point);
    const point = points.at(-1);
    if (point === undefined) return '';
    const { begun, applied, activating } = point;
    // It is written down before the device hears of it.
    if (activating) return 'all was sent, and the device was told to activate it, or just about to be told';
    if (begun === undefined && applied.length === 0) return 'no image was sent yet';
    const before = applied.length === 0 ? '' : `, ${applied.length} applied before`;
    return begun === undefined ? `${applied.length} applied` : `component ${begun.index} was under way${before}`;
  }

  /** Taken away, unless an update is to go on after a restart. */
  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
    if (this.journal.open.size === 0) await rm(this.folder, { recursive: true, force: true });
  }
}

/** A device below another one has the key of that one and a number. */
function isOf(key: string, place: string): boolean {
  return key === place || key.startsWith(`${place} #`);
}

/** @throws CommandError */
function aboutIn(own: string): About {
  const path = join(own, ABOUT);
  let about: Partial<About>;
  try {
    about = JSON.parse(readFileSync(path, 'utf8')) as Partial<About>;
  } catch (cause) {
    throw refusal(`${path} cannot be read: ${(cause as Error).message}`, cause);
  }
  const { name, force, devices } = about;
  const isDevice = (one: Partial<KeptDevice>): boolean =>
    typeof one?.place === 'string' && typeof one.name === 'string' && typeof one.eid === 'number';
  if (typeof name !== 'string' || !Array.isArray(devices) || !devices.every(isDevice)) {
    throw refusal(`${path} makes no sense`);
  }
  return { name: printable(name).slice(0, LONGEST_NAME), force: force === true, devices };
}

async function write(request: IncomingMessage, path: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    let bytes = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MOST_BYTES) throw refusal(`a package may have ${MOST_BYTES / 1024 / 1024} MiB at most`);
      await file.write(chunk);
    }
    // An update outlives this process, and so does what it sends.
    await file.sync();
  } finally {
    await file.close();
  }
}
