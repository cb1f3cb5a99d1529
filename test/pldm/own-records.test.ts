/** A repository in which the records of several termini are: each is asked for its own, as the locators say. */

import { describe, expect, it } from 'vitest';
import { settle } from '../../hw-fixtures/testing/virtual-time.js';
import { buildPdrs, decodePdr, PDR_TYPE, PdrRepository, TERMINUS_LOCATOR_TYPE } from '../../pldm/platform/index.js';
import type { PdrDescription } from '../../pldm/terminus/index.js';
import { World } from './world.js';

function locator(pldmTerminusHandle: number, tid: number, eid?: number): PdrDescription {
  return {
    pdrType: PDR_TYPE.terminusLocator,
    pldmTerminusHandle,
    validity: 'valid',
    tid,
    containerId: 0,
    terminusLocatorType: eid === undefined ? TERMINUS_LOCATOR_TYPE.uid : TERMINUS_LOCATOR_TYPE.mctpEid,
    terminusLocatorValue: eid === undefined ? new Uint8Array(17) : Uint8Array.of(eid),
  };
}

/** The sensor and the effecter with number 1 of that terminus handle. */
function things(terminusHandle: number): PdrDescription[] {
  const name = `of ${terminusHandle}`;
  const numericSensors = [{ id: 1, name, unit: '°C', read: () => 0 }];
  const numericEffecters = [{ id: 1, name, min: 0, max: 9, read: () => 0, write: () => {} }];
  return buildPdrs({ numericSensors, numericEffecters, terminusHandle }).map((record) => {
    const { recordHandle: _, ...pdr } = decodePdr(record);
    return pdr as PdrDescription;
  });
}

async function repositoryOf(tid: number, locators: readonly PdrDescription[]): Promise<PdrRepository> {
  const world = await World.make();
  await world.terminus(9, { tid, pdrs: [...locators, ...things(2), ...things(1)] });
  const repository = new PdrRepository(world.at(9));
  await settle(world.clock, repository.download());
  return repository;
}

const names = ({ ownView: { numericSensors, numericEffecters } }: PdrRepository): string[] =>
  [...numericSensors, ...numericEffecters].map(({ name }) => name);

const NOTE = '2 sensors and effecters of terminus handle 2 are of other termini, and not asked for here';

describe('the own records of a terminus', () => {
  it('are found by the TID that it says it has, though nobody has asked for it', async () => {
    const repository = await repositoryOf(3, [locator(1, 3), locator(2, 4)]);
    expect(repository.terminus.tid).toBe(3);
    expect(names(repository)).toEqual(['of 1', 'of 1']);
    expect(repository.view.numericSensors).toHaveLength(2);
    expect(repository.notes).toEqual([NOTE]);
  });

  it('are found by the EID that it has', async () => {
    const repository = await repositoryOf(0, [locator(1, 0, 9), locator(2, 0, 10)]);
    expect(names(repository)).toEqual(['of 1', 'of 1']);
  });

  it('are all of them where no locator is that of the terminus', async () => {
    for (const locators of [[], [locator(1, 5)], [locator(1, 5), locator(2, 6)]]) {
      const repository = await repositoryOf(3, locators);
      expect(names(repository)).toHaveLength(4);
      expect(repository.notes).toEqual([]);
    }
  });
});
