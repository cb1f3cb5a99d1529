/**
 * Asking a device what it need not answer. Silence to one question is neither absence nor silence to the others: only
 * Get Endpoint ID decides whether somebody is there. What was not answered is remembered, to be asked again later.
 */

import type { AnyCommand, RequestInput, ResponseFields } from '../codec/index.js';
import { GetEndpointID } from '../control/index.js';
import { MctpError } from '../errors.js';
import { EID_NULL } from '../ids.js';
import type { MctpAddress } from '../transport.js';
import type { IdentityPart } from './bus-owner-options.js';
import { type DeviceClient, isSilence } from './device-client.js';
import type { Unanswered } from './endpoint-registry.js';

export class Interview {
  readonly #devices: DeviceClient;
  readonly #notes: string[] = [];
  readonly #unanswered = new Map<string, Unanswered>();
  #to: MctpAddress;
  #eid: number;

  /** `eid`: the one that the device says it has; default: the one it is addressed by. */
  constructor(devices: DeviceClient, to: MctpAddress, eid: number = to.eid) {
    this.#devices = devices;
    this.#to = to;
    this.#eid = eid;
  }

  /** From now on it is addressed like this: what it did not answer before it may answer now. */
  turnTo(to: MctpAddress): void {
    this.#to = to;
    this.#eid = to.eid;
    this.#unanswered.clear();
  }

  get unanswered(): readonly Unanswered[] {
    return [...this.#unanswered.values()];
  }

  /** What is odd about its answers, and what it does not answer. */
  get remarks(): readonly string[] {
    return [...this.#notes, ...[...this.#unanswered.keys()].map((name) => `does not answer ${name}`)];
  }

  note(remark: string): void {
    this.#notes.push(remark);
  }

  isSilentTo(command: AnyCommand): boolean {
    return this.#unanswered.has(command.name);
  }

  skips(part: IdentityPart): boolean {
    return this.#devices.policy(this.#to).skip?.includes(part) ?? false;
  }

  /**
   * Undefined when it says no, answers nonsense, or does not answer this though it is there.
   * @throws MctpError ETIMEDOUT, ENACK when it is gone, or has been reset
   */
  async ask<C extends AnyCommand>(
    command: C,
    fields: RequestInput<C>,
    refused?: (error: MctpError) => void,
  ): Promise<ResponseFields<C> | undefined> {
    const patience = this.isSilentTo(command) ? { retries: 0 } : {};
    try {
      return await this.#devices.ask(this.#to, command, fields, patience);
    } catch (error) {
      if (MctpError.is(error, 'ECOMPLETION') || MctpError.is(error, 'EBADMSG')) {
        refused?.(error);
        return undefined;
      }
      if (!isSilence(error)) throw error;
      if (!this.isSilentTo(command)) {
        await this.stillThere(error);
        this.#unanswered.set(command.name, { command, fields });
      }
      return undefined;
    }
  }

  /** Returns when the device is there and has the EID it had. @throws `silence` otherwise */
  async stillThere(silence: unknown): Promise<void> {
    try {
      const { eid } = await this.#devices.ask(this.#to, GetEndpointID, {});
      if (eid === this.#eid || (this.#eid === EID_NULL && this.#to.eid === EID_NULL)) return;
    } catch (error) {
      if (MctpError.is(error, 'ECOMPLETION') || MctpError.is(error, 'EBADMSG')) return;
      if (!isSilence(error)) throw error;
    }
    throw silence;
  }
}
