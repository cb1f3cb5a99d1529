/** The packets which passed of late, decoded as the command decodes them, while somebody looks. */

import type { RecordedWish } from '../../bindings/capture/flight-recorder.js';
import type { Recorded } from '../../bindings/capture/recorder.js';
import { messageTypeName } from '../../stack/ids.js';
import { readHeader } from '../../stack/packet.js';
import { Follower, type Seen } from '../capture/monitor.js';
import type { PacketSource } from '../capture/packet-source.js';
import { printable } from '../command-error.js';
import { payloadLength } from '../decode/conversation.js';
import { type Filter, hasFailed } from '../decode/filter.js';
import { typeTitle } from '../format/message-title.js';
import { LiveRing } from './live-ring.js';
import type { WebPacket, WebPacketDetail } from './web-documents.js';

/** Packets which are kept, decoded. */
const KEPT = 5000;
/** Bytes of packets which wait to be decoded; beyond it they are counted only. */
const MOST_WAITING_BYTES = 2 * 1024 * 1024;
/** Decoded at a time: the rest waits for the next time. */
const AT_ONCE = 500;
/** Packets of a flight recorder which are decoded for a new page, and kept for the details of one. */
const RECALLED = 1000;
/** Packets which a page sees that asks for them now. */
const BEFORE = 300;
const MOST_TEXT = 160;
const MOST_LINES = 2000;

interface Kept {
  readonly row: WebPacket;
  readonly subject: Pick<Seen, 'captured' | 'dropped' | 'lost' | 'message'>;
  /** Of the message which the packet completes. */
  readonly about: KeptMessage | undefined;
}

interface KeptMessage {
  readonly title: string;
  readonly lines: string;
  readonly afterRequestMs: number | null;
  readonly request: Uint8Array | undefined;
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

  /** By negative numbers: what passed before somebody looked. */
  readonly #recalled = new LiveRing<Kept>(RECALLED);

  constructor(
    private readonly source: Pick<PacketSource, 'record'>,
    /** Of a flight recorder; undefined: there is none. */
    private readonly recorded: (wish: RecordedWish) => readonly Recorded[] | undefined = () => undefined,
  ) {}

  /**
   * The latest packets which match, from before now; what comes from now on is in `kept` from `next` on. Undefined: there is
   * no flight recorder, and `kept` has all that there is.
   */
  recall(filter: Filter, most: number): { readonly rows: readonly WebPacket[]; readonly next: number } | undefined {
    const recorded = this.recorded({ wants: (event) => filter.mayMatch(event), most: RECALLED });
    if (recorded === undefined) return undefined;
    while (this.#waiting.length > 0) this.work();
    const follower = new Follower();
    const found = recorded.slice(-RECALLED).flatMap((one) => {
      const seen = follower.hear(one);
      return filter.empty || filter.matches({ ...seen, link: one.link }) ? [seen] : [];
    });
    const rows = found.slice(-most).map((seen) => {
      const row = rowOf(seen, -1 - this.#recalled.next);
      this.#recalled.push({ row, subject: slim(seen), about: seen.message && messageOf(seen.message) });
      return row;
    });
    return { rows, next: this.kept.next };
  }

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
      const about = seen.message && messageOf(seen.message);
      this.kept.push({ row: rowOf(seen, this.kept.next), subject: slim(seen), about });
    }
  }

  /** Undefined: it is too long ago. */
  detail(number: number): WebPacketDetail | undefined {
    const kept = number < 0 ? this.#recalled.at(-1 - number) : this.kept.at(number);
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
    seq,
    tag,
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

/** What a filter asks about, and no more: fields take ten times the room of their packet. */
function slim({ captured, dropped, lost, message }: Seen): Kept['subject'] {
  if (message?.decoded === undefined) return { captured, dropped, lost, message };
  const { completionCode } = message.decoded.fields;
  const fields = completionCode === undefined ? {} : { completionCode };
  const { command, kind, instanceId } = message.decoded;
  const decoded = { command, kind, instanceId, fields, text: [] };
  return { captured, dropped, lost, message: { ...message, decoded, request: undefined } };
}

function messageOf(message: Message): KeptMessage {
  const { decoded, error, request, timeUs, type, bytes } = message;
  const fields = (decoded?.text ?? []).slice(0, MOST_LINES).map(printable);
  return {
    title: printable(`${typeTitle(type, bytes, decoded)} ${decoded === undefined ? '' : titleOf(message)}`.trim()),
    lines: (error === undefined ? fields : [...fields, printable(error)]).join('\n'),
    afterRequestMs: request?.timeUs === undefined || timeUs === undefined ? null : (timeUs - request.timeUs) / 1000,
    request: request?.bytes,
  };
}

function detailOf({ subject: { captured, message }, about, row }: Kept): WebPacketDetail {
  const hex = Buffer.from(captured.bytes).toString('hex');
  if (message === undefined || about === undefined) return { ...row, hex, message: null };
  const { title, lines, afterRequestMs, request } = about;
  return {
    ...row,
    hex,
    message: {
      title,
      afterRequestMs,
      packets: message.packets,
      hex: Buffer.from(message.bytes).toString('hex'),
      lines: lines === '' ? [] : lines.split('\n'),
      request: request === undefined ? null : Buffer.from(request).toString('hex'),
    },
  };
}
