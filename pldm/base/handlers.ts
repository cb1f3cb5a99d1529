/** Handlers of commands, by the same declarations that requesters use. */

import type { Failure, RequestFields, ResponseInput } from '../../stack/codec/index.js';
import type { MctpAddress } from '../../stack/transport.js';
import type { AnyPldmCommand } from './pldm-command.js';
import type { PldmHeader } from './pldm-header.js';

/** Who asked, and how. */
export interface RequestContext {
  readonly peer: MctpAddress;
  /** Where it came from: for requests of ours where no route is known. */
  readonly way?: Required<Pick<MctpAddress, 'link' | 'physicalAddress'>> | undefined;
  /** One string per requester. */
  readonly peerKey: string;
  readonly header: PldmHeader;
}

/** The fields of a success, or another completion code alone. */
export type HandlerResult<C extends AnyPldmCommand> = ResponseInput<C> | Failure;

export type Handler<C extends AnyPldmCommand> = (
  request: RequestFields<C>,
  context: RequestContext,
) => HandlerResult<C> | Promise<HandlerResult<C>>;

interface Registered {
  readonly command: AnyPldmCommand;
  readonly handler: Handler<AnyPldmCommand>;
}

/** `return fail(0x80)` */
export function fail(completionCode: number): Failure {
  return { completionCode };
}

/** Version of a type that nobody said more about: 1.0.0. */
export const DEFAULT_VERSION = '00f0f0f1';

export class HandlerRegistry {
  readonly #handlers = new Map<number, Map<number, Registered>>();
  readonly #versions = new Map<number, readonly string[]>();
  readonly #announced = new Map<number, readonly number[]>();

  /** Answer a command. A second handler takes the place of the first. */
  on<C extends AnyPldmCommand>(command: C, handler: Handler<C>): this {
    let ofType = this.#handlers.get(command.pldmType);
    if (ofType === undefined) this.#handlers.set(command.pldmType, (ofType = new Map()));
    ofType.set(command.code, { command, handler: handler as unknown as Handler<AnyPldmCommand> });
    return this;
  }

  /** Stop answering it. */
  off(command: AnyPldmCommand): void {
    const ofType = this.#handlers.get(command.pldmType);
    ofType?.delete(command.code);
    if (ofType?.size === 0) this.#handlers.delete(command.pldmType);
  }

  /** What GetPLDMVersion says of a type: hex of ver32, alpha first. */
  setVersions(pldmType: number, versions: readonly string[]): this {
    this.#versions.set(pldmType, versions);
    return this;
  }

  /** Codes that GetPLDMCommands lists though they are not messages: DfRead, for one, is MultipartReceive of type 0. */
  announce(pldmType: number, codes: readonly number[]): this {
    this.#announced.set(pldmType, codes);
    return this;
  }

  /** What `announce` was told of a type. */
  announced(pldmType: number): readonly number[] {
    return this.#announced.get(pldmType) ?? [];
  }

  find(pldmType: number, code: number): Registered | undefined {
    return this.#handlers.get(pldmType)?.get(code);
  }

  hasType(pldmType: number): boolean {
    return this.#handlers.has(pldmType);
  }

  get types(): number[] {
    return [...this.#handlers.keys()].sort((a, b) => a - b);
  }

  /** Codes answered, of one type, and those announced. */
  commands(pldmType: number): number[] {
    const answered = this.#handlers.get(pldmType)?.keys() ?? [];
    return [...answered, ...this.announced(pldmType)].sort((a, b) => a - b);
  }

  versions(pldmType: number): readonly string[] {
    return this.#versions.get(pldmType) ?? [DEFAULT_VERSION];
  }
}
