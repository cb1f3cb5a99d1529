/**
 * Whose a record is. A repository may describe what other termini have (DSP0248 §28.3): each has a terminus handle, a
 * Terminus Locator says where it is, and its sensors and effecters are numbered, and read, by itself.
 */

import { TERMINUS_LOCATOR_TYPE } from './pdr/entity-pdrs.js';
import { isPdr, type Pdr, type PdrOf } from './pdr/pdr-codec.js';
import { PDR_TYPE } from './pdr/pdr-common.js';

/** The terminus which the records came from; 0: not known. */
export interface OwnTerminus {
  readonly tid: number;
  readonly eid: number;
}

type Locator = PdrOf<typeof PDR_TYPE.terminusLocator>;

export interface OwnRecords {
  readonly pdrs: readonly Pdr[];
  /** Terminus handles of what was left out, ascending. */
  readonly others: readonly number[];
  /** Sensors and effecters that were left out. */
  readonly leftOut: number;
}

/**
 * Without the records of other termini, where the locators tell: one has to be that of the terminus itself. Many devices
 * locate nothing, or with numbers of the factory; then all records are its own.
 */
export function ownRecords(pdrs: readonly Pdr[], own: OwnTerminus): OwnRecords {
  const located = locators(pdrs);
  const ours = new Set(located.filter((one) => isAt(one, own)).map(({ pldmTerminusHandle }) => pldmTerminusHandle));
  const others = new Set(located.map(({ pldmTerminusHandle }) => pldmTerminusHandle).filter((one) => !ours.has(one)));
  if (ours.size === 0 || others.size === 0) return { pdrs, others: [], leftOut: 0 };
  const isOther = (pdr: Pdr): boolean => 'pldmTerminusHandle' in pdr && others.has(pdr.pldmTerminusHandle as number);
  const leftOut = pdrs.filter((pdr) => isOther(pdr) && NUMBERED.some((type) => isPdr(pdr, type))).length;
  return { pdrs: pdrs.filter((pdr) => !isOther(pdr)), others: [...others].sort((a, b) => a - b), leftOut };
}

/** Does it take the TID of the terminus to tell which records are its own? */
export function needsTid(pdrs: readonly Pdr[]): boolean {
  return new Set(locators(pdrs).map(({ pldmTerminusHandle }) => pldmTerminusHandle)).size > 1;
}

function locators(pdrs: readonly Pdr[]): (Locator & Pdr)[] {
  return pdrs.filter((pdr): pdr is Locator & Pdr => isPdr(pdr, PDR_TYPE.terminusLocator) && pdr.validity === 1);
}

const NUMBERED = [
  PDR_TYPE.numericSensor,
  PDR_TYPE.compactNumericSensor,
  PDR_TYPE.stateSensor,
  PDR_TYPE.numericEffecter,
  PDR_TYPE.stateEffecter,
] as const;

function isAt({ tid, terminusLocatorType, terminusLocatorValue }: Locator, own: OwnTerminus): boolean {
  if (tid !== 0 && tid === own.tid) return true;
  if (terminusLocatorType !== TERMINUS_LOCATOR_TYPE.mctpEid) return false;
  return own.eid !== 0 && terminusLocatorValue.length === 1 && terminusLocatorValue[0] === own.eid;
}
