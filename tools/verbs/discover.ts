/** The verb `discover`: which endpoints are there, as a tree or as the JSON document of docs/json.md. */

import { addressName, isDeviceAddress } from '../../bindings/smbus/addresses.js';
import type { EndpointEvent, EndpointInfo } from '../../stack/bus-owner/index.js';
import type { PhysicalAddress } from '../../stack/link.js';
import type { DeviceGroup } from '../../stack/multipath/index.js';
import { EXIT, printable, refusal, usageError } from '../command-error.js';
import { CONFIG_OPTION, findConfig } from '../config/find.js';
import { endpointJson } from '../format/endpoint-json.js';
import { endpointSummary, endpointTree, type ShownLink } from '../format/endpoint-tree.js';
import type { Io } from '../io.js';
import { findNames } from '../names/find-names.js';
import type { DiscoverDocument } from '../schema/network-documents.js';
import { Session } from '../session.js';
import { CAPTURE_OPTION, defineVerb, flag, jsonOrLines, LINK_OPTION, OWN_EID_OPTION, repeatedOption } from '../verb.js';
import { watchEndpoints } from '../watch-endpoints.js';
import { wayName } from '../ways/device-ways.js';

const ADDRESS_OPTION = repeatedOption('-a, --address <address>', 'ask only here, e.g. 0x1d on I2C; repeatable (all)');

/** `0x1d` as links write it: `1d`. */
function busAddress(text: string): PhysicalAddress {
  const [, digits] = /^0x([0-9a-f]{1,2})$/i.exec(text) ?? [];
  const value = Number.parseInt(digits ?? '', 16);
  if (Number.isNaN(value) || !isDeviceAddress(value)) {
    throw usageError(`--address ${text} is wrong: use a 7-bit address from 0x08 to 0x77`);
  }
  return addressName(value);
}

/** We do not answer ourselves. @throws CommandError (usage) for an address which is ours on every bus */
function refuseOurs(session: Session, addresses: readonly PhysicalAddress[]): void {
  const buses = session.linkStatus().filter(({ addressSize }) => addressSize > 0);
  const ours = addresses.find((address) => buses.length > 0 && buses.every((bus) => bus.ownAddress === address));
  if (ours === undefined) return;
  const names = buses.map(({ name }) => name).join(', ');
  throw usageError(`--address 0x${ours} is our own address on ${names}: name another device`);
}

interface Conflict {
  readonly place: string;
  readonly what: string;
}

export const discover = defineVerb({
  name: 'discover',
  summary: 'find endpoints, give them EIDs and show what they are',
  description:
    'Acts as the bus owner of the links: asks at every likely address, gives EIDs to endpoints that have none, ' +
    'and gives bridges EIDs for the endpoints behind them.',
  options: {
    link: LINK_OPTION,
    address: ADDRESS_OPTION,
    json: jsonOrLines('--watch'),
    ownEid: OWN_EID_OPTION,
    capture: CAPTURE_OPTION,
    config: CONFIG_OPTION,
    passive: flag('--passive', 'only look: give no EIDs, neither to devices nor to bridges for what is behind them'),
    watch: flag('-w, --watch', 'keep looking, and report what appears, changes and vanishes, until Ctrl-C'),
  },
  examples: [
    ['mctpkit discover', 'the virtual bench'],
    ['mctpkit discover --link i2c:1 --link serial:/dev/ttyUSB0', 'real links'],
    ['mctpkit discover --link i2c:1 --address 0x1d --address 0x32', 'ask at these addresses only'],
    ['mctpkit discover --watch', 'stay, and report changes'],
    ["mctpkit discover --json | jq '.endpoints[].eid'", 'for programs'],
  ],
  async run({ options, world }) {
    const { io, signal } = world;
    const addresses = options.address.length === 0 ? undefined : options.address.map(busAddress);
    const config = await findConfig(options.config, world.env);
    const session = await Session.open({
      links: options.link,
      ownEid: options.ownEid,
      capture: options.capture,
      names: await findNames(config, world.env),
      config,
      watching: options.watch,
      assigns: !options.passive,
      world,
    });
    try {
      if (addresses !== undefined) refuseOurs(session, addresses);
      const conflicts: Conflict[] = [];
      showProgress(session, conflicts, io);
      const endpoints = await session.discover(addresses);
      if (signal.aborted) throw refusal('interrupted');
      const events = options.watch ? session.owners.events({ signal }) : undefined;
      io.progress('');
      const links = shownLinks(session);
      if (options.json)
        io.print(JSON.stringify(discoveryJson(session, endpoints, conflicts), null, options.watch ? 0 : 2));
      else {
        for (const line of endpointTree(links, endpoints, io.colours, {
          troubled: conflicts.map(({ place }) => place),
          nameOf: (endpoint) => session.names.nameOf(endpoint),
        }))
          io.print(line);
        for (const device of session.ways.devices) io.print(printable(wayLine(session, device)));
        io.print(endpointSummary(links, endpoints, session.ways.devices));
      }
      for (const { name } of session.links) {
        for (const hint of session.stack.hints(name)) io.note(`${name}: ${printable(hint)}`);
      }
      session.echoes(); // said with the hints
      for (const { place, what } of conflicts) io.note(`${place}: ${printable(what)}`);
      for (const { what } of session.ways.conflicts) io.note(printable(what));
      for (const problem of session.problems) io.note(printable(problem));
      if (events !== undefined) {
        await watchEndpoints(session, events, options.json, world);
        return EXIT.done;
      }
      return endpoints.length === 0 || session.problems.size > 0 ? EXIT.refused : EXIT.done;
    } finally {
      await session.close();
    }
  },
});

