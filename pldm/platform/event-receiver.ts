/** The event receiver: termini push events to us, or we poll them; heartbeats tell when one is lost (DSP0248 §16). */

import type { Timer } from '../../stack/clock.js';
import { CodecError } from '../../stack/codec/index.js';
import { CompletionCodeError, MctpError } from '../../stack/errors.js';
import { type CallOptions, fail } from '../../stack/protocol/index.js';
import type { MctpAddress } from '../../stack/transport.js';
import { Emitter, type Listener } from '../../stack/util/emitter.js';
import type { PldmResponder } from '../base/pldm-responder.js';
import type { Terminus } from '../terminus/terminus.js';
import {
  EVENT_CLASS,
  EventMessageBufferSize,
  EventMessageSupported,
  FORMAT_CODES,
  PLATFORM_EVENT_STATUS,
  PlatformEventMessage,
  SetEventReceiver,
} from './event-commands.js';
import { decodeEvent, isEventOf, type PlatformEvent } from './event-data.js';
import { pollEvents } from './event-poll.js';
import type { PdrRepository } from './pdr-repository.js';
import { EVENT_GLOBAL_ENABLE, TRANSPORT_PROTOCOL } from './platform-enums.js';

export type EventMode = 'async' | 'keepAlive' | 'poll';

export interface WatchOptions extends CallOptions {
  /** Default: keepAlive, async or poll, the first that the terminus says it can. */
  readonly mode?: EventMode;
  /** Seconds, 1..65535; default 30. */
  readonly heartbeatSeconds?: number;
  /** Between polls; ms, default 1000. */
  readonly pollIntervalMs?: number;
  /** Largest event that may be pushed to us; bytes, default 1024. */
  readonly bufferSize?: number;
  /** Our EID as this terminus reaches us; default: the receiver's. */
  readonly eid?: number;
  /** Follows what PDR repository events say. */
  readonly repository?: PdrRepository;
}

export interface WatchEvents {
  readonly event: { readonly terminus: Terminus; readonly tid: number; readonly event: PlatformEvent };
  /** The repository given was brought up to date. */
  readonly repositoryChanged: { readonly terminus: Terminus; readonly repository: PdrRepository };
  /** No heartbeat came in time; setting up again goes on until it works. */
  readonly lost: { readonly terminus: Terminus };
  readonly restored: { readonly terminus: Terminus };
  /** Something went wrong that does not end watching. */
  readonly trouble: { readonly terminus: Terminus; readonly error: Error };
}

export interface EventReceiverOptions {
  /** Answers PlatformEventMessage; must be started, and bound where the termini send to. */
  readonly responder: PldmResponder;
  /** Our EID, as the termini reach us. */
  readonly eid: number;
  /** Termini watched at once; default 256. */
  readonly maxTermini?: number;
}

/** A heartbeat is missing when this many of its periods passed without one. */
const HEARTBEAT_PERIODS = 2;
const RESTORE_INTERVAL_MS = 5000;

/**
 *     const receiver = new EventReceiver({ responder, eid: 8 });
 *     receiver.on('event', ({ terminus, event }) => ...);
 *     const watch = await receiver.watch(terminus, { repository });
 */
export class EventReceiver {
  readonly #events = new Emitter<WatchEvents>();
  readonly #watches = new Map<string, Watch>();
  readonly #stopAnswering: () => void;
  /** Events from nobody we watch, and events that did not decode. */
  readonly counters = { events: 0, unknownSender: 0, undecodable: 0, heartbeats: 0 };

