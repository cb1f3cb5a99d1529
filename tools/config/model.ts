/** What a configuration says, read and checked: `mctpkit.toml`, or an `mctpd.conf`. */

import type { StaticAssignment } from '../../stack/bus-owner/index.js';
import type { DevicePolicy } from '../../stack/bus-owner/options.js';
import type { FirewallOptions } from '../../stack/roles/index.js';

export const ROLES = ['bus-owner', 'endpoint'] as const;
export type LinkRole = (typeof ROLES)[number];

export interface LinkConfig {
  readonly name: string;
  readonly url: string;
  readonly role: LinkRole;
  readonly network: number;
  /** Our EID as bus owner; as endpoint: the one we come up with. */
  readonly ownEid: number | undefined;
  /** Payload bytes per packet. */
  readonly transmissionUnit: number | undefined;
}

export interface BusOwnerConfig {
  readonly dynamicEids: readonly [number, number] | undefined;
  readonly keepForeignEids: boolean | undefined;
  readonly maxBridgePool: number | undefined;
  readonly settleMs: number | undefined;
  readonly reclaimMs: number | undefined;
  readonly pollMs: number | undefined;
  readonly scanMs: number | undefined;
  readonly parallel: number | undefined;
  readonly routingUpdates: boolean | undefined;
  /** Where EIDs are kept from one run to the next. */
  readonly stateFile: string | undefined;
}

export interface ControlConfig {
  readonly timeoutMs: number | undefined;
  readonly retries: number | undefined;
  readonly notReadyDelayMs: number | undefined;
  readonly minGapMs: number | undefined;
}

export interface BridgeConfig {
  /** Name of the link the bus owner above is on. */
  readonly upstream: string;
  readonly poolSize: number;
}

/** A device the configuration has something to say about. */
export interface DeviceConfig {
  readonly name: string;
  /** By place, or by UUID. */
  readonly link: string | undefined;
  readonly physicalAddress: string | undefined;
  readonly uuid: string | undefined;
  readonly eid: number | undefined;
  readonly reserve: boolean;
  readonly poolStart: number | undefined;
  readonly policy: DevicePolicy;
}

export interface Config {
  /** For messages. */
  readonly file: string;
  /** Our own; undefined: we have none. */
  readonly uuid: string | undefined;
  readonly networkId: string | undefined;
  readonly links: readonly LinkConfig[];
  readonly busOwner: BusOwnerConfig;
  readonly control: ControlConfig;
  readonly bridge: BridgeConfig | undefined;
  readonly devices: readonly DeviceConfig[];
  readonly firewall: FirewallOptions | undefined;
  /** Of links that are only named on the command line. */
  readonly defaultRole: LinkRole;
}

/** The EIDs that are kept for devices. */
export function assignmentsOf(config: Config): StaticAssignment[] {
  return config.devices.flatMap(({ eid, link, physicalAddress, uuid, poolStart, reserve }) =>
    eid === undefined
      ? []
      : [
          {
            eid,
            reserve,
            ...(uuid !== undefined && { uuid }),
            ...(link !== undefined && { link: linkName(config, link) }),
            ...(physicalAddress !== undefined && { physicalAddress }),
            ...(poolStart !== undefined && { poolStart }),
          },
        ],
  );
}

/** The stack calls links by their URL's name; the configuration by names of its own. */
export function linkName(config: Config, name: string): string {
  return config.links.find((link) => link.name === name)?.url ?? name;
}

/**
 * The same configuration for links that are open: a link is called by its name there, `i2c:1`, not by the URL with all its
 * options. A URL that stands for several links, as that of a bench, becomes an entry for each.
 */
export function onOpenLinks(config: Config, open: readonly { readonly name: string; readonly url: string }[]): Config {
  const namesOf = (url: string): readonly string[] => {
    const names = open.filter((link) => link.url === url || link.name === url).map(({ name }) => name);
    return names.length > 0 ? names : [url];
  };
  const links = config.links.flatMap((link) => namesOf(link.url).map((url) => ({ ...link, url })));
  const { firewall } = config;
  if (firewall === undefined) return { ...config, links };
  const rules = firewall.rules.map((rule) => ({
    ...rule,
    ...(rule.from !== undefined && { from: rule.from.flatMap(namesOf) }),
    ...(rule.to !== undefined && { to: rule.to.flatMap(namesOf) }),
  }));
  return { ...config, links, firewall: { ...firewall, rules } };
}
