/** What a terminus says of itself besides its sensors: FRU data and firmware. Each may be missing. */

import { CodecError } from '../../stack/codec/index.js';
import { CompletionCodeError, MctpError } from '../../stack/errors.js';
import type { CallOptions } from '../../stack/protocol/index.js';
import type { FirmwareVersion } from '../../stack/watch/index.js';
import { GetFirmwareParameters } from '../firmware/inventory-commands.js';
import { GetFRURecordTableMetadata } from '../fru/fru-commands.js';
import type { FruData } from '../fru/fru-requester.js';
import type { Terminus } from '../terminus/terminus.js';
import type { FruSetSnapshot } from './terminus-snapshot.js';

/** Of a device which lists more, the rest is left out. */
const MOST_FRU_SETS = 256;
const MOST_FRU_FIELDS = 256;
const MOST_COMPONENTS = 256;
const LONGEST_TEXT = 256;

/**
 * Undefined: the terminus does not have it, or does not give it; `note` says why.
 * @throws MctpError: it does not answer, or the call was cancelled
 */
export async function tolerated<T>(
  what: string,
  note: (text: string) => void,
  run: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    const isAnswer =
      error instanceof CompletionCodeError ||
      error instanceof CodecError ||
      MctpError.is(error, 'EBADMSG') ||
      MctpError.is(error, 'EPROTO') ||
      MctpError.is(error, 'EAGAIN');
    if (!isAnswer) throw error;
    note(`${what}: ${(error as Error).message}`);
    return undefined;
  }
}

/** Reads the table only when its checksum is another one. @throws as `FruData.download` */
export async function readFru(fru: FruData, call: CallOptions): Promise<FruSetSnapshot[]> {
  if (!fru.terminus.supports(GetFRURecordTableMetadata)) return [];
  await fru.download(call);
  return fru.recordSets.slice(0, MOST_FRU_SETS).map((recordSet) => ({
    recordSet,
    fields: fru
      .values(recordSet)
      .slice(0, MOST_FRU_FIELDS)
      .map(({ name, text }) => ({ name, value: text.slice(0, LONGEST_TEXT) })),
  }));
}

/** The whole image set first, then its components. @throws CompletionCodeError, CodecError, MctpError */
export async function readFirmware(terminus: Terminus, call: CallOptions): Promise<FirmwareVersion[]> {
  if (!terminus.supports(GetFirmwareParameters)) return [];
  const parameters = await terminus.call(GetFirmwareParameters, {}, call);
  const image = {
    component: 'image set',
    version: parameters.activeCompImageSetVersionString,
    pending: parameters.pendingCompImageSetVersionString || null,
  };
  const components = parameters.componentParameterTable.slice(0, MOST_COMPONENTS).map((component) => ({
    component: `component ${component.compIdentifier}`,
    version: component.activeCompVersionString,
    pending: component.pendingCompVersionString || null,
  }));
  return [image, ...components].filter(({ version }) => version !== '');
}
