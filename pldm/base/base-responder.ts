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
  TYPE_AND_VERSION_CODES,
  VERSION_CODES,
} from './base-commands.js';
import { COMPLETION } from './pldm-completion-codes.js';
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
    handlers.on(GetPLDMVersion, ({ pldmType, transferOperationFlag: operation }) => {
      if (!handlers.hasType(pldmType)) return fail(VERSION_CODES.INVALID_PLDM_TYPE_IN_REQUEST_DATA);
      // One part holds them all: there is no next one, and the handle does not matter.
      if (operation !== getFirstPart) return fail(VERSION_CODES.INVALID_TRANSFER_OPERATION_FLAG);
      const versions = handlers.versions(pldmType);
      return { nextDataTransferHandle: 0, transferFlag: transferFlag.names.startAndEnd, versions };
    });
    handlers.on(GetPLDMCommands, ({ pldmType, version }) => {
      const code = this.#typeFault(pldmType, version);
      return code === undefined ? { pldmCommands: bitfieldHex(handlers.commands(pldmType), 32) } : fail(code);
    });
    handlers.on(SelectPLDMVersion, ({ pldmType, version }) => {
      const code =
        pldmType === PLDM_TYPE.base
          ? TYPE_AND_VERSION_CODES.INVALID_PLDM_TYPE_IN_REQUEST_DATA
          : this.#typeFault(pldmType, version);
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
      if (requesterPartSize < MIN_PART_SIZE) return fail(COMPLETION.ERROR_INVALID_DATA);
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
    if (!handlers.hasType(pldmType)) return TYPE_AND_VERSION_CODES.INVALID_PLDM_TYPE_IN_REQUEST_DATA;
    return handlers.versions(pldmType).includes(version)
      ? undefined
      : TYPE_AND_VERSION_CODES.INVALID_PLDM_VERSION_IN_REQUEST_DATA;
  }
}
