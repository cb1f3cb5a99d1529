/** A whole terminus from a description: base, platform, FRU and BIOS commands, with events. */

import type { Clock, Timer } from '../../stack/clock.js';
import type { Logger } from '../../stack/logger.js';
import { fail } from '../../stack/protocol/index.js';
import type { Transport } from '../../stack/transport.js';
import { BaseResponder } from '../base/base-responder.js';
import { MultipartResponder } from '../base/multipart-responder.js';
import { PldmClient } from '../base/pldm-client.js';
import { COMPLETION } from '../base/pldm-completion-codes.js';
import { PldmResponder, type PldmResponderOptions } from '../base/pldm-responder.js';
import { PLDM_TYPE } from '../base/pldm-types.js';
import { BiosResponder } from '../bios/bios-responder.js';
import { generalRecord } from '../fru/fru-fields.js';
import { FruResponder } from '../fru/fru-responder.js';
import { serveNumericEffecters, serveStateEffecters } from '../platform/effecter-responder.js';
import { EVENT_CLASS, GetTerminusUID } from '../platform/event-commands.js';
import { encodeEvent, PDR_CHANGE_FORMAT, PDR_CHANGE_OPERATION } from '../platform/event-data.js';
import { type EventOptions, EventSource } from '../platform/event-source.js';
import { buildPdrs } from '../platform/pdr-builder.js';
import { RunInitAgent } from '../platform/pdr-commands.js';
import { PdrRepositoryResponder } from '../platform/pdr-responder.js';
import { SensorResponder } from '../platform/sensor-responder.js';
import type { TerminusDescription } from './terminus-description.js';

export interface PldmTerminusOptions extends Omit<PldmResponderOptions, 'transport' | 'clock' | 'logger'> {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger?: Logger;
  readonly description: TerminusDescription;
  /** Types moved by multipart, when there is something to move; default none. */
  readonly multipartTypes?: readonly number[];
  readonly partSize?: number;
  /** See `EventOptions.onFailed`. */
  readonly onEventFailed?: EventOptions['onFailed'];
}

/** DSP0248 1.2.1, DSP0247 1.0.0, DSP0257 1.0.0. */
const VERSIONS: Readonly<Record<number, readonly string[]>> = {
  [PLDM_TYPE.platform]: ['00f1f2f1'],
  [PLDM_TYPE.bios]: ['00f0f0f1'],
  [PLDM_TYPE.fru]: ['00f0f0f1'],
};
const DEFAULT_PART_SIZE = 1024;

/**
 *     const terminus = new PldmTerminus({ transport, clock, description: {
 *       tid: 3,
 *       numericSensors: [{ id: 1, name: 'Inlet', unit: '°C', thresholds: { upperCritical: 90 }, read: () => 41 }],
 *     } });
 *     terminus.start();
 *
 * @throws MctpError EINVAL for a description that cannot be encoded
 */
export class PldmTerminus {
  readonly responder: PldmResponder;
  readonly base: BaseResponder;
  readonly #partSize: number;
  #multipart: MultipartResponder | undefined;
  readonly repository: PdrRepositoryResponder;
  readonly events: EventSource;
  readonly sensors: SensorResponder;
  readonly fru: FruResponder | undefined;
  readonly bios: BiosResponder | undefined;
  readonly #client: PldmClient;
  #timer: Timer | undefined;

