/** What our JSON looks like, by verb: a contract (docs/json.md), printed by `mctpkit schema` and tested against what is printed. */

import { fileDocument, fwDocument } from './firmware-schemas.js';
import { pdrDocument, pldmDocument, sensorEvent, sensorsDocument } from './pldm-schemas.js';
import {
  anything,
  document,
  either,
  flag,
  hex,
  list,
  mapOf,
  number,
  object,
  oneOf,
  orNull,
  type Schema,
  text,
  whole,
} from './schema-parts.js';
import {
  addressTable,
  configDocument,
  controlDocument,
  i2cDocument,
  joinEvent,
  linkTable,
  neighTable,
  routeTable,
} from './table-schemas.js';

const eid = whole(0, 255);
const error = object({ code: text, message: text });
const fields = mapOf(anything);
const direction = oneOf('rx', 'tx');
const command = either(text, whole(0, 255));
const kind = oneOf('request', 'response', 'datagram');

const times = object({
  count: whole(),
  minMs: number,
  meanMs: number,
  p50Ms: number,
  p90Ms: number,
  p99Ms: number,
  p999Ms: number,
  maxMs: number,
});

const link = object({
  name: text,
  url: text,
  network: whole(1),
  binding: whole(0, 255),
  medium: whole(0, 255),
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
  vendorDefined: list(object({ format: whole(0, 1), vendorId: whole(), commandSet: whole(0, 0xffff) })),
  versions: mapOf(list(text)),
  connectivity: oneOf('available', 'degraded'),
  eidType: whole(0, 3),
  bridge: orNull(eid),
  pool: orNull(object({ first: eid, size: whole(1) })),
  remarks: list(text),
});

const message = {
  src: eid,
  dest: eid,
  to: flag,
  tag: whole(0, 7),
  ic: flag,
  type: whole(0, 127),
  packets: whole(),
  message: hex,
  'command?': command,
  'kind?': kind,
  'instanceId?': whole(0, 31),
  'fields?': fields,
  'error?': error,
};

const packet = either(
  object({ timeUs: orNull(number), dir: orNull(text), fault: text, hex }),
  object({
    timeUs: orNull(number),
    dir: orNull(text),
    packet: hex,
    version: whole(0, 15),
    dest: eid,
    src: eid,
    som: flag,
    eom: flag,
    seq: whole(0, 3),
    to: flag,
    tag: whole(0, 7),
    flags: whole(0, 255),
    payload: hex,
    'type?': whole(0, 127),
    'ic?': flag,
    'lost?': text,
    'completes?': whole(),
  }),
);

const answer = object({
  source: eid,
  link: text,
  physicalAddress: orNull(hex),
  message: hex,
  'command?': command,
  'kind?': kind,
  'instanceId?': whole(0, 31),
  'fields?': fields,
  'error?': error,
});

