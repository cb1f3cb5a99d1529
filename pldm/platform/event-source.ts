/** Events of a terminus: pushed to its receiver with retries, or kept in a bounded queue until polled (DSP0248 §16). */

import type { Timer } from '../../stack/clock.js';
import { LOCAL_LINK } from '../../stack/core/path.js';
import { fail } from '../../stack/protocol/index.js';
import type { MctpAddress } from '../../stack/transport.js';
import { crc32 } from '../base/crc.js';
import type { PldmClient } from '../base/pldm-client.js';
import { COMPLETION } from '../base/pldm-completion-codes.js';
import type { PldmResponder } from '../base/pldm-responder.js';
import {
  EVENT_ACKNOWLEDGED,
  EVENT_CLASS,
  EventMessageBufferSize,
  EventMessageSupported,
  GetEventReceiver,
  NO_EVENT,
  PlatformEventMessage,
  POLL_CODES,
  POLL_OPERATION,
  PollForPlatformEventMessage,
  SET_EVENT_RECEIVER_CODES,
  SetEventReceiver,
} from './event-commands.js';
import { encodeEvent } from './event-data.js';
import { EVENT_GLOBAL_ENABLE, PLATFORM_TRANSFER_FLAG, TRANSPORT_PROTOCOL } from './platform-enums.js';

export interface EventOptions {
  /** Sends PlatformEventMessage; undefined: events can only be polled. */
  readonly client?: PldmClient;
  readonly tid: () => number;
  /** Events kept; over it the oldest is lost and counted. Default 64. */
  readonly queue?: number;
  /** Bytes of one message of ours; default 1024. */
  readonly bufferSize?: number;
  /** The first event that could not be sent to the receiver, after one that could; with the reason. */
  readonly onFailed?: (receiver: MctpAddress, error: unknown) => void;
  /** Called when events are wanted (true) or not any more. */
  readonly onEnabled?: (enabled: boolean) => void;
}

interface QueuedEvent {
  readonly eventId: number;
  readonly eventClass: number;
  readonly data: Uint8Array;
}

const EVENT_HEADER = 6;
const POLL_HEADER = 17 + 4;
const DEFAULT_RECEIVER_BUFFER = 256;

export class EventSource {
  readonly counters = { queued: 0, sent: 0, failed: 0, lost: 0, polled: 0 };
  #mode: number = EVENT_GLOBAL_ENABLE.disable;
  #receiver: MctpAddress | undefined;
  #receiverBuffer = DEFAULT_RECEIVER_BUFFER;
  #queue: QueuedEvent[] = [];
  #nextId = 1;
  #heartbeat: Timer | undefined;
  #sequence = 0;
  #sending = false;
  /** The event of which a part was given last. */
  #polled: number | undefined;
  /** Since the last event that was sent one was not. */
  #failing = false;

