/** MultipartReceive and MultipartSend of type 0, which move data of other types (DSP0240 1.1 §9.6, §9.7). */

import { bytes, derived, enumOf, le, struct, u8, when } from '../../stack/codec/index.js';
import { commandsOf } from './pldm-command.js';
import { PLDM_TYPE } from './pldm-types.js';
import { crc32Of, selector } from './shared-fields.js';

/** Of the commands for transfers in parts. */
export const MULTIPART_CODES = { NEGOTIATION_INCOMPLETE: 0x83 } as const;

const declare = commandsOf(PLDM_TYPE.base, 'DSP0240 §9', MULTIPART_CODES);

export const TRANSFER_OPERATION = { firstPart: 0, nextPart: 1, abort: 2, complete: 3, currentPart: 4 } as const;
/** `acknowledgeCompletion` answers `complete` and `abort`. */
export const MULTIPART_FLAG = { start: 1, middle: 2, end: 4, startAndEnd: 5, acknowledgeCompletion: 8 } as const;

const transferOperation = selector(enumOf(u8, TRANSFER_OPERATION));
const transferFlag = enumOf(u8, MULTIPART_FLAG);
const DATA_FLAGS = (flag: number) => flag !== MULTIPART_FLAG.acknowledgeCompletion;

/** transferContext means what the type says: for type 7 the file descriptor. Offsets and lengths in bytes. */
export const MultipartReceive = declare({
  name: 'MultipartReceive',
  code: 0x09,
  request: {
    pldmType: u8,
    transferOperation,
    transferContext: le.u32,
    dataTransferHandle: le.u32,
    requestedSectionOffset: le.u32,
    requestedSectionLengthBytes: le.u32,
  },
  response: {
    transferFlag,
    nextDataTransferHandle: le.u32,
    dataLengthBytes: derived(le.u32),
    data: bytes('dataLengthBytes'),
    dataIntegrityChecksum: when('transferFlag', DATA_FLAGS, crc32Of('data')).note(
      'CRC-32 of the section up to the end of this part',
    ),
  },
});

export const MultipartSend = declare({
  name: 'MultipartSend',
  code: 0x08,
  request: struct(
    'MultipartSend',
    {
      pldmType: u8,
      transferFlag,
      transferContext: le.u32,
      dataTransferHandle: le.u32,
      nextDataTransferHandle: le.u32,
      sectionOffset: le.u32,
      sectionLengthBytes: le.u32,
      dataLengthBytes: derived(le.u32),
      data: bytes('dataLengthBytes'),
      dataIntegrityChecksum: when('dataLengthBytes', (length) => length > 0, crc32Of('data')),
    },
    {
      rules: [
        ({ transferFlag: flag, sectionOffset, sectionLengthBytes }) =>
          flag === MULTIPART_FLAG.start ||
          flag === MULTIPART_FLAG.startAndEnd ||
          (sectionOffset === 0 && sectionLengthBytes === 0)
            ? undefined
            : 'sectionOffset and sectionLengthBytes must be 0 in a part that is not the first',
      ],
    },
  ),
  response: { nextTransferOperation: transferOperation },
});