const interval = object({
  seconds: number,
  sent: whole(),
  received: whole(),
  lost: whole(),
  messagesPerSecond: number,
  p99Ms: orNull(number),
  memoryMB: number,
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

const runEvent = either(
  endpointEvent,
  object({
    event: oneOf('started'),
    links: list(
      object({ name: text, role: oneOf('bus-owner', 'endpoint', 'bridge'), network: whole(1), eid: orNull(eid) }),
    ),
  }),
  object({ event: oneOf('assigned'), time: text, link: text, eid, busOwner: eid }),
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
  object({ event: oneOf('ended') }),
);

export const SCHEMAS: Readonly<Record<string, Schema>> = {
  discover: document(
    'discover',
    'One document of mctpkit discover --json',
    object({ links: list(link), endpoints: list(endpoint), conflicts: list(object({ place: text, what: text })) }),
  ),
  ping: document(
    'ping',
    'One document of mctpkit ping --json',
    object({
      target: text,
      sent: whole(),
      received: whole(),
      lossPercent: number,
      rttMs: orNull(object({ min: number, avg: number, max: number })),
      replies: list(object({ seq: whole(1), rttMs: orNull(number), eid: orNull(eid), error: orNull(error) })),
    }),
  ),
  send: document(
    'send',
    'One document of mctpkit send --json',
    object({
      target: text,
      type: whole(0, 127),
      request: object({
        message: hex,
        'command?': command,
        'kind?': kind,
        'instanceId?': whole(0, 31),
        'fields?': fields,
      }),
      answer: orNull(answer),
      latencyMs: orNull(number),
      error: orNull(error),
    }),
  ),
  listen: document(
    'listen',
    'One line of mctpkit listen --json',
    either(
      object({
        event: oneOf('message'),
        timeUs: number,
        link: text,
        direction,
        physicalAddress: orNull(hex),
        ...message,
      }),
      object({ event: oneOf('fault'), timeUs: number, link: text, fault: text, hex }),
    ),
  ),
  capture: document(
    'capture',
    'One line of mctpkit capture --json',
    object({
      timeUs: number,
      link: text,
      direction,
      physicalAddress: orNull(hex),
      packet: hex,
      fault: orNull(text),
      command: orNull(command),
      kind: orNull(kind),
    }),
  ),
  decode: document(
    'decode',
    'One document of mctpkit decode --json; with --kind it has things',
    either(
      object({
        layer: orNull(text),
        detected: flag,
        packets: list(packet),
        messages: list(
          object({
            timeUs: orNull(number),
            dir: orNull(text),
            ...message,
            'request?': orNull(whole()),
            'latencyUs?': orNull(number),
            'retryOf?': orNull(whole()),
            'unanswered?': flag,
          }),
        ),
        summary: object({
          packets: whole(),
          faults: whole(),
          requests: whole(),
          answered: whole(),
          retries: whole(),
          unanswered: whole(),
          failed: whole(),
          latencyUs: orNull(object({ min: number, median: number, max: number })),
        }),
      }),
      object({
        layer: oneOf('pldm'),
        detected: flag,
        things: list(
          either(
            object({
              ok: oneOf(true),
              layer: oneOf('pldm'),
              pldmType: whole(0, 63),
              command: either(text, whole(0, 255)),
              kind: oneOf('pdr', 'event', 'table', 'header'),
              'table?': text,
              instanceId: { type: 'null' },
              fields: mapOf(anything),
            }),
            object({ ok: oneOf(false), error: object({ code: text, message: text }) }),
          ),
        ),
      }),
    ),
  ),
  bench: document(
    'bench',
    'One document of mctpkit bench --json and of its --report',
    object({
      target: text,
      mode: oneOf('echo', 'send', 'request'),
      size: whole(),
      parallel: whole(1),
      seconds: number,
      sent: whole(),
      received: whole(),
      lost: whole(),
      lossPercent: number,
      invalid: whole(),
      errors: mapOf(whole()),
      messagesPerSecond: number,
      sentBytesPerSecond: number,
      receivedBytesPerSecond: number,
      timesMs: orNull(times),
      histogram: list(object({ fromMs: number, toMs: number, count: whole() })),
      links: list(object({ name: text, counters: mapOf(number) })),
      intervals: list(interval),
    }),
  ),
  watch: document('watch', 'One line of mctpkit discover --watch --json, after the first', endpointEvent),
  run: document('run', 'One line of mctpkit run --json', runEvent),
  control: document('control', 'One document of mctpkit control --json', controlDocument),
  pldm: document('pldm', 'One document of mctpkit pldm --json: one of these, by command', pldmDocument),
  sensors: document('sensors', 'One document of mctpkit sensors --json', sensorsDocument),
  'sensors-watch': document('sensors-watch', 'One line of mctpkit sensors --watch --json', sensorEvent),
  pdr: document('pdr', 'One document of mctpkit pdr --json', pdrDocument),
  fw: document('fw', 'One document, or line, of mctpkit fw --json: one of these, by what is done', fwDocument),
  file: document('file', 'One document of mctpkit file --json: of ls, get, put', fileDocument),
  link: document('link', 'One document of mctpkit link --json', linkTable),
  address: document('address', 'One document of mctpkit address --json', addressTable),
  route: document('route', 'One document of mctpkit route --json', routeTable),
  neigh: document('neigh', 'One document of mctpkit neigh --json', neighTable),
  i2c: document('i2c', 'One document of mctpkit i2c --json', i2cDocument),
  join: document('join', 'One line of mctpkit join --json', joinEvent),
  config: document('config', 'One document of mctpkit config check --json', configDocument),
  device: document('device', 'One line of mctpkit emulate, echo and bench --serve with --json', deviceEvent),
  doctor: document(
    'doctor',
    'One document of mctpkit doctor --json',
    object({
      healthy: flag,
      checks: list(object({ id: text, status: oneOf('ok', 'missing', 'warning', 'broken'), what: text, 'fix?': text })),
    }),
  ),
  top: document(
    'top',
    'One line of mctpkit top --json',
    object({
      timeUs: number,
      links: list(
        object({
          name: text,
          up: flag,
          rxPacketsPerSecond: number,
          txPacketsPerSecond: number,
          rxBytesPerSecond: number,
          txBytesPerSecond: number,
          faults: whole(),
        }),
      ),
      endpoints: list(
        object({
          network: whole(1),
          eid,
          link: text,
          connectivity: text,
          messagesPerSecond: number,
          timeouts: whole(),
          retries: whole(),
        }),
      ),
      'termini?': list(
        object({
          target: text,
          network: whole(1),
          eid,
          reading: flag,
          error: orNull(text),
          sensors: list(object({ kind: oneOf('numeric', 'state'), id: whole(), name: text, error: orNull(text) })),
        }),
      ),
    }),
  ),
  version: document('version', 'mctpkit version --json', object({ mctpkit: text, node: text })),
};
