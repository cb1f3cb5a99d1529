/** The receiver of DSP0253: a stream of bytes in chunks of any size comes in, packets go out. */

import { MctpError } from '../../stack/errors.js';
import {
  ESCAPE_BIT,
  ESCAPED_ESCAPE,
  ESCAPED_FLAG,
  FLAG,
  fcs,
  fcsAndSpecials,
  type PacketProgress,
  unescapeWithFcs,
  Viewed,
} from './fcs.js';
import { FcsDiagnosis, fcsVariant } from './fcs-diagnosis.js';
import { HEADER_FCS, MAX_PACKET, MIN_PACKET, REVISION } from './serial-framing.js';

/** What comes next. The first three are between frames. */
enum State {
  WaitFlag,
  /** Right behind a good frame: its closing flag may be the opening flag of the next. */
  AfterFrame,
  Revision,
  Count,
  /** The count of a frame whose opening flag was shared. */
  SharedCount,
  Data,
  Escape,
  Fcs1,
  Fcs2,
  End,
}

export interface SerialFrameSink {
  /** A packet with the right FCS in buffer[start, end); the range is only valid during the call. */
  packet(buffer: Uint8Array, start: number, end: number): void;
  /** Bytes were dropped; the word says why. The range, when there is one, is what is left of them. */
  fault(what: string, buffer?: Uint8Array, start?: number, end?: number): void;
}

/** What a decoder counts; live. */
export interface SerialDecoderCounters {
  rxPackets: number;
  /** Packet bytes, without framing. */
  rxBytes: number;
  /** Bytes outside frames. */
  rxNoiseBytes: number;
  rxBadRevision: number;
  rxBadCount: number;
  /** A flag in the middle of a frame. */
  rxCutFrames: number;
  rxBadEscape: number;
  rxMissingEndFlag: number;
  rxFcsErrors: number;
  /** FCS errors of a kind we know (see fcs-diagnosis.ts); with `fcs: 'any'` these frames are received. */
  rxFcsVariants: number;
  /** Frames given up because the line fell silent inside them. */
  rxIdleResets: number;
}

export function serialDecoderCounters(): SerialDecoderCounters {
  return {
    rxPackets: 0,
    rxBytes: 0,
    rxNoiseBytes: 0,
    rxBadRevision: 0,
    rxBadCount: 0,
    rxCutFrames: 0,
    rxBadEscape: 0,
    rxMissingEndFlag: 0,
    rxFcsErrors: 0,
    rxFcsVariants: 0,
    rxIdleResets: 0,
  };
}

export interface SerialDecoderOptions {
  /** Longest packet to accept, header included: 5..255, default 255. */
  readonly maxPacket?: number;
  /** `any`: also take frames whose FCS is wrong in a way that some peer always gets it wrong. Default `require`. */
  readonly fcs?: 'require' | 'any';
  readonly counters?: SerialDecoderCounters;
}

export class SerialDecoder {
  readonly counters: SerialDecoderCounters;
  readonly #sink: SerialFrameSink;
  readonly #maxPacket: number;
  readonly #anyFcs: boolean;
  readonly #diagnosis = new FcsDiagnosis();
  /** Revision, count and unescaped packet of a frame that did not lie in one chunk as it is. */
  readonly #frame = new Uint8Array(2 + MAX_PACKET);
  readonly #viewedFrame = new Viewed(this.#frame);
  /** The last chunk that went that way: a port mostly hands over the same buffer again. */
  #viewedChunk = this.#viewedFrame;
  #state: State = State.WaitFlag;
  readonly #progress: PacketProgress = { filled: 0, register: 0 };
  #wanted = 0;
  /** As received. */
  #fcs = 0;

  /** @throws MctpError EINVAL */
  constructor(sink: SerialFrameSink, options: SerialDecoderOptions = {}) {
    const { maxPacket = MAX_PACKET } = options;
    if (!Number.isInteger(maxPacket) || maxPacket < MIN_PACKET || maxPacket > MAX_PACKET) {
      throw new MctpError('EINVAL', `${maxPacket} is not a packet size of a serial link: use ${MIN_PACKET} to 255`);
    }
    this.#sink = sink;
    this.#maxPacket = maxPacket;
    this.#anyFcs = options.fcs === 'any';
    this.counters = options.counters ?? serialDecoderCounters();
  }

