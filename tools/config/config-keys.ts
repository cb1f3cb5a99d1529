/**
 * Every key of `mctpkit.toml`, once: from here come the parser, the types of the configuration, the defaults, and the tables
 * of docs/config.md (npm run docs:config).
 */

import { TAP_DEFAULTS } from '../../bindings/shared/server/interface-wish.js';
import { LIMIT_OPTIONS, LIMIT_PREFIX, NETWORK_OPTIONS } from '../../bindings/shared/server/network-options.js';
import { BUS_OWNER_DEFAULTS } from '../../stack/bus-owner/index.js';
import { CONTROL_TIMING } from '../../stack/control/index.js';
import { DEFAULT_NETWORK, EID_MAX, EID_MIN } from '../../stack/ids.js';
import { WAY_POLICIES, type WayPolicy } from '../../stack/multipath/index.js';
import { FIELD_TYPES } from '../../stack/vendor/index.js';
import { CABLE } from './cable-keys.js';
import { type Key, type Section, section } from './config-section.js';
import {
  address,
  addressPort,
  addressText,
  eid,
  eidRange,
  eidSet,
  fileMode,
  flag,
  interfaceNames,
  linkName,
  linkNames,
  linkUrl,
  listOf,
  messageTypes,
  milliseconds,
  oneOf,
  text,
  uuid,
  whole,
} from './key-kinds.js';
import { anyValue, bitRanges, headerParts, namedNumbers, size, tableList, wordName } from './vendor-kinds.js';
import { HOOK, WATCH } from './watch-keys.js';

/** A number of the table of a served network's options. */
function networkNumber(
  name: 'message-bytes' | 'max-nodes' | 'queue' | 'shutdown-ms',
): Key<number> & { readonly default: number } {
  const { least, most, what, default: value } = NETWORK_OPTIONS[name];
  return { kind: whole(least, most), what, default: value };
}

const U32 = 0xffffffff;
const ROLE = oneOf('bus-owner', 'endpoint');

/** At the top of the file. */
export const FILE = section({
  uuid: { kind: uuid, what: 'our own UUID', otherwise: 'none: Get Endpoint UUID is not supported' },
  'network-id': { kind: uuid, what: 'the answer to Get Network ID', otherwise: 'none' },
});

export const LINK = section({
  url: { kind: linkUrl, what: 'the link, as on the command line', required: true },
  role: {
    kind: ROLE,
    what: '`bus-owner`: we give EIDs on it; `endpoint`: we are given one',
    default: 'bus-owner',
  },
  network: {
    kind: whole(1, U32),
    what: 'the network it belongs to; the same EID may exist once in each',
    default: DEFAULT_NETWORK as number,
  },
  'own-eid': {
    kind: eid,
    what: 'our EID as bus owner; as endpoint, the static one that we start with',
    otherwise: '8, or none',
  },
  'dynamic-eids': {
    kind: eidRange,
    what: 'the EIDs to give on it; ranges of links may overlap',
    otherwise: 'those of `[bus-owner]`',
  },
  'transmission-unit': {
    kind: whole(64, 0xffff),
    what: 'payload bytes per packet, the header not counted',
    otherwise: "the link's",
  },
});

/** `[limits]`: what the stack has room for; the names are those of `mctpkit network set`, without `limits.` */
export const LIMITS: Section = Object.fromEntries(
  [...LIMIT_OPTIONS].map(([name, { what, least, most, default: value }]) => {
    const key = { kind: whole(least, most), what, otherwise: String(value) };
    return [name.slice(LIMIT_PREFIX.length), key];
  }),
);

/** As libmctp's clients know it. */
const DEMUX_SOCKET = '@mctp-mux';

