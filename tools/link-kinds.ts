/**
 * Every kind of link that verbs can be given, by the scheme of its URL: the bindings, the kernel's, and those of the
 * virtual bench. A kind says what it is, what is here of it, how it is opened, and how it is diagnosed.
 */

import { readdir, readFile } from 'node:fs/promises';
import { isCableName } from '../bindings/cable/place-text.js';
import { createLink, linkKinds } from '../bindings/link-registry.js';
import { type LinkUrl, parseLinkUrl, readOptions, yesOrNo } from '../bindings/link-url.js';
import type { Environment } from '../bindings/shared/shared-folder.js';
import type { Link } from '../stack/link.js';
import { openFailure, usageError } from './command-error.js';
import { knownVendors } from './config/vendor-registry.js';
import type { EmulatedDevice, EmulatedOptions } from './device-kind.js';
import type { Check, Roots } from './doctor/check.js';
import type { LinkSurroundings } from './link-surroundings.js';
import type { OpenedStack, StackOptions } from './stacks/session-stack.js';
import { didYouMean } from './suggest.js';

/** A link one could name on this machine. */
export interface LinkHere {
  readonly url: string;
  readonly what: string;
}

/** Links, closed still, and how to end what is behind them. */
export interface OpenedLinks {
  readonly links: readonly Link[];
  end(): Promise<void>;
}

export interface ToolLinkKind {
  readonly scheme: string;
  readonly example: string;
  /** What it is, in a few words. */
  readonly title: string;
  /** The layer by which `decode` reads what is recorded on its wire. */
  readonly layer: string;
  /** What is plugged in, soldered on, or always there. */
  here(env: Environment): Promise<LinkHere[]>;
  /** What `doctor` says of this kind on this machine. */
  diagnose(roots: Roots, world: Pick<LinkSurroundings, 'clock' | 'env'>): Promise<Check[]>;
  /** A URL that needs no opening to be known as good: what `doctor` says of it. */
  readonly always?: (url: string) => string;
  /** The links of a URL, for a stack of ours. Not there: the kind has a stack of its own. */
  readonly links?: (url: LinkUrl, surroundings: LinkSurroundings) => Promise<OpenedLinks>;
  readonly stack?: StackOfItsOwn;
  /** Why no device can be emulated on it. */
  readonly hasDevices?: string;
  /** It is of the kernel's MCTP stack: who uses it has to be allowed to. */
  readonly isKernels?: true;
  /** A network of mctpkit serve. */
  readonly isServed?: true;
  /** Its devices are ours alone: giving them EIDs disturbs nobody. */
  readonly nobodys?: boolean;
}

export interface StackOfItsOwn {
  /** What it is, where it cannot be used as a link: a sentence. */
  readonly refusal: string;
  open(url: LinkUrl, options: StackOptions): Promise<OpenedStack>;
  /** Be a device on this stack. Not there: `hasDevices` says why no device can be. */
  emulate?(url: string, options: EmulatedOptions): Promise<EmulatedDevice>;
}

/** The layer of bare MCTP packets. */
const PACKETS = 'mctp';

const KERNEL: ToolLinkKind = {
  scheme: 'kernel',
  example: 'kernel:mctpi2c0',
  title: "a link of the Linux kernel's MCTP stack",
  layer: PACKETS,
  here: async () => {
    const names = (await readdir('/sys/class/net').catch(() => [])).sort();
    const types = await Promise.all(
      names.map((name) => readFile(`/sys/class/net/${name}/type`, 'utf8').catch(() => '')),
    );
    return names
      .filter((_, index) => types[index]!.trim() === ARPHRD_MCTP)
      .map((name) => ({ url: `kernel:${name}`, what: "the kernel's link" }));
  },
  diagnose: async (roots) => (await import('./doctor/machine.js')).checkKernel(roots),
  stack: {
    refusal: 'the kernel is a stack of its own, and mctpd has the roles there; mctpkit join connects both',
    open: async (...args) => (await import('./stacks/kernel-stack.js')).openKernelStack(...args),
    emulate: async (...args) => (await import('./emulated-kernel.js')).KernelDevice.start(...args),
  },
  isKernels: true,
};
const ARPHRD_MCTP = '290';