  /** Why no frame is ever accepted, when that has one explanation. */
  get diagnosis(): string | undefined {
    return this.#diagnosis.text;
  }

  /** Forget a frame begun: the line was opened anew. */
  reset(): void {
    this.#state = State.WaitFlag;
  }

  /** The line has been silent: give up a frame begun, whose rest is lost. */
  idle(): void {
    if (!this.inFrame) return;
    this.counters.rxIdleResets++;
    this.#drop('idle gap in a frame');
  }

  /** A frame has begun and not ended. */
  get inFrame(): boolean {
    return this.#state > State.Revision;
  }

  /** The next bytes of the line, buffer[start, end). The sink is called from inside, and must not push in its turn. */
  push(buffer: Uint8Array, start: number, end: number): void {
    let at = start;
    while (at < end) {
      if (this.#state <= State.Revision) {
        const next = this.#frameFrom(buffer, at, end);
        if (next !== at) {
          at = next;
          continue;
        }
      }
      at = this.#advance(buffer, at, end);
    }
  }

  /** A frame whose head lies in the chunk; returns how far it came, or `at` when there is no such head. */
  #frameFrom(buffer: Uint8Array, at: number, end: number): number {
    if (end - at < 3 || buffer[at] !== FLAG || buffer[at + 1] !== REVISION) return at;
    const count = buffer[at + 2]!;
    if (count < MIN_PACKET || count > this.#maxPacket) return at;
    // The common case: all of it is there, and nothing is escaped.
    const tail = at + 3 + count;
    if (tail + 3 <= end && buffer[tail + 2] === FLAG) {
      const sum = fcsAndSpecials(buffer, at + 3, tail, HEADER_FCS[count]!);
      if (sum === ((buffer[tail]! << 8) | buffer[tail + 1]!)) {
        this.#deliver(buffer, at + 3, tail);
        return tail + 3;
      }
    }
    this.#startFrame(count);
    return this.#data(buffer, at + 3, end);
  }