/** `[serve.NAME]`: a network which other processes use. */
export const SERVE = section({
  dir: {
    kind: text,
    what: 'the folder in which the folder of the network is',
    otherwise: '`$XDG_RUNTIME_DIR/mctpkit`, or `/run/mctpkit`',
  },
  policy: { kind: text, what: NETWORK_OPTIONS.policy.what, default: NETWORK_OPTIONS.policy.default as string },
  mode: { kind: fileMode, what: NETWORK_OPTIONS.mode.what, otherwise: '`"0760"`' },
  owner: { kind: text, what: 'the user that owns the sockets', otherwise: 'the user that runs the server' },
  group: { kind: text, what: 'the group that owns the sockets', otherwise: 'the group of the server' },
  'message-bytes': networkNumber('message-bytes'),
  'max-nodes': networkNumber('max-nodes'),
  queue: networkNumber('queue'),
  lossless: { kind: flag, what: NETWORK_OPTIONS.lossless.what, default: NETWORK_OPTIONS.lossless.default as boolean },
  keep: { kind: flag, what: NETWORK_OPTIONS.keep.what, default: NETWORK_OPTIONS.keep.default as boolean },
  'shutdown-ms': networkNumber('shutdown-ms'),
  metrics: {
    kind: addressPort,
    what: 'serve metrics for Prometheus at `/metrics` of this address',
    otherwise: 'not over HTTP; they are on the socket `metrics`',
  },
  demux: {
    kind: flag,
    what: "serve clients of libmctp's mctp-demux-daemon, too; needs the package koffi",
    default: false,
  },
  'demux-socket': {
    kind: text,
    what: 'the socket which they connect to; `@` is the zero byte of an abstract name',
    default: DEMUX_SOCKET,
  },
});

/** The web page of `mctpkit serve`. */
export const WEB = section({
  http: { kind: addressPort, what: 'the address of the page', required: true },
  'token-file': {
    kind: text,
    what: 'a file with one word of 16 to 256 characters, which allows managing devices',
    otherwise: 'none: the page is read-only',
  },
  certificate: { kind: text, what: 'a PEM file: the page is served by HTTPS', otherwise: 'none: plain HTTP' },
  key: { kind: text, what: 'a PEM file with the key of the certificate', otherwise: 'none' },
});

/** `[serve.NAME.kernel]`: interfaces of the kernel which are nodes of the network. */
export const SERVE_KERNEL = section({
  tap: { kind: flag, what: 'make an interface of the kernel for the network, as `mctpkit join` does', default: true },
  'kernel-eid': {
    kind: eid,
    what: 'EID of the kernel on it; its programs send from it',
    default: TAP_DEFAULTS.kernelEid as number,
  },
  'own-eid': { kind: eid, what: 'EID of the server on it', default: TAP_DEFAULTS.ownEid as number },
  'kernel-network': {
    kind: whole(1, U32),
    what: "the kernel's network for it",
    default: TAP_DEFAULTS.kernelNetwork as number,
  },
  network: {
    kind: whole(1, U32),
    what: 'our network to which it belongs, one of those of the links',
    default: TAP_DEFAULTS.network as number,
  },
  grab: {
    kind: interfaceNames,
    what: 'links of the kernel which the network takes, each a link of ours and a node',
    otherwise: 'none',
  },
});

export const CONTROL = section({
  'timeout-ms': {
    kind: milliseconds(1),
    what: 'for an answer, per try (MT2)',
    otherwise: String(CONTROL_TIMING.timeoutMs),
  },
  retries: { kind: whole(0, 100), what: 'tries after the first (MN1)', otherwise: String(CONTROL_TIMING.retries) },
  'not-ready-delay-ms': {
    kind: milliseconds(0),
    what: 'before a device that was not ready is asked again',
    otherwise: String(CONTROL_TIMING.notReadyDelayMs),
  },
  'min-gap-ms': {
    kind: milliseconds(0),
    what: 'least time between the end of one exchange with a device and the start of the next',
    otherwise: '0',
  },
});

export const BUS_OWNER = section({
  'dynamic-eids': {
    kind: eidRange,
    what: 'the EIDs to give',
    otherwise: `[${BUS_OWNER_DEFAULTS.dynamic.join(', ')}]`,
  },
  'keep-foreign-eids': {
    kind: flag,
    what: 'a device may keep a usable EID outside of these',
    otherwise: 'true',
  },
  'max-bridge-pool': {
    kind: whole(0, EID_MAX - EID_MIN),
    what: 'most EIDs that one bridge gets for the devices behind it',
    otherwise: String(BUS_OWNER_DEFAULTS.maxBridgePool),
  },
  'settle-ms': {
    kind: milliseconds(0),
    what: 'the devices behind a bridge count as complete when nothing new came for this long',
    otherwise: String(BUS_OWNER_DEFAULTS.settleMs),
  },
  'reclaim-ms': {
    kind: milliseconds(5_000),
    what: 'TRECLAIM: silence after which an EID may be taken back, and the rest of a reclaimed one',
    otherwise: String(BUS_OWNER_DEFAULTS.reclaimMs),
  },
  'poll-ms': {
    kind: milliseconds(0),
    what: 'between two checks of an endpoint; 0: none',
    otherwise: String(BUS_OWNER_DEFAULTS.pollMs),
  },
  'scan-ms': {
    kind: milliseconds(0),
    what: 'between two searches for new devices; 0: none',
    otherwise: '0; `discover --watch`, `run`: 5000',
  },
  parallel: {
    kind: whole(1, 128),
    what: 'devices of one link that are asked at the same time',
    otherwise: String(BUS_OWNER_DEFAULTS.parallel),
  },
  'routing-updates': { kind: flag, what: 'tell the bridges where the other endpoints are', otherwise: 'true' },
  'state-file': {
    kind: text,
    what: 'where the EIDs of devices are kept, so that they get the same in the next run',
    otherwise: 'none',
  },
});

