/** Documents of `control`, of the tables (`link`, `address`, `route`, `neigh`), of `i2c`, `usb`, `join` and `config`. */

import {
  anything,
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
  open,
  orNull,
  record,
  text,
  whole,
} from './document.js';
import { byte, eid, network } from './shared-shapes.js';

export const controlDocument = document(
  'control',
  'One document of mctpkit control --json',
  object({
    target: text,
    command: text,
    code: byte,
    request: mapOf(anything),
    response: open({ completionCode: byte }),
    timeMs: number,
  }),
);
export type ControlDocument = Of<typeof controlDocument>;

export const linkDocument = document(
  'link',
  'One document of mctpkit link --json',
  list(
    object({
      name: text,
      network,
      binding: byte,
      medium: byte,
      up: flag,
      transmissionUnit: whole(64),
      mtu: whole(68),
      eids: list(eid),
      addressSize: whole(),
      ownAddress: text,
      'paths?': list(
        object({
          name: text,
          state: oneOf('joining', 'joined', 'up', 'closed'),
          backup: flag,
          roundTripMs: orNull(number),
          txPackets: whole(),
          rxPackets: whole(),
        }),
      ),
    }),
  ),
);
export type LinkDocument = Of<typeof linkDocument>;

export const addressDocument = document(
  'address',
  'One document of mctpkit address --json',
  list(object({ network, eid, link: text })),
);
export type AddressDocument = Of<typeof addressDocument>;
export const routeDocument = document(
  'route',
  'One document of mctpkit route --json',
  list(object({ network, start: eid, end: eid, link: text, gateway: orNull(eid), mtu: whole() })),
);
export type RouteDocument = Of<typeof routeDocument>;
export const neighDocument = document(
  'neigh',
  'One document of mctpkit neigh --json',
  list(object({ network, eid, link: text, physicalAddress: orNull(hex) })),
);
export type NeighDocument = Of<typeof neighDocument>;

export const i2cDocument = document(
  'i2c',
  'One document of mctpkit i2c --json',
  object({
    adapters: list(
      object({
        url: text,
        bus: orNull(whole()),
        name: orNull(text),
        device: text,
        controller: flag,
        target: flag,
        sniffer: flag,
        largestWrite: orNull(whole()),
        firmware: orNull(text),
        targetAddresses: list(hex),
        behind: orNull(whole()),
        link: orNull(text),
        remedy: orNull(text),
        problem: orNull(text),
        functions: anything,
      }),
    ),
  }),
);
export type I2cDocument = Of<typeof i2cDocument>;

export const adapterDocument = document(
  'adapter',
  'One document of mctpkit adapter --json',
  either(
    object({ flashed: flag, firmware: text }),
    object({ url: text, name: text, firmware: text, serialNumber: text, selfTest: oneOf('passed') }),
    object({
      url: text,
      name: text,
      firmware: text,
      serialNumber: text,
      can: mapOf(flag),
      largestWrite: whole(),
      lines: object({ scl: flag, sda: flag }),
    }),
    object({ url: text, name: text, firmware: text, serialNumber: text, counters: mapOf(whole()) }),
  ),
);
export type AdapterDocument = Of<typeof adapterDocument>;

export const usbDocument = document(
  'usb',
  'One document of mctpkit usb --json',
  object({
    devices: list(
      object({
        path: text,
        interface: byte,
        ids: text,
        manufacturer: text,
        product: text,
        serial: text,
        speed: orNull(number),
        driver: orNull(text),
        network: orNull(text),
        device: text,
        link: orNull(text),
        problem: orNull(text),
      }),
    ),
    controllers: list(object({ name: text, link: text })),
  }),
);
export type UsbDocument = Of<typeof usbDocument>;

const passing = either(oneOf('any'), list(whole(0, 127)));

export const cableDocument = document(
  'cable',
  'What mctpkit cable --json prints: pair a line with the code and one document in the end, list one document',
  either(
    object({ code: text, listen: text }),
    object({ paired: text, file: text, with: text, connect: list(text), listen: list(text) }),
    list(
      object({
        name: text,
        connect: list(text),
        backup: list(text),
        listen: list(text),
        receive: passing,
        send: passing,
        from: text,
      }),
    ),
  ),
);
export type CableDocument = Of<typeof cableDocument>;

export const joinDocument = document(
  'join',
  'One line of mctpkit join --json',
  either(
    object({ event: oneOf('joined'), interface: text, kernelEid: eid, ownEid: eid }),
    object({ event: oneOf('ready'), endpoints: list(eid) }),
    object({ event: oneOf('appeared', 'vanished'), eid, link: text }),
  ),
);
export type JoinDocument = Of<typeof joinDocument>;

/** Keys of the file that were not written are missing. */
export const configDocument = document(
  'config',
  'One document of mctpkit config check --json',
  object({
    file: text,
    links: list(object({ name: text, url: text, link: text, role: oneOf('bus-owner', 'endpoint'), network })),
    busOwner: record,
    control: record,
    devices: list(object({ name: text, reserve: flag, policy: record })),
    names: list(object({ name: text, address: record, from: text })),
    vendors: list(record),
    defaultRole: oneOf('bus-owner', 'endpoint'),
    interfaces: list(object({ 'scheme?': text, 'path?': text, 'role?': oneOf('bus-owner', 'endpoint') })),
    notes: list(text),
  }),
);
export type ConfigDocument = Of<typeof configDocument>;
