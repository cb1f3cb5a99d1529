/** The reading commands of the management interface, one call each: structures and health. Pauses and time-outs. */

import type { RequestInput } from '../codec/index.js';
import { decode, type Fields } from '../codec/index.js';
import { MctpError } from '../errors.js';
import { type CallOptions, Requester, type RequesterOptions, type ResponseOf } from '../protocol/index.js';
import type { MctpAddress } from '../transport.js';
import type { AnyNvmeMiCommand } from './mi-command.js';
import { ControllerHealthPoll, DATA_STRUCTURE, ReadDataStructure, SubsystemHealthPoll } from './mi-commands.js';
import { commandTimeoutMs } from './mi-patience.js';
import { type NvmeMiHeader, nvmeMiMessages } from './mi-protocol.js';
import {
  CONTROLLER_HEALTH_SIZE,
  type ControllerHealth,
  commandList,
  controllerHealth,
  controllerInformation,
  controllerList,
  portInformation,
  STRUCTURE_SIZE,
  type SubsystemHealth,
  subsystemHealth,
  subsystemInformation,
} from './mi-structures.js';

/** Entries of one Controller Health Status Poll; 256 would be invalid. */
const MOST_ENTRIES = 255;
const MOST_CONTROLLER = 0xffff;
/** Kinds of drives whose gap is remembered. */
const MOST_GAPS = 1024;

export interface HealthFilter {
  /** Only controllers on which one of these changed; default: all controllers. */
  readonly changed?: readonly ('csts' | 'ctemp' | 'pdlu' | 'spare' | 'cwarn')[];
  /** Clear the change flags. */
  readonly clear?: boolean;
  /** Functions of SR-IOV, too: physical and virtual. */
  readonly includeSriov?: boolean;
  /** Entries per message, 1 to 255 (default). */
  readonly pageEntries?: number;
}

export class MiRequester extends Requester<AnyNvmeMiCommand, NvmeMiHeader> {
  readonly #timeoutMs: number | undefined;
  readonly #gapMs: number;
  readonly #gaps = new Map<string, number>();

  /**
   * One command slot per drive, unless `instanceIds` and `outstanding` say 2. `timeoutMs`: of every command; default: what
   * the command takes. `minGapMs`: for drives which lose a command that comes right after a response.
   * @throws MctpError EAFNOSUPPORT, EACCES from transports which need the system for a socket
   */
  constructor(options: RequesterOptions) {
    super(nvmeMiMessages, { instanceIds: 1, ...options });
    this.#timeoutMs = options.timeoutMs;
    this.#gapMs = options.minGapMs ?? 0;
  }