export const BRIDGE = section({
  upstream: {
    kind: linkName,
    what: 'the link on which the bus owner is; its role is `endpoint`',
    required: true,
  },
  'pool-size': { kind: whole(1, EID_MAX - EID_MIN), what: 'EIDs that we want for the devices below', required: true },
});

/** Without a value, we take any rate, and hold back as far as we are asked to. */
export const RATE_LIMITS = section({
  links: { kind: linkNames, what: 'the links on which we do', otherwise: 'all' },
  'rx-buffer': { kind: whole(68, U32), what: 'bytes that we take at once', default: 65_536 as number },
  'rx-rate': { kind: whole(0, U32), what: 'packets per second that we take; 0: any', default: 0 as number },
  'tx-min': { kind: whole(1, U32), what: 'least packets per second to which we hold back', default: 1 as number },
  'tx-max': {
    kind: whole(1, U32),
    what: 'most packets per second to which we hold back',
    default: 1_000_000 as number,
  },
  'burst-max': {
    kind: whole(1, 0xffffff),
    what: 'most packets that we send at once when we hold back',
    default: 255 as number,
  },
});

/** Which device, and what it gets. */
export const DEVICE = section({
  uuid: { kind: uuid, what: 'which device: by its UUID', otherwise: 'by `link` and `address`' },
  link: { kind: linkName, what: 'which device: the link on which it is', otherwise: 'by `uuid`' },
  address: { kind: address, what: 'its address there; none on a point-to-point link', otherwise: 'none' },
  eid: { kind: eid, what: 'its EID', otherwise: 'any' },
  reserve: {
    kind: flag,
    what: '`false`: a wish only; others may have the EID while it is not there',
    default: true as boolean,
  },
  'pool-start': {
    kind: eid,
    what: 'for a bridge: the first EID that it gets for the devices behind it',
    otherwise: 'behind its own',
  },
});

/** How a device is treated. */
export const POLICY = section({
  'timeout-ms': { ...CONTROL['timeout-ms'], otherwise: 'as in [control]' },
  retries: { ...CONTROL.retries, otherwise: 'as in [control]' },
  'min-gap-ms': { ...CONTROL['min-gap-ms'], otherwise: 'as in [control]' },
  ignore: { kind: flag, what: '`true`: it is never asked anything', otherwise: 'false' },
  poll: { kind: flag, what: '`false`: it is not checked from time to time', otherwise: 'true' },
  fixed: {
    kind: flag,
    what: '`true`: soldered in; when silent it is marked, and its EID is never taken back',
    otherwise: 'false',
  },
  skip: {
    kind: listOf('uuid', 'types', 'versions', 'vendor'),
    what: 'questions that it does not take well',
    otherwise: '[]',
  },
});

/** A vendor's messages (types 0x7e and 0x7f); of `pci` and `iana` there is one. */
export const VENDOR = section({
  pci: { kind: whole(0, 0xffff), what: "the vendor's PCI number: messages of type 0x7e", otherwise: '`iana`' },
  iana: { kind: whole(0, U32), what: "the vendor's IANA enterprise number: messages of type 0x7f", otherwise: '`pci`' },
  title: { kind: text, what: 'the vendor, for people', otherwise: 'the name of the number, if it is known' },
  'byte-order': { kind: oneOf('big', 'little'), what: 'of the numbers in fields', default: 'big' },
  header: {
    kind: headerParts,
    what: "the bytes behind the vendor's number, in their order",
    otherwise: '`["flags", "command"]`',
  },
  codes: { kind: namedNumbers(255), what: 'completion codes of every command', otherwise: 'those of control messages' },
});