  /** One step of the state machine; returns how far it came. Stays in place only to change the state. */
  #advance(buffer: Uint8Array, at: number, end: number): number {
    const byte = buffer[at]!;
    switch (this.#state) {
      case State.WaitFlag:
      case State.AfterFrame:
        return this.#betweenFrames(buffer, at, end);
      case State.Revision:
        if (byte === REVISION) this.#state = State.Count;
        else if (byte !== FLAG) {
          this.counters.rxBadRevision++;
          this.#drop('bad revision', buffer, at, at + 1);
        }
        return at + 1;
      case State.SharedCount:
        if (byte === FLAG) {
          // The 0x01 was noise: taking this flag for a count of 126 would cost the frame it opens.
          this.counters.rxNoiseBytes++;
          this.#state = State.Revision;
          return at + 1;
        }
        this.#countByte(buffer, at);
        return at + 1;
      case State.Count:
        this.#countByte(buffer, at);
        return at + 1;
      case State.Data:
        return this.#data(buffer, at, end);
      case State.Escape:
        if (byte === ESCAPED_FLAG || byte === ESCAPED_ESCAPE) {
          this.#escapedByte(byte ^ ESCAPE_BIT);
        } else {
          this.counters.rxBadEscape++;
          this.#drop('bad escape', this.#frame, 2, this.#progress.filled);
          if (byte === FLAG) this.#state = State.Revision;
        }
        return at + 1;
      case State.Fcs1:
        this.#fcs = byte << 8;
        this.#state = State.Fcs2;
        return at + 1;
      case State.Fcs2:
        this.#fcs |= byte;
        this.#state = State.End;
        return at + 1;
      case State.End:
        this.#endFrame(byte);
        return at + 1;
    }
  }

  #betweenFrames(buffer: Uint8Array, at: number, end: number): number {
    if (buffer[at] === FLAG) {
      this.#state = State.Revision;
      return at + 1;
    }
    if (this.#state === State.AfterFrame && buffer[at] === REVISION) {
      this.#state = State.SharedCount;
      return at + 1;
    }
    let flag = at + 1;
    while (flag < end && buffer[flag] !== FLAG) flag++;
    this.counters.rxNoiseBytes += flag - at;
    this.#drop('noise', buffer, at, flag);
    return flag;
  }

  #countByte(buffer: Uint8Array, at: number): void {
    const count = buffer[at]!;
    if (count >= MIN_PACKET && count <= this.#maxPacket) {
      this.#startFrame(count);
      return;
    }
    this.counters.rxBadCount++;
    this.#drop('bad count', buffer, at, at + 1);
    if (count === FLAG) this.#state = State.Revision;
  }

  #startFrame(count: number): void {
    this.#frame[0] = REVISION;
    this.#frame[1] = count;
    this.#progress.filled = 2;
    this.#progress.register = HEADER_FCS[count]!;
    this.#wanted = 2 + count;
    this.#state = State.Data;
  }

  #escapedByte(byte: number): void {
    const { filled, register } = this.#progress;
    this.#frame[filled] = byte;
    this.#progress.filled = filled + 1;
    this.#progress.register = fcs(this.#frame, filled, filled + 1, register);
    this.#state = filled + 1 === this.#wanted ? State.Fcs1 : State.Data;
  }

  /** As much of the packet as there is, and the end of the frame when it is there too. */
  #data(buffer: Uint8Array, start: number, end: number): number {
    const progress = this.#progress;
    if (this.#viewedChunk.bytes !== buffer) this.#viewedChunk = new Viewed(buffer);
    const at = unescapeWithFcs(this.#viewedChunk, start, end, this.#viewedFrame, this.#wanted, progress);
    if (progress.filled < this.#wanted) {
      if (at === end) return at;
      if (buffer[at] === FLAG) {
        this.counters.rxCutFrames++;
        this.#drop('cut frame', this.#frame, 2, progress.filled);
        return at; // the flag opens the next frame
      }
      this.#state = State.Escape;
      return at + 1;
    }
    if (end - at < 3) {
      this.#state = State.Fcs1;
      return at;
    }
    this.#fcs = (buffer[at]! << 8) | buffer[at + 1]!;
    this.#endFrame(buffer[at + 2]!);
    return at + 3;
  }

  #endFrame(byte: number): void {
    if (byte !== FLAG) {
      this.counters.rxMissingEndFlag++;
      this.#drop('missing end flag', this.#frame, 2, this.#wanted);
      return;
    }
    if (this.#fcs === this.#progress.register) {
      this.#deliver(this.#frame, 2, this.#wanted);
      return;
    }
    const variant = fcsVariant(this.#frame, this.#wanted, this.#fcs);
    const diagnosed = this.#diagnosis.failed(variant);
    this.counters.rxFcsErrors++;
    if (variant !== undefined) this.counters.rxFcsVariants++;
    if (diagnosed) this.#sink.fault(this.#diagnosis.text!);
    if (variant !== undefined && this.#anyFcs) {
      this.#hand(this.#frame, 2, this.#wanted);
      return;
    }
    this.#drop(variant === undefined ? 'bad FCS' : `bad FCS: ${variant}`, this.#frame, 2, this.#wanted);
  }

  #deliver(buffer: Uint8Array, start: number, end: number): void {
    this.#diagnosis.good();
    this.#hand(buffer, start, end);
  }

  #hand(buffer: Uint8Array, start: number, end: number): void {
    this.#state = State.AfterFrame;
    this.counters.rxPackets++;
    this.counters.rxBytes += end - start;
    this.#sink.packet(buffer, start, end);
  }

  #drop(why: string, buffer?: Uint8Array, start?: number, end?: number): void {
    this.#state = State.WaitFlag;
    this.#sink.fault(why, buffer, start, end);
  }
}
