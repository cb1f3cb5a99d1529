/** The changing commands of the management interface, one call each: configuration, events, VPD, buffer, reset. */

import { decode, encode, type Fields } from '../codec/index.js';
import { MctpError } from '../errors.js';
import type { CallOptions } from '../protocol/index.js';
import type { MctpAddress } from '../transport.js';
import {
  CONFIGURATION,
  GetConfiguration,
  MiReset,
  ReadBuffer,
  ReadVpd,
  SesReceive,
  SesSend,
  SetAsynchronousEvents,
  SetHealthStatusChange,
  SetSmbusFrequency,
  SetTransmissionUnit,
  Shutdown,
  WriteBuffer,
  WriteVpd,
} from './mi-commands.js';
import { MiRequester } from './mi-requester.js';
import { type clearFlags, eventList, occurrenceList } from './mi-structures.js';

/** Bytes of VPD or of the buffer in one command. */
const PART = 2048;

export interface EventSettings {
  /** Before an event is sent; seconds, default 0. */
  readonly delayS?: number;
  /** Between repetitions of one which is not acknowledged; ms, in steps of 100, default 1000. */
  readonly retryMs?: number;
}

export type OccurrenceList = Fields<typeof occurrenceList>;
export type EventList = Fields<typeof eventList>;
export type SmbusFrequency = 1 | 2 | 3;

