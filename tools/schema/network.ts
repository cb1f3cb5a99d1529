/** JSON of the tables (`link`, `address`, `route`, `neigh`), `config`, `i2c` and `join`. */

import { document, either, flag, hex, list, mapOf, number, object, oneOf, orNull, text, whole } from './build.js';
import { eid, fields } from './words.js';

const network = whole(1);

export const NETWORK_SCHEMAS = {
  link: document(
    'link',
    'One document of mctpkit link --json',
    list(object({ name: text, network, up: flag, transmissionUnit: whole(64), mtu: whole(68), eids: list(eid) })),
  ),
  address: document('address', 'One document of mctpkit address --json', list(object({ network, eid, link: text }))),
  route: document(
    'route',
    'One document of mctpkit route --json',
    list(object({ network, start: eid, end: eid, link: text, gateway: orNull(eid), mtu: whole() })),
  ),
  neigh: document(
    'neigh',
    'One document of mctpkit neigh --json',
    list(object({ network, eid, link: text, physicalAddress: orNull(hex) })),
  ),
  config: document(
    'config',
    'One document of mctpkit config check --json',
    object({
      file: text,
      'uuid?': text,
      'networkId?': text,
      links: list(
        object({
          name: text,
          url: text,
          link: text,
          role: oneOf('bus-owner', 'endpoint'),
          network,
          'ownEid?': eid,
          'transmissionUnit?': whole(64),
        }),
      ),
      busOwner: fields,
      control: mapOf(number),
      'bridge?': object({ upstream: text, poolSize: whole(1) }),
      'rateLimits?': fields,
      devices: list(
        object({
          name: text,
          'link?': text,
          'physicalAddress?': hex,
          'uuid?': text,
          'eid?': eid,
          reserve: flag,
          'poolStart?': eid,
          policy: fields,
        }),
      ),
      'firewall?': fields,
      defaultRole: oneOf('bus-owner', 'endpoint'),
    }),
  ),
  i2c: document(
    'i2c',
    'One document of mctpkit i2c --json',
    object({
      adapters: list(
        object({
          bus: whole(),
          name: text,
          device: text,
          controller: flag,
          target: flag,
          targetAddresses: list(hex),
          link: orNull(text),
          remedy: orNull(text),
          problem: orNull(text),
          functions: orNull(list(text)),
        }),
      ),
    }),
  ),
  join: document(
    'join',
    'One line of mctpkit join --json',
    either(
      object({ event: oneOf('joined'), interface: text, kernelEid: eid, ownEid: eid }),
      object({ event: oneOf('ready'), endpoints: list(eid) }),
      object({ event: oneOf('appeared', 'vanished'), eid, link: text }),
    ),
  ),
};
