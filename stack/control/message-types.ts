/** Which message types, versions and vendor-defined sets an endpoint speaks; may change at run time. */

import { MctpError } from '../errors.js';
import { MESSAGE_TYPE, messageType } from '../ids.js';
import { VENDOR_ID_FORMAT } from './commands/index.js';

/** In Get MCTP Version Support: the base specification rather than a message type. */
export const BASE_SPECIFICATION = 0xff;

/** 1.0, 1.1, 1.2 and 1.3.1: what this stack says of the base specification and the control protocol. */
export const MCTP_VERSIONS: readonly string[] = ['f1f0ff00', 'f1f1ff00', 'f1f2ff00', 'f1f3f100'];

/** 1.0: of a message type that is spoken, and whose versions nobody told. */
const FIRST_VERSION: readonly string[] = ['f1f0ff00'];

/** One vendor-defined command set (DSP0236 §12.8). */
export interface VendorSet {
  /** VENDOR_ID_FORMAT: 0 PCI, 1 IANA. */
  readonly format: number;
  /** PCI vendor ID (16 bits) or IANA enterprise number (32 bits). */
  readonly vendorId: number;
  /** Command set type and version, 16 bits, as the vendor says. */
  readonly commandSet: number;
}

/** Selectors are a byte, and 0xff ends the list. */
const MAX_VENDOR_SETS = 255;
/** What a control message of 64 bytes holds behind its header and count. */
const MAX_TYPES = 59;

interface TypeEntry {
  readonly type: number;
  readonly versions: readonly string[] | undefined;
  readonly link: string | undefined;
}

export class MessageTypeRegistry {
  readonly #entries = new Set<TypeEntry>();
  readonly #vendorSets: VendorSet[] = [];

  /**
   * Announce a message type, 0..127, on all links or only on one. `versions` are four bytes each, hex, major first,
   * oldest first: 'f1f0ff00' is 1.0, and what is said without them. Returns a function that takes it back.
   * @throws MctpError EINVAL, ENOBUFS when more types than fit a message
   */
  add(type: number, options: { readonly versions?: readonly string[]; readonly link?: string } = {}): () => void {
    messageType(type);
    const bad = options.versions?.find((version) => !/^[0-9a-f]{8}$/.test(version));
    if (bad !== undefined)
      throw new MctpError('EINVAL', `${bad} is not a version: use eight hex digits, f1f0ff00 for 1.0`);
    const entry: TypeEntry = { type, versions: options.versions, link: options.link };
    this.#entries.add(entry);
    if (this.#all(() => true).length > MAX_TYPES) {
      this.#entries.delete(entry);
      throw new MctpError('ENOBUFS', `no more than ${MAX_TYPES} message types can be announced`);
    }
    return () => this.#entries.delete(entry);
  }

  /**
   * Announce a vendor-defined set; its message type (0x7e or 0x7f) is announced with it.
   * @throws MctpError EINVAL, ENOBUFS
   */
  addVendorSet(set: VendorSet): () => void {
    if (this.#vendorSets.length >= MAX_VENDOR_SETS) {
      throw new MctpError('ENOBUFS', `no more than ${MAX_VENDOR_SETS} vendor-defined sets can be announced`);
    }
    const limit = set.format === VENDOR_ID_FORMAT.pci ? 0xffff : set.format === VENDOR_ID_FORMAT.iana ? 0xffffffff : -1;
    if (!fits(set.vendorId, limit) || !fits(set.commandSet, 0xffff)) {
      throw new MctpError(
        'EINVAL',
        'a vendor set has format 0 and a 16-bit ID, or 1 and a 32-bit ID; and a 16-bit command set',
      );
    }
    const own = { format: set.format, vendorId: set.vendorId, commandSet: set.commandSet };
    this.#vendorSets.push(own);
    return () => {
      const at = this.#vendorSets.indexOf(own);
      if (at >= 0) this.#vendorSets.splice(at, 1);
    };
  }

  /** In ascending order, without control (0x00): the count is of types in addition to it (DSP0236 §12.7). */
  types(link: string): number[] {
    return this.#all((entry) => entry.link === undefined || entry.link === link);
  }

  /**
   * Undefined when the type is not spoken (DSP0236 §12.6 has no other reason), or is a vendor's whose versions were not told:
   * each vendor says itself how its messages have versions. Of other types that is 1.0.
   */
  versions(type: number): readonly string[] | undefined {
    if (type === BASE_SPECIFICATION || type === MESSAGE_TYPE.control) return MCTP_VERSIONS;
    const entries = [...this.#entries].filter((entry) => entry.type === type);
    const told = entries.find(({ versions }) => versions !== undefined)?.versions;
    const isVendors = type === MESSAGE_TYPE.vendorPci || type === MESSAGE_TYPE.vendorIana;
    return told ?? (entries.length === 0 || isVendors ? undefined : FIRST_VERSION);
  }

  vendorSets(): readonly VendorSet[] {
    return this.#vendorSets;
  }

  #all(wanted: (entry: TypeEntry) => boolean): number[] {
    const types = new Set<number>();
    for (const entry of this.#entries) if (wanted(entry)) types.add(entry.type);
    for (const set of this.#vendorSets) {
      types.add(set.format === VENDOR_ID_FORMAT.pci ? MESSAGE_TYPE.vendorPci : MESSAGE_TYPE.vendorIana);
    }
    types.delete(MESSAGE_TYPE.control);
    return [...types].sort((a, b) => a - b);
  }
}

function fits(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max;
}
