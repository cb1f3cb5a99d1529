/** What becomes of each address and message where several families are behind one socket, for people. */

import { messageTypeName } from '../ids.js';
import { addressText } from '../place.js';
import type { MctpAddress } from '../transport.js';

export type FamilyTrace =
  /** An address, or a part of it, was translated. */
  | { readonly what: 'translated'; readonly by: string; readonly from: string; readonly to: readonly string[] }
  /** A message goes to a family, with the address as that knows it. */
  | {
      readonly what: 'sent' | 'asked';
      readonly family: string;
      readonly type: number;
      readonly to: MctpAddress;
      readonly inner: MctpAddress;
    }
  | { readonly what: 'answered'; readonly family: string; readonly to: MctpAddress; readonly type: number }
  | { readonly what: 'failed'; readonly family: string; readonly to: MctpAddress; readonly error: Error }
  | { readonly what: 'received'; readonly family: string; readonly from: MctpAddress; readonly type: number }
  | { readonly what: 'bound'; readonly family: string; readonly type: number; readonly network: number }
  /** No family: the address does not say which. */
  | { readonly what: 'refused'; readonly to: MctpAddress; readonly error: Error }
  /** A message could not be told: its network has no number outside. */
  | { readonly what: 'dropped'; readonly family: string; readonly error: Error };

/** One line. */
export function traceText(trace: FamilyTrace): string {
  switch (trace.what) {
    case 'translated':
      return `${trace.by}: ${trace.from} is ${trace.to.join(', ')}`;
    case 'sent':
    case 'asked': {
      const { family, type, to, inner } = trace;
      return `${trace.what} ${messageTypeName(type)} to ${addressText(to)}: ${family}, ${addressText(inner)} there`;
    }
    case 'answered':
      return `${messageTypeName(trace.type)} answered by ${addressText(trace.to)} (${trace.family})`;
    case 'failed':
      return `${addressText(trace.to)} (${trace.family}): ${trace.error.message}`;
    case 'received':
      return `${messageTypeName(trace.type)} from ${addressText(trace.from)} (${trace.family})`;
    case 'bound':
      return `bound to ${messageTypeName(trace.type)} in ${trace.family}${trace.network === 0 ? '' : `, network ${trace.network}`}`;
    case 'refused':
      return `refused ${addressText(trace.to)}: ${trace.error.message}`;
    case 'dropped':
      return `dropped a message of ${trace.family}: ${trace.error.message}`;
  }
}
