/** What happens to endpoints, links and roles, in the documents of several verbs. */

import { either, hex, list, mapOf, object, oneOf, orNull, text, whole } from './document.js';
import { eid, u16 } from './shared-shapes.js';

export const endpoint = object({
  network: whole(1),
  eid,
  name: orNull(text),
  link: text,
  physicalAddress: orNull(hex),
  uuid: orNull(text),
  endpointType: whole(0, 3),
  messageTypes: list(whole(0, 127)),
  vendorDefined: list(object({ format: whole(0, 1), vendorId: whole(), commandSet: u16 })),
  versions: mapOf(list(text)),
  connectivity: oneOf('available', 'degraded'),
  eidType: whole(0, 3),
  bridge: orNull(eid),
  pool: orNull(object({ first: eid, size: whole(1) })),
  remarks: list(text),
});

/** What happens to endpoints: `discover --watch`, and `run`. */
export const endpointEvent = either(
  object({
    event: oneOf('appeared', 'changed', 'degraded', 'recovered', 'vanished'),
    time: text,
    endpoint,
    what: orNull(text),
  }),
  object({ event: oneOf('conflict'), time: text, place: text, what: text }),
);

export const runEvent = either(
  endpointEvent,
  object({
    event: oneOf('started'),
    links: list(
      object({ name: text, role: oneOf('bus-owner', 'endpoint', 'bridge'), network: whole(1), eid: orNull(eid) }),
    ),
  }),
  object({ event: oneOf('assigned'), time: text, link: text, eid, busOwner: eid }),
  object({
    event: oneOf('ownerChanged'),
    time: text,
    link: text,
    busOwner: eid,
    place: text,
    previous: eid,
    previousPlace: text,
  }),
  object({ event: oneOf('pool'), time: text, first: eid, size: whole(1) }),
  object({ event: oneOf('linkUp'), time: text, link: text }),
  object({ event: oneOf('linkDown'), time: text, link: text, reason: text }),
  object({
    event: oneOf('linkPath'),
    time: text,
    link: text,
    path: text,
    state: oneOf('up', 'backup', 'down', 'refused'),
    reason: orNull(text),
  }),
  object({ event: oneOf('problem'), time: text, what: text }),
  object({ event: oneOf('ended') }),
);
