/** Handlers of PLDM commands, with what the base commands say of them: types, versions, commands. */

import { Handlers, type RequestContext } from '../../stack/protocol/index.js';
import type { AnyPldmCommand } from './pldm-command.js';
import type { PldmMessageHeader } from './pldm-header.js';
import { PLDM } from './pldm-protocol.js';

export type PldmContext = RequestContext<PldmMessageHeader>;

/** Version of a type that nobody said more about: 1.0.0. */
export const DEFAULT_VERSION = '00f0f0f1';

export class PldmHandlers extends Handlers<AnyPldmCommand, PldmMessageHeader> {
  readonly #versions = new Map<number, readonly string[]>();
  readonly #announced = new Map<number, readonly number[]>();

  constructor() {
    super(PLDM);
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

  hasType(pldmType: number): boolean {
    return this.#registered().some((command) => command.pldmType === pldmType);
  }

  get types(): number[] {
    return [...new Set(this.#registered().map((command) => command.pldmType))].sort((a, b) => a - b);
  }

  /** Codes answered, of one type, and those announced. */
  commands(pldmType: number): number[] {
    const answered = this.#registered().filter((command) => command.pldmType === pldmType);
    return [...answered.map((command) => command.code), ...this.announced(pldmType)].sort((a, b) => a - b);
  }

  versions(pldmType: number): readonly string[] {
    return this.#versions.get(pldmType) ?? [DEFAULT_VERSION];
  }

  #registered(): AnyPldmCommand[] {
    return [...this.registered.values()].map(({ command }) => command);
  }
}
