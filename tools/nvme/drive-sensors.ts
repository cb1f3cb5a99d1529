/** A drive as something with sensors, for `sensors` and `top`: temperature, wear, spare, and whether it is well. */

import { DriveReader, type DriveReading } from '../../stack/nvme-mi/drive-reader.js';
import { driveSensors } from '../../stack/nvme-mi/drive-readings.js';
import { isWell, type NvmeMiClient } from '../../stack/nvme-mi/index.js';
import type { CallOptions } from '../../stack/protocol/index.js';
import type { SensorSnapshot } from '../../stack/watch/index.js';
import type { Target } from '../address.js';
import { printable } from '../command-error.js';
import type { NumericRow, SensorRow, SensorSource, StateRow } from '../pldm/readings.js';

export class DriveSensors implements SensorSource {
  readonly key: string;
  readonly #reader: DriveReader;

  constructor(
    client: NvmeMiClient,
    readonly target: Target,
    options: CallOptions = {},
  ) {
    this.#reader = new DriveReader(client, target.to, options);
    this.key = `${client.peerKey(target.to)}/nvme`;
  }

  /** What it says it is; '' before it was read. */
  get thing(): string {
    const { identity } = this.#reader;
    return identity === undefined ? '' : `NVMe drive ${identity.model}`;
  }

  get title(): string {
    return this.thing === '' ? this.target.name : `${this.target.name}  ${printable(this.thing)}`;
  }

  /** One health poll; more only at first, and when wear or warnings changed. @throws MctpError */
  async read(): Promise<SensorRow[]> {
    return rowsOf(await this.#reader.read());
  }
}

function rowsOf(reading: DriveReading): SensorRow[] {
  return driveSensors(reading, 0, 0).map((sensor, index) =>
    sensor.kind === 'numeric' ? numericRow(index + 1, sensor) : stateRow(index + 1, sensor, isWell(reading.health)),
  );
}

function numericRow(
  id: number,
  { name, entity, unit, value, state, operationalState, limits, min, max }: SensorSnapshot,
): NumericRow {
  const presentState = value === null ? 'normal' : state;
  return {
    kind: 'numeric',
    id,
    name,
    entity,
    value,
    unit,
    raw: value,
    operationalState,
    presentState,
    limits,
    min,
    max,
    error: null,
  };
}

function stateRow(id: number, { name, entity, state, operationalState }: SensorSnapshot, well: boolean): StateRow {
  const part = { name, stateSetId: 1, stateSet: name, state: well ? 1 : 2, stateName: state, operationalState };
  return { kind: 'state', id, name, entity, states: [part], error: null };
}