/** "drive0: one device, EID 9 by i2c:1/0x1d, EID 10 by usb:1-1 (backup)" */
function wayLine(session: Session, { uuid, endpoints }: DeviceGroup): string {
  const ways = endpoints.map(
    (endpoint) => `EID ${endpoint.eid} by ${wayName(endpoint)}${session.ways.isBackup(endpoint) ? ' (backup)' : ''}`,
  );
  const name = session.names.nameOf(endpoints[0]!);
  return `${name === undefined ? uuid : `${name} (${uuid})`}: one device, ${ways.join(', ')}`;
}

/** Say what happens while it happens. */
function showProgress(session: Session, conflicts: Conflict[], io: Io): void {
  const names = session.links.map(({ name }) => name).join(', ');
  io.progress(`asking on ${names} ...`);
  let found = 0;
  session.owners.onEvent((event: EndpointEvent) => {
    if (event.type === 'conflict') conflicts.push({ place: event.place, what: event.what });
    if (event.type !== 'appeared') return;
    found++;
    io.progress(`asking on ${names} ... ${found} found, the last EID ${event.endpoint.eid}`);
  });
}

function shownLinks(session: Session): (ShownLink & { readonly up: boolean })[] {
  return session.linkStatus();
}

function discoveryJson(
  session: Session,
  endpoints: readonly EndpointInfo[],
  conflicts: readonly Conflict[],
): DiscoverDocument {
  return {
    links: session.linkStatus().map(({ name, network, binding, medium, up, transmissionUnit, eids, ownAddress }) => ({
      name,
      url: session.links.find((link) => link.name === name)?.url ?? name,
      network,
      binding,
      medium,
      up,
      transmissionUnit,
      eid: eids[0] ?? null,
      physicalAddress: ownAddress || null,
    })),
    endpoints: endpoints.map((endpoint) => endpointJson(endpoint, session.names)),
    devices: session.ways.devices.map(({ uuid, endpoints: all }) => ({
      uuid,
      name: session.names.nameOf(all[0]!) ?? null,
      ways: all.map(({ network, eid, link, physicalAddress, ...endpoint }) => ({
        network,
        eid,
        link,
        physicalAddress: physicalAddress || null,
        backup: session.ways.isBackup({ network, eid, link, physicalAddress, ...endpoint }),
      })),
    })),
    conflicts: [
      ...conflicts,
      ...session.ways.conflicts.map(({ what, endpoints: all }) => ({ place: wayName(all[0]!), what })),
    ],
  };
}