  constructor(readonly options: EventReceiverOptions) {
    this.#stopAnswering = options.responder.handlers.on(PlatformEventMessage, (message, { peer }) => {
      if (message.formatVersion !== 1) return fail(FORMAT_CODES.UNSUPPORTED_EVENT_FORMAT_VERSION);
      return { platformEventStatus: this.#received(peer, message) };
    });
  }

  on<K extends keyof WatchEvents>(name: K, listener: Listener<WatchEvents[K]>): () => void {
    return this.#events.on(name, listener);
  }

  /**
   * Make us the event receiver of a terminus. Watching again replaces the earlier watch.
   * @throws CompletionCodeError when the terminus does not want us; MctpError ENOBUFS, ENOTSUP
   */
  async watch(terminus: Terminus, options: WatchOptions = {}): Promise<Watch> {
    const key = senderKey(terminus.address);
    if (!this.#watches.has(key) && this.#watches.size >= (this.options.maxTermini ?? 256)) {
      throw new MctpError('ENOBUFS', `${this.#watches.size} termini are watched already`);
    }
    this.#watches.get(key)?.stop();
    const watch = new Watch(terminus, options, options.eid ?? this.options.eid, this.#events, () =>
      this.#watches.delete(key),
    );
    // Before it is set up: the first event may come with the answer.
    this.#watches.set(key, watch);
    try {
      await watch.setUp();
    } catch (error) {
      watch.stop();
      throw error;
    }
    return watch;
  }

  /** Stop watching everything. The termini are not told. */
  close(): void {
    for (const watch of [...this.#watches.values()]) watch.stop();
    this.#stopAnswering();
    this.#events.clear();
  }

  #received(
    peer: MctpAddress,
    {
      tid,
      eventClass,
      eventData,
    }: { readonly tid: number; readonly eventClass: number; readonly eventData: Uint8Array },
  ): number {
    this.counters.events++;
    const watch = this.#watches.get(senderKey(peer)) ?? this.#watches.get(senderKey({ eid: peer.eid }));
    if (watch === undefined) {
      this.counters.unknownSender++;
      return PLATFORM_EVENT_STATUS.loggingRejected;
    }
    let event: PlatformEvent;
    try {
      event = decodeEvent(eventClass, eventData);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      this.counters.undecodable++;
      this.#events.emit('trouble', { terminus: watch.terminus, error });
      return PLATFORM_EVENT_STATUS.loggingRejected;
    }
    if (isEventOf(event, EVENT_CLASS.heartbeatTimerElapsedEvent)) this.counters.heartbeats++;
    watch.received(tid, event);
    return PLATFORM_EVENT_STATUS.noLogging;
  }
}

function senderKey({ eid, network, physicalAddress }: MctpAddress): string {
  return `${network ?? ''}/${eid}/${eid === 0 ? (physicalAddress ?? '') : ''}`;
}

/** One terminus whose events we get. */
export class Watch {
  mode: EventMode | undefined;
  #timer: Timer | undefined;
  #stopped = false;
  #polling = false;
  #pollAgain: number | undefined;
  #repairing = false;
  #isLost = false;

  constructor(
    readonly terminus: Terminus,
    readonly options: WatchOptions,
    readonly eid: number,
    private readonly events: Emitter<WatchEvents>,
    private readonly ended: () => void,
  ) {}

  /** True between `lost` and `restored`. */
  get lost(): boolean {
    return this.#isLost;
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#timer?.cancel();
    this.ended();
  }

  /** Buffer sizes, way of delivery, receiver. Called by EventReceiver, and again after the terminus was lost. */
  async setUp(): Promise<void> {
    const { terminus } = this;
    const call = this.#call();
    const supported = await this.#ask(() => terminus.call(EventMessageSupported, { formatVersion: 1 }, call));
    this.mode = this.options.mode ?? modeOf(supported?.synchronyConfigurationSupported);
    if (this.mode === undefined) throw new MctpError('ENOTSUP', `${terminus.name} sends no events`);
    const eventReceiverMaxBufferSize = this.options.bufferSize ?? 1024;
    await this.#ask(() => terminus.call(EventMessageBufferSize, { eventReceiverMaxBufferSize }, call));
    const heartbeat = this.options.heartbeatSeconds ?? 30;
    await terminus.call(
      SetEventReceiver,
      {
        eventMessageGlobalEnable: ENABLE[this.mode],
        transportProtocolType: TRANSPORT_PROTOCOL.mctp,
        eventReceiverAddressInfo: this.eid,
        ...(this.mode === 'keepAlive' ? { heartbeatTimer: heartbeat } : {}),
      },
      call,
    );
    this.#arm();
  }

