/**
 * Reading `mctpkit.toml`, strictly: an unknown key is a mistake, and every mistake is told with its line. docs/config.md
 * describes the file.
 */

import { parse, TomlError } from 'smol-toml';
import { parseLinkUrl } from '../../bindings/link-url.js';
import { TomlLines } from '../../hw-fixtures/bench/description/toml-lines.js';
import { TomlTable } from '../../hw-fixtures/bench/description/toml-table.js';
import { MctpError } from '../../stack/errors.js';
import { DEFAULT_NETWORK, EID_MAX, EID_MIN } from '../../stack/ids.js';
import { readDevice } from './config-device.js';
import {
  type BridgeConfig,
  type BusOwnerConfig,
  type Config,
  type ControlConfig,
  isWholeBench,
  type LinkConfig,
  ROLES,
} from './config-model.js';
import { readFirewall } from './firewall-config.js';
import { looksLikeMctpdConf, readMctpdConf } from './mctpd-conf.js';
import { readRateLimits } from './rate-limits.js';
import { eidRange, eidValue, uuidValue } from './values.js';

const DAY_MS = 86_400_000;

/**
 * A configuration from its text. `file` is what errors call it.
 * @throws MctpError EUSAGE: one line with the place, what is wrong, and what would be right
 */
export function parseConfig(text: string, file = 'mctpkit.toml'): Config {
  const root = tomlTable(text, file);
  const config = looksLikeMctpdConf(file, root) ? readMctpdConf(root, file) : readConfig(root, file);
  root.done();
  return config;
}

function tomlTable(text: string, file: string): TomlTable {
  let values: unknown;
  try {
    values = parse(text);
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    const what = cause.message.split('\n')[0]!.replace('Invalid TOML document: ', '');
    throw new MctpError('EUSAGE', `${file}:${cause.line}: not TOML: ${what}`, { cause });
  }
  return new TomlTable({ name: file, lines: new TomlLines(text) }, [], values);
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
  const single = links.filter((link) => !isWholeBench(link));
  const names = single.map(({ name }) => name);
  const control = root.table('control');
  const busOwner = root.table('bus-owner');
  const bridge = root.table('bridge');
  const firewall = root.table('firewall');
  const rateLimits = root.table('rate-limits');
  const devices = root.tables('devices').map(([name, table]) => readDevice(String(name), table, names));
  const config: Config = {
    file,
    uuid: uuidValue(root, 'uuid'),
    networkId: uuidValue(root, 'network-id'),
    links,
    control: readControl(control),
    busOwner: readBusOwner(busOwner),
    bridge: bridge === undefined ? undefined : readBridge(bridge, single, busOwner),
    rateLimits: rateLimits === undefined ? undefined : readRateLimits(rateLimits, single),
    devices,
    firewall: firewall === undefined ? undefined : readFirewall(firewall, single),
    defaultRole: 'bus-owner',
  };
  for (const table of [control, busOwner, bridge, firewall, rateLimits]) table?.done();
  checkEids(root, config);
  return config;
}

function readLink(name: string, table: TomlTable): LinkConfig {
  const url = table.required('url', table.text('url'));
  if (!/^[a-z][a-z0-9+-]*:/i.test(url)) {
    throw table.error(['url'], `"${url}" is no link: write a kind and a place, as in i2c:1 or serial:/dev/ttyUSB0`);
  }
  const { scheme, place } = parseLinkUrl(url);
  const link: LinkConfig = {
    name,
    url,
    link: `${scheme}:${place}`,
    role: table.oneOf('role', ROLES) ?? 'bus-owner',
    network: table.whole('network', 1, 0xffffffff) ?? 1,
    ownEid: eidValue(table, 'own-eid'),
    transmissionUnit: table.whole('transmission-unit', 64, 0xffff),
  };
  table.done();
  return link;
}

function readControl(table: TomlTable | undefined): ControlConfig {
  return {
    timeoutMs: table?.number('timeout-ms', 1, DAY_MS),
    retries: table?.whole('retries', 0, 100),
    notReadyDelayMs: table?.number('not-ready-delay-ms', 0, DAY_MS),
    minGapMs: table?.number('min-gap-ms', 0, DAY_MS),
  };
}

function readBusOwner(table: TomlTable | undefined): BusOwnerConfig {
  return {
    dynamicEids: table === undefined ? undefined : eidRange(table, 'dynamic-eids'),
    keepForeignEids: table?.flag('keep-foreign-eids'),
    maxBridgePool: table?.whole('max-bridge-pool', 0, EID_MAX - EID_MIN),
    settleMs: table?.number('settle-ms', 0, DAY_MS),
    reclaimMs: table?.number('reclaim-ms', 5_000, DAY_MS),
    pollMs: table?.number('poll-ms', 0, DAY_MS),
    scanMs: table?.number('scan-ms', 0, DAY_MS),
    parallel: table?.whole('parallel', 1, 128),
    routingUpdates: table?.flag('routing-updates'),
    stateFile: table?.text('state-file'),
  };
}

function readBridge(table: TomlTable, links: readonly LinkConfig[], busOwner: TomlTable | undefined): BridgeConfig {
  const names = links.map(({ name }) => name);
  const upstream = table.required('upstream', table.reference('upstream', 'link', names));
  const poolSize = table.required('pool-size', table.whole('pool-size', 1, EID_MAX - EID_MIN));
  if (links.find(({ name }) => name === upstream)?.role !== 'endpoint') {
    throw table.error(
      ['upstream'],
      `the bus owner is on ${upstream}, so its role is "endpoint": write that in [links.${upstream}]`,
    );
  }
  if (busOwner?.any('dynamic-eids') !== undefined) {
    throw busOwner.error(['dynamic-eids'], 'a bridge gives the EIDs that the bus owner above allots: leave this out');
  }
  return { upstream, poolSize };
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
