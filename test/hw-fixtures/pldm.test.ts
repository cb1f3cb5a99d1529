/** The PLDM content of the default bench, in virtual time. */

import { describe, expect, it } from 'vitest';
import { pass, settle } from '../../hw-fixtures/testing/virtual-time.js';
import { PldmClient, PldmResponder } from '../../pldm/base/index.js';
import { BiosAttributes } from '../../pldm/bios/index.js';
import { FruData } from '../../pldm/fru/index.js';
import {
  EVENT_CLASS,
  EventReceiver,
  isEventOf,
  PdrRepository,
  readNumericSensor,
  readStateSensor,
  setNumericEffecter,
  setStateEffecter,
} from '../../pldm/platform/index.js';
import { Terminus } from '../../pldm/terminus/index.js';
import { BusOwner } from '../../stack/bus-owner/index.js';
import { world } from './support.js';

async function termini() {
  const { clock, bench, host } = await world();
  const owner = new BusOwner({ host, clock });
  await settle(clock, owner.discover());
  owner.close();
  const client = new PldmClient({ transport: host, clock });
  const at = (name: string): Terminus => new Terminus(client, { eid: bench.device(name).eid });
  const repositoryOf = async (name: string): Promise<PdrRepository> => {
    const repository = new PdrRepository(at(name));
    await settle(clock, repository.download());
    return repository;
  };
  return { clock, bench, host, client, at, repositoryOf };
}

describe('PLDM of the default bench', () => {
  it.each(['ssd', 'nic', 'bridge', 'gpu0', 'gpu1', 'retimer', 'mcu'])(
    '%s has PDRs that decode, and FRU data',
    async (name) => {
      const { clock, at, repositoryOf, bench } = await termini();
      const repository = await repositoryOf(name);
      expect(repository.notes).toEqual([]);
      expect(repository.view.entities.length).toBeGreaterThan(0);
      expect(repository.view.entities[0]!.name).not.toBe('');
      const terminus = at(name);
      await settle(clock, terminus.discover());
      expect(terminus.notes).toEqual([]);
      expect(terminus.uuid).toBe(bench.device(name).uuid);
      const fru = new FruData(terminus);
      await settle(clock, fru.download());
      expect(fru.fields(1)).toMatchObject({
        manufacturer: expect.stringMatching(/^Acme/) as string,
        serialNumber: expect.any(String) as string,
      });
      expect(fru.notes).toEqual([]);
    },
  );

  it('the MCU does what its effecters say', async () => {
    const { clock, at, repositoryOf } = await termini();
    const { view } = await repositoryOf('mcu');
    const terminus = at('mcu');
    const fan = view.numericSensors.find(({ name }) => name === 'Fan speed')!;
    await settle(clock, setNumericEffecter(terminus, view.numericEffecters[0]!, 12_000));
    const { value } = await settle(clock, readNumericSensor(terminus, fan));
    expect(Math.abs(value! - 12_000)).toBeLessThanOrEqual(40);
    const power = view.stateEffecters.find(({ name }) => name === 'Power control')!;
    await settle(clock, setStateEffecter(terminus, power, ['off soft graceful']));
    const [chassis] = await settle(clock, readStateSensor(terminus, view.stateSensors[0]!));
    expect(chassis!.presentStateName).toBe('Off soft graceful');
    const bios = new BiosAttributes(terminus);
    await settle(clock, bios.download());
    await settle(clock, bios.set('FanMode', 'Quiet'));
    expect(await settle(clock, bios.get('FanMode'))).toBe('Quiet');
  });

  it('the retimer has names of its own for a unit and for states', async () => {
    const { clock, at, repositoryOf } = await termini();
    const { view } = await repositoryOf('retimer');
    const width = view.numericSensors.find(({ name }) => name === 'Link width')!;
    expect(width.scale.unit).toBe('lanes');
    const [training] = await settle(clock, readStateSensor(at('retimer'), view.stateSensors[0]!));
    expect(training!.presentStateName).toBe('L0');
  });

  it.each(['async', 'poll'] as const)('the NIC tells when it gets warm: %s', async (mode) => {
    const { clock, at, host } = await termini();
    const responder = new PldmResponder({ transport: host, clock }).start();
    const receiver = new EventReceiver({ responder, eid: 8 });
    const states: number[] = [];
    receiver.on('event', ({ event }) => {
      if (isEventOf(event, EVENT_CLASS.sensorEvent)) states.push(Number(event.eventState));
    });
    await settle(clock, receiver.watch(at('nic'), { mode }));
    await pass(clock, 30_000);
    // Upper warning and back, and again.
    expect(states.slice(0, 3).sort()).toEqual([1, 8, 8]);
    receiver.close();
    responder.close();
  });
});
