/** What is on a bench: wires, devices, faults. `parse-bench.ts` reads it from a text. */

import type { MuxKindName } from '../../../bindings/i2c/mux/mux-kind.js';
import type { VendorSet } from '../../../stack/control/index.js';
import type { Behaviour } from '../device/behaviour.js';
import type { SpokenVendor } from '../device/vendor-app.js';
import type { DriveDescription } from '../nvme/drive-description.js';
import type { PldmDescription } from '../pldm/pldm-description.js';
import type { FaultRule, I2cFault, UartFault } from '../wires/faults.js';
import type { I2cSpeed } from '../wires/i2c-timing.js';

interface WireBase {
  readonly name: string;
  /** Payload bytes per packet that everybody on it sends; default 64. */
  readonly unit: number | undefined;
}

export interface SmbusDescription extends WireBase {
  readonly kind: 'smbus';
  readonly speedKhz: I2cSpeed;
  /** The host's address; undefined: the host is not on it. */
  readonly host: number | undefined;
  /** See `I2cWireOptions`. */
  readonly fair: boolean;
  /** The host asks only where devices are, or (`all`) everywhere. */
  readonly probe: 'devices' | 'all';
  /** It is a channel of a mux: which one. */
  readonly behind: { readonly mux: string; readonly channel: number } | undefined;
}

/** A mux on an SMBus: its channels are wires, too. */
export interface MuxDescription {
  readonly name: string;
  readonly wire: string;
  /** 7-bit, 0x70 to 0x77. */
  readonly address: number;
  /** What its register means: the name of the chip. */
  readonly kind: MuxKindName;
  /** Names of wires, from channel 0 on. */
  readonly channels: readonly string[];
  /** How long the host leaves a channel selected for an answer; ms. */
  readonly holdMs: number;
}

export interface SerialDescription extends WireBase {
  readonly kind: 'serial';
  readonly baudRate: number;
  readonly host: boolean;
  readonly latencyMs: number;
}

export interface UsbDescription extends WireBase {
  readonly kind: 'usb';
  readonly host: boolean;
}

export type WireDescription = SmbusDescription | SerialDescription | UsbDescription;

export interface DeviceDescription {
  readonly name: string;
  readonly wire: string;
  /** 7-bit; undefined on a serial wire and a USB cable. */
  readonly address: number | undefined;
  /** Other places of the same device: an endpoint on each, with an EID of its own, and one UUID (DSP0236 §8.17.8). */
  readonly ways: readonly { readonly wire: string; readonly address: number | undefined }[];
  readonly uuid: string | undefined;
  readonly eid: number | undefined;
  readonly echo: boolean;
  /** Files by PLDM file transfer; see `device-files.ts`. */
  readonly files: boolean;
  /** A responder of SPDM without cryptography; see `spdm-app.ts`. */
  readonly spdm: boolean;
  /** Vendors' messages that it answers. */
  readonly speaks: readonly SpokenVendor[];
  readonly types: readonly { readonly type: number; readonly versions: readonly string[] }[];
  readonly vendorSets: readonly VendorSet[];
  /** Makes fresh ones at every call: they have state. */
  behaviours(): Behaviour[];
  readonly bootMs: number | undefined;
  /** Clock stretching per byte received. */
  readonly stretchUs: number;
  /** Set for a bridge. */
  readonly bridge:
    | { readonly pool: number; readonly below: readonly { wire: string; address: number | undefined }[] }
    | undefined;
  /** It is a PLDM terminus, too. */
  readonly pldm: PldmDescription | undefined;
  /** It is a drive which speaks NVMe-MI, too. */
  readonly nvme: DriveDescription | undefined;
}

export type FaultDescription =
  | { readonly wire: string; readonly kind: 'smbus'; readonly rule: FaultRule<I2cFault> }
  | { readonly wire: string; readonly kind: 'serial'; readonly rule: FaultRule<UartFault> };

export interface BenchDescription {
  readonly wires: readonly WireDescription[];
  readonly muxes: readonly MuxDescription[];
  readonly devices: readonly DeviceDescription[];
  readonly faults: readonly FaultDescription[];
}
