/**
 * Reading `mctpkit.toml`, strictly: an unknown key is a mistake, and every mistake is told with its line. docs/config.md
 * describes the file.
 */

import { isCableName } from '../../bindings/cable/place-text.js';
import { parseLinkUrl } from '../../bindings/link-url.js';
import type { InterfaceWish } from '../../bindings/shared/server/interface-wish.js';
import { limitOption } from '../../bindings/shared/server/network-options.js';
import { checkNetworkName } from '../../bindings/shared/shared-folder.js';
import { isWholeBench } from '../../hw-fixtures/bench/bench-url.js';
import type { TomlTable } from '../../hw-fixtures/bench/description/toml-table.js';
import { readToml } from '../../hw-fixtures/bench/description/toml-text.js';
import { MctpError } from '../../stack/errors.js';
import { DEFAULT_NETWORK } from '../../stack/ids.js';
import { changedLimits, DEFAULT_LIMITS, type Limits } from '../../stack/limits.js';
import { checkName, type Naming } from '../../stack/names/index.js';
import type { FirewallOptions } from '../../stack/roles/index.js';
import type { VendorDeclaration } from '../../stack/vendor/index.js';
import { CABLE } from './cable-keys.js';
import {
  BRIDGE,
  BUS_OWNER,
  CONTROL,
  DEVICE,
  FILE,
  FIREWALL,
  FIREWALL_RULE,
  LIMITS,
  LINK,
  MULTIPATH,
  NAMES,
  POLICY,
  RATE_LIMITS,
  SERVE,
  SERVE_KERNEL,
  WEB,
} from './config-keys.js';
import type {
  BridgeConfig,
  CableConfig,
  Config,
  DeviceConfig,
  HookConfig,
  LinkConfig,
  RateLimitConfig,
  ServeConfig,
  WatchConfig,
} from './config-model.js';
import { present, readSection } from './config-section.js';
import { looksLikeMctpdConf, readMctpdConf } from './mctpd-conf.js';
import { readVendors } from './vendor-config.js';
import { HOOK, WATCH } from './watch-keys.js';

/**
 * A configuration from its text. `file` is what errors call it.
 * @throws MctpError EUSAGE: one line with the place, what is wrong, and what would be right
 */
export function parseConfig(text: string, file = 'mctpkit.toml'): Config {
  const root = readToml(text, file);
  const config = looksLikeMctpdConf(file, root) ? readMctpdConf(root, file) : readConfig(root, file);
  root.done();
  return config;
}

/** A file of declarations alone: `[vendors.NAME]`. @throws MctpError EUSAGE, as `parseConfig` */
export function parseVendors(text: string, file: string): VendorDeclaration[] {
  const root = readToml(text, file);
  const vendors = readVendors(root);
  root.done();
  if (vendors.length === 0) throw root.error([], 'no vendor is declared here: write [vendors.NAME]');
  return vendors;
}

/** A file of names alone: `[names]`. @throws MctpError EUSAGE, as `parseConfig` */
export function parseNames(text: string, file: string): Naming[] {
  const root = readToml(text, file);
  const names = readNames(root, file);
  root.done();
  return names;
}

