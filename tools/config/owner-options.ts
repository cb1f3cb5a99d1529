/** What a configuration means to the stack. */

import type { DevicePolicy } from '../../stack/bus-owner/bus-owner-options.js';
import { BUS_OWNER_DEFAULTS, type BusOwnerOptions, type PolicySubject } from '../../stack/bus-owner/index.js';
import type { WayWishes } from '../ways/device-ways.js';
import {
  assignmentsOf,
  type Config,
  type DeviceConfig,
  dynamicEidsOf,
  interfaceOf,
  linkEntry,
  linkName,
} from './config-model.js';
import { present } from './config-section.js';
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
  const { control, bridge } = config;
  const { dynamicEids, keepForeignEids, stateFile: _, ...same } = config.busOwner;
  const dynamic = dynamicEids ?? BUS_OWNER_DEFAULTS.dynamic;
  return {
    ...present({ ...same, keepForeign: keepForeignEids }),
    network,
    dynamic,
    dynamicOf: (link) => dynamicEidsOf(config, link),
    // Links the configuration does not know are ours, too: somebody named them.
    only: (link) =>
      (linkEntry(config, link)?.role ??
        interfaceOf(config, link)?.role ??
        (bridge === undefined ? 'bus-owner' : 'endpoint')) === 'bus-owner',
    assignments: assignmentsOf(config, network),
    policy: (subject) => policyFor(config, subject),
    control: present(control),
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

/** Links in the order of the file, unless it says another. */
export function wayWishes({ multipath, links }: Config): WayWishes {
  const { policy, probeMs, backup = [] } = multipath;
  const order = multipath.links ?? links.map(({ link }) => link);
  return { policy, links: [...order.filter((link) => !backup.includes(link)), ...backup], backups: backup, probeMs };
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