  /** @throws as `Requester.exchange` */
  override exchange<K extends AnyNvmeMiCommand>(
    peer: MctpAddress,
    command: K,
    fields: RequestInput<K>,
    options: CallOptions = {},
  ): Promise<ResponseOf<K>> {
    const timeoutMs = options.timeoutMs ?? this.#timeoutMs ?? commandTimeoutMs(command);
    const minGapMs = options.minGapMs ?? Math.max(this.#gapMs, this.#gaps.get(this.peerKey(peer)) ?? 0);
    return super.exchange(peer, command, fields, {
      ...options,
      minGapMs,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
  }

  /** From now on leave so many ms between a response of this drive and the next request. */
  setGap(peer: MctpAddress, minGapMs: number): void {
    const key = this.peerKey(peer);
    this.#gaps.delete(key);
    if (minGapMs <= 0) return;
    if (this.#gaps.size >= MOST_GAPS) this.#gaps.delete(this.#gaps.keys().next().value!);
    this.#gaps.set(key, minGapMs);
  }

  /** @throws CompletionCodeError, CodecError, and those of `exchange` */
  async subsystemInformation(peer: MctpAddress, options?: CallOptions): Promise<Fields<typeof subsystemInformation>> {
    const data = await this.#structure(peer, { dataStructureType: DATA_STRUCTURE.subsystem }, options);
    return decode(subsystemInformation, data, { what: 'subsystem information' });
  }

  /** `portId`: 0 up to the number of ports. @throws as `subsystemInformation` */
  async portInformation(
    peer: MctpAddress,
    portId: number,
    options?: CallOptions,
  ): Promise<Fields<typeof portInformation>> {
    const data = await this.#structure(peer, { dataStructureType: DATA_STRUCTURE.port, portId }, options);
    return decode(portInformation, data.subarray(0, STRUCTURE_SIZE), { what: 'port information' });
  }

  /** The controllers' ids, ascending. @throws as `subsystemInformation` */
  async controllers(peer: MctpAddress, options?: CallOptions): Promise<readonly number[]> {
    const data = await this.#structure(peer, { dataStructureType: DATA_STRUCTURE.controllerList }, options);
    return decode(controllerList, data, { what: 'controller list', partial: true }).controllers;
  }

  /** @throws as `subsystemInformation` */
  async controllerInformation(
    peer: MctpAddress,
    controllerId: number,
    options?: CallOptions,
  ): Promise<Fields<typeof controllerInformation>> {
    const data = await this.#structure(peer, { dataStructureType: DATA_STRUCTURE.controller, controllerId }, options);
    return decode(controllerInformation, data, { what: 'controller information' });
  }

  /** Which optional commands a drive has: message type (see NMIMT) and opcode. @throws as `subsystemInformation` */
  async optionalCommands(
    peer: MctpAddress,
    controllerId = 0,
    options?: CallOptions,
  ): Promise<Fields<typeof commandList>['commands']> {
    const selector = { dataStructureType: DATA_STRUCTURE.optionalCommands, controllerId };
    const data = await this.#structure(peer, selector, options);
    return decode(commandList, data, { what: 'command list', partial: true }).commands;
  }

  /** One poll says whether anything changed; `clear` clears the change flags. @throws as `subsystemInformation` */
  async health(peer: MctpAddress, clear = false, options?: CallOptions): Promise<SubsystemHealth> {
    const { data } = await this.request(peer, SubsystemHealthPoll, { clearStatus: clear ? 1 : 0 }, options);
    return decode(subsystemHealth, data, { what: 'subsystem health' });
  }

  /** Health of each controller, in as many messages as it takes. @throws MctpError EINVAL, as `subsystemInformation` */
  async controllerHealth(
    peer: MctpAddress,
    filter: HealthFilter = {},
    options?: CallOptions,
  ): Promise<ControllerHealth[]> {
    const { changed, clear = false, includeSriov = false, pageEntries = MOST_ENTRIES } = filter;
    if (!Number.isInteger(pageEntries) || pageEntries < 1 || pageEntries > MOST_ENTRIES) {
      throw new MctpError('EINVAL', `${pageEntries} entries in a message: use 1 to ${MOST_ENTRIES}`);
    }
    const chosen = (flag: 'csts' | 'ctemp' | 'pdlu' | 'spare' | 'cwarn') => (changed?.includes(flag) ? 1 : 0);
    const found: ControllerHealth[] = [];
    for (let first = 0; first <= MOST_CONTROLLER; ) {
      const fields = {
        startingControllerId: first,
        maximumResponseEntries: pageEntries - 1,
        includePciFunctions: 1,
        includePhysicalFunctions: includeSriov ? 1 : 0,
        includeVirtualFunctions: includeSriov ? 1 : 0,
        reportAll: changed === undefined ? 1 : 0,
        select: {
          csts: chosen('csts'),
          ctemp: chosen('ctemp'),
          pdlu: chosen('pdlu'),
          spare: chosen('spare'),
          cwarn: chosen('cwarn'),
        },
        clearChangedFlags: clear ? 1 : 0,
      };
      const { nmresp, data } = await this.request(peer, ControllerHealthPoll, fields, options);
      const count = Math.min(nmresp >>> 16, Math.floor(data.length / CONTROLLER_HEALTH_SIZE));
      for (let index = 0; index < count; index++) {
        const start = index * CONTROLLER_HEALTH_SIZE;
        found.push(decode(controllerHealth, data, { start, end: start + CONTROLLER_HEALTH_SIZE }));
      }
      // Ids ascend: a drive which does not go on with a higher one would be asked forever.
      const last = found.at(-1)?.controllerId ?? MOST_CONTROLLER;
      if (count < pageEntries || last < first) break;
      first = last + 1;
    }
    return found;
  }

  async #structure(
    peer: MctpAddress,
    selector: { readonly dataStructureType: number; readonly portId?: number; readonly controllerId?: number },
    options?: CallOptions,
  ): Promise<Uint8Array> {
    return (await this.request(peer, ReadDataStructure, selector, options)).data;
  }
}