  constructor(options: PldmTerminusOptions) {
    const { description, clock, transport } = options;
    const partSize = options.partSize ?? description.partSize ?? DEFAULT_PART_SIZE;
    this.responder = new PldmResponder(options);
    const { handlers } = this.responder;
    this.base = new BaseResponder(this.responder, {
      tid: description.tid ?? 0,
    });
    this.#partSize = Math.max(256, partSize);
    if (options.multipartTypes !== undefined) this.serveMultipart(options.multipartTypes);
    this.#client = new PldmClient({ transport, clock });
    const { uuid } = description;
    if (uuid !== undefined) handlers.on(GetTerminusUID, () => ({ uuid }));
    this.repository = new PdrRepositoryResponder(handlers, buildPdrs(description), partSize);
    this.events = new EventSource(this.responder, {
      client: this.#client,
      tid: () => this.base.tid,
      ...(options.onEventFailed !== undefined && { onFailed: options.onEventFailed }),
      onEnabled: (enabled) => this.#watchSensors(enabled),
    });
    const raise = (eventClass: number, data: Uint8Array): void => this.events.raise(eventClass, data);
    const { numericSensors = [], stateSensors = [] } = description;
    this.sensors = new SensorResponder(handlers, numericSensors, stateSensors, raise);
    // Of other termini than this one we are not the initialization agent.
    handlers.on(RunInitAgent, ({ tid }) => {
      if (tid !== this.base.tid) return fail(COMPLETION.ERROR_INVALID_DATA);
      this.sensors.initialize();
      return {};
    });
    serveNumericEffecters(handlers, description.numericEffecters ?? []);
    serveStateEffecters(handlers, description.stateEffecters ?? []);
    const { fru, bios } = description;
    if (fru !== undefined) {
      const records = fru.flatMap(({ recordSetIdentifier, fields, records: more = [] }) => [
        ...(fields === undefined ? [] : [generalRecord(recordSetIdentifier, fields)]),
        ...more,
      ]);
      this.fru = new FruResponder(handlers, records, {
        partSize,
        maxTableBytes: description.fruTableMaximumSize ?? 0,
      });
    }
    if (bios !== undefined) this.bios = new BiosResponder(handlers, bios, partSize);
    for (const [type, versions] of Object.entries({ ...VERSIONS, ...description.versions })) {
      handlers.setVersions(Number(type), versions);
    }
  }

  /** Undefined while nothing is moved by multipart. */
  get multipart(): MultipartResponder | undefined {
    return this.#multipart;
  }

  /** Move these types by multipart, besides those that are already. */
  serveMultipart(types: readonly number[]): MultipartResponder {
    this.base.serveMultipart({ types, partSize: this.#partSize });
    this.#multipart ??= new MultipartResponder(this.base);
    return this.#multipart;
  }

  start(): this {
    this.responder.start();
    return this;
  }

  close(): void {
    this.events.close();
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#client.close();
    this.responder.close();
  }

  /** Add or replace a PDR, and say so to the event receiver. */
  putPdr(record: Uint8Array): void {
    const recordHandle = (record[0]! | (record[1]! << 8) | (record[2]! << 16) | (record[3]! << 24)) >>> 0;
    const { recordsModified, recordsAdded } = PDR_CHANGE_OPERATION;
    const operation = this.repository.records.has(recordHandle) ? recordsModified : recordsAdded;
    this.repository.put(record);
    this.#repositoryChanged(operation, recordHandle);
  }

  removePdr(recordHandle: number): void {
    if (this.repository.remove(recordHandle))
      this.#repositoryChanged(PDR_CHANGE_OPERATION.recordsDeleted, recordHandle);
  }

  #repositoryChanged(eventDataOperation: number, recordHandle: number): void {
    this.events.raise(
      EVENT_CLASS.pldmPDRRepositoryChgEvent,
      encodeEvent(EVENT_CLASS.pldmPDRRepositoryChgEvent, {
        eventDataFormat: PDR_CHANGE_FORMAT.formatIsPDRHandles,
        changeRecords: [{ eventDataOperation, changeEntry: [recordHandle] }],
      }),
    );
  }

  /** Look at the sensors by themselves only while somebody wants their events. */
  #watchSensors(enabled: boolean): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const { updateInterval } = this.sensors;
    if (!enabled || updateInterval === undefined) return;
    const look = (): void => {
      this.#timer = this.responder.clock.schedule(1000 * updateInterval, () => {
        this.sensors.update();
        look();
      });
    };
    look();
  }
}