export class MiConfigurator extends MiRequester {
  /** 1: 100 kHz, 2: 400 kHz, 3: 1 MHz. @throws as `subsystemInformation` */
  async smbusFrequency(peer: MctpAddress, portId: number, options?: CallOptions): Promise<number> {
    return (await this.#configuration(peer, CONFIGURATION.smbusFrequency, portId, options)) & 0x0f;
  }

  /** It holds after the response. @throws as `subsystemInformation` */
  async setSmbusFrequency(
    peer: MctpAddress,
    portId: number,
    smbusFrequency: SmbusFrequency,
    options?: CallOptions,
  ): Promise<void> {
    const fields = { configurationId: CONFIGURATION.smbusFrequency, portId, smbusFrequency };
    await this.request(peer, SetSmbusFrequency, fields, options);
  }

  /** MCTP payload bytes per packet. @throws as `subsystemInformation` */
  async transmissionUnit(peer: MctpAddress, portId: number, options?: CallOptions): Promise<number> {
    return (await this.#configuration(peer, CONFIGURATION.transmissionUnit, portId, options)) & 0xffff;
  }

  /** Bytes of payload per packet, 64 or more; it holds after the response. @throws as `subsystemInformation` */
  async setTransmissionUnit(
    peer: MctpAddress,
    portId: number,
    transmissionUnitSize: number,
    options?: CallOptions,
  ): Promise<void> {
    const fields = { configurationId: CONFIGURATION.transmissionUnit, portId, transmissionUnitSize };
    await this.request(peer, SetTransmissionUnit, fields, options);
  }

  /** Clear change flags of the composite status, by name. @throws as `subsystemInformation` */
  async clearHealthStatus(
    peer: MctpAddress,
    flags: readonly (keyof Fields<typeof clearFlags>)[],
    options?: CallOptions,
  ): Promise<void> {
    const set = (name: keyof Fields<typeof clearFlags>): number => (flags.includes(name) ? 1 : 0);
    const clear = {
      rdy: set('rdy'),
      cfs: set('cfs'),
      shst: set('shst'),
      nssro: set('nssro'),
      ceco: set('ceco'),
      nac: set('nac'),
      fa: set('fa'),
      csts: set('csts'),
      ctemp: set('ctemp'),
      pdlu: set('pdlu'),
      spare: set('spare'),
      cwarn: set('cwarn'),
      tcida: set('tcida'),
    };
    const fields = { configurationId: CONFIGURATION.healthStatusChange, clear };
    await this.request(peer, SetHealthStatusChange, fields, options);
  }

  /** Events which a drive can send, and which of them it does (NVMe-MI 2.x). @throws as `subsystemInformation` */
  async supportedEvents(peer: MctpAddress, options?: CallOptions): Promise<EventList> {
    const fields = { configurationId: CONFIGURATION.asynchronousEvents };
    const { data } = await this.request(peer, GetConfiguration, fields, options);
    return decode(eventList, data, { what: 'list of supported events', partial: true });
  }

  /** Switch events on and off; what had happened already comes with the answer. @throws as `subsystemInformation` */
  async setEvents(
    peer: MctpAddress,
    events: readonly { readonly id: number; readonly enabled: boolean }[],
    { delayS = 0, retryMs = 1000 }: EventSettings = {},
    options?: CallOptions,
  ): Promise<OccurrenceList> {
    const entries = events.map(({ id, enabled }) => ({ length: 3, id, enabled: enabled ? 1 : 0 }));
    const data = encode(eventList, { version: 0, totalLength: 5 + 3 * entries.length, headerLength: 5, entries });
    const { data: occurred } = await this.request(
      peer,
      SetAsynchronousEvents,
      {
        configurationId: CONFIGURATION.asynchronousEvents,
        aemDelay: delayS,
        aemRetryDelay: Math.round(retryMs / 100),
        enablePciFunctions: 1,
        enablePhysicalFunctions: 0,
        enableVirtualFunctions: 0,
        data,
      },
      options,
    );
    return decode(occurrenceList, occurred, { what: 'list of occurrences', partial: true });
  }

  /** A received event: the answer may carry more. @throws as `subsystemInformation` */
  async acknowledgeEvents(peer: MctpAddress, options?: CallOptions): Promise<OccurrenceList> {
    const data = encode(eventList, { version: 0, totalLength: 5, headerLength: 5, entries: [] });
    const fields = {
      configurationId: CONFIGURATION.asynchronousEvents,
      enablePciFunctions: 0,
      enablePhysicalFunctions: 0,
      enableVirtualFunctions: 0,
      data,
    };
    const { data: occurred } = await this.request(peer, SetAsynchronousEvents, fields, options);
    return decode(occurrenceList, occurred, { what: 'list of occurrences', partial: true });
  }

  /** Vital product data, an IPMI FRU; in parts. @throws as `subsystemInformation` */
  readVpd(peer: MctpAddress, offset: number, length: number, options?: CallOptions): Promise<Uint8Array> {
    return inParts(offset, length, async (dataOffset, dataLength) => {
      return (await this.request(peer, ReadVpd, { dataOffset, dataLength }, options)).data;
    });
  }

  /** VPD may be written a few times in a drive's life. @throws as `subsystemInformation` */
  async writeVpd(peer: MctpAddress, dataOffset: number, data: Uint8Array, options?: CallOptions): Promise<void> {
    await this.request(peer, WriteVpd, { dataOffset, dataLength: data.length, data }, options);
  }

  /** The management endpoint buffer, in parts. @throws as `subsystemInformation` */
  readBuffer(peer: MctpAddress, offset: number, length: number, options?: CallOptions): Promise<Uint8Array> {
    return inParts(offset, length, async (dataOffset, dataLength) => {
      return (await this.request(peer, ReadBuffer, { dataOffset, dataLength }, options)).data;
    });
  }

  /** @throws as `subsystemInformation` */
  async writeBuffer(peer: MctpAddress, dataOffset: number, data: Uint8Array, options?: CallOptions): Promise<void> {
    await this.request(peer, WriteBuffer, { dataOffset, dataLength: data.length, data }, options);
  }

  /** A diagnostic page of an enclosure. @throws as `subsystemInformation` */
  async sesReceive(
    peer: MctpAddress,
    pageCode: number,
    allocationLength: number,
    options?: CallOptions,
  ): Promise<Uint8Array> {
    return (await this.request(peer, SesReceive, { pageCode, allocationLength }, options)).data;
  }

  /** @throws as `subsystemInformation` */
  async sesSend(peer: MctpAddress, data: Uint8Array, options?: CallOptions): Promise<void> {
    await this.request(peer, SesSend, { dataLength: data.length, data }, options);
  }

  /** Reset the NVM subsystem. A success has no response: silence until the time-out is one. @throws CompletionCodeError */
  async resetSubsystem(peer: MctpAddress, options?: CallOptions): Promise<void> {
    try {
      await this.request(peer, MiReset, { resetType: 0 }, options);
    } catch (error) {
      if (!MctpError.is(error, 'ETIMEDOUT')) throw error;
    }
  }

  /** Answered when all controllers are shut down. @throws as `subsystemInformation` */
  async shutdown(peer: MctpAddress, abrupt = false, options?: CallOptions): Promise<void> {
    await this.request(peer, Shutdown, { shutdownType: abrupt ? 1 : 0 }, options);
  }

  async #configuration(
    peer: MctpAddress,
    configurationId: number,
    portId: number,
    options?: CallOptions,
  ): Promise<number> {
    return (await this.request(peer, GetConfiguration, { configurationId, portId }, options)).nmresp;
  }
}

/** Until all is there, or a part is shorter than asked. */
async function inParts(
  offset: number,
  length: number,
  read: (offset: number, length: number) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const whole = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const size = Math.min(PART, length - done);
    const part = (await read(offset + done, size)).subarray(0, size);
    whole.set(part, done);
    done += part.length;
    if (part.length < size) break;
  }
  return whole.subarray(0, done);
}
