/** How addresses are written: `9`, `1:9`, `uuid:...`, `tid:3`, `i2c:1/0x1d`, or a link itself when it is point to point. */

import { MctpError } from '../errors.js';
import { EID_MAX, EID_MIN, isEid } from '../ids.js';
import type { PhysicalAddress } from '../link.js';
import { placeName } from '../place.js';
import { isUuid } from '../util/text.js';

/** What a text means before anything is looked for. */
export type Address =
  | {
      readonly kind: 'eid';
      /** Undefined: any network which has the EID. */
      readonly network: number | undefined;
      /** 8 to 254 */
      readonly eid: number;
      /** Whose EID it is: `kernel:`, `shared:lab`. Undefined: that of whoever is asked. */
      readonly family?: string;
    }
  /** Lower case. */
  | { readonly kind: 'uuid'; readonly uuid: string }
  /** Of a PLDM terminus, 1 to 254. */
  | { readonly kind: 'tid'; readonly tid: number }
  | {
      readonly kind: 'physical';
      /** The link as somebody wrote it: its name, or its URL. */
      readonly link: string;
      /** Hex digits, an even number; `''` on a point-to-point link. */
      readonly physicalAddress: PhysicalAddress;
    };

export const ADDRESS_FORMS = 'an EID (9), NET:EID (1:9), uuid:..., or a place such as i2c:1/0x1d';

/**
 * An address in one of the forms which every table knows; names are not among them. Undefined: it is in none of the forms.
 * @throws MctpError EUSAGE: the form is known, and what it says is not possible
 */
export function readAddress(text: string): Address | undefined {
  const numbers = /^(?:(\d+):)?(0x[0-9a-f]+|-?\d+)$/i.exec(text);
  if (numbers !== null) return eidAddress(text, numbers[1], numbers[2]!);
  const uuid = /^uuid:(.*)$/i.exec(text);
  if (uuid !== null) {
    if (!isUuid(uuid[1]!)) throw usage(`"${uuid[1]}" is not a UUID: write uuid: and 8-4-4-4-12 hex digits`);
    return { kind: 'uuid', uuid: uuid[1]!.toLowerCase() };
  }
  const tid = /^tid:(.*)$/i.exec(text);
  if (tid !== null) {
    const value = /^(0x[0-9a-f]+|\d+)$/i.test(tid[1]!) ? Number(tid[1]) : Number.NaN;
    if (!(value >= 1 && value <= 254)) throw usage(`"${tid[1]}" is not a TID: use 1 to 254`);
    return { kind: 'tid', tid: value };
  }
  const place = /^([a-z][a-z0-9+-]*:.*?)(?:\/0x([0-9a-f]+))?$/i.exec(text);
  if (place === null) return undefined;
  const digits = (place[2] ?? '').toLowerCase();
  return {
    kind: 'physical',
    link: place[1]!,
    physicalAddress: digits.padStart(digits.length + (digits.length % 2), '0'),
  };
}

/** `9`, `1:9`: with `family`, of that. Undefined: it is written otherwise. @throws MctpError EUSAGE */
export function readFamilyEid(text: string, family: string): Address | undefined {
  const numbers = /^(?:(\d+):)?(\d+)$/.exec(text);
  return numbers === null ? undefined : { ...eidAddress(text, numbers[1], numbers[2]!), family };
}

/** As `readAddress` takes it. */
export function writeAddress(address: Address): string {
  if (address.kind === 'uuid') return `uuid:${address.uuid}`;
  if (address.kind === 'tid') return `tid:${address.tid}`;
  if (address.kind === 'physical') return placeName(address.link, address.physicalAddress);
  const { network, eid, family } = address;
  const own = network === undefined ? `${eid}` : `${network}:${eid}`;
  if (family === undefined) return own;
  return family.endsWith(':') ? `${family}${own}` : `${family}/${own}`;
}

/** "EID 9", "UUID ...", "TID 3", "i2c:1/0x1d": in a sentence. */
export function sayAddress(address: Address): string {
  if (address.kind === 'uuid') return `UUID ${address.uuid}`;
  if (address.kind === 'tid') return `TID ${address.tid}`;
  if (address.kind === 'physical' || address.family !== undefined) return writeAddress(address);
  return `EID ${writeAddress(address)}`;
}

function eidAddress(text: string, network: string | undefined, eid: string): Extract<Address, { kind: 'eid' }> {
  const value = Number(eid);
  if (!isEid(value)) throw usage(`${text} is not an EID of an endpoint: use ${EID_MIN} to ${EID_MAX}`);
  if (network !== undefined && (Number(network) < 1 || Number(network) > 0xffffffff)) {
    throw usage(`${text}: ${network} is not a network: use 1 to 4294967295`);
  }
  return { kind: 'eid', network: network === undefined ? undefined : Number(network), eid: value };
}

function usage(message: string): MctpError {
  return new MctpError('EUSAGE', message);
}
