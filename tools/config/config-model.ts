/** What a configuration says, read and checked: `mctpkit.toml`, or an `mctpd.conf`. */

import type { InterfaceWish } from '../../bindings/shared/server/interface-wish.js';
import { isOfBench, isWholeBench } from '../../hw-fixtures/bench/bench-url.js';
import type { DevicePolicy } from '../../stack/bus-owner/bus-owner-options.js';
import type { StaticAssignment } from '../../stack/bus-owner/index.js';
import type { Limits } from '../../stack/limits.js';
import type { Naming } from '../../stack/names/index.js';
import type { FirewallOptions, RateLimitAbilities } from '../../stack/roles/index.js';
import type { VendorDeclaration } from '../../stack/vendor/index.js';
import type { CABLE } from './cable-keys.js';
import type { BRIDGE, BUS_OWNER, CONTROL, DEVICE, LINK, MULTIPATH, SERVE, WEB } from './config-keys.js';
import type { Values } from './config-section.js';
import { isBelow, sysfsPath } from './sysfs-place.js';
import type { HOOK, WATCH } from './watch-keys.js';

/** With `link`, what the stack calls it: the URL without its options. A whole bench has several links, all of this role. */
export type LinkConfig = Values<typeof LINK> & { readonly name: string; readonly link: string };
export type LinkRole = LinkConfig['role'];
type BusOwnerConfig = Values<typeof BUS_OWNER>;
type ControlConfig = Values<typeof CONTROL>;
export type BridgeConfig = Values<typeof BRIDGE>;

/** A network which others use; `name` is that of its folder. */
export type ServeConfig = Values<typeof SERVE> & {
  readonly name: string;
  /** Interfaces of the kernel which are nodes of it. */
  readonly kernel: readonly InterfaceWish[];
};

/** Where the web page is, and who may use it. */
export type WebConfig = Values<typeof WEB>;

/** What is run when something happens. */
export type HookConfig = Values<typeof HOOK> & { readonly name: string };

/** How termini and drives are watched, and what is recorded. */
export type WatchConfig = Values<typeof WATCH> & { readonly hooks: readonly HookConfig[] };

/** A cable to another machine; `cable:` and its name is its link. */
export type CableConfig = Values<typeof CABLE> & { readonly name: string };

/** What we tell peers that ask us to go slower, and on which links we do. */
export interface RateLimitConfig {
  /** Names of the stack's links; undefined: all. */
  readonly links: readonly string[] | undefined;
  readonly abilities: RateLimitAbilities;
}

/** A device about which the configuration says something; it is known by its place or by its UUID. */
export type DeviceConfig = Omit<Values<typeof DEVICE>, 'address'> & {
  readonly name: string;
  readonly physicalAddress: string | undefined;
  readonly policy: DevicePolicy;
};

/** A section of an mctpd.conf about links by their kind or by their place in sysfs. */
export interface InterfaceConfig {
  /** Of the URL; undefined: any. */
  readonly scheme: string | undefined;
  /** The beginning of the device's path below /sys, `*` for any text; undefined: any. */
  readonly path: string | undefined;
  /** Undefined: that of the file as a whole. */
  readonly role: LinkRole | undefined;
  /** Undefined: those of the network. */
  readonly dynamicEids: readonly [number, number] | undefined;
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
  readonly rateLimits: RateLimitConfig | undefined;
  readonly devices: readonly DeviceConfig[];
  readonly firewall: FirewallOptions | undefined;
  /** Declarations of vendors' messages. */
  readonly vendors: readonly VendorDeclaration[];
  readonly multipath: Values<typeof MULTIPATH>;
  /** `[names]` */
  readonly names: readonly Naming[];
  /** Of the stack, where they are not the default. */
  readonly limits: Partial<Limits>;
  /** Networks which others use. */
  readonly serve: readonly ServeConfig[];
  /** Undefined: there is no page. */
  readonly web: WebConfig | undefined;
  /** Undefined: `serve` watches nothing. */
  readonly watch: WatchConfig | undefined;
  readonly cables: readonly CableConfig[];
  /** Of links that are only named on the command line. */
  readonly defaultRole: LinkRole;
  /** Of an mctpd.conf: what holds for some of these links; the first that applies counts. */
  readonly interfaces: readonly InterfaceConfig[];
  /** What the file says and has no meaning here, each with its line. */
  readonly notes: readonly string[];
}

/** The EIDs that are kept for devices of a network; one that is known by its UUID alone may be in any. */
export function assignmentsOf(config: Config, network: number): StaticAssignment[] {
  const isElsewhere = (name: string): boolean => config.links.find((link) => link.name === name)?.network !== network;
  return config.devices.flatMap(({ eid, link, physicalAddress, uuid, poolStart, reserve }) =>
    eid === undefined || (link !== undefined && isElsewhere(link))
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

/** The stack's name of a link that the configuration calls by a name of its own. */
export function linkName(config: Config, name: string): string {
  return config.links.find((link) => link.name === name)?.link ?? name;
}

/** What is said of a link of the stack; undefined for those that are only named on the command line. */
export function linkEntry(config: Config, link: string): LinkConfig | undefined {
  return config.links.find((entry) => entry.link === link || (isWholeBench(entry.link) && isOfBench(link)));
}

/** Links only named on the command line have the role of the file as a whole. */
export function roleOf(config: Config, link: string): LinkRole {
  return linkEntry(config, link)?.role ?? interfaceOf(config, link)?.role ?? config.defaultRole;
}

/** The EIDs to give on a link, where they are not those of its network. */
export function dynamicEidsOf(config: Config, link: string): readonly [number, number] | undefined {
  return linkEntry(config, link)?.dynamicEids ?? interfaceOf(config, link)?.dynamicEids;
}

/** What an mctpd.conf says of links of this kind, or at this place. */
export function interfaceOf({ interfaces }: Config, link: string): InterfaceConfig | undefined {
  const scheme = link.slice(0, link.indexOf(':'));
  const applies = (one: InterfaceConfig): boolean =>
    (one.scheme === undefined || one.scheme === scheme) &&
    (one.path === undefined || isBelow(sysfsPath(link), one.path));
  return interfaces.find(applies);
}
