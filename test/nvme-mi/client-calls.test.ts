/** The calls of the requester one by one, against a drive of the bench. */

import { describe, expect, it } from 'vitest';
import { GOOD_DRIVE } from '../../hw-fixtures/bench/nvme/drive-description.js';
import { settle, settleError } from '../../hw-fixtures/testing/virtual-time.js';
import { encode } from '../../stack/codec/index.js';
import {
  GetConfiguration,
  NvmeMiClient,
  NvmeMiResponder,
  nvmeMiFields,
  nvmeStatusText,
  resetDue,
  SetAsynchronousEvents,
  structures,
} from '../../stack/nvme-mi/index.js';
import { quirkGapMs } from '../../stack/nvme-mi/mi-patience.js';
import { world } from '../hw-fixtures/support.js';
import { driveWorld } from './drive-world.js';

const DRIVE = { eid: 9 };
const PLACE = [{ wire: 'bus', address: 0x1d, eid: 9 }];

describe('a drive of the bench', () => {
  it('gives and takes VPD, a few times', async () => {
    const { client, ask, clock } = await driveWorld({ bus: 400 }, PLACE, { ...GOOD_DRIVE, vpdWrites: 2 });
    const vpd = await ask(client.readVpd(DRIVE, 0, 256));
    expect(vpd).toHaveLength(256);
    // Common header and product area each add up to 0.
    const sum = (bytes: Uint8Array): number => bytes.reduce((all, byte) => (all + byte) & 0xff, 0);
    expect(sum(vpd.subarray(0, 8))).toBe(0);
    expect(sum(vpd.subarray(8, 8 + 8 * vpd[9]!))).toBe(0);
    await ask(client.writeVpd(DRIVE, 250, Uint8Array.of(1, 2, 3)));
    expect([...(await ask(client.readVpd(DRIVE, 249, 5)))]).toEqual([0, 1, 2, 3, 0]);
    expect(await ask(client.readVpd(DRIVE, 0, 0))).toHaveLength(0);
    expect(await settleError(clock, client.readVpd(DRIVE, 250, 10))).toMatchObject({ completionCode: 4 });
    await ask(client.writeVpd(DRIVE, 0, Uint8Array.of(1)));
    expect(await settleError(clock, client.writeVpd(DRIVE, 0, Uint8Array.of(1)))).toMatchObject({
      completionCode: 0x20,
    });
    client.close();
  });

  it('keeps its configuration until it is reset, and its firmware over it', async () => {
    const { client, ask, device, clock } = await driveWorld({ bus: 400 }, PLACE);
    await ask(client.setSmbusFrequency(DRIVE, 0, 2));
    await ask(client.setTransmissionUnit(DRIVE, 0, 200));
    expect(await ask(client.smbusFrequency(DRIVE, 0))).toBe(2);
    expect(await ask(client.transmissionUnit(DRIVE, 0))).toBe(200);
    expect(await settleError(clock, client.setTransmissionUnit(DRIVE, 0, 251))).toMatchObject({ completionCode: 4 });
    await ask(client.downloadFirmware(DRIVE, 0, new TextEncoder().encode('2.5.0   and more')));
    expect(await ask(client.commitFirmware(DRIVE, 0, 2, 1))).toMatchObject({ statusCode: 0 });
    await ask(client.resetSubsystem(DRIVE, { timeoutMs: 100 }));
    expect(device(9).counters.resets).toBe(1);
    expect(await ask(client.transmissionUnit(DRIVE, 0))).toBe(64);
    const { activeSlot, nextSlot, revisions } = await ask(client.firmwareSlots(DRIVE, 0));
    expect([activeSlot, nextSlot, revisions[1]]).toEqual([2, 0, '2.5.0']);
    expect(await ask(client.identify(DRIVE, 0))).toMatchObject({ firmwareRevision: '2.5.0' });
    // Subsystem reset occurred, firmware activated.
    expect((await ask(client.health(DRIVE))).compositeControllerStatus & 0x90).toBe(0x90);
    client.close();
  });

  it('has features, security protocols, PCIe configuration space and primitives', async () => {
    const { client, ask, clock } = await driveWorld({ bus: 400 }, PLACE);
    await ask(client.setFeature(DRIVE, 0, 4, 350));
    expect(await ask(client.getFeature(DRIVE, 0, 4))).toMatchObject({ value: 350 });
    const refused = await settleError(clock, client.setFeature(DRIVE, 0, 0x77, 1));
    expect(refused).toMatchObject({ code: 'EPROTO', message: expect.stringContaining('feature not changeable') });
    expect([...(await ask(client.securityReceive(DRIVE, 0, 0, 0, 12)))]).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
    expect(await settleError(clock, client.securitySend(DRIVE, 0, 1, 0, new Uint8Array(8)))).toMatchObject({
      code: 'EPROTO',
    });
    const ids = await ask(client.pcieRead(DRIVE, 0, { space: 'configuration', offset: 0 }, 4));
    expect([...ids]).toEqual([0xb4, 0x1a, 0x40, 0x38]);
    const memory = client.pcieRead(DRIVE, 0, { space: 'memory', bar: 0, offset: 1n << 33n }, 4);
    expect(await settleError(clock, memory)).toMatchObject({ completionCode: 3 });
    await ask(client.pause(DRIVE));
    expect(await ask(client.state(DRIVE))).toMatchObject({ slotState: 0, pflg: 1 });
    await ask(client.resume(DRIVE));
    expect(await ask(client.state(DRIVE))).toMatchObject({ pflg: 0, bmice: 0 });
    expect(await ask(client.abort(DRIVE))).toBe(0);
    expect(await ask(client.replay(DRIVE))).toBe(false);
    // What is wanted and the options of the call are apart, as of every other call.
    expect(await ask(client.abort(DRIVE, { slot: 1 }, { timeoutMs: 50 }))).toBe(0);
    expect(await ask(client.replay(DRIVE, { slot: 1, first: 2 }, { timeoutMs: 50 }))).toBe(false);
    const signal = AbortSignal.abort();
    expect(await settleError(clock, client.state(DRIVE, { slot: 1 }, { signal }))).toMatchObject({ code: 'ECANCELED' });
    expect(await settleError(clock, client.adminCommand(DRIVE, 0, 0xc1, { cdw10: 1 }))).toMatchObject({
      completionCode: 3,
    });
    expect(await settleError(clock, client.sesReceive(DRIVE, 1, 64))).toMatchObject({ completionCode: 3 });
    expect(await settleError(clock, client.readBuffer(DRIVE, 0, 64))).toMatchObject({ completionCode: 3 });
    client.close();
  });

  it('formats and sanitizes, and says how far it is', async () => {
    const { client, ask, clock } = await driveWorld({ bus: 400 }, PLACE, { ...GOOD_DRIVE, eraseMs: 30_000 });
    const start = clock.now();
    await ask(client.format(DRIVE, 0, { lbaFormat: 33, secureErase: 1 }));
    expect(clock.now() - start).toBeGreaterThanOrEqual(30_000);
    expect(client.counters.moreProcessing).toBe(1);
    await ask(client.sanitize(DRIVE, 0, { action: 3, passes: 16, pattern: 0xdeadbeef }));
    const { progress, sanitizeStatus, commandDword10 } = await ask(client.sanitizeStatus(DRIVE, 0));
    expect(sanitizeStatus).toBe(2);
    expect(progress).toBeLessThan(0x1_0000 / 100);
    // 16 passes are written as 0.
    expect(commandDword10).toBe(3);
    expect(await settleError(clock, client.format(DRIVE, 0))).toMatchObject({
      message: expect.stringContaining('sanitize in progress'),
    });
    await ask(new Promise<void>((resolve) => clock.schedule(30_000, () => resolve())));
    expect(await ask(client.sanitizeStatus(DRIVE, 0))).toMatchObject({ sanitizeStatus: 1, progress: 0xffff });
    client.close();
  });

  it('ages', async () => {
    const old = { ...GOOD_DRIVE, writeRate: 1000, endurance: 100 };
    const { client, ask, clock } = await driveWorld({ bus: 400 }, PLACE, old);
    const before = await ask(client.smart(DRIVE, 0));
    await ask(new Promise<void>((resolve) => clock.schedule(10 * 3_600_000, () => resolve())));
    const after = await ask(client.smart(DRIVE, 0));
    expect(after.powerOnHours - before.powerOnHours).toBe(10n);
    // 36 TB of 100.
    expect(after.percentageUsed - before.percentageUsed).toBe(36);
    expect(after.dataUnitsWritten - before.dataUnitsWritten).toBeGreaterThan(70_000_000n);
    client.close();
  });

  it('of a model which needs a pause between commands gets one from its Identify on', async () => {
    const samsung = { ...GOOD_DRIVE, model: 'SAMSUNG MZUL2512HCJQ-00BMV' };
    const { client, ask, clock } = await driveWorld({ bus: 1000 }, PLACE, samsung);
    const taken = async (): Promise<number> => {
      const start = clock.now();
      await ask(client.health(DRIVE));
      return clock.now() - start;
    };
    await taken();
    const before = await taken();
    // The bench's vendor id is another: the quirk is for that vendor's drives alone.
    await ask(client.identify(DRIVE, 0));
    expect(await taken()).toBeCloseTo(before, 5);
    expect(quirkGapMs({ pciVendorId: 0x144d, modelNumber: samsung.model })).toBe(1.2);
    client.setGap(DRIVE, 1.2);
    expect(await taken()).toBeCloseTo(before + 1.2, 1);
    client.close();
  });
});

