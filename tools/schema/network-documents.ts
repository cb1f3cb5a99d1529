/** Documents of the verbs that find endpoints and play roles. */

import {
  document,
  either,
  flag,
  hex,
  list,
  mapOf,
  number,
  type Of,
  object,
  oneOf,
  orNull,
  text,
  whole,
} from './document.js';
import { byte, eid, u16 } from './shared-shapes.js';

const link = object({
  name: text,
  url: text,
  network: whole(1),
  binding: byte,
  medium: byte,
  up: flag,
  transmissionUnit: whole(64),
  eid: orNull(eid),
  physicalAddress: orNull(hex),
});

const endpoint = object({
  network: whole(1),
  eid,
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
const endpointEvent = either(
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
  object({ event: oneOf('problem'), time: text, what: text }),
  object({ event: oneOf('ended') }),
);

/** Events of `emulate`, `echo` and `bench --serve`: a line each. */
const deviceEvent = either(
  object({ event: oneOf('started'), device: text, links: list(text) }),
  object({ event: oneOf('address'), link: text, eid, 'device?': text }),
  object({ event: oneOf('reset', 'linkUp'), link: text }),
  object({ event: oneOf('linkDown'), link: text, reason: text }),
  object({ event: oneOf('problem'), link: text, what: text }),
  object({ event: oneOf('controlTaken') }),
  object({ event: oneOf('echo'), source: eid, bytes: whole() }),
  object({ event: oneOf('requested'), source: eid, size: whole(), count: whole() }),
  object({
    event: oneOf('data'),
    source: eid,
    received: whole(),
    lost: whole(),
    invalid: whole(),
    bytesPerSecond: number,
  }),
  object({
    event: oneOf('ended'),
    'source?': eid,
    'messages?': whole(),
    'received?': whole(),
    'bytes?': whole(),
    'lost?': whole(),
    'invalid?': whole(),
  }),
);

export const discoverDocument = document(
  'discover',
  'One document of mctpkit discover --json',
  object({ links: list(link), endpoints: list(endpoint), conflicts: list(object({ place: text, what: text })) }),
);
export type DiscoverDocument = Of<typeof discoverDocument>;

export const watchDocument = document(
  'watch',
  'One line of mctpkit discover --watch --json, after the first',
  endpointEvent,
);
export type WatchDocument = Of<typeof watchDocument>;

export const runDocument = document('run', 'One line of mctpkit run --json', runEvent);
export type RunDocument = Of<typeof runDocument>;

export const deviceDocument = document(
  'device',
  'One line of mctpkit emulate, echo and bench --serve with --json',
  deviceEvent,
);
export type DeviceDocument = Of<typeof deviceDocument>;

export const doctorDocument = document(
  'doctor',
  'One document of mctpkit doctor --json',
  object({
    healthy: flag,
    checks: list(object({ id: text, status: oneOf('ok', 'missing', 'warning', 'broken'), what: text, 'fix?': text })),
  }),
);
export type DoctorDocument = Of<typeof doctorDocument>;

export const versionDocument = document('version', 'mctpkit version --json', object({ mctpkit: text, node: text }));
export type VersionDocument = Of<typeof versionDocument>;
