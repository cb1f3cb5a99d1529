/** `fw update`: a package to every device it is for, all at once, with what happens while it runs. */

import type { ResumePoint } from '../../pldm/firmware/agent/resume-point.js';
import { componentReport, type UpdateReport } from '../../pldm/firmware/agent/update-events.js';
import { type PlannedComponent, planUpdates, type UpdatePlan } from '../../pldm/firmware/agent/update-plan.js';
import { checkPackage } from '../../pldm/firmware/package/check-package.js';
import type { FirmwarePackage } from '../../pldm/firmware/package/read-package.js';
import { EXIT, printable, refusal } from '../command-error.js';
import { sizeText } from '../file/progress.js';
import type { Io } from '../io.js';
import type { FwDocument } from '../schema/firmware-documents.js';
import { confirmed } from './confirm.js';
import { hasWork, journalEntryOf, pointOf, type UpdateJob, updateDevice } from './device-updates.js';
import { UpdateDisplay } from './display.js';
import type { FirmwarePeer, FirmwareSession } from './fw-devices.js';
import { classificationName, count } from './fw-words.js';
import { Journal } from './journal.js';
import { openPackage } from './package-file.js';

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

interface Job extends UpdateJob {
  readonly peer: FirmwarePeer;
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
    // An update is not given up because nobody reads of it any more.
    if (!command.dryRun) io.goOnUnread();
    await assertIntact(command.path, pkg, io, signal);
    const journal = Journal.open(command.dryRun ? undefined : command.journal);
    const jobs = await plan(firmware, pkg, command, journal, io);
    if (command.dryRun) return EXIT.done;
    const active = jobs.filter((job) => hasWork(job, journal));
    const idle = jobs.filter((job) => !active.includes(job));
    const fits = tellIdle(idle, command, io);
    if (active.length === 0) {
      if (!fits) throw refusal(`${command.path} has no component that a device here has`);
      io.note('nothing to do: --force updates what is the same or older, too');
      return EXIT.done;
    }
    if (!command.yes && !(await agreed(active.length, command, io, signal))) {
      if (signal.aborted) throw refusal('interrupted');
      io.note('not updated');
      return EXIT.refused;
    }
    const display = new UpdateDisplay(io, command.json, firmware.session.clock);
    try {
      const updates = active.map((job) => run(firmware, job, journal, command, display, signal));
      // Not before: a device in the middle of an earlier run's download would be told that nobody expects it.
      firmware.serve();
      const reports = await Promise.all(updates);
      const good = reports.flat().every(({ outcome }) => outcome === 'updated' || outcome === 'nothing-to-do');
      return good && fits ? EXIT.done : EXIT.refused;
    } finally {
      display.close();
    }
  } finally {
    await file.close();
  }
}

/** Devices for which nothing is done, as documents of their own. False: for one of them no component of the package is. */
function tellIdle(jobs: readonly Job[], { json }: UpdateCommand, io: Io): boolean {
  let all = true;
  for (const { peer, plans } of jobs) {
    for (const one of plans) {
      const fits = one.components.some(({ current }) => current !== undefined);
      all &&= fits;
      if (!json) continue;
      const reason = fits ? 'no component of the device needs an update' : 'the package has no component of the device';
      const document: FwDocument = {
        event: 'done',
        device: nameOf(peer, one),
        eid: peer.terminus.address.eid,
        outcome: fits ? 'nothing-to-do' : 'failed',
        reason,
        components: one.components.map((planned) => componentReport(planned, 'skipped', planned.reason)),
        nonFunctioning: '0',
        leftInUpdateMode: false,
        served: 0,
        elapsedMs: 0,
      };
      io.print(JSON.stringify(document));
    }
  }
  return all;
}

async function agreed(devices: number, { json }: UpdateCommand, io: Io, signal: AbortSignal): Promise<boolean> {
  return confirmed(`update ${count(devices, 'device')}? [y/N] `, json ? undefined : io, signal);
}

/** Nothing is sent of a package that is broken. */
async function assertIntact(path: string, pkg: FirmwarePackage, io: Io, signal: AbortSignal): Promise<void> {
  const onProgress = (done: number): void => io.progress(`${path}: ${sizeText(done)} of ${sizeText(pkg.size)} checked`);
  const { findings } = await checkPackage(pkg, { signal, onProgress });
  io.progress('');
  const error = findings.find(({ severity }) => severity === 'error');
  if (error !== undefined) throw refusal(`${path}: ${error.where}: ${error.what}`);
}

async function plan(
  firmware: FirmwareSession,
  pkg: FirmwarePackage,
  command: UpdateCommand,
  journal: Journal,
  io: Io,
): Promise<Job[]> {
  const { force, components } = command;
  const jobs: Job[] = [];
  const misfits: string[] = [];
  for (const peer of await firmware.inventories()) {
    const options = { force, ...(components === undefined ? {} : { components }) };
    const { plans, reasons } = planUpdates(pkg, peer.inventory, options);
    const { place, terminus, look } = peer;
    if (plans.length > 0) jobs.push({ peer, plans, place, terminus, look });
    else misfits.push(...reasons.map((reason) => `${peer.name}: ${reason}`));
    for (const one of plans) show(peer, one, pointOf(journalEntryOf(journal, place, one), pkg), command, io);
  }
  if (jobs.length > 0) return jobs;
  for (const misfit of misfits) io.note(printable(misfit));
  throw refusal(`${command.path} is for none of the devices here`);
}

/** "EID 9 (i2c:1/0x1d)", "EID 9 (i2c:1/0x1d), downstream device 3" */
function nameOf({ name }: FirmwarePeer, { match }: UpdatePlan): string {
  return match.kind === 'device' ? name : `${name}, downstream device ${match.device.downstreamDeviceIndex}`;
}

function show(
  peer: FirmwarePeer,
  one: UpdatePlan,
  point: ResumePoint | undefined,
  { json, dryRun }: UpdateCommand,
  io: Io,
) {
  const { match, components } = one;
  const name = nameOf(peer, one);
  if (json) {
    if (!dryRun) return;
    io.print(
      JSON.stringify({
        event: 'plan',
        device: name,
        eid: peer.terminus.address.eid,
        target: match.kind === 'device' ? null : match.device.downstreamDeviceIndex,
        record: match.recordIndex,
        components: components.map(planJson),
      } satisfies FwDocument),
    );
    return;
  }
  io.print(io.colours.name(name));
  for (const planned of components) {
    const before = point?.applied.some(({ index }) => index === planned.index) === true;
    io.print(`  ${planText(before ? { ...planned, update: true, reason: 'applied by an earlier run' } : planned, io)}`);
  }
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

async function run(
  { agent }: FirmwareSession,
  job: Job,
  journal: Journal,
  { transferSize, deferred, takeOver }: UpdateCommand,
  display: UpdateDisplay,
  signal: AbortSignal,
): Promise<UpdateReport[]> {
  const { eid } = job.terminus.address;
  return updateDevice(job, {
    agent,
    journal,
    signal,
    transferSize,
    deferred,
    takeOver,
    onEvent: (one, event) => display.event(nameOf(job.peer, one), eid, event),
    onReport: (one, report) => display.report(nameOf(job.peer, one), eid, report),
  });
}
