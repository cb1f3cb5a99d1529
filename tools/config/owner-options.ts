/** What a configuration means to the stack. */

import type { DevicePolicy } from '../../stack/bus-owner/bus-owner-options.js';
import { BUS_OWNER_DEFAULTS, type BusOwnerOptions, type PolicySubject } from '../../stack/bus-owner/index.js';
import { assignmentsOf, type Config, type DeviceConfig, linkEntry, linkName } from './config-model.js';
import type { StateFile } from './state-file.js';

type Options = Omit<BusOwnerOptions, 'host' | 'clock'>;

export interface OwnerSurroundings {
  /** Where EIDs are kept, if they are: one for all networks. */
  readonly state: StateFile | undefined;
  /** Told when the state could not be written; it is tried again at the next change. */
  onProblem(error: unknown): void;
}

/** Options of the bus owner of one network. */
export function busOwnerOptions(
  config: Config,
  network: number,
  { state: stateFile, onProblem }: OwnerSurroundings,
): Options {
  const { busOwner, control, bridge } = config;
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
    only: (link) =>
      (linkEntry(config, link)?.role ?? (bridge === undefined ? 'bus-owner' : 'endpoint')) === 'bus-owner',
    assignments: assignmentsOf(config, network),
    policy: (subject) => policyFor(config, subject),
    control: defined({ ...control }),
    ...(stateFile !== undefined && {
      state: stateFile.of(network),
      onState: (state) => {
        try {
          stateFile.write(network, state);
        } catch (error) {
          onProblem(error);
        }
      },
    }),
  };
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