describe('asynchronous events', () => {
  it('are listed, switched on, and acknowledged', async () => {
    const lists: string[] = [];
    const made = await world({
      description: `[wires.bus]\nkind = "smbus"\nspeed = 400\nhost = 0x10\n[devices.d9]\nwire = "bus"\naddress = 0x1d\neid = 9\n`,
      apps: () => [
        ({ mctp, clock }) => {
          const own = new NvmeMiResponder({ transport: mctp, clock });
          const entries = [{ length: 3, id: 6, enabled: 0 }];
          const supported = { version: 0, totalLength: 8, headerLength: 5, entries };
          own.handlers.on(GetConfiguration, () => ({ data: encode(structures.eventList, supported) }));
          own.handlers.on(SetAsynchronousEvents, (_fields, { message }) => {
            lists.push(JSON.stringify(nvmeMiFields(Uint8Array.of(0x84, ...message.payload)).fields.aeEnableList));
            const none = {
              version: 0,
              totalLength: 7,
              overflow: 0,
              headerLength: 7,
              retryCount: 0,
              generationNumber: 1,
            };
            return { data: encode(structures.occurrenceList, { ...none, occurrences: [] }) };
          });
          own.start();
          return () => own.close();
        },
      ],
    });
    made.host.addRoute({ start: 9, end: 9, link: 'bench:bus' });
    made.host.addNeighbour(9, 'bench:bus', '1d');
    const client = new NvmeMiClient({ transport: made.host, clock: made.clock });
    const supported = await settle(made.clock, client.supportedEvents(DRIVE));
    expect(supported.entries).toEqual([{ length: 3, id: 6, enabled: 0 }]);
    const events = [{ id: 6, enabled: true }];
    const settings = { delayS: 1, retryMs: 500 };
    expect(await settle(made.clock, client.setEvents(DRIVE, events, settings))).toMatchObject({ generationNumber: 1 });
    expect(await settle(made.clock, client.acknowledgeEvents(DRIVE))).toMatchObject({ occurrences: [] });
    expect(lists.map((text) => JSON.parse(text) as object)).toMatchObject([
      { totalLength: 8, headerLength: 5, entries: [{ id: 6, enabled: 1 }] },
      { totalLength: 5, headerLength: 5, entries: [] },
    ]);
    client.close();
  });
});

describe('NVMe status', () => {
  it('in words, and the reset which is due', () => {
    const status = (statusCodeType: number, statusCode: number) => {
      return { commandId: 0, phase: 0, statusCode, statusCodeType, retryDelay: 0, more: 0, doNotRetry: 0 };
    };
    expect(nvmeStatusText(status(1, 6))).toBe('invalid firmware slot (command specific 0x06)');
    expect(nvmeStatusText(status(7, 0xc0))).toBe('NVMe status (vendor specific 0xc0)');
    expect([0x0b, 0x10, 0x11, 0x06].map((code) => resetDue(status(1, code)))).toEqual([
      'conventional',
      'subsystem',
      'controller',
      undefined,
    ]);
    expect(resetDue(status(0, 0x10))).toBeUndefined();
  });
});
