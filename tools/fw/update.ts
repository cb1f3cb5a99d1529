/** `fw update`: a package to every device it is for, all at once, with what happens meanwhile. */

import { readFile, rm, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import {
  checkPackage,
  type FirmwarePackage,
  type PlannedComponent,
  planUpdates,
  type ResumePoint,
  type UpdatePlan,
  type UpdateReport,
} from '../../pldm/index.js';
import { EXIT, printable, refusal, usageError } from '../errors.js';
import { sizeText } from '../file/progress.js';
import type { Io } from '../io.js';
import type { FirmwarePeer, FirmwareSession } from './devices.js';
import { UpdateDisplay } from './display.js';
import { openPackage } from './package-file.js';
import { classificationName, count } from './words.js';

export interface UpdateCommand {
  readonly path: string;
  readonly json: boolean;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly force: boolean;
  readonly takeOver: boolean;
  readonly deferred: boolean;
  readonly components: readonly number[] | undefined;
  readonly transferSize: number;
  /** Where the state of the update is kept, so that it can go on after we were restarted. */
  readonly journal: string | undefined;
}

interface Job {
  readonly peer: FirmwarePeer;
  readonly plans: readonly UpdatePlan[];
}

export async function update(
  firmware: FirmwareSession,
  command: UpdateCommand,
  io: Io,
  signal: AbortSignal,
): Promise<number> {
  const file = await openPackage(command.path);
  try {
    const { pkg } = file;
    await assertIntact(command.path, pkg, io, signal);
    const jobs = await plan(firmware, pkg, command, io);
    if (command.dryRun) return EXIT.done;
    const active = jobs.filter(({ plans }) => plans.some(worthDoing));
    if (active.length === 0) {
      io.note('nothing to do: --force updates what is the same or older, too');
      return EXIT.done;
    }
    if (!command.yes && !(await confirmed(active.length, command, io, signal))) {
      io.note('not updated');
      return EXIT.refused;
    }
    const display = new UpdateDisplay(io, command.json);
    const reports = await Promise.all(active.map((job) => run(firmware, job, command, display, signal)));
    const good = reports.flat().every(({ outcome }) => outcome === 'updated' || outcome === 'nothing-to-do');
    return good ? EXIT.done : EXIT.refused;
  } finally {
    await file.close();
  }
}

function worthDoing({ components }: UpdatePlan): boolean {
  return components.some((component) => component.update);
}

/** Nothing is sent of a package that is broken. */
async function assertIntact(path: string, pkg: FirmwarePackage, io: Io, signal: AbortSignal): Promise<void> {
  const onProgress = (done: number): void => io.progress(`${path}: ${sizeText(done)} of ${sizeText(pkg.size)} checked`);
  const { findings } = await checkPackage(pkg, { signal, onProgress });
  io.progress('');
  const error = findings.find(({ severity }) => severity === 'error');
  if (error !== undefined) throw refusal(`${path}: ${error.where}: ${error.what}`);
}

async function plan(firmware: FirmwareSession, pkg: FirmwarePackage, command: UpdateCommand, io: Io): Promise<Job[]> {
  const { force, components } = command;
  const jobs: Job[] = [];
  const misfits: string[] = [];
  for (const peer of await firmware.inventories()) {
    const options = { force, ...(components === undefined ? {} : { components }) };
    const { plans, reasons } = planUpdates(pkg, peer.inventory, options);
    if (plans.length > 0) jobs.push({ peer, plans });
    else misfits.push(...reasons.map((reason) => `${peer.name}: ${reason}`));
    for (const one of plans) show(peer, one, command, io);
  }
  if (jobs.length > 0) return jobs;
  for (const misfit of misfits) io.note(printable(misfit));
  throw refusal(`${command.path} is for none of the devices here`);
}

function show(
  { name, terminus }: FirmwarePeer,
  { match, components }: UpdatePlan,
  { json, dryRun }: UpdateCommand,
  io: Io,
) {
  if (json) {
    if (!dryRun) return;
    io.print(
      JSON.stringify({
        event: 'plan',
        device: name,
        eid: terminus.address.eid,
        target: match.kind === 'device' ? null : match.device.downstreamDeviceIndex,
        record: match.recordIndex,
        components: components.map(planJson),
      }),
    );
    return;
  }
  const below = match.kind === 'device' ? '' : `, downstream device ${match.device.downstreamDeviceIndex}`;
  io.print(`${io.colours.name(name)}${below}`);
  for (const planned of components) io.print(`  ${planText(planned, io)}`);
}

function planText(
  { index, component, current, classification, update: yes, reason }: PlannedComponent,
  io: Io,
): string {
  const from = current === undefined ? '' : `${printable(current.activeCompVersionString)} to `;
  const what = `component ${index}, ${classificationName(classification)} ${component.componentIdentifier}`;
  const text = `${what}: ${from}${printable(component.componentVersionString)}, ${sizeText(component.componentSize)}`;
  if (yes) return reason === '' ? text : `${text} (${reason})`;
  return io.colours.faint(`${text}: skipped, ${reason}`);
}

function planJson({ index, component, current, classification, identifier, update: yes, reason }: PlannedComponent) {
  return {
    index,
    classification,
    identifier,
    version: component.componentVersionString,
    previousVersion: current?.activeCompVersionString ?? null,
    size: component.componentSize,
    update: yes,
    reason,
  };
}

async function confirmed(devices: number, { json }: UpdateCommand, io: Io, signal: AbortSignal): Promise<boolean> {
  if (json || io.stdin.isTTY !== true) {
    throw usageError('an update is only begun with --yes where nobody can be asked; --dry-run shows what it would do');
  }
  const asking = createInterface({ input: io.stdin, output: process.stderr });
  try {
    const answer = await asking.question(`update ${count(devices, 'device')}? [y/N] `, { signal });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    asking.close();
  }
}

/** One device: itself, then what is below it. */
async function run(
  { agent, session }: FirmwareSession,
  { peer, plans }: Job,
  command: UpdateCommand,
  display: UpdateDisplay,
  signal: AbortSignal,
): Promise<UpdateReport[]> {
  const { terminus, name } = peer;
  const { eid } = terminus.address;
  const journal = new Journal(command.journal, name);
  const reports: UpdateReport[] = [];
  for (const one of plans.filter(worthDoing)) {
    const report = await agent.update({
      terminus,
      plan: one,
      signal,
      maximumTransferSize: command.transferSize,
      activation: command.deferred ? 'deferred' : 'auto',
      takeOver: command.takeOver,
      resume: await journal.read(),
      onResumePoint: (point) => journal.write(point),
      onEvent: (event) => display.event(name, eid, event),
      // It may have come back without its EID.
      onUnreachable: async () => {
        await session.discover().catch(() => undefined);
      },
    });
    display.report(name, eid, report);
    reports.push(report);
    await journal.end();
    if (report.outcome === 'failed' || report.outcome === 'cancelled') break;
  }
  return reports;
}

/** One file per device. What is in it was written by an earlier run that did not come to its end. */
class Journal {
  readonly #path: string | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string | undefined, device: string) {
    this.#path = path === undefined ? undefined : `${path}.${device.replaceAll(/[^\w]+/g, '-')}`;
  }

  async read(): Promise<ResumePoint | undefined> {
    if (this.#path === undefined) return undefined;
    try {
      const point = JSON.parse(await readFile(this.#path, 'utf8')) as Partial<Record<keyof ResumePoint, unknown>>;
      const { package: checksum, component, classificationIndex } = point;
      const good = [checksum, component, classificationIndex].every((value) => typeof value === 'number');
      return good ? (point as ResumePoint) : undefined;
    } catch {
      return undefined;
    }
  }

  write(point: ResumePoint): void {
    const path = this.#path;
    if (path === undefined) return;
    this.#writing = this.#writing.then(() => writeFile(path, JSON.stringify(point))).catch(() => undefined);
  }

  async end(): Promise<void> {
    await this.#writing;
    if (this.#path !== undefined) await rm(this.#path, { force: true });
  }
}
