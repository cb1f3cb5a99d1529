/** The keys of `[cables.NAME]`, as those of the other sections in config-keys.ts. */

import { CABLE_TIMES } from '../../bindings/cable/sub-path.js';
import { section } from './config-section.js';
import { flag, milliseconds, passing, places, text, whole } from './key-kinds.js';

/** `[cables.NAME]`: a cable to another machine; its link is `cable:NAME`. */
export const CABLE = section({
  connect: {
    kind: places,
    what: 'where the other end is; several: a sub-path by each',
    otherwise: 'it connects to us',
  },
  backup: { kind: places, what: 'where it is, too, for while none of the others works', otherwise: 'none' },
  listen: { kind: places, what: 'where the other end may connect', otherwise: 'nowhere' },
  advertise: { kind: places, what: 'where we can be reached, too: the other end is told', otherwise: 'none' },
  'follow-advertised': {
    kind: flag,
    what: 'connect also to the addresses which the other end tells',
    default: true as boolean,
  },
  'key-file': { kind: text, what: 'the file of the key, as `mctpkit cable pair` makes it', otherwise: 'certificates' },
  certificate: { kind: text, what: 'the file of our certificate (PEM)', otherwise: '`key-file`' },
  'private-key': { kind: text, what: 'the file of its private key', otherwise: '`key-file`' },
  trust: {
    kind: text,
    what: "the file of the authority which signed the other end's certificate, or of that certificate",
    otherwise: '`key-file`',
  },
  'peer-name': {
    kind: text,
    what: "the name in the other end's certificate",
    otherwise: 'any which the authority signed',
  },
  receive: { kind: passing, what: 'the message types which may come in', otherwise: 'nothing' },
  send: { kind: passing, what: 'the message types which may go out', otherwise: 'nothing' },
  hops: { kind: whole(1, 15), what: 'cables which a packet may pass, one after the other', otherwise: '4' },
  'heartbeat-ms': {
    kind: milliseconds(20),
    what: 'between two signs of life of a sub-path; four missing: it is dead',
    otherwise: String(CABLE_TIMES.heartbeatMs),
  },
  'grace-ms': {
    kind: milliseconds(0),
    what: 'how long the link stays up without a sub-path',
    otherwise: String(CABLE_TIMES.graceMs),
  },
});
