/** What a managed terminus has: identity, FRU data, firmware, records and the sensors which they describe. */

import type { CallOptions } from '../../stack/protocol/index.js';
import type { FirmwareVersion, SensorSnapshot, WatchChange } from '../../stack/watch/index.js';
import { FruData } from '../fru/fru-requester.js';
import { GetPDR } from '../platform/pdr-commands.js';
import { PdrRepository } from '../platform/pdr-repository.js';
import type { Terminus } from '../terminus/terminus.js';
import { readFirmware, readFru, tolerated } from './identity-reader.js';
import { ManagedSensor } from './managed-sensor.js';
import type { ManagerContext } from './manager-context.js';
import { SensorPace } from './sensor-pace.js';
import type { FruSetSnapshot, RepositorySnapshot } from './terminus-snapshot.js';

/** A repository which cannot be read is asked for again after 1, 3, 7 ... 63 checks. */
const MOST_PATIENCE = 6;
const MOST_NOTES = 64;

export class TerminusContents {
  readonly repository: PdrRepository;
  readonly pace = new SensorPace<ManagedSensor>();
  readonly #context: ManagerContext;
  readonly #fruData: FruData;
  #notes: string[] = [];
  #fru: readonly FruSetSnapshot[] = [];
  #firmware: readonly FirmwareVersion[] = [];
  #sensors: readonly ManagedSensor[] = [];
  #failures = 0;
  #skipped = 0;

  /** Who hears what changed. */
  tell: (change: WatchChange) => void = () => {};

  constructor(
    readonly key: string,
    readonly terminus: Terminus,
    context: ManagerContext,
  ) {
    this.#context = context;
    this.repository = new PdrRepository(terminus);
    this.#fruData = new FruData(terminus);
  }

  get fru(): readonly FruSetSnapshot[] {
    return this.#fru;
  }

  get firmware(): readonly FirmwareVersion[] {
    return this.#firmware;
  }

  get sensors(): readonly ManagedSensor[] {
    return this.#sensors;
  }

  get notes(): readonly string[] {
    return [...this.terminus.notes, ...this.#notes, ...this.repository.notes].slice(0, MOST_NOTES);
  }

  /** Null before the first download. */
  get records(): RepositorySnapshot | null {
    const { info, records } = this.repository;
    if (info === undefined) return null;
    let bytes = 0;
    for (const record of records.values()) bytes += record.bytes.length;
    return { records: records.size, bytes, signature: info.signature ?? null, updateTime: info.updateTime };
  }

  note(text: string): void {
    if (this.#notes.length < MOST_NOTES) this.#notes.push(text);
  }

  /** Read all of it; what it does not have is left out with a note. @throws MctpError: no answer */
  async read(call: CallOptions, heardTid: (tid: number) => void): Promise<void> {
    this.#notes = [];
    await this.terminus.discover(call);
    heardTid(this.terminus.tid);
    await this.#ensureTid(call);
    const fru = await this.#tolerated('FRU', () => readFru(this.#fruData, call));
    if (fru !== undefined) this.#fru = fru;
    await this.readFirmware(call);
    await this.refreshRecords(call);
  }

  /** @throws MctpError: no answer */
  async readFirmware(call: CallOptions): Promise<void> {
    const firmware = await this.#tolerated('firmware', () => readFirmware(this.terminus, call));
    if (firmware === undefined) return;
    const before = new Map(this.#firmware.map(({ component, version }) => [component, version]));
    this.#firmware = firmware;
    for (const { component, version } of firmware) {
      const from = before.get(component) ?? null;
      if (from !== version) this.tell({ kind: 'firmware', component, from, to: version });
    }
  }

  /** Only when signature, times or counts moved. @throws MctpError: no answer */
  async refreshRecords(call: CallOptions): Promise<void> {
    if (!this.terminus.supports(GetPDR)) return;
    if (this.#skipped < 2 ** this.#failures - 1) {
      this.#skipped++;
      return;
    }
    this.#skipped = 0;
    const changed = await this.#tolerated('PDRs', () => this.repository.refresh(call));
    this.#failures = changed === undefined ? Math.min(MOST_PATIENCE, this.#failures + 1) : 0;
    if (changed === true) this.takeSensors();
  }

  /** The records are others. What is known of a sensor which stays is kept. */
  takeSensors(): void {
    this.#makeSensors();
    const { size: records } = this.repository.records;
    this.tell({ kind: 'recordsChanged', records, sensors: this.#sensors.length });
  }

  /** Sensors are read in another rhythm from now on. */
  retime(): void {
    if (this.#sensors.length > 0) this.#makeSensors();
  }

  #makeSensors(): void {
    const { timing, mostSensors, clock } = this.#context;
    const view = this.repository.ownView;
    const known = new Map<string, SensorSnapshot>();
    for (const { parts } of this.#sensors) for (const part of parts) known.set(part.key, part);
    const views = [...view.numericSensors, ...view.stateSensors];
    if (views.length > mostSensors) this.note(`of ${views.length} sensors, ${mostSensors} are read`);
    const sensors = new Map<number, ManagedSensor>();
    for (const sensor of views) {
      if (sensors.size >= mostSensors) break;
      if (sensors.has(sensor.sensorId)) this.note(`two sensors have the number ${sensor.sensorId}: one is read`);
      else sensors.set(sensor.sensorId, new ManagedSensor(sensor, view, timing, known));
    }
    this.#sensors = [...sensors.values()];
    this.pace.set(this.#sensors, clock.now());
  }

  /** One TID for one terminus (DSP0240 §9.1.1). */
  async #ensureTid(call: CallOptions): Promise<void> {
    const { tids, tidsChanged } = this.#context;
    const { terminus, key } = this;
    if (tids === undefined) return;
    if (terminus.tid === 0 || !tids.claim(key, terminus.tid)) {
      const tid = tids.give(key);
      if (tid === undefined) return this.note('all TIDs are taken');
      await this.#tolerated('SetTID', () => this.#setTid(tid, call));
      if (terminus.tid !== tid) tids.forget(key);
    }
    tidsChanged();
  }

  /** A terminus which does not keep it has the one that it says: it would seem to have been restarted. */
  async #setTid(tid: number, call: CallOptions): Promise<void> {
    const { terminus } = this;
    await terminus.setTid(tid, call);
    const said = await terminus.readTid(call);
    if (said === undefined || said === tid) return;
    terminus.tid = said;
    this.note(`it took TID ${tid}, and says that it has ${said === 0 ? 'none' : said}`);
  }

  #tolerated<T>(what: string, run: () => Promise<T>): Promise<T | undefined> {
    return tolerated(what, (text) => this.note(text), run);
  }
}
