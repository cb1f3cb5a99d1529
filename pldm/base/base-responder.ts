/** The commands of type 0, answered from what a responder has handlers for (DSP0240 §9). */

import { fail } from '../../stack/protocol/index.js';
import {
  GetMultipartTransferSupport,
  GetPLDMCommands,
  GetPLDMTypes,
  GetPLDMVersion,
  GetTID,
  NegotiateTransferParameters,
  SelectPLDMVersion,
  SetTID,
} from './base-commands.js';
import type { PldmResponder } from './pldm-responder.js';
import { PLDM_TYPE } from './pldm-types.js';
import { bitfieldHex, bitfieldNumbers, transferFlag, transferOperationFlag } from './shared-fields.js';

export interface BaseOptions {
  /** 0: not assigned. Default 0. */
  readonly tid?: number;
  readonly onTid?: (tid: number) => void;
  /** False: SetTID is not supported. Default true. */
  readonly acceptTid?: boolean;
  /** Types moved by multipart, and our part size in bytes; undefined: no multipart. */
  readonly multipart?: { readonly types: readonly number[]; readonly partSize: number };
}

/** DSP0240 1.1, as it has the multipart commands, and 1.2, as it has the question which commands move so. */
const BASE_VERSIONS = ['00f0f1f1', '00f0f2f1'];
const MIN_PART_SIZE = 256;
const MAX_PEERS = 64;
const { getFirstPart } = transferOperationFlag.names;
const CODES = { handle: 0x80, operation: 0x81, type: 0x83, version: 0x84 } as const;

export class BaseResponder {
  tid: number;
  /** Negotiated part size by requester. */
  readonly #partSizes = new Map<string, number>();
  readonly #multipartTypes = new Set<number>();
  #negotiates = false;

  constructor(
    readonly responder: PldmResponder,
    options: BaseOptions = {},
  ) {
    this.tid = options.tid ?? 0;
    const { handlers } = responder;
    handlers.setVersions(PLDM_TYPE.base, BASE_VERSIONS);
    handlers.on(GetTID, () => ({ tid: this.tid }));
    if (options.acceptTid !== false) {
      handlers.on(SetTID, ({ tid }) => {
        this.tid = tid;
        options.onTid?.(tid);
        return {};
      });
    }
    handlers.on(GetPLDMTypes, () => ({ pldmTypes: bitfieldHex(handlers.types, 8) }));
    handlers.on(GetPLDMVersion, ({ pldmType, dataTransferHandle, transferOperationFlag: operation }) => {
      if (!handlers.hasType(pldmType)) return fail(CODES.type);
      // One part holds them all: there is no next one.
      if (operation !== getFirstPart) return fail(CODES.operation);
      if (dataTransferHandle !== 0) return fail(CODES.handle);
      const versions = handlers.versions(pldmType);
      return { nextDataTransferHandle: 0, transferFlag: transferFlag.names.startAndEnd, versions };
    });
    handlers.on(GetPLDMCommands, ({ pldmType, version }) => {
      const code = this.#typeFault(pldmType, version);
      return code === undefined ? { pldmCommands: bitfieldHex(handlers.commands(pldmType), 32) } : fail(code);
    });
    handlers.on(SelectPLDMVersion, ({ pldmType, version }) => {
      const code = pldmType === PLDM_TYPE.base ? CODES.type : this.#typeFault(pldmType, version);
      return code === undefined ? {} : fail(code);
    });
    if (options.multipart !== undefined) this.serveMultipart(options.multipart);
  }

  /** Negotiate parts for these types too. The part size of the first call holds. */
  serveMultipart({ types, partSize }: NonNullable<BaseOptions['multipart']>): void {
    for (const type of types) this.#multipartTypes.add(type);
    if (this.#negotiates) return;
    this.#negotiates = true;
    const { handlers } = this.responder;
    handlers.on(NegotiateTransferParameters, ({ requesterPartSize, requesterProtocolSupport }, { peerKey }) => {
      if (requesterPartSize < MIN_PART_SIZE) return fail(0x02);
      const theirs = bitfieldNumbers(requesterProtocolSupport);
      this.#partSizes.delete(peerKey);
      if (this.#partSizes.size >= MAX_PEERS) this.#partSizes.delete(this.#partSizes.keys().next().value!);
      this.#partSizes.set(peerKey, Math.min(requesterPartSize, partSize));
      return {
        responderPartSize: partSize,
        responderProtocolSupport: bitfieldHex(
          [...this.#multipartTypes].filter((type) => theirs.includes(type)),
          8,
        ),
      };
    });
    handlers.on(GetMultipartTransferSupport, ({ pldmType, version }) => {
      const code = this.#typeFault(pldmType, version);
      if (code !== undefined) return fail(code);
      const codes = this.#multipartTypes.has(pldmType) ? handlers.announced(pldmType) : [];
      return { pldmCommands: bitfieldHex(codes, 32) };
    });
  }

  /** Bytes of a multipart part; undefined until this requester has negotiated. */
  partSize(peerKey: string): number | undefined {
    return this.#partSizes.get(peerKey);
  }

  #typeFault(pldmType: number, version: string): number | undefined {
    const { handlers } = this.responder;
    if (!handlers.hasType(pldmType)) return CODES.type;
    return handlers.versions(pldmType).includes(version) ? undefined : CODES.version;
  }
}
