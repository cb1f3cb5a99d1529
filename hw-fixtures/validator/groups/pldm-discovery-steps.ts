/** What the checks of the commands of type 0 have in common (DSP0240 §9). */

import { NegotiateTransferParameters } from '../../../pldm/base/base-commands.js';
import { crc32 } from '../../../pldm/base/crc.js';
import { PLDM_TYPE } from '../../../pldm/base/pldm-types.js';
import { hexNumber } from '../../../stack/util/text.js';
import type { BenchDevice, CheckDeclaration } from '../declaration.js';
import { answersWithSuccess } from './answers-with-success.js';
import { DATA_AT, le16, le32, type PldmCommandId, pldmData } from './pldm-steps.js';

/** A device which moves data in parts. */
export const MULTIPART: BenchDevice = { toml: 'files = true' };
export const UNKNOWN_TYPE = 0x2f;
export const UNKNOWN_VERSION = [0x00, 0xf9, 0xf9, 0x99];
export const OTHER_TID = 0x6b;
export const VERSIONS_AT = 5;
export const CRC_BYTES = 4;
/** Commands which change nothing when their body is empty: it is refused, or they only read. */
export const HARMLESS: Readonly<Record<number, readonly number[]>> = {
  [PLDM_TYPE.base]: [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09],
  [PLDM_TYPE.platform]: [0x03, 0x05, 0x0c, 0x11, 0x12, 0x15, 0x21, 0x32, 0x3a, 0x50, 0x51, 0x52, 0x53],
  [PLDM_TYPE.bios]: [0x01, 0x08, 0x09, 0x0c],
  [PLDM_TYPE.fru]: [0x01, 0x02, 0x04],
  [PLDM_TYPE.firmwareUpdate]: [0x01, 0x02, 0x03, 0x1b],
  [PLDM_TYPE.fileTransfer]: [0x01, 0x02, 0x03, 0x10, 0x11],
};

export const answersWell = (
  id: string,
  command: PldmCommandId & { readonly name: string },
  body: readonly number[] = [],
): CheckDeclaration =>
  answersWithSuccess({
    id,
    command,
    body,
    clause: `DSP0240 §9, ${command.name}`,
    why: 'every terminus has the command, and discovery begins with it',
    failure: 'a mandatory command is not answered, or refused',
  });

export function negotiated(probe: Parameters<CheckDeclaration['run']>[0]): Promise<Uint8Array> {
  return pldmData(probe, NegotiateTransferParameters, [...le16(1024), 0xff, 0, 0, 0, 0, 0, 0, 0]);
}

export function isWhole(data: Uint8Array): boolean {
  return data[4] === 5 && data.length >= VERSIONS_AT + CRC_BYTES && (data.length - VERSIONS_AT) % 4 === 0;
}

/** The minor byte of the last version is another one; the checksum fits. */
export function withVersionByte(payload: Uint8Array, minor: number): Uint8Array {
  const end = payload.length - CRC_BYTES;
  payload[end - 2] = minor;
  payload.set(le32(crc32(payload, DATA_AT + VERSIONS_AT, end)), end);
  return payload;
}

export function hex32(value: number): string {
  return hexNumber(value, 8);
}
