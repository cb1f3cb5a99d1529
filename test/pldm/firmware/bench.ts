/** Both sides of an update on one wire, in virtual time. */

import { PldmClient, type PldmHandlers, PldmResponder } from '../../../pldm/base/index.js';
import type { DeviceTiming } from '../../../pldm/firmware/firmware-timing.js';
import {
  buildPackage,
  bytesSource,
  FirmwareDevice,
  type FirmwarePackage,
  MemoryFirmware,
  type MemoryFirmwareOptions,
  type PackageDescription,
  planUpdates,
  readInventory,
  readPackage,
  UpdateAgent,
  type UpdateEvent,
  type UpdateOptions,
  type UpdateReport,
} from '../../../pldm/firmware/index.js';
import type { Terminus } from '../../../pldm/terminus/index.js';
import type { VirtualClock } from '../../../stack/clock.js';
import { fromHex } from '../../../stack/codec/index.js';
import type { Transport } from '../../../stack/transport.js';
import type { World } from '../world.js';

export const DESCRIPTORS = [
  { descriptorType: 1, descriptorData: fromHex('9c010000')! },
  { descriptorType: 2, descriptorData: fromHex('0102030405060708090a0b0c0d0e0f10')! },
];

const PACKAGE: PackageDescription = {
  version: '2.0',
  devices: [
    {
      descriptors: [
        { type: 'ianaEnterpriseId', data: 412 },
        { type: 'uuid', data: '0102030405060708090a0b0c0d0e0f10' },
      ],
    },
  ],
  components: [{ identifier: 1, version: '2.0' }],
};

/** Every 32-byte line differs from the others. */
export function imageOfSize(size: number, seed = 1): Uint8Array {
  return Uint8Array.from({ length: size }, (_, at) => (7 * at + (at >> 5) * 13 + (at >> 13) * 5 + 31 * seed) & 0xff);
}

export async function packageOf(
  images: readonly Uint8Array[],
  change: Partial<PackageDescription> = {},
): Promise<FirmwarePackage> {
  const components = images.map((_, index) => ({ identifier: index + 1, version: '2.0' }));
  const built = await buildPackage({ ...PACKAGE, components, ...change }, images.map(bytesSource));
  const parts: Uint8Array[] = [];
  for await (const chunk of built.chunks()) parts.push(chunk);
  return readPackage(bytesSource(new Uint8Array(Buffer.concat(parts))));
}

export interface DeviceUnderTest {
  readonly firmware: FirmwareDevice;
  readonly hardware: MemoryFirmware;
  /** What it speaks through. */
  readonly transport: Transport;
  /** Stop the protocol, as a reset does; storage stays. */
  reset(): void;
  close(): void;
}

export interface DeviceSetup extends Partial<Omit<MemoryFirmwareOptions, 'clock'>> {
  readonly chunk?: number;
  /** Of the responder: requesters whose last answer is kept. */
  readonly maxPeers?: number;
  readonly timing?: Partial<DeviceTiming>;
  /** What it answers otherwise than ours. */
  readonly answers?: (handlers: PldmHandlers) => void;
  readonly onState?: (change: { from: number; to: number; reason: number }) => void;
}

export function firmwareDevice(transport: Transport, clock: VirtualClock, setup: DeviceSetup = {}): DeviceUnderTest {
  const { chunk, maxPeers, timing, onState, answers, ...rest } = setup;
  const hardware = new MemoryFirmware({
    clock,
    descriptors: DESCRIPTORS,
    setVersion: '1.0',
    components: [{ identifier: 1, version: '1.0' }],
    ...rest,
  });
  const boot = () => {
    const responder = new PldmResponder({ transport, clock, ...(maxPeers === undefined ? {} : { maxPeers }) });
    const client = new PldmClient({ transport, clock });
    const firmware = new FirmwareDevice({
      handlers: responder.handlers,
      client,
      hardware,
      ...(chunk === undefined ? {} : { chunk }),
      ...(timing === undefined ? {} : { timing }),
      ...(onState === undefined ? {} : { onState }),
    });
    answers?.(responder.handlers);
    responder.start();
    return { responder, client, firmware };
  };
  let run = boot();
  const close = (): void => {
    run.firmware.close();
    run.client.close();
    run.responder.close();
  };
  return {
    get firmware() {
      return run.firmware;
    },
    hardware,
    transport,
    reset: () => {
      close();
      hardware.reset();
      run = boot();
    },
    close,
  };
}

export async function runUpdate(
  agent: UpdateAgent,
  terminus: Terminus,
  pkg: FirmwarePackage,
  options: Partial<UpdateOptions> & { readonly force?: boolean } = {},
): Promise<{ report: UpdateReport; events: UpdateEvent[] }> {
  const { force = false, ...rest } = options;
  const { plans, reasons } = planUpdates(pkg, await readInventory(terminus), { force });
  if (plans.length === 0) throw new Error(reasons.join('; '));
  const events: UpdateEvent[] = [];
  const report = await agent.update({ terminus, plan: plans[0]!, onEvent: (event) => events.push(event), ...rest });
  return { report, events };
}

export function agentOf(world: World): UpdateAgent {
  return new UpdateAgent({ handlers: world.responder.handlers });
}
