/** A drive as something with sensors, for `sensors` and `top`: temperature, wear, spare, and whether it is well. */

import { type NvmeMiClient, WARNING_TEXTS } from '../../stack/nvme-mi/index.js';
import type { CallOptions } from '../../stack/protocol/index.js';
import type { Target } from '../address.js';
import { printable } from '../command-error.js';
import type { NumericRow, SensorRow, SensorSource, StateRow } from '../pldm/readings.js';
import { type DriveHealth, type DriveIdentity, isWell, pollHealth, readIdentity } from './drive-report.js';

const WORN_PERCENT = 100;

export class DriveSensors implements SensorSource {
  readonly key: string;
  #identity: DriveIdentity | undefined;
  #spare: { readonly percent: number; readonly threshold: number } | undefined;
  #before: DriveHealth | undefined;

  constructor(
    private readonly client: NvmeMiClient,
    readonly target: Target,
    private readonly options: CallOptions = {},
  ) {
    this.key = `${client.peerKey(target.to)}/nvme`;
  }

  /** What it says it is; '' before it was read. */
  get thing(): string {
    return this.#identity === undefined ? '' : `NVMe drive ${this.#identity.model}`;
  }

  get title(): string {
    return this.thing === '' ? this.target.name : `${this.target.name}  ${printable(this.thing)}`;
  }

  /** One health poll; more only at first, and when wear or warnings changed. @throws MctpError */
  async read(): Promise<SensorRow[]> {
    const { client, target, options } = this;
    const health = await pollHealth(client, target.to, options);
    this.#identity ??= await readIdentity(client, target.to, options);
    const old = this.#before;
    if (old === undefined || old.used !== health.used || old.warnings.join() !== health.warnings.join()) {
      const smart = await client.smart(target.to, this.#identity.controller, options);
      this.#spare = { percent: smart.availableSpare, threshold: smart.availableSpareThreshold };
    }
    this.#before = health;
    return rowsOf(health, this.#identity, this.#spare!);
  }
}

function rowsOf(
  health: DriveHealth,
  { warningTemperature, criticalTemperature }: DriveIdentity,
  spare: { readonly percent: number; readonly threshold: number },
): SensorRow[] {
  const warm = {
    ...(warningTemperature === null ? {} : { upperWarning: warningTemperature }),
    ...(criticalTemperature === null ? {} : { upperCritical: criticalTemperature }),
  };
  return [
    numericRow(1, 'Composite temperature', '°C', health.temperature, warm),
    numericRow(2, 'Life used', '%', health.used, { upperWarning: WORN_PERCENT }),
    numericRow(3, 'Available spare', '%', spare.percent, { lowerWarning: spare.threshold }),
    stateRow(health),
  ];
}

function numericRow(
  id: number,
  name: string,
  unit: string,
  value: number | null,
  limits: NumericRow['limits'],
): NumericRow {
  const critical = limits.upperCritical !== undefined && value !== null && value >= limits.upperCritical;
  const high = limits.upperWarning !== undefined && value !== null && value >= limits.upperWarning;
  const low = limits.lowerWarning !== undefined && value !== null && value < limits.lowerWarning;
  return {
    ...{ kind: 'numeric', id, name, entity: 'solid state drive', value, unit, raw: value },
    operationalState: value === null ? 'unavailable' : 'enabled',
    presentState: critical ? 'upperCritical' : high ? 'upperWarning' : low ? 'lowerWarning' : 'normal',
    limits,
    ...{ min: null, max: unit === '%' ? 100 : null, error: null },
  };
}

function stateRow(health: DriveHealth): StateRow {
  const words = health.warnings.map((name) => WARNING_TEXTS[name]).join(', ');
  const state = isWell(health) ? 'Normal' : health.functional ? `Warning: ${words}` : 'Failed';
  const part = {
    ...{ name: 'Drive health', stateSetId: 1, stateSet: 'Drive health' },
    ...{ state: isWell(health) ? 1 : 2, stateName: state, operationalState: 'enabled' },
  };
  return { kind: 'state', id: 4, name: 'Drive health', entity: 'solid state drive', states: [part], error: null };
}
