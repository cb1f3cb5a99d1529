/** Field, rows 12 and 15, and behaviours of PLDM devices, as the verbs show them. */

import { expect, it } from 'vitest';
import { GetPLDMTypes, GetTID } from '../../pldm/base/base-commands.js';
import { PldmResponder } from '../../pldm/base/index.js';
import { bitfieldHex } from '../../pldm/base/shared-fields.js';
import type { VirtualClock } from '../../stack/clock.js';
import { MESSAGE_TYPE } from '../../stack/ids.js';
import { Mctp } from '../../stack/mctp.js';
import { EndpointRole } from '../../stack/roles/index.js';
import { inVirtualTime } from '../support/auto-clock.js';
import { Cable } from '../support/cable.js';
import { virtualDevice } from '../support/emulated-device.js';
import { RunningVerb } from '../support/in-process.js';

const run = (clock: VirtualClock, args: readonly string[]) => new RunningVerb(args, { clock }).finished;

/** A terminus with TID 5 that has base and firmware update, and nothing else. */
async function updateOnly(clock: VirtualClock) {
  const cable = new Cable(clock);
  const mctp = new Mctp({ clock });
  const link = cable.farLink();
  mctp.addLink(link);
  await mctp.openLink(link.name);
  const role = new EndpointRole({ mctp, clock });
  role.types.add(MESSAGE_TYPE.pldm, { versions: ['f1f0f000'] });
  const responder = new PldmResponder({ transport: mctp, clock });
  responder.handlers.on(GetTID, () => ({ tid: 5 }));
  responder.handlers.on(GetPLDMTypes, () => ({ pldmTypes: bitfieldHex([0, 5], 8) }));
  responder.start();
  return {
    link: cable.near,
    close: async () => {
      await mctp.close();
      await cable.end();
    },
  };
}

it('row 15: sensors, pdr and fru say what a device has that has no such type', () =>
  inVirtualTime(async (clock) => {
    const device = await updateOnly(clock);
    try {
      const has = 'it has base (0), firmwareUpdate (5)';
      for (const args of [
        ['sensors', device.link],
        ['pdr', device.link],
      ]) {
        const { code, stderr } = await run(clock, args);
        expect(stderr).toContain(`has no platform monitoring and control (PLDM type 2): ${has}`);
        expect(code).toBe(1);
      }
      const fru = await run(clock, ['pldm', device.link, 'fru']);
      expect(fru.stderr).toContain(`has no FRU data (PLDM type 4): ${has}`);
      expect(fru.code).toBe(1);
      const json = await run(clock, ['sensors', device.link, '--json']);
      expect(JSON.parse(json.stdout).termini).toMatchObject([{ error: { code: 'ENOTSUP' } }]);
      expect(json.code).toBe(1);
    } finally {
      await device.close();
    }
  }));

it('row 15: sensors without an address passes over it', () =>
  inVirtualTime(async (clock) => {
    const device = await updateOnly(clock);
    try {
      const { code, stdout, stderr } = await run(clock, ['sensors', '-l', device.link, '-l', 'bench:smbus0', '--json']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const { termini } = JSON.parse(stdout) as { termini: { error: unknown }[] };
      expect(termini.length).toBeGreaterThan(1);
      expect(termini.every(({ error }) => error === null)).toBe(true);
    } finally {
      await device.close();
    }
  }));

it('row 15: tid:N names a terminus', () =>
  inVirtualTime(async (clock) => {
    const device = await updateOnly(clock);
    try {
      const links = ['-l', device.link, '--assign'];
      const found = await run(clock, ['ping', 'tid:5', '-c', '1', ...links]);
      expect(found.stdout).toMatch(/^PING EID 9/);
      expect(found.code).toBe(0);
      const other = await run(clock, ['pdr', 'tid:6', ...links]);
      expect(other.stderr).toBe('mctpkit: there is no terminus with TID 6: those that answer have 5 (EID 9)\n');
      expect(other.code).toBe(1);
      const wrong = await run(clock, ['pdr', 'tid:255', ...links]);
      expect(wrong.stderr).toBe('mctpkit: "255" is not a TID: use 1 to 254\n');
      expect(wrong.code).toBe(2);
    } finally {
      await device.close();
    }
  }));

const SENSOR = [
  '[wires.uart]',
  'kind = "serial"',
  'host = true',
  '[devices.dev]',
  'wire = "uart"',
  'eid = 30',
  '[devices.dev.pldm]',
  'tid = 3',
  '[[devices.dev.pldm.sensors]]',
  'id = 1',
  'name = "Hot"',
  'unit = "°C"',
  'value = 50',
  'swing = 40',
  'period = 4',
  'upperWarning = 70',
  '',
].join('\n');

it('row 12: a device with an EID that it was not given in this session sends its events', () =>
  inVirtualTime(async (clock) => {
    const device = await virtualDevice(clock, SENSOR);
    try {
      const { code, stdout } = await run(clock, [
        'sensors',
        device.link,
        '--watch',
        '--events',
        'async',
        '-c',
        '8',
        '-j',
      ]);
      expect(code).toBe(0);
      const events = stdout.split('\n').filter((line) => /"event"/.test(line) && /Hot|sensor/i.test(line));
      expect(events.length).toBeGreaterThan(0);
    } finally {
      await device.close();
    }
  }));

it('row 12: events that do not reach their receiver are told', () =>
  inVirtualTime(async (clock) => {
    const device = await virtualDevice(clock, SENSOR);
    try {
      const set = [
        'SetEventReceiver',
        'eventMessageGlobalEnable=1',
        'transportProtocolType=0',
        'eventReceiverAddressInfo=99',
      ];
      const { code } = await run(clock, ['pldm', device.link, 'platform', ...set]);
      expect(code).toBe(0);
      const told = await device.verb.line(/"problem"/);
      expect(JSON.parse(told)).toMatchObject({
        event: 'problem',
        what: expect.stringMatching(/^events do not reach EID 99: /),
      });
    } finally {
      await device.close();
    }
  }));

it('row 25: silent to one PLDM command: only that sensor has no reading (ignorePldm)', () =>
  inVirtualTime(async (clock) => {
    const device = await virtualDevice(clock, SENSOR, ['-b', 'ignorePldm(2, 17)']);
    try {
      const { code, stdout } = await run(clock, ['sensors', device.link, '--json']);
      const { termini } = JSON.parse(stdout) as { termini: { sensors: { name: string; error: string | null }[] }[] };
      expect(termini[0]!.sensors).toMatchObject([
        { name: 'Hot', value: null, error: expect.stringMatching(/did not answer/) },
      ]);
      expect(code).toBe(0);
    } finally {
      await device.close();
    }
  }));

it('row 2: nobody answers is said where nobody does, and only there', () =>
  inVirtualTime(async (clock) => {
    const cable = new Cable(clock);
    const { code, stderr } = await run(clock, ['sensors', '-l', cable.near]);
    expect(stderr).toBe('mctpkit: no endpoint answers: is the device powered, and is the link the right one?\n');
    expect(code).toBe(1);
    await cable.end();
    const device = await virtualDevice(clock, SENSOR.replace('eid = 30\n', ''), ['-b', 'illegalEid(3)']);
    try {
      const looked = await run(clock, ['ping', '9', '-l', device.link]);
      expect(looked.stderr).toMatch(
        /^mctpkit: no endpoint can be used: .* has EID 3, which is reserved: no endpoint can have it$/m,
      );
      expect(looked.code).toBe(1);
    } finally {
      await device.close();
    }
  }));
