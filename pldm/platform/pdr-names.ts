/** Names that PDRs give: to sensors and effecters, and a vendor's to its units and states (DSP0248 §28.10, §28.11). */

import type { OemStateSetPdr, OemUnitPdr } from './pdr/pdr-codec.js';
import { stateName } from './state-sets.js';
import { UNIT_OEM, type UnitFields, unitText } from './units.js';

/** English where there is some, else the first. */
export function pickName(names: readonly (readonly [tag: string, name: string])[]): string | undefined {
  const named = names.filter(([, name]) => name !== '');
  return (named.find(([tag]) => /^en\b/i.test(tag)) ?? named[0])?.[1];
}

const textOf = (names: readonly { readonly languageTag: string; readonly name: string }[]): string | undefined =>
  pickName(names.map(({ languageTag, name }) => [languageTag, name]));

/** What the OEM Unit and OEM State Set PDRs of a repository say. */
export class OemNames {
  readonly #units: ReadonlyMap<number, string | undefined>;
  readonly #states: ReadonlyMap<number, OemStateSetPdr>;

  constructor(units: readonly OemUnitPdr[], stateSets: readonly OemStateSetPdr[]) {
    this.#units = new Map(units.map(({ oemUnitHandle, names }) => [oemUnitHandle, textOf(names)]));
    this.#states = new Map(stateSets.map((set) => [set.oemStateSetIdHandle, set]));
  }

  /** As `unitText`, with the vendor's own name for an OEM unit. */
  unitText(pdr: UnitFields & { readonly baseOemUnitHandle?: number; readonly auxOemUnitHandle?: number }): string {
    const { baseUnit, auxUnit = 0, baseOemUnitHandle = 0, auxOemUnitHandle = 0 } = pdr;
    return unitText(pdr, {
      base: baseUnit === UNIT_OEM ? this.#units.get(baseOemUnitHandle) : undefined,
      aux: auxUnit === UNIT_OEM ? this.#units.get(auxOemUnitHandle) : undefined,
    });
  }

  /** "L0" for a state of an OEM set, the standard's name for others. */
  stateName(stateSetId: number, state: number): string {
    const own = this.#states
      .get(stateSetId)
      ?.states.find(({ minStateValue, maxStateValue }) => state >= minStateValue && state <= maxStateValue);
    return (own === undefined ? undefined : textOf(own.names)) ?? stateName(stateSetId, state);
  }
}

/** A sensor, or an effecter. */
interface Named {
  readonly pldmTerminusHandle: number;
  readonly id: number;
}

interface AuxiliaryName extends Named {
  /** Of each part. */
  readonly names: readonly (string | undefined)[];
}

/** Names of sensors, or of effecters: each terminus numbers its own. */
export class AuxiliaryNames {
  readonly #exact = new Map<string, AuxiliaryName['names']>();
  /** Some devices give the names another terminus handle than the sensors. */
  readonly #byId = new Map<number, AuxiliaryName['names']>();

  /** `named`: all that there are. A name which is that of one of them is no other's. */
  constructor(pdrs: readonly AuxiliaryName[], named: readonly Named[]) {
    const keys = new Set(named.map(keyOf));
    for (const pdr of pdrs) {
      this.#exact.set(keyOf(pdr), pdr.names);
      if (!keys.has(keyOf(pdr))) this.#byId.set(pdr.id, pdr.names);
    }
  }

  of(one: Named): AuxiliaryName['names'] {
    return this.#exact.get(keyOf(one)) ?? this.#byId.get(one.id) ?? [];
  }
}

function keyOf({ pldmTerminusHandle, id }: Named): string {
  return `${pldmTerminusHandle}/${id}`;
}
