/** What a test says of a check which does not pass. */

import { toHex } from '../../../stack/codec/index.js';
import type { CheckResult } from '../../validator/run-checks.js';

/** Packets in the text of a failure: the last ones, where it was broken. */
const MOST_PACKETS = 8;
/** Of each packet. */
const MOST_BYTES = 96;

/**
 * Why the test is skipped; undefined when it passes or fails. `before` is the verdict in the baseline: what was broken
 * there is known.
 */
export function skipReason({ verdict, why, level }: CheckResult, before: string | undefined): string | undefined {
  if (verdict === 'notApplicable') return `does not apply: ${why}`;
  if (verdict === 'inconclusive') return `inconclusive: ${why}`;
  if (verdict === 'pass') return undefined;
  if (before === 'fail' || before === 'warning') return `does not pass in the baseline either: ${why}`;
  return verdict === 'warning' ? `only ${level}: ${why}` : undefined;
}

/** A device does not do what a clause requires. */
export class CheckFailure extends Error {
  constructor(result: CheckResult) {
    super(failureText(result));
    this.name = 'CheckFailure';
    // The place in the code is that of every check: what is wrong is in the device.
    this.stack = `${this.name}: ${this.message}`;
  }
}

function failureText({ check, level, why, packets, packetsDropped }: CheckResult): string {
  const kept = packets.slice(-MOST_PACKETS);
  const left = packets.length - kept.length + packetsDropped;
  return [
    `${check.id} (${check.clause}, ${level}): ${why}`,
    `  it matters: ${check.why}`,
    `  a failure: ${check.failure}`,
    `  to mend it: ${check.mend}`,
    ...(left > 0 ? [`  ... ${left} packets before`] : []),
    ...kept.map(({ direction, bytes, fault }) => {
      const end = bytes.length > MOST_BYTES ? `... ${bytes.length} bytes` : '';
      const because = fault === undefined ? '' : `  (${fault})`;
      return `  ${direction.padEnd(8)} ${toHex(bytes.subarray(0, MOST_BYTES))}${end}${because}`;
    }),
  ].join('\n');
}
