/** The packets which passed of late, decoded as the command decodes them, while somebody looks. */

import type { Recorded } from '../../bindings/capture/recorder.js';
import { messageTypeName } from '../../stack/ids.js';
import { readHeader } from '../../stack/packet.js';
import { Follower, type Seen } from '../capture/monitor.js';
import type { PacketSource } from '../capture/packet-source.js';
import { printable } from '../command-error.js';
import { payloadLength } from '../decode/conversation.js';
import { hasFailed } from '../decode/filter.js';
import { typeTitle } from '../format/message-title.js';
import { LiveRing } from './live-ring.js';
import type { WebPacket, WebPacketDetail } from './web-documents.js';

/** Packets which are kept, decoded. */
const KEPT = 8000;
/** Bytes of packets which wait to be decoded; beyond it they are counted only. */
const MOST_WAITING_BYTES = 2 * 1024 * 1024;
/** Decoded at a time: the rest waits for the next time. */
const AT_ONCE = 500;
/** Packets which somebody sees who asks for them now. */
const BEFORE = 300;
const MOST_TEXT = 160;
const MOST_LINES = 2000;

interface Kept {
  readonly seen: Seen;
  readonly row: WebPacket;
}

export class PacketWatch {
  readonly kept = new LiveRing<Kept>(KEPT);
  /** Packets which passed, and were never decoded. */
  lost = 0;
  #follower = new Follower();
  #waiting: Recorded[] = [];
  #waitingBytes = 0;
  #stop: (() => void) | undefined;
  #starting = false;

  constructor(private readonly source: Pick<PacketSource, 'record'>) {}

  /** From now on; may be called again. */
  async start(): Promise<void> {
    if (this.#starting || this.#stop !== undefined) return;
    this.#starting = true;
    const stop = await this.source.record((recorded) => this.#hear(recorded), { verbose: true });
    if (this.#starting) this.#stop = stop;
    else stop();
    this.#starting = false;
  }

  /** Nobody looks: packets cost nothing. What was kept stays. */
  stop(): void {
    this.#starting = false;
    this.#stop?.();
    this.#stop = undefined;
    this.#waiting = [];
    this.#waitingBytes = 0;
    // Messages which were begun will never end for us.
    this.#follower = new Follower();
  }

  /** Nobody wants to see packets now: of those which come only the last are kept, as they are. */
  rest(): void {
    if (this.#waiting.length <= BEFORE) return;
    this.#waiting = this.#waiting.slice(-BEFORE);
    this.#waitingBytes = this.#waiting.reduce((sum, { bytes }) => sum + bytes.length, 0);
    this.#follower = new Follower();
  }

  /** Decode what came. */
  work(): void {
    const batch = this.#waiting.length <= AT_ONCE ? this.#waiting : this.#waiting.slice(0, AT_ONCE);
    this.#waiting = this.#waiting.length <= AT_ONCE ? [] : this.#waiting.slice(AT_ONCE);
    for (const recorded of batch) {
      this.#waitingBytes -= recorded.bytes.length;
      const seen = this.#follower.hear(recorded);
      this.kept.push({ seen, row: rowOf(seen, this.kept.next) });
    }
  }

  /** Undefined: it is too long ago. */
  detail(number: number): WebPacketDetail | undefined {
    const kept = this.kept.at(number);
    return kept && detailOf(kept);
  }

  #hear(recorded: Recorded): void {
    if (this.#waitingBytes + recorded.bytes.length > MOST_WAITING_BYTES) {
      this.lost++;
      return;
    }
    this.#waiting.push(recorded);
    this.#waitingBytes += recorded.bytes.length;
  }
}

function rowOf({ recorded, captured, dropped, lost, message }: Seen, n: number): WebPacket {
  const { bytes, isPacket, fault, link, direction, physicalAddress } = recorded;
  const wrong = printable(dropped ?? lost ?? fault ?? '');
  const common = { n, time: captured.timeUs! / 1000, link, dir: direction, fault: wrong };
  if (!isPacket) {
    const nothing = { src: '', dst: '', flags: '', seq: null, tag: null, type: '', bytes: bytes.length, text: '' };
    return { ...common, ...nothing, failed: false };
  }
  const { src, dest, som, eom, seq, to, tag } = readHeader(bytes);
  const place = physicalAddress === '' ? '0' : `0x${physicalAddress}`;
  return {
    ...common,
    src: src === 0 && direction === 'rx' ? place : String(src),
    dst: dest === 0 && direction === 'tx' ? place : String(dest),
    flags: `${som ? 'S' : '-'}${eom ? 'E' : '-'}${to ? 'T' : '-'}`,
    ...{ seq, tag },
    type: som ? messageTypeName(bytes[4]! & 0x7f) : '',
    bytes: payloadLength(bytes),
    text: message === undefined ? '' : shortText(message),
    failed: message !== undefined && hasFailed(message),
  };
}

type Message = NonNullable<Seen['message']>;

/** `GetTID response #3: tid: 9` */
function shortText(message: Message): string {
  const { decoded, error } = message;
  if (decoded === undefined) return printable(error ?? '').slice(0, MOST_TEXT);
  const lines = decoded.text.map((line) => line.trim()).filter((line) => !/^completionCode: (SUCCESS|0 )/.test(line));
  const fields = lines.join(', ');
  const text = `${titleOf(message)}${fields === '' ? '' : `  ${fields}`}`;
  return printable(text.length <= MOST_TEXT ? text : `${text.slice(0, MOST_TEXT - 3)}...`);
}

function titleOf({ decoded, type, bytes }: Message): string {
  if (decoded === undefined) return typeTitle(type, bytes);
  const { command, kind, instanceId } = decoded;
  return `${typeof command === 'number' ? `command 0x${command.toString(16)}` : command} ${kind} #${instanceId}`;
}

function detailOf({ seen: { recorded, message }, row }: Kept): WebPacketDetail {
  const hex = Buffer.from(recorded.bytes).toString('hex');
  if (message === undefined) return { ...row, hex, message: null };
  const { decoded, error, request, timeUs, type, bytes, packets } = message;
  const fields = (decoded?.text ?? []).slice(0, MOST_LINES).map(printable);
  return {
    ...row,
    hex,
    message: {
      title: printable(`${typeTitle(type, bytes, decoded)} ${decoded === undefined ? '' : titleOf(message)}`.trim()),
      packets,
      hex: Buffer.from(bytes).toString('hex'),
      lines: error === undefined ? fields : [...fields, printable(error)],
      afterRequestMs: request?.timeUs === undefined || timeUs === undefined ? null : (timeUs - request.timeUs) / 1000,
      request: request === undefined ? null : Buffer.from(request.bytes).toString('hex'),
    },
  };
}