function readConfig(root: TomlTable, file: string): Config {
  const links = root.tables('links').map(([name, table]) => readLink(String(name), table));
  const stackNames = links.map(({ link }) => link);
  stackNames.forEach((link, index) => {
    const first = stackNames.indexOf(link);
    if (first === index) return;
    throw root.error(['links', links[index]!.name, 'url'], `${link} is the link of ${links[first]!.name} already`);
  });
  // A whole bench is several links: nothing else can be said of it as if it were one.
  const single = links.filter(({ link }) => !isWholeBench(link));
  const control = root.table('control');
  const busOwner = root.table('bus-owner');
  const bridge = root.table('bridge');
  const firewall = root.table('firewall');
  const rateLimits = root.table('rate-limits');
  const web = root.table('web');
  const multipath = root.table('multipath');
  const watch = root.table('watch');
  const limits = root.table('limits');
  const devices = root.tables('devices').map(([name, table]) => readDevice(String(name), table, single));
  const config: Config = {
    file,
    ...readSection(FILE, root),
    links,
    control: readSection(CONTROL, control),
    busOwner: readSection(BUS_OWNER, busOwner),
    bridge: bridge === undefined ? undefined : readBridge(bridge, single, busOwner),
    rateLimits: rateLimits === undefined ? undefined : readRateLimits(rateLimits, single),
    devices,
    firewall: firewall === undefined ? undefined : readFirewall(firewall, single),
    vendors: readVendors(root),
    multipath: readSection(MULTIPATH, multipath, single),
    names: readNames(root, file),
    limits: readLimits(root, limits),
    serve: root.tables('serve').map(([name, table]) => readServe(String(name), table)),
    web: web === undefined ? undefined : readSection(WEB, web),
    watch: watch === undefined ? undefined : readWatch(watch),
    cables: root.tables('cables').map(([name, table]) => readCable(String(name), table)),
    defaultRole: 'bus-owner',
    interfaces: [],
    notes: [],
  };
  const sections = [control, busOwner, bridge, firewall, rateLimits, multipath, watch, web, limits];
  for (const table of sections) table?.done();
  checkEids(root, config);
  return config;
}

/** @throws MctpError EUSAGE: two do not go together */
function readLimits(root: TomlTable, table: TomlTable | undefined): Partial<Limits> {
  const limits: Partial<Limits> = present(readSection(LIMITS, table));
  try {
    changedLimits(DEFAULT_LIMITS, limits, limitOption);
    return limits;
  } catch (error) {
    throw MctpError.is(error, 'EINVAL') ? root.error(['limits'], error.message) : error;
  }
}

function readLink(name: string, table: TomlTable): LinkConfig {
  const values = readSection(LINK, table);
  const { scheme, place } = parseLinkUrl(values.url);
  table.done();
  return { name, ...values, link: `${scheme}:${place}` };
}

/** The order of the file. */
function readNames(root: TomlTable, file: string): Naming[] {
  const table = root.table('names');
  return (table?.rest() ?? []).map((name) => {
    try {
      checkName(name);
    } catch (error) {
      throw MctpError.is(error) ? table!.error([name], error.message) : error;
    }
    return { name, address: table!.required(name, NAMES.NAME.kind.read(table!, name, [])), from: file };
  });
}

function readServe(name: string, table: TomlTable): ServeConfig {
  try {
    checkNetworkName(name);
  } catch (error) {
    throw MctpError.is(error) ? table.error([], error.message) : error;
  }
  const values = readSection(SERVE, table);
  const kernel = table.table('kernel');
  const interfaces = kernel === undefined ? [] : readKernel(kernel);
  table.done();
  return { name, ...values, kernel: interfaces };
}

function readKernel(table: TomlTable): InterfaceWish[] {
  const { tap, grab = [], kernelEid, ownEid, kernelNetwork, network } = readSection(SERVE_KERNEL, table);
  if (tap && kernelEid === ownEid) {
    throw table.error(['kernel-eid'], `the kernel and the server cannot both have EID ${ownEid}`);
  }
  table.done();
  return [
    ...(tap ? [{ kind: 'tap' as const, kernelEid, ownEid, kernelNetwork, network }] : []),
    ...grab.map((name) => ({ kind: 'grab' as const, interface: name })),
  ];
}

function readWatch(table: TomlTable): WatchConfig {
  const hooks = table.tables('hooks').map(([name, hook]) => readHook(String(name), hook));
  const values = readSection(WATCH, table);
  const { keepReadingsDays, keepMinutesDays, keepDays } = values;
  if (keepReadingsDays > keepMinutesDays || keepMinutesDays > keepDays) {
    throw table.error([], 'keep-readings-days is at most keep-minutes-days, and that at most keep-days');
  }
  return { ...values, hooks };
}

