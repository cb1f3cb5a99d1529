/** Endpoints as `discover` shows them: a tree of links, bridges and what is behind them. */

import type { EndpointInfo } from '../../stack/bus-owner/index.js';
import { ENDPOINT_TYPE, VENDOR_ID_FORMAT, type VendorSet } from '../../stack/control/index.js';
import { BINDING, MESSAGE_TYPE, messageTypeName } from '../../stack/ids.js';
import type { LinkStatus } from '../../stack/mctp.js';
import { hexDigits } from '../../stack/util/text.js';
import { printable } from '../command-error.js';
import { type TreeNode, treeLines } from './box-tree.js';
import type { Colours } from './colours.js';
import { tableLines } from './columns.js';

export type ShownLink = Pick<LinkStatus, 'name' | 'binding' | 'eids'> & { readonly ownAddress: string };

const BASE_SPECIFICATION = 0xff;
const BINDING_NAMES: Readonly<Record<number, string>> = {
  [BINDING.smbus]: 'SMBus/I2C',
  [BINDING.pcieVdm]: 'PCIe VDM',
  [BINDING.usb]: 'USB',
  [BINDING.kcs]: 'KCS',
  [BINDING.serial]: 'serial',
  [BINDING.i3c]: 'I3C',
  [BINDING.mmbi]: 'MMBI',
  [BINDING.pcc]: 'PCC',
  [BINDING.ucie]: 'UCIe',
};

export interface TreeLook {
  /** Where a device answered that is not listed as an endpoint for it. */
  readonly troubled?: readonly string[];
  readonly nameOf?: (endpoint: EndpointInfo) => string | undefined;
}

/** "SMBus/I2C" */
export function bindingTitle(binding: number): string {
  return BINDING_NAMES[binding] ?? `binding 0x${binding.toString(16)}`;
}

/** Lines of the tree and of what is odd. */
export function endpointTree(
  links: readonly ShownLink[],
  endpoints: readonly EndpointInfo[],
  colours: Colours,
  { troubled = [], nameOf = () => undefined }: TreeLook = {},
): string[] {
  const trees = links.map((link) => ({ link, lines: treeLines(nodesOf(link.name, undefined, endpoints)) }));
  // One table for all links, so that columns line up across them.
  const rows = tableLines(
    trees.flatMap(({ lines }) => lines.map(({ prefix, item }) => endpointCells(prefix, item, colours, nameOf(item)))),
  );
  const out: string[] = [];
  for (const { link, lines } of trees) {
    out.push(linkLine(link, colours), ...rows.splice(0, lines.length));
    if (lines.length > 0) continue;
    const answers = troubled.some((place) => place === link.name || place.startsWith(`${link.name}/`));
    out.push(colours.faint(answers ? '└─ a device answers, and has no EID that can be used' : '└─ no device answers'));
  }
  for (const { eid, remarks } of endpoints) for (const remark of remarks) out.push(`EID ${eid}: ${printable(remark)}`);
  return out;
}

/** "7 endpoints, 1 of them a bridge, on 2 links"; with `devices` of several ways, how many devices these are. */
export function endpointSummary(
  links: readonly ShownLink[],
  endpoints: readonly EndpointInfo[],
  devices: readonly { readonly endpoints: readonly EndpointInfo[] }[] = [],
): string {
  const bridges = endpoints.filter(isBridge).length;
  const bridgeText = bridges === 0 ? '' : `, ${bridges} of them ${bridges === 1 ? 'a bridge' : 'bridges'}`;
  const twice = devices.reduce((sum, device) => sum + device.endpoints.length - 1, 0);
  const deviceText = twice === 0 ? '' : ` of ${count(endpoints.length - twice, 'device')}`;
  return `${count(endpoints.length, 'endpoint')}${deviceText}${bridgeText}, on ${count(links.length, 'link')}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

function isBridge(endpoint: EndpointInfo): boolean {
  return endpoint.endpointType === ENDPOINT_TYPE.busOwnerOrBridge;
}

/** Those behind a bridge are its children, the others those of their link. */
function nodesOf(link: string, bridge: number | undefined, all: readonly EndpointInfo[]): TreeNode<EndpointInfo>[] {
  return all
    .filter((endpoint) => endpoint.link === link && endpoint.bridge === bridge)
    .map((item) => ({ item, children: nodesOf(link, item.eid, all) }));
}

function linkLine({ name, binding, eids, ownAddress }: ShownLink, colours: Colours): string {
  const at = ownAddress === '' ? '' : ` at 0x${ownAddress}`;
  const own = eids.length === 0 ? 'we have no EID' : `we are EID ${eids.join(', ')}`;
  return `${colours.strong(name)}  ${colours.faint(`${bindingTitle(binding)}, ${own}${at}`)}`;
}

function endpointCells(prefix: string, endpoint: EndpointInfo, colours: Colours, name: string | undefined): string[] {
  const { eid, physicalAddress, uuid, versions, pool, connectivity } = endpoint;
  const base = versions[BASE_SPECIFICATION]?.at(-1);
  return [
    `${colours.faint(prefix)}${colours.name(name === undefined ? String(eid) : `${eid} ${name}`)}`,
    physicalAddress === undefined || physicalAddress === '' ? '' : `0x${physicalAddress}`,
    isBridge(endpoint) ? colours.strong('bridge') : 'endpoint',
    uuid ?? colours.faint('no UUID'),
    base === undefined ? '' : `MCTP ${printable(base)}`,
    typesText(endpoint),
    pool === undefined ? '' : `gives EIDs ${pool.first} to ${pool.first + pool.size - 1}`,
    connectivity === 'available' ? '' : colours.bad(connectivity),
  ];
}

/** "PLDM 1.1, vendor PCI 1ab4:0001" */
function typesText({ messageTypes, versions, vendorDefined }: EndpointInfo): string {
  const names = messageTypes.flatMap((type) => {
    const sets = vendorDefined.filter((set) => typeOf(set) === type);
    if (sets.length > 0) return sets.map(vendorText);
    const latest = versions[type]?.at(-1);
    return [latest === undefined ? messageTypeName(type) : `${messageTypeName(type)} ${printable(latest)}`];
  });
  return names.join(', ');
}

function typeOf({ format }: VendorSet): number {
  return format === VENDOR_ID_FORMAT.pci ? MESSAGE_TYPE.vendorPci : MESSAGE_TYPE.vendorIana;
}

function vendorText({ format, vendorId, commandSet }: VendorSet): string {
  const set = hexDigits(commandSet, 4);
  return format === VENDOR_ID_FORMAT.pci
    ? `vendor PCI ${hexDigits(vendorId, 4)}:${set}`
    : `vendor IANA ${vendorId}:${set}`;
}
