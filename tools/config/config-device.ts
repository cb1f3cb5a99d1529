/** `[devices.NAME]`: what one device is called, gets, and cannot take. */

import type { TomlTable } from '../../hw-fixtures/bench/description/toml-table.js';
import type { DevicePolicy } from '../../stack/bus-owner/bus-owner-options.js';
import type { DeviceConfig } from './config-model.js';
import { addressValue, eidValue, uuidValue, wordList } from './values.js';

const PARTS = ['uuid', 'types', 'versions', 'vendor'] as const;
const DAY_MS = 86_400_000;

export function readDevice(name: string, table: TomlTable, links: readonly string[]): DeviceConfig {
  const device: DeviceConfig = {
    name,
    link: table.reference('link', 'link', links),
    physicalAddress: addressValue(table, 'address'),
    uuid: uuidValue(table, 'uuid'),
    eid: eidValue(table, 'eid'),
    reserve: table.flag('reserve') ?? true,
    poolStart: eidValue(table, 'pool-start'),
    policy: readPolicy(table),
  };
  if (device.link === undefined && device.uuid === undefined) {
    throw table.error([], `which device is ${name}? Give it a uuid, or a link and, on a bus, an address`);
  }
  if (device.physicalAddress !== undefined && device.link === undefined) {
    throw table.error(['address'], 'an address is on a link: name the link too');
  }
  if (device.poolStart !== undefined && device.eid === undefined) {
    throw table.error(['pool-start'], 'pool-start goes with the eid of a bridge: give it an eid too');
  }
  table.done();
  return device;
}

function readPolicy(table: TomlTable): DevicePolicy {
  const ignore = table.flag('ignore');
  const timeoutMs = table.number('timeout-ms', 1, DAY_MS);
  const retries = table.whole('retries', 0, 100);
  const minGapMs = table.number('min-gap-ms', 0, DAY_MS);
  const poll = table.flag('poll');
  const fixed = table.flag('fixed');
  const skip = wordList(table, 'skip', PARTS);
  return {
    ...(ignore !== undefined && { ignore }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(retries !== undefined && { retries }),
    ...(minGapMs !== undefined && { minGapMs }),
    ...(poll !== undefined && { poll }),
    ...(fixed !== undefined && { fixed }),
    ...(skip !== undefined && { skip }),
  };
}