/** Its packets, for a stack of ours. */
const GRABBED: ToolLinkKind = {
  scheme: 'kernel',
  example: 'kernel:mctpi2c0?grab=1',
  title: "a link of the Linux kernel's MCTP stack, grabbed",
  layer: PACKETS,
  here: async () => [],
  diagnose: async () => [],
  links: async (url, { clock }) => {
    const { grabbedLink } = await import('../bindings/kernel/grab/grab-url.js');
    return { links: [await grabbedLink(url, clock)], end: async () => {} };
  },
  hasDevices: "what is grabbed is a link of the kernel's: name it without grab to be a device there",
  isKernels: true,
};

/** A link of the kernel's, as one of ours. */
export function grabUrl(name: string): string {
  return `kernel:${name}?grab=1`;
}

function isGrabUrl({ scheme, options }: LinkUrl): boolean {
  return scheme === 'kernel' && options.some(([name, value]) => name === 'grab' && value !== '0');
}

const SHARED: ToolLinkKind = {
  scheme: 'shared',
  example: 'shared:lab',
  title: 'a network of mctpkit serve, shared with others',
  layer: PACKETS,
  here: async () => [],
  diagnose: async () => [],
  stack: {
    refusal: 'a served network has its links and roles already: put them into the configuration of its server',
    open: async (...args) => (await import('./stacks/shared-stack.js')).openSharedStack(...args),
  },
  isServed: true,
  hasDevices: 'a served network has its devices on its links: emulate on a link of its own',
};

const BENCH: ToolLinkKind = {
  scheme: 'bench',
  example: 'bench:smbus0',
  title: 'the virtual bench',
  layer: PACKETS,
  here: async () => [{ url: 'bench:', what: 'the virtual bench' }],
  diagnose: async () => [],
  always: (url) => `${url} is the virtual bench: it is always there`,
  links: async (url, { clock }) => {
    const { openBenchLinks } = await import('../hw-fixtures/bench/bench-links.js');
    const { bench, links } = await openBenchLinks(url, { clock, vendors: knownVendors() });
    return { links, end: () => bench.close() };
  },
  nobodys: true,
  hasDevices: 'the bench has its devices already: name a real link, e.g. serial:/dev/ttyUSB0',
};

/** What the tools know of the bindings, besides how to make their links. */
const OF_BINDINGS: Readonly<Record<string, Pick<ToolLinkKind, 'here' | 'diagnose'>>> = {
  serial: {
    here: () => devices(/^tty(USB|ACM|AMA)\d+$/, (name) => ({ url: `serial:/dev/${name}`, what: 'serial adapter' })),
    diagnose: async (roots) => (await import('./doctor/doctor-adapters.js')).checkSerial(roots),
  },
  i2c: {
    here: async () => [
      ...(await devices(/^i2c-\d+$/, (name) => ({ url: `i2c:${name.slice('i2c-'.length)}`, what: 'I2C bus' }))),
      ...(await picosHere()),
    ],
    diagnose: async (roots) => [
      ...(await (await import('./doctor/doctor-adapters.js')).checkI2c(roots)),
      ...(await (await import('./doctor/doctor-picos.js')).checkPicos(roots)),
    ],
  },
  usb: {
    here: async () => {
      const { listUsbInterfaces } = await import('../bindings/usb/host/usb-sysfs.js');
      const usable = (await listUsbInterfaces()).filter((info) => info.usable);
      return usable.map(({ path, product }) => ({ url: `usb:${path}`, what: product || 'USB device' }));
    },
    diagnose: async (roots) => (await import('./doctor/doctor-usb.js')).checkUsb(roots),
  },
  'usb-gadget': {
    here: async () => {
      const { deviceControllers } = await import('../bindings/usb/gadget/gadget-files.js');
      return (await deviceControllers()).map((name) => ({ url: `usb-gadget:${name}`, what: 'USB device controller' }));
    },
    diagnose: async (roots) => (await import('./doctor/doctor-usb.js')).checkUsbGadget(roots),
  },
  cable: {
    here: async (env) => (await import('./cable/named-cable.js')).cablesHere(env),
    diagnose: async (_roots, { env, clock }) => (await import('./doctor/doctor-cables.js')).checkCables(env, clock),
  },
};