  constructor(
    readonly responder: PldmResponder,
    readonly options: EventOptions,
  ) {
    const { handlers } = responder;
    handlers.on(SetEventReceiver, (request, { peer, message }) => {
      const {
        eventMessageGlobalEnable: mode,
        transportProtocolType,
        eventReceiverAddressInfo,
        heartbeatTimer,
      } = request;
      if (transportProtocolType !== TRANSPORT_PROTOCOL.mctp)
        return fail(SET_EVENT_RECEIVER_CODES.INVALID_PROTOCOL_TYPE);
      if (!this.#possible(mode)) return fail(SET_EVENT_RECEIVER_CODES.ENABLE_METHOD_NOT_SUPPORTED);
      const { network } = peer;
      this.#receiver =
        // The way back is the way by which it was set: there may be no route to it yet.
        message.source === eventReceiverAddressInfo && message.link !== LOCAL_LINK
          ? { eid: eventReceiverAddressInfo, link: message.link, physicalAddress: message.physicalAddress }
          : { eid: eventReceiverAddressInfo, ...(network === undefined ? {} : { network }) };
      this.#failing = false;
      this.#setMode(mode, heartbeatTimer ?? 0);
      return {};
    });
    handlers.on(GetEventReceiver, () => ({
      transportProtocolType: TRANSPORT_PROTOCOL.mctp,
      eventReceiverAddressInfo: this.#receiver?.eid ?? 0,
    }));
    handlers.on(EventMessageSupported, () => ({
      synchronyConfiguration: this.#mode === EVENT_GLOBAL_ENABLE.disable ? 0 : this.#mode,
      synchronyConfigurationSupported: this.options.client === undefined ? 0x04 : 0x0e,
      eventClass: [
        EVENT_CLASS.sensorEvent,
        EVENT_CLASS.pldmPDRRepositoryChgEvent,
        EVENT_CLASS.pldmMessagePollEvent,
        EVENT_CLASS.heartbeatTimerElapsedEvent,
      ],
    }));
    handlers.on(EventMessageBufferSize, ({ eventReceiverMaxBufferSize }) => {
      this.#receiverBuffer = eventReceiverMaxBufferSize || DEFAULT_RECEIVER_BUFFER;
      return { terminusMaxBufferSize: this.#bufferSize };
    });
    handlers.on(PollForPlatformEventMessage, (request) => {
      const { transferOperationFlag: operation, dataTransferHandle, eventIdToAcknowledge } = request;
      this.counters.polled++;
      if (operation === POLL_OPERATION.acknowledgementOnly) {
        if (this.#queue[0]?.eventId !== eventIdToAcknowledge) return fail(POLL_CODES.EVENT_ID_NOT_VALID);
        this.#queue.shift();
        return { tid: this.options.tid(), eventId: this.#queue[0] === undefined ? NO_EVENT : EVENT_ACKNOWLEDGED };
      }
      const first = operation === POLL_OPERATION.getFirstPart;
      const event = this.#queue[0];
      if (event === undefined) return { tid: this.options.tid(), eventId: NO_EVENT };
      // The handle is the offset; a message poll event gives 0 for the event itself.
      const offset = first ? 0 : dataTransferHandle;
      if (!first && (offset === 0 || offset >= event.data.length)) return fail(COMPLETION.ERROR_INVALID_DATA);
      return this.#part(event, offset, first);
    });
  }

  get #bufferSize(): number {
    return this.options.bufferSize ?? 1024;
  }

  /** True while somebody wants events. */
  get enabled(): boolean {
    return this.#mode !== EVENT_GLOBAL_ENABLE.disable;
  }

  /** Events not delivered yet. */
  get pending(): number {
    return this.#queue.length;
  }

  /** Deliver an event, now or when asked. Without a receiver it is forgotten. */
  raise(eventClass: number, data: Uint8Array): void {
    if (!this.enabled) return;
    if (this.#queue.length >= (this.options.queue ?? 64)) {
      // The first one may be on its way, or in the middle of being polled.
      const isUnderWay = this.#sending || this.#queue[0]?.eventId === this.#polled;
      this.#queue.splice(isUnderWay ? 1 : 0, 1);
      this.counters.lost++;
    }
    this.counters.queued++;
    this.#queue.push({ eventId: this.#nextId, eventClass, data });
    this.#nextId = this.#nextId >= 0xfffe ? 1 : this.#nextId + 1;
    if (this.#mode !== EVENT_GLOBAL_ENABLE.enablePolling) void this.#push();
  }

  close(): void {
    this.#setMode(EVENT_GLOBAL_ENABLE.disable, 0);
    this.#queue = [];
  }

  #possible(mode: number): boolean {
    if (mode === EVENT_GLOBAL_ENABLE.disable || mode === EVENT_GLOBAL_ENABLE.enablePolling) return true;
    return mode <= EVENT_GLOBAL_ENABLE.enableAsyncKeepAlive && this.options.client !== undefined;
  }

  #setMode(mode: number, heartbeatSeconds: number): void {
    this.#mode = mode;
    this.#heartbeat?.cancel();
    this.#heartbeat = undefined;
    if (mode === EVENT_GLOBAL_ENABLE.enableAsyncKeepAlive) this.#beat(1000 * heartbeatSeconds);
    this.options.onEnabled?.(this.enabled);
  }

  #beat(periodMs: number): void {
    this.#heartbeat = this.responder.clock.schedule(periodMs, () => {
      const sequenceNumber = this.#sequence;
      this.#sequence = (this.#sequence + 1) & 0xff;
      const data = encodeEvent(EVENT_CLASS.heartbeatTimerElapsedEvent, { sequenceNumber });
      this.#send(EVENT_CLASS.heartbeatTimerElapsedEvent, data).catch((error: unknown) => this.#failed(error));
      this.#beat(periodMs);
    });
  }

  /** Push what is queued, one at a time. What the receiver does not answer to is given up after the retries. */
  async #push(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      while (this.#queue.length > 0 && this.enabled && this.#mode !== EVENT_GLOBAL_ENABLE.enablePolling) {
        const event = this.#queue[0]!;
        const tooLarge = event.data.length + EVENT_HEADER > Math.min(this.#receiverBuffer, this.#bufferSize);
        try {
          if (tooLarge) {
            const { eventId } = event;
            const data = encodeEvent(EVENT_CLASS.pldmMessagePollEvent, { eventId, dataTransferHandle: 0 });
            await this.#send(EVENT_CLASS.pldmMessagePollEvent, data);
            // It stays until the receiver has polled and acknowledged it; the others wait behind it.
            return;
          }
          await this.#send(event.eventClass, event.data);
          this.counters.sent++;
        } catch (error) {
          this.#failed(error);
        }
        if (this.#queue[0] === event) this.#queue.shift();
      }
    } finally {
      this.#sending = false;
    }
  }

  #failed(error: unknown): void {
    this.counters.failed++;
    if (this.#failing || this.#receiver === undefined) return;
    this.#failing = true;
    this.options.onFailed?.(this.#receiver, error);
  }

  async #send(eventClass: number, eventData: Uint8Array): Promise<void> {
    const { client, tid } = this.options;
    if (client === undefined || this.#receiver === undefined) return;
    await client.request(this.#receiver, PlatformEventMessage, { tid: tid(), eventClass, eventData });
    this.#failing = false;
  }

  #part(event: QueuedEvent, offset: number, first: boolean) {
    const size = Math.max(1, Math.min(this.#receiverBuffer, this.#bufferSize) - POLL_HEADER);
    const end = Math.min(offset + size, event.data.length);
    const last = end === event.data.length;
    this.#polled = event.eventId;
    const flag = PLATFORM_TRANSFER_FLAG;
    return {
      tid: this.options.tid(),
      eventId: event.eventId,
      nextDataTransferHandle: last ? 0 : end,
      transferFlag: last ? (first ? flag.startAndEnd : flag.end) : first ? flag.start : flag.middle,
      eventClass: event.eventClass,
      eventData: event.data.subarray(offset, end),
      ...(last ? { eventDataIntegrityChecksum: crc32(event.data) } : {}),
    };
  }
}