function readHook(name: string, table: TomlTable): HookConfig {
  const values = readSection(HOOK, table);
  if ((values.command === undefined) === (values.url === undefined)) {
    throw table.error([], `what does hook ${name} run? Give it a command, or a url`);
  }
  table.done();
  return { name, ...values };
}

function readCable(name: string, table: TomlTable): CableConfig {
  if (!isCableName(name)) throw table.error([], `"${name}" is not the name of a cable: use letters, digits, - and _`);
  const values = readSection(CABLE, table);
  if (values.connect === undefined && values.listen === undefined) {
    throw table.error([], `where is the other end of ${name}? Say where to connect, or where to listen`);
  }
  if (values.receive === undefined && values.send === undefined) {
    throw table.error([], `nothing may pass ${name}: name message types with receive and send`);
  }
  table.done();
  return { name, ...values };
}

function readDevice(name: string, table: TomlTable, links: readonly LinkConfig[]): DeviceConfig {
  const { address: physicalAddress, ...values } = readSection(DEVICE, table, links);
  const device = { name, ...values, physicalAddress, policy: present(readSection(POLICY, table)) };
  if (device.link === undefined && device.uuid === undefined) {
    throw table.error([], `which device is ${name}? Give it a uuid, or a link and, on a bus, an address`);
  }
  if (physicalAddress !== undefined && device.link === undefined) {
    throw table.error(['address'], 'an address is on a link: name the link too');
  }
  if (device.poolStart !== undefined && device.eid === undefined) {
    throw table.error(['pool-start'], 'pool-start goes with the eid of a bridge: give it an eid too');
  }
  table.done();
  return device;
}

function readBridge(table: TomlTable, links: readonly LinkConfig[], busOwner: TomlTable | undefined): BridgeConfig {
  const bridge = readSection(BRIDGE, table, links);
  const { upstream } = bridge;
  if (links.find(({ name }) => name === upstream)?.role !== 'endpoint') {
    throw table.error(
      ['upstream'],
      `the bus owner is on ${upstream}, so its role is "endpoint": write that in [links.${upstream}]`,
    );
  }
  if (busOwner?.any('dynamic-eids') !== undefined) {
    throw busOwner.error(['dynamic-eids'], 'a bridge gives the EIDs that the bus owner above allots: leave this out');
  }
  return bridge;
}

/** What peers may ask of us (DSP0236 §12.19 to §12.21). */
function readRateLimits(table: TomlTable, all: readonly LinkConfig[]): RateLimitConfig {
  const { links, ...abilities } = readSection(RATE_LIMITS, table, all);
  if (abilities.txMin > abilities.txMax) {
    throw table.error(['tx-min'], `tx-min ${abilities.txMin} is above tx-max ${abilities.txMax}`);
  }
  return { links, abilities };
}

/** What a bridge passes on. */
function readFirewall(table: TomlTable, links: readonly LinkConfig[]): FirewallOptions {
  const rules = table.tables('rules').map(([, rule]) => {
    const { action, ...conditions } = readSection(FIREWALL_RULE, rule, links);
    rule.done();
    return { action, ...present(conditions) };
  });
  return { rules, ...present(readSection(FIREWALL, table)) };
}

/** One EID for two devices of a network, or one of ours, cannot be. */
function checkEids(root: TomlTable, { links, devices }: Config): void {
  const networks = [...new Set([DEFAULT_NETWORK, ...links.map(({ network }) => network)])];
  const taken = new Map<string, string>();
  for (const { name, network, ownEid } of links) {
    if (ownEid !== undefined) taken.set(`${network}:${ownEid}`, `ourselves on ${name}`);
  }
  for (const { name, eid, link } of devices) {
    if (eid === undefined) continue;
    const of = links.find((entry) => entry.name === link)?.network;
    for (const network of of === undefined ? networks : [of]) {
      const other = taken.get(`${network}:${eid}`);
      if (other !== undefined) throw root.error(['devices', name, 'eid'], `EID ${eid} is for ${other} already`);
      taken.set(`${network}:${eid}`, name);
    }
  }
}
