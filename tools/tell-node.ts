/** Telling what happens to the links and roles of a configuration, as it happens. */

import type { Resolver } from '../stack/names/index.js';
import { printable } from './command-error.js';
import type { NodeEvent } from './config/running-node.js';
import { isoTime } from './format/time-text.js';
import type { RunDocument } from './schema/network-documents.js';
import { tellEndpointEvent, timed } from './watch-endpoints.js';
import type { World } from './world.js';

/** What happens to the links and roles of a configuration: `run` and `serve`. */
export function tellNodeEvent(event: NodeEvent, json: boolean, world: World, names: Resolver): void {
  const { io, time } = world;
  if (event.kind === 'endpoint') {
    tellEndpointEvent(event.happened, json, world, names);
    return;
  }
  if (json) io.print(JSON.stringify(eventJson(event, isoTime(time()))));
  else if (event.kind === 'problem') io.note(printable(event.what));
  else io.print(timed(nodeEventWords(event), time()));
}

type Told = Exclude<NodeEvent, { kind: 'endpoint' }>;

function eventJson(event: Told, time: string): RunDocument {
  switch (event.kind) {
    case 'assigned':
      return { event: event.kind, time, link: event.link, eid: event.eid, busOwner: event.busOwner };
    case 'ownerChanged': {
      const { kind, ...rest } = event;
      return { event: kind, time, ...rest };
    }
    case 'pool':
      return { event: event.kind, time, first: event.first, size: event.size };
    case 'linkUp':
      return { event: event.kind, time, link: event.link };
    case 'linkDown':
      return { event: event.kind, time, link: event.link, reason: event.reason };
    case 'linkPath': {
      const { kind, ...rest } = event;
      return { event: kind, time, ...rest };
    }
    case 'problem':
      return { event: event.kind, time, what: event.what };
  }
}

/** In one line for people. */
export function nodeEventWords(event: Exclude<NodeEvent, { kind: 'endpoint' | 'problem' }>): string {
  switch (event.kind) {
    case 'assigned': {
      const { link, eid, busOwner } = event;
      return `assigned   EID ${eid} on ${link}, by the bus owner with EID ${busOwner}`;
    }
    case 'ownerChanged': {
      const { link, busOwner, place, previous, previousPlace } = event;
      return `new owner  of ${link}: EID ${busOwner} (${place}), before it EID ${previous} (${previousPlace})`;
    }
    case 'pool':
      return `pool       EID ${event.first} to ${event.first + event.size - 1} for what is below`;
    case 'linkUp':
      return `link up    ${event.link}`;
    case 'linkDown':
      return `link down  ${event.link}: ${event.reason}`;
    case 'linkPath': {
      const { link, path, state, reason } = event;
      return `path ${state.padEnd(7)}${link} by ${path}${reason === null ? '' : `: ${reason}`}`;
    }
  }
}
