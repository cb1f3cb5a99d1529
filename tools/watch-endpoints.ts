/** Telling what happens to endpoints, as it happens: `discover --watch`. */

import type { EndpointEvent } from '../stack/bus-owner/index.js';
import type { Resolver } from '../stack/names/index.js';
import { endpointName } from './address.js';
import { printable } from './command-error.js';
import { endpointJson } from './format/endpoint-json.js';
import { isoTime } from './format/time-text.js';
import type { WatchDocument } from './schema/network-documents.js';
import type { Session } from './session.js';
import type { World } from './world.js';

/** `events` have been read since the endpoints that are known were told of. Until they end. */
export async function watchEndpoints(
  session: Session,
  events: AsyncIterable<EndpointEvent>,
  json: boolean,
  world: World,
): Promise<void> {
  world.io.endUnread();
  session.owners.monitor();
  for await (const event of events) {
    tellEndpointEvent(event, json, world, session.names);
    await world.io.drained();
  }
}

export function tellEndpointEvent(event: EndpointEvent, json: boolean, { io, time }: World, names: Resolver): void {
  if (json) io.print(JSON.stringify(eventJson(event, time(), names)));
  else for (const line of eventLines(event, names)) io.print(timed(line, time()));
}

/** For people who look on: with the time of day. */
export function timed(line: string, ms: number): string {
  return `${new Date(ms).toTimeString().slice(0, 8)}  ${printable(line)}`;
}

function eventJson(event: EndpointEvent, ms: number, names: Resolver): WatchDocument {
  const time = isoTime(ms);
  if (event.type === 'conflict') return { event: event.type, time, place: event.place, what: event.what };
  const detail = 'what' in event ? event.what : 'reason' in event ? event.reason : null;
  return { event: event.type, time, endpoint: endpointJson(event.endpoint, names), what: detail };
}

function eventLines(event: EndpointEvent, names: Resolver): string[] {
  if (event.type === 'conflict') return [`conflict   ${event.place}: ${event.what}`];
  return [`${event.type.padEnd(9)}  ${endpointName(names, event.endpoint)}: ${endpointEventDetail(event)}`];
}

/** What of an endpoint has changed, or why it is gone; of one that appeared, which it is. */
export function endpointEventDetail(event: Exclude<EndpointEvent, { readonly type: 'conflict' }>): string {
  if ('what' in event) return event.what;
  return 'reason' in event ? event.reason : (event.endpoint.uuid ?? 'no UUID');
}
