/** How a check ends when it does not pass. */

export type Verdict = 'pass' | 'fail' | 'warning' | 'notApplicable' | 'inconclusive';

export const VERDICTS: readonly Verdict[] = ['fail', 'warning', 'inconclusive', 'pass', 'notApplicable'];

/**
 * Thrown by checks and by the helpers of the probe: the check is over. No Error: many checks of a run end with one, and a
 * stack trace would be thrown away.
 */
export class Finding {
  constructor(
    /** `broken`: what the check is about does not hold; a fail, or a warning where it is only recommended. */
    readonly kind: 'broken' | 'warning' | 'notApplicable' | 'inconclusive',
    /** A sentence for people, without a full stop. */
    readonly message: string,
    /** The device did not answer, which may be because it is gone. */
    readonly isSilence = false,
  ) {}
}

/** The device does not do what it must. @throws Finding */
export function broken(why: string): never {
  throw new Finding('broken', why);
}

/** The check does not concern this device, link or stack. @throws Finding */
export function notApplicable(why: string): never {
  throw new Finding('notApplicable', why);
}

/** Nothing can be said. @throws Finding */
export function inconclusive(why: string): never {
  throw new Finding('inconclusive', why);
}

/** What must hold of the device. @throws Finding when it does not */
export function must(holds: boolean, why: string): asserts holds {
  if (!holds) broken(why);
}
