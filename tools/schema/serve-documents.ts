/** Documents of the verbs of served networks. */

import {
  anything,
  document,
  either,
  flag,
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
import { runEvent } from './run-shapes.js';

export const serveDocument = document(
  'serve',
  'One line of mctpkit serve --json',
  either(
    runEvent,
    object({ event: oneOf('ready'), network: text, folder: text, 'metrics?': text }),
    object({ event: oneOf('page'), url: text }),
    object({ event: oneOf('reloaded'), changed: list(text), needsRestart: list(text) }),
    object({ event: oneOf('leftOut'), kind: text, lines: whole(1) }),
    object({
      event: text,
      level: oneOf('error', 'warning', 'info', 'debug'),
      network: text,
      time: text,
      details: anything,
    }),
  ),
);
export type ServeDocument = Of<typeof serveDocument>;

const binding = object({ type: whole(0, 127), network: whole(), eid: whole(0, 255), peer: orNull(whole(0, 255)) });

const node = object({
  node: whole(1),
  description: text,
  right: oneOf('receive', 'use', 'manage'),
  uid: orNull(whole()),
  pid: orNull(whole()),
  persistent: orNull(text),
  present: flag,
  interface: orNull(text),
  lossless: flag,
  bindings: list(binding),
  queued: whole(),
  dropped: whole(),
  received: whole(),
  sent: whole(),
  pending: whole(),
  tags: whole(),
  since: number,
});

const optionValue = either(number, flag, text);

const option = object({
  name: text,
  value: optionValue,
  default: optionValue,
  what: text,
  'least?': number,
  'most?': number,
  'unit?': text,
  'who?': oneOf('receive', 'use', 'manage'),
});

export const networkDocument = document(
  'network',
  'One document of mctpkit network --json: of list, nodes, get, metrics, tap, or grab',
  either(
    object({ networks: list(object({ name: text, folder: text })) }),
    object({ network: text, policy: text, nodes: list(node) }),
    object({ options: list(option) }),
    object({ network: text, counters: mapOf(number), links: list(anything), peers: list(anything) }),
    object({ file: text, packets: whole() }),
    object({ node: whole(1) }),
  ),
);

/** What happened to a message. */
const traceEntry = object({
  what: oneOf('sent', 'answered', 'failed', 'delivered', 'dropped'),
  node: orNull(whole(1)),
  eid: whole(0, 255),
  type: whole(0, 127),
  bytes: whole(),
  link: orNull(text),
  physicalAddress: orNull(text),
  tag: orNull(whole(0, 7)),
  packets: orNull(whole()),
  answerBytes: orNull(whole()),
  answerPackets: orNull(whole()),
  ms: orNull(number),
  retries: orNull(whole()),
  why: orNull(text),
});

export const networkEventDocument = document(
  'network-event',
  'One line of mctpkit network events --json and trace --json',
  either(
    object({ event: oneOf('trace'), time: text, details: traceEntry }),
    object({ event: text, time: text, details: anything }),
  ),
);
export type NetworkEventDocument = Of<typeof networkEventDocument>;
