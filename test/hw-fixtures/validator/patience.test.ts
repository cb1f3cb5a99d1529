import { describe, expect, it } from 'vitest';
import type { Behaviour } from '../../../hw-fixtures/bench/device/behaviour.js';
import {
  controlRequest,
  pldmRequest,
  type RequestKind,
  rewriteAnswer,
} from '../../../hw-fixtures/bench/device/rewrites.js';
import { PERMISSIONS } from '../../../hw-fixtures/validator/declaration.js';
import { MI, miAnswers, micOf, withMic } from '../../../hw-fixtures/validator/groups/nvme-steps.js';
import { allChecks } from '../../../hw-fixtures/validator/registry.js';
import type { CheckResult } from '../../../hw-fixtures/validator/run-checks.js';
import { GetPLDMCommands, GetPLDMTypes, GetPLDMVersion } from '../../../pldm/base/base-commands.js';
import { GetEndpointUUID, GetMessageTypeSupport } from '../../../stack/control/index.js';
import { MESSAGE_TYPE } from '../../../stack/ids.js';
import { validated } from '../../support/validated-device.js';

it('a device which raises no event by itself is waited for once in a run', async () => {
  const results = await validated({ toml: '[devices.dut.pldm]\ntid = 3' }, allChecks(), [], PERMISSIONS);
  const waits = results.filter(({ why }) => why === 'the device raises no event by itself');
  expect(waits.map(({ verdict }) => verdict)).toEqual(new Array(6).fill('notApplicable'));
  expect(waits.map(({ ms }) => ms > 5000)).toEqual([true, false, false, false, false, false]);
  expect(Math.max(...waits.slice(1).map(({ ms }) => ms))).toBeLessThan(100);
});

it('a repository without records is one (DSP0248 §26.1)', async () => {
  const ofPlatform = allChecks().filter(({ id }) => id.startsWith('PLDM-PLAT-'));
  const results = await validated({ toml: '[devices.dut.pldm]\ntid = 3' }, ofPlatform, [], PERMISSIONS);
  const unsure = results.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'notApplicable');
  expect(unsure.map(({ check, why }) => `${check.id}: ${why}`)).toEqual([]);
  expect(results.find(({ check }) => check.id === 'PLDM-PLAT-004')).toMatchObject({ verdict: 'pass' });
});

/** Of an answer to Read NVMe-MI Data Structure: where the structure begins, and a type of port. */
const DATA_AT = 7;
const PCIE = 1;
const DRIVE = '[devices.dut.nvme]\nmodel = "Acme NV-3840"\nserial = "S7A1C5E100001"\nfirmware = "1.4.2"';
const ofDrives = allChecks().filter(({ group }) => group === 'nvme-mi');

/** Every command takes 400 ms, and the drive says within those that it takes 500. */
function asksForTime(): Behaviour {
  const isGood = ({ payload, integrityCheck }: { readonly payload: Uint8Array; readonly integrityCheck: boolean }) =>
    integrityCheck && payload[0] === 0x08 && String(payload.slice(-4)) === String(micOf(payload));
  return {
    name: 'asksForTime',
    request: (message, device) => {
      const { type, source, destination, tag, payload, physicalAddress } = message;
      if (type !== 4 || !isGood(message)) return true;
      const wait = withMic(Uint8Array.of(payload[0]! | 0x80, 0, 0, 0x01, 0, 5, 0, 0, 0, 0, 0));
      device.send(Uint8Array.of(1, source, destination, 0xc0 | tag, 0x84, ...wait), physicalAddress);
      return true;
    },
    answer: (answer, { type }) => (type === 4 ? { ...answer, delayMs: 400 } : answer),
  };
}

it('a drive which asks for more time for every command conforms (NVMe-MI, More Processing Required)', async () => {
  const results = await validated({ toml: DRIVE }, ofDrives, [asksForTime()], PERMISSIONS);
  expect(results.filter(({ verdict }) => verdict !== 'pass').map(({ check, why }) => `${check.id}: ${why}`)).toEqual(
    [],
  );
});

it('a PCIe port without a management endpoint has a transmission unit of 0 (NVMe-MI, Port Information)', async () => {
  const withPciePort = miAnswers(MI.read, (payload, request) => {
    const [port, type] = request.subarray(9, 11);
    if (type === 0) return payload.with(DATA_AT, 1);
    if (type !== 1 || port !== 1) return payload;
    const data = new Uint8Array(32).fill(PCIE, 0, 1);
    return Uint8Array.of(...payload.subarray(0, 3), 0, data.length, 0, 0, ...data, 0, 0, 0, 0);
  });
  const results = await validated({ toml: DRIVE }, ofDrives, [withPciePort], PERMISSIONS);
  expect(results.filter(({ verdict }) => verdict !== 'pass').map(({ check, why }) => `${check.id}: ${why}`)).toEqual(
    [],
  );
});

/** Commands that change nothing are answered with ERROR_NOT_READY for so long after they were first asked. */
function notReadyFor(ms: number, kinds: readonly RequestKind[]): Behaviour[] {
  return kinds.map((kind) => {
    const first = new Map<string, number>();
    return rewriteAnswer(kind, (payload, request, device) => {
      const key = String(request.payload.subarray(1));
      const since = first.get(key) ?? device.clock.now();
      first.set(key, since);
      const header = request.type === MESSAGE_TYPE.pldm ? 3 : 2;
      return device.clock.now() - since < ms ? Uint8Array.of(...payload.subarray(0, header), 0x04) : payload;
    });
  });
}

describe('a device which is not ready, and says so', () => {
  const ofBase = allChecks().filter(({ group }) => group === 'pldm-base' || group === 'control');
  const slow = [controlRequest(GetMessageTypeSupport.code), controlRequest(GetEndpointUUID.code)].concat(
    [GetPLDMTypes, GetPLDMVersion, GetPLDMCommands].map(({ pldmType, code }) => pldmRequest(pldmType, code)),
  );
  const unsure = (results: readonly CheckResult[]): string[] =>
    results
      .filter(({ verdict }) => verdict !== 'pass' && verdict !== 'notApplicable')
      .map(({ check, why }) => `${check.id}: ${why}`);

  it('for a second is asked again, and conforms (DSP0236, DSP0240: ERROR_NOT_READY)', async () => {
    const results = await validated({ toml: '[devices.dut.pldm]\ntid = 3' }, ofBase, notReadyFor(1000, slow));
    expect(unsure(results)).toEqual([]);
  });

  it('for good is told to be not ready, in bounded time', async () => {
    const behaviours = notReadyFor(Number.POSITIVE_INFINITY, slow.slice(0, 3));
    const results = await validated({ toml: '[devices.dut.pldm]\ntid = 3' }, ofBase, behaviours);
    const told = unsure(results);
    expect(told).not.toEqual([]);
    for (const why of told) expect(why).toMatch(/the device is not ready: it answers .* with ERROR_NOT_READY/);
    expect(results.some(({ verdict }) => verdict === 'fail')).toBe(true);
    expect(results.reduce((sum, { ms }) => sum + ms, 0)).toBeLessThan(120_000);
  });
});