export const VENDOR_COMMAND = section({
  code: { kind: whole(0, 255), what: 'its number in the header', required: true },
  request: { kind: tableList, what: 'the fields of a request', otherwise: 'none' },
  answer: { kind: tableList, what: 'the fields of an answer, behind its completion code', otherwise: 'none' },
  codes: { kind: namedNumbers(255), what: 'completion codes of this command', otherwise: 'none' },
});

export const VENDOR_FIELD = section({
  name: { kind: wordName, what: 'what it is called', otherwise: 'required without `bits`' },
  type: { kind: oneOf(...FIELD_TYPES), what: 'what it is', required: true },
  unit: { kind: text, what: 'shown behind the number', otherwise: 'none' },
  hex: { kind: flag, what: '`true`: the number is shown in hex', otherwise: 'false' },
  names: { kind: namedNumbers(U32), what: 'what the values of an unsigned number are called', otherwise: 'none' },
  bits: { kind: bitRanges, what: 'the fields which share an unsigned number', otherwise: 'none' },
  length: {
    kind: size,
    what: 'bytes of `bytes` and `text`, or the field before it that says how many',
    otherwise: 'the rest of the message',
  },
  count: {
    kind: size,
    what: 'makes it a list: how many items, the field before it that says it, or `"rest"`',
    otherwise: 'one',
  },
  value: { kind: anyValue, what: 'what emulated devices answer', otherwise: 'zeros' },
});

/** Devices that are on several links. */
export const MULTIPATH = section({
  policy: {
    kind: oneOf(...WAY_POLICIES),
    what: 'which way is taken: the first of `links` that is up, the one with the least round trip, or with the least loss',
    default: 'fixed' as WayPolicy,
  },
  links: { kind: linkNames, what: 'the links in the order of preference', otherwise: 'the order of the file' },
  backup: { kind: linkNames, what: 'links used only while no other way of a device is up', otherwise: 'none' },
  'probe-ms': {
    kind: milliseconds(0),
    what: 'between two checks of each way; 0: a way is checked when it is silent',
    default: 0 as number,
  },
});

/** Every key is a name that somebody chose. */
export const NAMES = section({
  NAME: { kind: addressText, what: 'what the name stands for', otherwise: 'any number of names' },
});

const ACTION = oneOf('allow', 'deny');

export const FIREWALL = section({
  otherwise: { kind: ACTION, what: 'for packets that no rule matches', otherwise: 'allow' },
  messages: { kind: whole(1, 1_000_000), what: 'messages whose verdict is remembered', otherwise: '1024' },
});

export const FIREWALL_RULE = section({
  from: { kind: linkNames, what: 'the link that the packet comes from', otherwise: 'any' },
  to: { kind: linkNames, what: 'the link that it goes to', otherwise: 'any' },
  source: { kind: eidSet, what: 'its source EID', otherwise: 'any' },
  destination: { kind: eidSet, what: 'its destination EID', otherwise: 'any' },
  types: { kind: messageTypes, what: 'the type of its message', otherwise: 'any' },
  action: { kind: ACTION, what: 'the verdict', required: true },
});

/** For documentation, in the order of the file. */
export const SECTIONS: Readonly<Record<string, Section>> = {
  file: FILE,
  'links.NAME': LINK,
  control: CONTROL,
  'bus-owner': BUS_OWNER,
  bridge: BRIDGE,
  'rate-limits': RATE_LIMITS,
  'devices.NAME': { ...DEVICE, ...POLICY },
  'vendors.NAME': VENDOR,
  'vendors.NAME.commands.NAME': VENDOR_COMMAND,
  'vendors.NAME.commands.NAME.answer': VENDOR_FIELD,
  limits: LIMITS,
  'serve.NAME': SERVE,
  'cables.NAME': CABLE,
  web: WEB,
  watch: WATCH,
  'watch.hooks.NAME': HOOK,
  names: NAMES,
  multipath: MULTIPATH,
  'serve.NAME.kernel': SERVE_KERNEL,
  firewall: FIREWALL,
  'firewall.rules': FIREWALL_RULE,
};
