/** Documents of the verbs that send and watch messages. */

import {
  anything,
  document,
  either,
  flag,
  hex,
  list,
  mapOf,
  nothing,
  number,
  type Of,
  object,
  oneOf,
  orNull,
  text,
  whole,
} from './document.js';
import { byte, command, direction, eid, error, fields, kind } from './shared-shapes.js';

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

const messageMembers = {
  src: orNull(eid),
  dest: orNull(eid),
  to: flag,
  tag: orNull(whole(0, 7)),
  ic: flag,
  type: whole(0, 127),
  packets: whole(),
  message: hex,
  'command?': command,
  'kind?': kind,
  'instanceId?': whole(0, 255),
  'fields?': fields,
  'before?': fields,
  'error?': error,
};

const message = object(messageMembers);
export type MessageDocument = Of<typeof message>;

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
    flags: byte,
    payload: hex,
    'type?': whole(0, 127),
    'ic?': flag,
    'lost?': text,
    'completes?': whole(),
  }),
);
export type PacketDocument = Of<typeof packet>;

const answer = object({
  source: eid,
  link: text,
  physicalAddress: orNull(hex),
  message: hex,
  'command?': command,
  'kind?': kind,
  'instanceId?': whole(0, 255),
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
export type IntervalDocument = Of<typeof interval>;

export const pingDocument = document(
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
);
export type PingDocument = Of<typeof pingDocument>;

export const sendDocument = document(
  'send',
  'One document of mctpkit send --json',
  object({
    target: text,
    type: whole(0, 127),
    request: object({
      message: hex,
      'command?': command,
      'kind?': kind,
      'instanceId?': whole(0, 255),
      'fields?': fields,
    }),
    answer: orNull(answer),
    latencyMs: orNull(number),
    error: orNull(error),
  }),
);
export type SendDocument = Of<typeof sendDocument>;

export const listenDocument = document(
  'listen',
  'One line of mctpkit listen --json',
  either(
    object({
      event: oneOf('message'),
      timeUs: number,
      link: text,
      direction,
      physicalAddress: orNull(hex),
      ...messageMembers,
    }),
    object({ event: oneOf('fault'), timeUs: number, link: text, fault: text, hex }),
  ),
);
export type ListenDocument = Of<typeof listenDocument>;

export const captureDocument = document(
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
);
export type CaptureDocument = Of<typeof captureDocument>;

export const decodeDocument = document(
  'decode',
  'One document of mctpkit decode --json; with --kind it has things',
  either(
    object({
      layer: orNull(text),
      detected: flag,
      'remarks?': list(text),
      packets: list(packet),
      messages: list(
        object({
          timeUs: orNull(number),
          dir: orNull(text),
          ...messageMembers,
          'request?': orNull(whole()),
          'latencyUs?': orNull(number),
          'retryOf?': orNull(whole()),
          'unanswered?': flag,
          'stray?': flag,
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
            command: either(text, byte),
            kind: oneOf('pdr', 'event', 'table', 'header'),
            'table?': text,
            instanceId: nothing,
            fields: mapOf(anything),
            'remarks?': list(text),
          }),
          object({ ok: oneOf(false), error: object({ code: text, message: text }), 'before?': fields }),
        ),
      ),
    }),
  ),
);
export type DecodeDocument = Of<typeof decodeDocument>;

export const benchDocument = document(
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
);
export type BenchDocument = Of<typeof benchDocument>;

const sensorsOf = object({
  target: text,
  network: whole(1),
  eid,
  reading: flag,
  error: orNull(text),
  sensors: list(object({ kind: oneOf('numeric', 'state'), id: whole(), name: text, error: orNull(text) })),
});

export const topDocument = document(
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
        name: orNull(text),
        link: text,
        connectivity: text,
        messagesPerSecond: number,
        timeouts: whole(),
        retries: whole(),
      }),
    ),
    'termini?': list(sensorsOf),
    /** NVMe drives, by NVMe-MI. */
    'drives?': list(sensorsOf),
  }),
);
export type TopDocument = Of<typeof topDocument>;
