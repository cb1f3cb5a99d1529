/** All sensors of a terminus, read once. */

import { PLDM_TYPE } from '../../pldm/base/pldm-types.js';
import { entityPath } from '../../pldm/platform/entity-tree.js';
import { PdrRepository } from '../../pldm/platform/pdr-repository.js';
import type { NumericSensorView, PdrView, StateSensorView } from '../../pldm/platform/pdr-view.js';
import { readNumericSensor, readStateSensor } from '../../pldm/platform/sensor-requester.js';
import type { Thresholds } from '../../pldm/platform/thresholds.js';
import { MctpError } from '../../stack/errors.js';
import type { Target } from '../address.js';
import { printable } from '../command-error.js';
import type { NumericSensorDocument, StateSensorDocument } from '../schema/pldm-documents.js';
import { lackingType } from './lacking-type.js';
import { type PldmPeer, tolerating } from './open-termini.js';

export type NumericRow = Omit<NumericSensorDocument, 'limits'> & { readonly limits: Thresholds };
export type StateRow = StateSensorDocument;
export type SensorRow = NumericRow | StateRow;

/** A terminus with its PDRs, or why it has none. */
export interface SensorPeer extends PldmPeer {
  readonly repository: PdrRepository;
  error: MctpError | undefined;
}

/** Whoever has sensors to read again and again: a terminus, or a drive. */
export interface SensorSource {
  readonly target: Target;
  /** One text for each. */
  readonly key: string;
  /** For people; may say more once it was read. */
  readonly title: string;
  /** @throws MctpError */
  read(): Promise<SensorRow[]>;
}

export function sourceOf(peer: SensorPeer): SensorSource {
  return {
    target: peer.target,
    key: peer.terminus.key,
    get title() {
      return titleOf(peer);
    },
    read: () => readSensors(peer),
  };
}

/** Read the PDRs of all, each on its own. What a device does wrong is its error, and the others go on. */
export async function openRepositories(
  peers: readonly PldmPeer[],
  onProgress: (text: string) => void,
  /** Nobody named them: those that have no such type are passed over, unless there is no other. */
  passesOver = false,
): Promise<SensorPeer[]> {
  const all = await Promise.all(
    peers.map(async (peer): Promise<SensorPeer> => {
      const repository = new PdrRepository(peer.terminus);
      const progress = (done: number, all: number): void => onProgress(`${peer.target.name}: PDR ${done} of ${all}`);
      try {
        await repository.download({ onProgress: progress });
        return { ...peer, repository, error: undefined };
      } catch (error) {
        if (!MctpError.is(error) || MctpError.is(error, 'ECANCELED')) throw error;
        const lacking = await lackingType(peer, PLDM_TYPE.platform, error);
        return { ...peer, repository, error: lacking ?? error };
      }
    }),
  );
  const having = all.filter(({ error }) => !MctpError.is(error, 'ENOTSUP'));
  return passesOver && having.length > 0 ? having : all;
}

/** "EID 9 (bench:smbus0/0x1d)  NVMe drive" */
export function titleOf({ target, repository }: SensorPeer): string {
  const thing = repository.view.entities[0]?.name;
  return thing === undefined ? target.name : `${target.name}  ${printable(thing)}`;
}

/** One after the other, as a terminus likes it. */
export async function readSensors({ terminus, repository }: SensorPeer): Promise<SensorRow[]> {
  const view = repository.ownView;
  const rows: SensorRow[] = [];
  // By their numbers: those of compact PDRs come from another list.
  const numeric = [...view.numericSensors].sort((a, b) => a.sensorId - b.sensorId);
  for (const sensor of numeric) rows.push(await numericRow(terminus, sensor, view));
  for (const sensor of view.stateSensors) rows.push(await stateRow(terminus, sensor, view));
  return rows;
}

async function numericRow(
  terminus: PldmPeer['terminus'],
  sensor: NumericSensorView,
  view: PdrView,
): Promise<NumericRow> {
  let error: string | null = null;
  const reading = await tolerating(
    () => readNumericSensor(terminus, sensor),
    (text) => {
      error = text;
    },
  );
  return {
    kind: 'numeric',
    id: sensor.sensorId,
    name: sensor.name,
    entity: entityPath(view.entities, sensor.entity) ?? '',
    value: reading?.value ?? null,
    unit: sensor.scale.unit,
    raw: typeof reading?.raw === 'bigint' ? String(reading.raw) : (reading?.raw ?? null),
    operationalState: reading?.operationalState ?? 'unknown',
    presentState: reading?.presentState ?? 'unknown',
    limits: sensor.limits,
    min: finite(sensor.minReadable),
    max: finite(sensor.maxReadable),
    error,
  };
}

async function stateRow(terminus: PldmPeer['terminus'], sensor: StateSensorView, view: PdrView): Promise<StateRow> {
  let error: string | null = null;
  const readings = await tolerating(
    () => readStateSensor(terminus, sensor),
    (text) => {
      error = text;
    },
  );
  return {
    kind: 'state',
    id: sensor.sensorId,
    name: sensor.name,
    entity: entityPath(view.entities, sensor.entity) ?? '',
    states: (readings ?? []).map((reading, index) => {
      const part = sensor.sensors[index];
      return {
        name: part?.name ?? `part ${index}`,
        stateSetId: reading.stateSetId,
        stateSet: part?.stateSetName ?? '',
        state: reading.presentState,
        stateName: reading.presentStateName,
        operationalState: reading.operationalState,
      };
    }),
    error,
  };
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
