/** What an update agent keeps of one device while it updates it, and how the device's own requests are answered. */

import { fail } from '../../../stack/protocol/index.js';
import type { PartRequest } from '../../base/serve-parts.js';
import { partOf } from '../../base/serve-parts.js';
import { FWUP_CODES } from '../firmware-enums.js';
import type { ComponentTransfer } from './component-transfer.js';

/** Data given out by parts, and how much of it has been asked for. */
export class PartSource {
  /** Bytes from its beginning on. */
  #asked = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(readonly data: Uint8Array) {}

  get isGiven(): boolean {
    return this.#asked === this.data.length;
  }

  /** Resolves when the next part is asked for which was not asked for before. */
  more(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  part(request: PartRequest, size: number) {
    const part = partOf(this.data, request, size);
    if (part === 'handle') return fail(FWUP_CODES.INVALID_TRANSFER_HANDLE);
    if (part === 'operation') return fail(FWUP_CODES.INVALID_TRANSFER_OPERATION_FLAG);
    const end = part.last ? this.data.length : part.nextHandle;
    if (end > this.#asked) {
      this.#asked = end;
      for (const resolve of this.#waiting.splice(0)) resolve();
    }
    return {
      nextDataTransferHandle: part.nextHandle,
      transferFlag: (part.first ? 1 : 0) + (part.last ? 4 : 0) || 2,
      portion: part.data,
    };
  }
}

export class AgentSession {
  transfer: ComponentTransfer | undefined;
  /** The last component ended well: its ApplyComplete may come again. */
  applied = false;
  /** From the first moment that the update is to end early. */
  cancelling = false;
  packageData: PartSource | undefined;
  metaData: PartSource | undefined;
  opaqueData: PartSource | undefined;

  #held: Promise<void> | undefined;
  #letGo: (() => void) | undefined;

  constructor(public maximumTransferSize: number) {}

  /** Answers wait until it is known what the device is in the middle of; undefined: they need not. */
  get held(): Promise<void> | undefined {
    return this.#held;
  }

  hold(): void {
    this.#held ??= new Promise((resolve) => {
      this.#letGo = resolve;
    });
  }

  release(): void {
    this.#held = undefined;
    this.#letGo?.();
  }

  requestData(offset: number, length: number) {
    if (this.cancelling) return fail(FWUP_CODES.CANCEL_PENDING);
    return this.transfer?.request(offset, length) ?? fail(FWUP_CODES.COMMAND_NOT_EXPECTED);
  }

  transferComplete(result: number) {
    return this.transfer?.transferComplete(result) ?? fail(FWUP_CODES.COMMAND_NOT_EXPECTED);
  }

  verifyComplete(result: number) {
    return this.transfer?.verifyComplete(result) ?? fail(FWUP_CODES.COMMAND_NOT_EXPECTED);
  }

  applyComplete(result: number, methods: number) {
    if (this.transfer !== undefined) return this.transfer.applyComplete(result, methods);
    return this.applied && result <= 1 ? {} : fail(FWUP_CODES.COMMAND_NOT_EXPECTED);
  }
}
