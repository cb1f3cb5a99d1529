/** Going on after a restart of our own: what has to be remembered of an update for that. */

import { sameVersion } from '../same-version.js';
import type { FirmwareStatus } from './read-inventory.js';
import type { PlannedComponent, UpdatePlan } from './update-plan.js';

/** A component of the package, as the device has it. */
export interface ComponentKey {
  /** In the package. */
  readonly index: number;
  readonly classificationIndex: number;
}

/** Where an earlier run of the agent was. */
export interface ResumePoint {
  /** packageHeaderChecksum of the package: another one is never mixed in. */
  readonly package: number;
  /** What was agreed in RequestUpdate; bytes. */
  readonly maximumTransferSize: number;
  /** What the device gave to keep (GetDeviceMetaData): it may want it back. */
  readonly metaData: Uint8Array;
  /** The last one that UpdateComponent was sent for; undefined: none yet. */
  readonly begun: ComponentKey | undefined;
  /** Those that the device said it has applied. */
  readonly applied: readonly ComponentKey[];
  /** All is sent, and ActivateFirmware may have reached the device. */
  readonly activating: boolean;
}

/** Keeps the point, and tells every change of it before what it is about reaches the device. */
export class ResumeKeeper {
  #point: ResumePoint;

  constructor(
    plan: UpdatePlan,
    maximumTransferSize: number,
    private readonly changed: ((point: ResumePoint) => void) | undefined,
  ) {
    this.#point = {
      package: plan.pkg.packageHeaderChecksum,
      maximumTransferSize,
      metaData: new Uint8Array(),
      begun: undefined,
      applied: [],
      activating: false,
    };
  }

  note(change: Partial<ResumePoint> = {}): void {
    this.#point = { ...this.#point, ...change };
    this.changed?.(this.#point);
  }

  begun({ index, classificationIndex }: PlannedComponent): void {
    this.note({ begun: { index, classificationIndex } });
  }

  applied({ index, classificationIndex }: PlannedComponent): void {
    this.note({ applied: [...this.#point.applied, { index, classificationIndex }] });
  }
}

export function sameComponent(one: ComponentKey, other: ComponentKey | undefined): boolean {
  return one.index === other?.index && one.classificationIndex === other.classificationIndex;
}

export function wasApplied(point: ResumePoint, component: ComponentKey): boolean {
  return point.applied.some((each) => sameComponent(each, component));
}

/** It was applied, and we ended before we could note that: the device shows it as pending. */
export function appliedUnnoted(point: ResumePoint, planned: PlannedComponent): boolean {
  const { componentVersionString: version } = planned.component;
  return (
    sameComponent(planned, point.begun) &&
    version !== '' &&
    sameVersion(planned.current?.pendingCompVersionString, version)
  );
}

const INITIALIZED = 0;
const ACTIVATED = 1;

/**
 * The device is in IDLE because of the activation that we asked for, and of nothing else. One that activates by a restart
 * says only that it has started: then what it runs tells, unless it ran the same before.
 */
export function hasActivated(
  point: ResumePoint,
  { currentState, reasonCode }: FirmwareStatus,
  components: readonly PlannedComponent[],
): boolean {
  if (!point.activating || currentState !== 0) return false;
  if (reasonCode === ACTIVATED) return true;
  const applied = components.filter((each) => wasApplied(point, each));
  return reasonCode === INITIALIZED && applied.length > 0 && applied.every(isActive);
}

function isActive({ current, component: { componentVersionString: version }, force }: PlannedComponent): boolean {
  return !force && version !== '' && sameVersion(current?.activeCompVersionString, version);
}
