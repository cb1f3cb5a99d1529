/** BIOS tables served from a description: get, set, pending values, date and time (DSP0247). */

import { fail, type HandlerResult } from '../../stack/protocol/index.js';
import { COMPLETION } from '../base/pldm-completion-codes.js';
import type { PldmHandlers } from '../base/pldm-handlers.js';
import { Assembly, type PartRequest, partOf } from '../base/serve-parts.js';
import { partFields } from '../fru/fru-responder.js';
import type { BiosDescription } from '../terminus/terminus-description.js';
import {
  BIOS_CODES,
  GetBIOSAttributeCurrentValueByHandle,
  GetBIOSAttributePendingValueByHandle,
  GetBIOSTable,
  GetDateTime,
  SetBIOSAttributeCurrentValue,
  SetBIOSTable,
  SetDateTime,
} from './bios-commands.js';
import { encodeAttributeValue } from './bios-tables.js';
import { BiosTables, shownValue } from './served-bios-tables.js';
import type { AttributeValue } from './table-entries.js';

const MAX_VALUE_BYTES = 65_535 + 16;

export class BiosResponder {
  readonly #tables: BiosTables;

  constructor(
    handlers: PldmHandlers,
    readonly description: BiosDescription,
    readonly partSize: number,
  ) {
    this.#tables = new BiosTables(description);
    const tables = this.#tables;
    handlers.on(GetBIOSTable, (request) => {
      const table = tables.table(request.tableType);
      if (typeof table === 'number') return fail(table);
      const part = partOf(table, request, partSize);
      return typeof part === 'string' ? fail(partFault(part)) : { ...partFields(part), tableData: part.data };
    });
    handlers.on(GetBIOSAttributeCurrentValueByHandle, (request) => this.#value(tables.values, request));
    handlers.on(GetBIOSAttributePendingValueByHandle, (request) => this.#value(tables.pending, request));
    const assembly = new Assembly(MAX_VALUE_BYTES);
    handlers.on(SetBIOSAttributeCurrentValue, ({ dataTransferHandle, transferFlag, attributeData: data }, context) => {
      const result = assembly.add(context.peerKey, { dataTransferHandle, transferFlag, data });
      if (typeof result === 'number') return { nextDataTransferHandle: result };
      if (typeof result === 'string') return fail(assemblyFault(result));
      const value = tables.checkedValue(result);
      if (typeof value === 'number') return fail(value);
      if (this.#isStaged(value)) tables.pending.set(value.attributeHandle, value);
      else this.#hold(value);
      return { nextDataTransferHandle: 0 };
    });
    this.#serveSetTable(handlers);
    this.#serveDateTime(handlers);
  }

  /** By attribute handle. */
  get values(): ReadonlyMap<number, AttributeValue> {
    return this.#tables.values;
  }

  get pending(): ReadonlyMap<number, AttributeValue> {
    return this.#tables.pending;
  }

  /** The next boot: what was pending holds. */
  applyPending(): void {
    for (const value of this.#tables.pending.values()) this.#hold(value);
    this.#tables.pending.clear();
  }

  #isStaged({ attributeHandle }: AttributeValue): boolean {
    const { stagesChanges = false } = this.description;
    return typeof stagesChanges === 'boolean' ? stagesChanges : stagesChanges.includes(attributeHandle);
  }

  #hold(value: AttributeValue): void {
    this.#tables.values.set(value.attributeHandle, value);
    this.description.onChange?.(value);
  }

  #value(
    values: ReadonlyMap<number, AttributeValue>,
    request: PartRequest & { readonly attributeHandle: number },
  ): HandlerResult<typeof GetBIOSAttributeCurrentValueByHandle> {
    const value = values.get(request.attributeHandle);
    if (value === undefined) return fail(BIOS_CODES.INVALID_BIOS_ATTR_HANDLE);
    const part = partOf(encodeAttributeValue(shownValue(value)), request, this.partSize);
    return typeof part === 'string' ? fail(partFault(part)) : { ...partFields(part), attributeData: part.data };
  }

  #serveSetTable(handlers: PldmHandlers): void {
    const { tableMaximumSize = 0, onTable } = this.description;
    if (tableMaximumSize === 0) return;
    const assembly = new Assembly(tableMaximumSize);
    handlers.on(SetBIOSTable, ({ dataTransferHandle, transferFlag, tableType, tableData: data }, { peerKey }) => {
      // A part of another table is not a next part of this one.
      const result = assembly.add(`${peerKey} ${tableType}`, { dataTransferHandle, transferFlag, data });
      if (typeof result === 'number') return { nextDataTransferHandle: result };
      if (typeof result === 'string') return fail(assemblyFault(result));
      const refused = this.#tables.replace(tableType, result);
      if (refused !== undefined) return fail(refused);
      onTable?.(tableType);
      return { nextDataTransferHandle: 0 };
    });
  }

  #serveDateTime(handlers: PldmHandlers): void {
    const { dateTime } = this.description;
    if (dateTime === undefined) return;
    handlers.on(GetDateTime, () => dateTime.read());
    const { write } = dateTime;
    if (write === undefined) return;
    // Impossible dates do not decode: the answer to them is ERROR_INVALID_DATA.
    handlers.on(SetDateTime, (value) => {
      write(value);
      return {};
    });
  }
}

function partFault(part: 'handle' | 'operation'): number {
  return part === 'handle' ? BIOS_CODES.INVALID_DATA_TRANSFER_HANDLE : BIOS_CODES.INVALID_TRANSFER_OPERATION_FLAG;
}

function assemblyFault(fault: 'handle' | 'flag' | 'size'): number {
  if (fault === 'size') return COMPLETION.ERROR_INVALID_DATA;
  return fault === 'handle' ? BIOS_CODES.INVALID_DATA_TRANSFER_HANDLE : BIOS_CODES.INVALID_TRANSFER_FLAG;
}
