/** What a configuration means to the stack. */

import { BUS_OWNER_DEFAULTS, type BusOwnerOptions, type PolicySubject } from '../../stack/bus-owner/index.js';
import type { DevicePolicy } from '../../stack/bus-owner/options.js';
import { DEFAULT_NETWORK } from '../../stack/ids.js';
import { assignmentsOf, type Config, type DeviceConfig, linkName } from './model.js';
import { readStateFile, writeStateFile } from './state-file.js';

type Options = Omit<BusOwnerOptions, 'host' | 'clock'>;

/**
 * Options of the bus owner of one network. `onProblem`: told when the state could not be written; it is tried again at
 * the next change.
 * @throws MctpError EUSAGE when the state file cannot be used
 */
export function busOwnerOptions(config: Config, network: number, onProblem: (error: unknown) => void): Options {
  const { busOwner, control, bridge } = config;
  const ours = new Set(config.links.filter(({ role }) => role === 'bus-owner').map(({ url }) => url));
  const stateFile = stateFileOf(busOwner.stateFile, network);
  const dynamic = busOwner.dynamicEids ?? BUS_OWNER_DEFAULTS.dynamic;
  return {
    ...defined({
      keepForeign: busOwner.keepForeignEids,
      maxBridgePool: busOwner.maxBridgePool,
      settleMs: busOwner.settleMs,
      reclaimMs: busOwner.reclaimMs,
      pollMs: busOwner.pollMs,
      scanMs: busOwner.scanMs,
      parallel: busOwner.parallel,
      routingUpdates: busOwner.routingUpdates,
    }),
    network,
    dynamic,
    // Links the configuration does not know are ours, too: somebody named them.
    only: (link) => ours.has(link) || (!config.links.some(({ url }) => url === link) && bridge === undefined),
    assignments: assignmentsOf(config),
    policy: (subject) => policyFor(config, subject),
    control: defined({ ...control }),
    ...(stateFile !== undefined && {
      state: readStateFile(stateFile),
      onState: (state) => {
        try {
          writeStateFile(stateFile, state);
        } catch (error) {
          onProblem(error);
        }
      },
    }),
  };
}

/** Each network has a bus owner of its own, and each of them writes its file whole. */
function stateFileOf(file: string | undefined, network: number): string | undefined {
  return file === undefined || network === DEFAULT_NETWORK ? file : `${file}.net${network}`;
}

/** Of the first device in the file that it is. */
export function policyFor(config: Config, subject: PolicySubject): DevicePolicy | undefined {
  return config.devices.find((device) => isIt(config, device, subject))?.policy;
}

function isIt(config: Config, device: DeviceConfig, { link, physicalAddress, uuid }: PolicySubject): boolean {
  if (device.uuid !== undefined && device.uuid === uuid) return true;
  return (
    device.link !== undefined &&
    linkName(config, device.link) === link &&
    (device.physicalAddress ?? '') === physicalAddress
  );
}

/** Without the keys that have no value. */
function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
