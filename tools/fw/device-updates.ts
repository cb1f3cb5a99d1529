/** One device updated by its plans, with a journal: what `fw update` and the web page have in common. */

import type { ResumePoint } from '../../pldm/firmware/agent/resume-point.js';
import type { UpdateAgent } from '../../pldm/firmware/agent/update-agent.js';
import type { UpdateEvent, UpdateReport } from '../../pldm/firmware/agent/update-events.js';
import type { UpdatePlan } from '../../pldm/firmware/agent/update-plan.js';
import type { FirmwarePackage } from '../../pldm/firmware/package/read-package.js';
import type { Terminus } from '../../pldm/terminus/terminus.js';
import { placeName } from '../../stack/place.js';
import type { Journal, JournalEntry } from './journal.js';

export interface UpdateJob {
  readonly terminus: Terminus;
  /** In the journal: the same from run to run, whatever EID the device has got. */
  readonly place: string;
  /** Of the device itself, then of those below it. */
  readonly plans: readonly UpdatePlan[];
  /** It does not answer any more: find it again. Undefined: it was not found. */
  look(): Promise<Terminus | undefined>;
}

export interface JobOptions {
  readonly agent: UpdateAgent;
  readonly journal: Journal;
  readonly signal: AbortSignal;
  /** Bytes of a device's request. */
  readonly transferSize: number;
  readonly deferred?: boolean;
  readonly takeOver?: boolean;
  /** What is cancelled now goes on in a later run: the journal keeps it. */
  keepsCancelled?(): boolean;
  onEvent(plan: UpdatePlan, event: UpdateEvent): void;
  onReport(plan: UpdatePlan, report: UpdateReport): void;
}

/** "serial:/dev/ttyUSB0", "i2c:1/0x1d", or its UUID. */
export function deviceJournalPlace(device: {
  readonly link?: string | undefined;
  readonly physicalAddress?: string | undefined;
  readonly uuid?: string | undefined;
  readonly eid: number;
}): string {
  const { link, physicalAddress, uuid, eid } = device;
  return physicalAddress !== undefined && link !== undefined
    ? placeName(link, physicalAddress)
    : (uuid ?? `EID ${eid}`);
}

export function journalEntryOf(journal: Journal, place: string, { match }: UpdatePlan): JournalEntry {
  return journal.entry(match.kind === 'device' ? place : `${place} #${match.device.downstreamDeviceIndex}`);
}

/** Where an earlier run with this package was. */
export function pointOf({ point }: JournalEntry, pkg: FirmwarePackage): ResumePoint | undefined {
  return point?.package === pkg.packageHeaderChecksum ? point : undefined;
}

function worthDoing({ components }: UpdatePlan): boolean {
  return components.some((component) => component.update);
}

/** Something is to be sent, or an earlier run has begun it. */
export function hasWork({ plans, place }: UpdateJob, journal: Journal): boolean {
  return plans.some((one) => worthDoing(one) || pointOf(journalEntryOf(journal, place, one), one.pkg) !== undefined);
}

/** The device itself, then what is below it, until one fails. @throws CommandError when the journal cannot be written */
export async function updateDevice(job: UpdateJob, options: JobOptions): Promise<UpdateReport[]> {
  const { agent, journal, signal, deferred = false, takeOver = false, onEvent, onReport } = options;
  const reports: UpdateReport[] = [];
  for (const plan of job.plans) {
    const entry = journalEntryOf(journal, job.place, plan);
    const point = pointOf(entry, plan.pkg);
    if (!worthDoing(plan) && point === undefined) continue;
    const foreign = point !== entry.point;
    if (foreign) onEvent(plan, { type: 'note', text: 'the journal is about an update with another package' });
    let wrote = false;
    const report = await agent.update({
      terminus: job.terminus,
      plan,
      signal,
      takeOver,
      maximumTransferSize: options.transferSize,
      activation: deferred ? 'deferred' : 'auto',
      resume: point,
      onResumePoint: (next) => {
        wrote = true;
        entry.write(next);
      },
      onEvent: (event) => onEvent(plan, event),
      onUnreachable: () => job.look(),
    });
    onReport(plan, report);
    reports.push(report);
    const goesOnLater = report.outcome === 'cancelled' && options.keepsCancelled?.() === true;
    // What another package has begun is still under way there.
    if ((!foreign || wrote) && !goesOnLater) entry.end();
    if (report.outcome === 'failed' || report.outcome === 'cancelled') break;
  }
  return reports;
}