/** All kinds: those that are registered, then the kernel's, and the bench. */
export function toolLinkKinds(): ToolLinkKind[] {
  const bindings = [...linkKinds()].map(
    ([scheme, { example, title = example, layer = PACKETS }]): ToolLinkKind => ({
      scheme,
      example,
      title,
      layer,
      ...(OF_BINDINGS[scheme] ?? { here: async () => [], diagnose: async () => [] }),
      links: async (url, surroundings) => ({ links: [await linkOf(url, surroundings)], end: async () => {} }),
    }),
  );
  return [...bindings, KERNEL, SHARED, BENCH];
}

/** The kind of a URL. @throws CommandError, MctpError EUSAGE */
export function kindOf(url: string): ToolLinkKind {
  const parsed = parseLinkUrl(url);
  if (isGrabUrl(parsed)) return GRABBED;
  const { scheme } = parsed;
  const kinds = toolLinkKinds();
  const found = kinds.find((kind) => kind.scheme === scheme);
  if (found !== undefined) return found;
  const known = kinds.map((kind) => kind.scheme);
  throw usageError(`no link kind "${scheme}"${didYouMean(scheme, known)} in ${url}: known are ${known.join(', ')}`);
}

/** A network of mctpkit serve. `orElse`: what else may be written. @throws CommandError, MctpError EUSAGE */
export function servedUrl(link: string, orElse = ''): LinkUrl {
  if (kindOf(link).isServed === true) return parseLinkUrl(link);
  throw usageError(`${link} is not a served network: write --link shared:NAME${orElse}`);
}

/** May EIDs be given there without being asked to? */
export function isNobodys(url: string): boolean {
  return kindOf(url).nobodys === true;
}

/** Option of every link: `look=1`, nothing on it is changed. A kind with a stack of its own reads it itself, too. */
const LOOK = 'look';

/** @throws MctpError EUSAGE */
export function onlyLooks(url: string): boolean {
  const { text, options, scheme } = parseLinkUrl(url);
  const looks = options.filter(([name]) => name === LOOK);
  return readOptions({ text, scheme, place: '', options: looks }, { [LOOK]: yesOrNo })[LOOK] ?? false;
}

/** The URL as its binding knows it. */
function withoutLook(url: string): LinkUrl {
  const { scheme, place, options } = parseLinkUrl(url);
  const kept = options.filter(([name]) => name !== LOOK);
  if (kept.length === options.length) return parseLinkUrl(url);
  const query = new URLSearchParams(kept.map(([name, value]): [string, string] => [name, value])).toString();
  return parseLinkUrl(`${scheme}:${place}${query === '' ? '' : `?${query}`}`);
}

/** The links of a URL. @throws MctpError EUSAGE, CommandError */
export async function linksOf(url: string, surroundings: LinkSurroundings): Promise<OpenedLinks> {
  const { links, stack } = kindOf(url);
  if (links === undefined) throw usageError(`${url}: ${stack?.refusal}`);
  onlyLooks(url);
  return links(withoutLook(url), surroundings).catch((cause: unknown) => Promise.reject(openFailure(cause)));
}

/** Of a binding. A cable may be called by its name, and is another one in a stack which runs on. */
async function linkOf(url: LinkUrl, surroundings: LinkSurroundings): Promise<Link> {
  if (url.scheme === 'cable' && isCableName(url.place)) {
    return (await import('./cable/named-cable.js')).namedCable(url, surroundings);
  }
  return createLink(url.text, { clock: surroundings.clock });
}

/** Links one could name on this machine. */
export async function linksHere(env: Environment): Promise<LinkHere[]> {
  return (await Promise.all(toolLinkKinds().map((kind) => kind.here(env)))).flat();
}

/** Each as what takes part on a bus, and as what only listens. */
async function picosHere(): Promise<LinkHere[]> {
  const { findAdapters } = await import('../bindings/i2c/adapter/find-adapters.js');
  const { picoUrl } = await import('./doctor/doctor-picos.js');
  const found = await findAdapters().catch(() => []);
  return found.flatMap((pico) => {
    const url = picoUrl(pico, found.length);
    const sniff = `${url}${url.includes('?') ? '&' : '?'}mode=sniff`;
    return [
      { url, what: `Pico adapter ${pico.serialNumber}` },
      { url: sniff, what: `Pico adapter ${pico.serialNumber}, listens to packets of others` },
    ];
  });
}

async function devices(pattern: RegExp, named: (name: string) => LinkHere): Promise<LinkHere[]> {
  const names = (await readdir('/dev').catch(() => [])).sort();
  return names.filter((name) => pattern.test(name)).map(named);
}
