/** Changing the stack's tables whatever is in them. */

import type { Mctp } from '../mctp.js';

export interface NewRoute {
  readonly start: number;
  readonly end: number;
  readonly link: string;
  readonly gateway?: number;
}

/** Put a route in, in the place of the one for the same range. */
export function replaceRoute(mctp: Mctp, network: number, route: NewRoute): void {
  dropRoute(mctp, network, route.start, route.end);
  mctp.addRoute(route);
}

/** Harmless when there is none. */
export function dropRoute(mctp: Mctp, network: number, start: number, end: number): void {
  const present = mctp.routes().some((r) => r.network === network && r.start === start && r.end === end);
  if (present) mctp.removeRoute(start, end, network);
}
