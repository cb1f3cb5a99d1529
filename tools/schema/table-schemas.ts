/** Schemas of `control`, of the tables (`link`, `address`, `route`, `neigh`), of `i2c`, `join` and `config`. */

import {
  anything,
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

const eid = whole(0, 255);
const network = whole(1);

export const controlDocument: Schema = object({
  target: text,
  command: text,
  code: whole(0, 255),
  request: mapOf(anything),
  response: object({ completionCode: whole(0, 255) }),
  timeMs: number,
});

export const linkTable: Schema = list(
  object({
    name: text,
    network,
    binding: whole(0, 255),
    medium: whole(0, 255),
    up: flag,
    transmissionUnit: whole(64),
    mtu: whole(68),
    eids: list(eid),
    addressSize: whole(),
    ownAddress: text,
  }),
);

export const addressTable: Schema = list(object({ network, eid, link: text }));
export const routeTable: Schema = list(
  object({ network, start: eid, end: eid, link: text, gateway: orNull(eid), mtu: whole() }),
);
export const neighTable: Schema = list(object({ network, eid, link: text, physicalAddress: orNull(hex) }));

export const i2cDocument: Schema = object({
  adapters: list(
    object({
      bus: whole(),
      name: text,
      device: anything,
      controller: anything,
      target: anything,
      targetAddresses: list(hex),
      link: orNull(text),
      remedy: orNull(text),
      problem: orNull(text),
      functions: anything,
    }),
  ),
});

export const joinEvent: Schema = either(
  object({ event: oneOf('joined'), interface: text, kernelEid: eid, ownEid: eid }),
  object({ event: oneOf('ready'), endpoints: list(eid) }),
  object({ event: oneOf('appeared', 'vanished'), eid, link: text }),
);

/** Keys of the file that were not written are missing. */
export const configDocument: Schema = object({
  file: text,
  links: list(object({ name: text, url: text, link: text, role: oneOf('bus-owner', 'endpoint'), network })),
  busOwner: mapOf(anything),
  control: mapOf(anything),
  devices: list(object({ name: text, reserve: flag, policy: mapOf(anything) })),
  defaultRole: oneOf('bus-owner', 'endpoint'),
});
