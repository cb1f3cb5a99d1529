/** Several transports behind one socket. */

export type { FamilyOptions } from './family.js';
export { type FamilyTrace, traceText } from './family-trace.js';
export { FamilyTransport, type FamilyTransportOptions } from './family-transport.js';