  /** Ask for waiting events now; also what polling does by itself. */
  async poll(dataTransferHandle = 0): Promise<void> {
    if (this.#polling) {
      // Not lost: one more round when this one is done.
      this.#pollAgain = dataTransferHandle;
      return;
    }
    this.#polling = true;
    try {
      let handle: number | undefined = dataTransferHandle;
      for (let round = 0; handle !== undefined && round < 4 && !this.#stopped; round++) {
        this.#pollAgain = undefined;
        await pollEvents(this.terminus, ({ tid, event }) => this.received(tid, event), {
          ...this.#call(),
          dataTransferHandle: handle,
          onDamaged: (_eventId, error) => this.#trouble(error),
        });
        handle = this.#pollAgain;
      }
    } catch (error) {
      this.#trouble(error as Error);
    } finally {
      this.#polling = false;
    }
  }

  received(tid: number, event: PlatformEvent): void {
    if (this.#stopped) return;
    if (this.mode === 'keepAlive' && !this.#isLost) this.#arm();
    if (isEventOf(event, EVENT_CLASS.heartbeatTimerElapsedEvent)) return;
    if (isEventOf(event, EVENT_CLASS.pldmMessagePollEvent)) {
      void this.poll(event.dataTransferHandle);
      return;
    }
    this.events.emit('event', { terminus: this.terminus, tid, event });
    const { repository } = this.options;
    if (repository !== undefined && isEventOf(event, EVENT_CLASS.pldmPDRRepositoryChgEvent)) {
      repository.apply(event, this.#call()).then(
        () => this.events.emit('repositoryChanged', { terminus: this.terminus, repository }),
        (error: Error) => this.#trouble(error),
      );
    }
  }

  /** The next poll, or the moment when a heartbeat is missing. */
  #arm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#stopped) return;
    const { clock } = this.terminus.client;
    if (this.mode === 'poll') {
      this.#timer = clock.schedule(this.options.pollIntervalMs ?? 1000, () => {
        void this.poll().then(() => this.#arm());
      });
    } else if (this.mode === 'keepAlive') {
      const period = 1000 * (this.options.heartbeatSeconds ?? 30);
      this.#timer = clock.schedule(HEARTBEAT_PERIODS * period, () => {
        this.#isLost = true;
        this.events.emit('lost', { terminus: this.terminus });
        void this.#repair();
      });
    }
  }

  async #repair(): Promise<void> {
    if (this.#repairing || this.#stopped) return;
    this.#repairing = true;
    try {
      await this.setUp();
      this.#isLost = false;
      this.events.emit('restored', { terminus: this.terminus });
    } catch (error) {
      this.#trouble(error as Error);
      if (this.#stopped) return;
      this.#timer = this.terminus.client.clock.schedule(RESTORE_INTERVAL_MS, () => void this.#repair());
    } finally {
      this.#repairing = false;
    }
  }

  /** Undefined where the terminus has no such command. */
  async #ask<T>(run: () => Promise<T>): Promise<T | undefined> {
    try {
      return await run();
    } catch (error) {
      if (error instanceof CompletionCodeError) return undefined;
      throw error;
    }
  }

  #trouble(error: Error): void {
    if (!this.#stopped) this.events.emit('trouble', { terminus: this.terminus, error });
  }

  #call(): CallOptions {
    const {
      mode: _m,
      heartbeatSeconds: _h,
      pollIntervalMs: _p,
      bufferSize: _b,
      eid: _e,
      repository: _r,
      ...call
    } = this.options;
    return call;
  }
}

const ENABLE: Readonly<Record<EventMode, number>> = {
  async: EVENT_GLOBAL_ENABLE.enableAsync,
  poll: EVENT_GLOBAL_ENABLE.enablePolling,
  keepAlive: EVENT_GLOBAL_ENABLE.enableAsyncKeepAlive,
};

/** The best of what the bits say; async when the terminus has no EventMessageSupported. */
function modeOf(supported: number | undefined): EventMode | undefined {
  if (supported === undefined) return 'async';
  if (supported & 0x08) return 'keepAlive';
  if (supported & 0x02) return 'async';
  return supported & 0x04 ? 'poll' : undefined;
}
