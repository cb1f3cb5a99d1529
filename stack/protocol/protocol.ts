/** What a request/response protocol above MCTP is: declared once, and used by requester, responder and decoders. */

import type { AnyCommand, CompletionCodes, Writer } from '../codec/index.js';
import type { MctpMessage } from '../transport.js';
import { hexNumber } from '../util/text.js';

export type MessageKind = 'request' | 'response' | 'datagram';

/** What the header of each message says; a protocol may have more. */
export interface MessageHeader {
  /** Datagrams are requests which nobody answers. */
  readonly kind: MessageKind;
  /** 0 where the protocol has none. */
  readonly instanceId: number;
  /** The command's code. */
  readonly command: number;
}

export interface ProtocolTiming {
  /** For an answer, per try; ms. */
  readonly timeoutMs: number;
  /** Tries after the first, with the same instance id and bytes. */
  readonly retries: number;
  /** An instance id whose request was not answered stays out of use for so long; a responder knows retries as long. ms. */
  readonly instanceIdExpiryMs: number;
  /** For everything together once it is our turn, or what the tries take when that is more; ms. Default: no limit. */
  readonly totalMs?: number;
}

/** When a responder is not ready, it is asked again with a new instance id. */
export interface NotReadyPolicy {
  readonly completionCode: number;
  readonly delayMs: number;
  /** Most repetitions; default: as many as the total time allows. */
  readonly repeats?: number;
}

/** Completion codes a responder gives by itself. */
export interface ResponderCodes {
  /** A handler failed. */
  readonly error: number;
  readonly invalidData: number;
  readonly invalidLength: number;
  readonly notReady: number;
}

/** A check which ends every message. */
interface MessageIntegrity {
  /** Bytes. */
  readonly size: number;
  intact(payload: Uint8Array): boolean;
  /** Fill in the last `size` bytes of a payload which is complete otherwise. */
  write(payload: Uint8Array): void;
}

/** A responder which needs more time says so, and answers later on the same tag. */
interface MoreProcessing {
  /** The sum of all waits for one request; ms. */
  readonly totalMs: number;
  /** The time it asks for, 0 when it does not say; undefined for answers. */
  waitMs(payload: Uint8Array): number | undefined;
}

/** `C`: what its commands are declared by. `H`: what its header says. */
export interface Protocol<C extends AnyCommand = AnyCommand, H extends MessageHeader = MessageHeader> {
  /** For people and programs: "control". */
  readonly name: string;
  /** The MCTP message type (DSP0239). */
  readonly messageType: number;
  /** Bytes in front of the fields, the message type byte not counted. */
  readonly headerSize: number;
  /** How many instance ids there are, a power of two, in the low bits of a byte of the header; 1: the protocol has none. */
  readonly instanceIds: number;
  /** Which byte that is; default the first, 0. */
  readonly instanceIdAt?: number;
  /** Longest message, the type byte not counted. */
  readonly maximumPayload: number;
  /** Byte 0 in messages about errors is the MCTP message type's: 1, or the header's own first: 0. */
  readonly errorOffset: number;
  readonly timing: ProtocolTiming;
  readonly notReady: NotReadyPolicy;
  readonly responderCodes: ResponderCodes;
  /** Names of the completion codes of every command. */
  readonly completionCodes: CompletionCodes;
  /** For completion codes nothing names: "code 0x99". */
  unnamedCode(code: number): string;
  /** A completion code with its name, as the decoder's text shows it: "0 (SUCCESS)". */
  codeText(code: number, name: string): string;
  /** Undefined for what has no header of this protocol: short, another version, a combination to discard. */
  readHeader(payload: Uint8Array): H | undefined;
  /** Why there is none, for people. Called only after `readHeader` gave none. @throws CodecError */
  explainHeader(payload: Uint8Array): never;
  /** Write the header of a message about a command; a header stands for commands which have no declaration. */
  writeHeader(writer: Writer, about: C | H, kind: MessageKind, instanceId: number): void;
  /** One number per command. */
  key(about: C | H): number;
  /** May a message with this header be listened to, as it came? Default: requests and datagrams with TO = 1. */
  admits?(header: H, message: Pick<MctpMessage, 'destination' | 'tagOwner' | 'integrityCheck'>): boolean;
  /** Messages have the IC bit, and end in this. Default: neither. */
  readonly integrity?: MessageIntegrity;
  /** Is a response with this header one to the command with this key? Default: when their keys are equal. */
  answers?(header: H, key: number): boolean;
  readonly moreProcessing?: MoreProcessing;
  /** Zero bytes behind the completion code of an unsuccessful response; default 0. */
  readonly failureTail?: number;
}

/** All declared commands of a protocol, by key and by name. */
export class CommandTable<C extends AnyCommand, H extends MessageHeader> {
  readonly all: readonly C[];
  readonly #byKey: ReadonlyMap<number, C>;
  readonly #byName: ReadonlyMap<string, C>;

  constructor(
    readonly protocol: Protocol<C, H>,
    commands: Iterable<C>,
    /** Names of commands which have no declaration. */
    private readonly undeclared: (header: H) => string | undefined = () => undefined,
  ) {
    this.all = [...commands].sort((a, b) => protocol.key(a) - protocol.key(b));
    this.#byKey = new Map(this.all.map((command) => [protocol.key(command), command]));
    this.#byName = new Map(this.all.map((command) => [command.name.toLowerCase(), command]));
  }

  find(header: H): C | undefined {
    return this.#byKey.get(this.protocol.key(header));
  }

  byKey(key: number): C | undefined {
    return this.#byKey.get(key);
  }

  /** In any case: "getendpointid". */
  named(name: string): C | undefined {
    return this.#byName.get(name.toLowerCase());
  }

  /** "GetEndpointID", also where there is no declaration; "command 0x42" for what nothing names. */
  nameOf(header: H): string {
    return this.find(header)?.name ?? this.undeclared(header) ?? `command ${hexNumber(header.command)}`;
  }
}

/** Is this the answer to a request with that instance id and command? A header alone is not one. */
export function isAnswer<C extends AnyCommand, H extends MessageHeader>(
  protocol: Protocol<C, H>,
  message: MctpMessage,
  instanceId: number,
  key: number,
): boolean {
  const { payload } = message;
  if (payload.length <= protocol.headerSize || protocol.integrity?.intact(payload) === false) return false;
  const header = protocol.readHeader(payload);
  if (header === undefined || protocol.admits?.(header, message) === false) return false;
  if (header.kind !== 'response' || header.instanceId !== instanceId) return false;
  return protocol.answers?.(header, key) ?? protocol.key(header) === key;
}
