/** What an emulated device is, wherever it is. */

import type { Environment } from '../bindings/shared/shared-folder.js';
import type { Bench } from '../hw-fixtures/bench/bench.js';
import type { DeviceOptions } from '../hw-fixtures/bench/device/device.js';
import type { Clock } from '../stack/clock.js';

export interface DeviceKind extends Omit<DeviceOptions, 'clock' | 'port' | 'name'> {
  /** What is behind a bridge. It is switched on before the bridge, and goes with it. */
  readonly behind?: Bench;
}

export interface EmulatedOptions {
  readonly links: readonly string[];
  readonly name: string;
  readonly clock: Clock;
  readonly env: Environment;
  /** Made anew for every link: behaviours have state. */
  kind(): DeviceKind;
  /** Hears what happens to the devices. */
  readonly hear: (event: EmulatedEvent) => void;
}

export type EmulatedEvent =
  /** With `device`: one behind a bridge; the link is then a wire of the bench. */
  | { readonly event: 'address'; readonly link: string; readonly eid: number; readonly device?: string }
  | { readonly event: 'reset'; readonly link: string }
  | { readonly event: 'linkDown'; readonly link: string; readonly reason: string }
  | { readonly event: 'linkUp'; readonly link: string }
  /** What it could not do: an event that was not sent, for instance. */
  | { readonly event: 'problem'; readonly link: string; readonly what: string }
  /** The kernel's control messages are answered by another program. */
  | { readonly event: 'controlTaken' };

/** A device that is there until it is closed. */
export interface EmulatedDevice {
  /** Names of its links. */
  readonly links: readonly string[];
  close(): void;
}
