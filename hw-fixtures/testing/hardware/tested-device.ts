/** A device on real links, for tests: asked, measured, checked against the standard, and switched off and on. */

import { spawn } from 'node:child_process';
import { PldmClient } from '../../../pldm/base/pldm-client.js';
import type { AnyPldmCommand } from '../../../pldm/base/pldm-command.js';
import { pldmMessages } from '../../../pldm/base/pldm-protocol.js';
import type { EndpointInfo } from '../../../stack/bus-owner/index.js';
import type { AnyCommand, RequestInput, ResponseFields } from '../../../stack/codec/index.js';
import { controlMessages } from '../../../stack/control/control-protocol.js';
import { MctpError } from '../../../stack/errors.js';
import { placeName } from '../../../stack/place.js';
import type { CallOptions, MessageHeader, Messages } from '../../../stack/protocol/index.js';
import type { MctpAddress } from '../../../stack/transport.js';
import { wait } from '../../../stack/util/async.js';
import { answerFaults, conformanceText } from './conformance.js';
import type { HilBus } from './hil-bus.js';

export interface TestedDeviceOptions {
  readonly bus: HilBus;
  readonly endpoint: EndpointInfo;
  /** A line for the shell. */
  readonly powerCommand: string | undefined;
  /** Called instead where there is no power command: it ends the test as skipped. */
  readonly noPower: (reason: string) => never;
}

export interface ConformanceOptions {
  /** For the answer; ms. Default: what the protocol lets a requester wait. */
  readonly withinMs?: number;
}

export interface PowerCycleOptions {
  /** From the end of the command until the device answers; ms, default 30 000. */
  readonly withinMs?: number;
}

const BACK_MS = 30_000;
const LOOK_MS = 250;
/** The command itself. */
const POWER_MS = 60_000;

export class TestedDevice {
  readonly bus: HilBus;
  readonly #options: TestedDeviceOptions;
  readonly #pldm: PldmClient;
  #endpoint: EndpointInfo;
  #instanceId = 0;

  constructor(options: TestedDeviceOptions) {
    this.#options = options;
    this.bus = options.bus;
    this.#endpoint = options.endpoint;
    this.#pldm = new PldmClient({ transport: this.bus.mctp, clock: this.bus.clock });
  }

  /** What discovery has found. */
  get info(): EndpointInfo {
    return this.#endpoint;
  }

  get eid(): number {
    return this.#endpoint.eid;
  }

  /** "i2c:pico/0x1d"; behind a bridge the link of the bridge. */
  get place(): string {
    return placeName(this.#endpoint.link, this.#endpoint.physicalAddress);
  }

  get address(): MctpAddress {
    const { eid, network } = this.#endpoint;
    return { eid, network };
  }

  /**
   * A control command or a PLDM command, with the retries that the standard wants.
   *
   *     const { eid } = await device.ask(GetEndpointID, {});
   *
   * @throws CompletionCodeError, MctpError ETIMEDOUT...
   */
  ask<C extends AnyCommand>(command: C, fields: RequestInput<C>, options?: CallOptions): Promise<ResponseFields<C>> {
    const answer = isPldm(command)
      ? this.#pldm.request(this.address, command, fields, options)
      : this.bus.owner.client.request(this.address, command, fields, options);
    return answer as Promise<ResponseFields<C>>;
  }

  /**
   * The device answers this command once, at the first try, in time, and every byte of the answer is as the standard
   * wants it: header, instance ID, completion code, lengths, values, reserved bits.
   * @returns the fields of the answer. @throws Error which says what is wrong, with both messages in hex
   */
  async expectConforms<C extends AnyCommand>(
    command: C,
    fields: RequestInput<C>,
    options: ConformanceOptions = {},
  ): Promise<ResponseFields<C>> {
    const messages = messagesOf(command);
    const { protocol } = messages;
    const instanceId = this.#instanceId;
    this.#instanceId = (instanceId + 1) % protocol.instanceIds;
    const sent = messages.encodeRequest(command, instanceId, fields);
    const what = `${command.name} to EID ${this.eid} (${command.source})`;
    const withinMs = options.withinMs ?? protocol.timing.timeoutMs;
    const socket = this.bus.mctp.socket();
    const begun = this.bus.clock.now();
    try {
      const answer = await socket.request(this.address, sent, { type: protocol.messageType, timeoutMs: withinMs });
      const tookMs = this.bus.clock.now() - begun;
      const faults = answerFaults(messages, command, instanceId, answer);
      if (tookMs > withinMs) faults.push(`it came after ${tookMs.toFixed(1)} ms, and ${withinMs} ms are allowed`);
      if (faults.length > 0) throw new Error(conformanceText(what, faults, sent, answer.payload));
      return messages.decodeResponse(command, answer.payload) as ResponseFields<C>;
    } catch (error) {
      if (!MctpError.is(error)) throw error;
      throw new Error(conformanceText(what, [error.message], sent, new Uint8Array(0)), { cause: error });
    } finally {
      socket.close();
    }
  }

  /** The work ends within the time; what it gives. @throws Error: it takes longer */
  async within<T>(ms: number, work: () => Promise<T>): Promise<T> {
    const { clock } = this.bus;
    const begun = clock.now();
    let late: () => void = () => {};
    const timer = clock.schedule(ms, () => late());
    try {
      const value = await Promise.race([
        work(),
        new Promise<never>((_resolve, reject) => {
          late = () => reject(new Error(`it did not end within the ${ms} ms that it may take`));
        }),
      ]);
      const tookMs = clock.now() - begun;
      // Work which never waits ends before its timer.
      if (tookMs > ms) throw new Error(`it took ${tookMs.toFixed(1)} ms, and ${ms} ms are allowed`);
      return value;
    } finally {
      timer.cancel();
    }
  }

  /**
   * Switch the device off and on by the user's command, and wait until it answers and has its EID again.
   * The test is skipped where no command is named. @throws Error when the command fails, or the device stays away
   */
  async powerCycle(options: PowerCycleOptions = {}): Promise<void> {
    const { powerCommand, noPower } = this.#options;
    if (powerCommand === undefined) {
      return noPower('no power switch: set MCTPKIT_HIL_POWER to a command which takes the power and gives it back');
    }
    await runCommand(powerCommand);
    const { clock } = this.bus;
    const withinMs = options.withinMs ?? BACK_MS;
    const end = clock.now() + withinMs;
    for (;;) {
      try {
        this.#endpoint = await this.#comeBack();
        return;
      } catch (error) {
        if (!MctpError.is(error)) throw error;
        if (clock.now() >= end) {
          throw new Error(`${this.place} did not come back within ${withinMs} ms of its power: ${error.message}`, {
            cause: error,
          });
        }
        await wait(clock, LOOK_MS);
      }
    }
  }

  /** Called by the fixture. */
  close(): void {
    this.#pldm.close();
  }

  async #comeBack(): Promise<EndpointInfo> {
    const { link, physicalAddress, bridge, eid } = this.#endpoint;
    const { owner } = this.bus;
    if (bridge === undefined && physicalAddress !== undefined) return owner.setup(link, physicalAddress);
    await owner.discover();
    const back = await owner.check(eid);
    if (back === undefined) throw new MctpError('ENODEV', `EID ${eid} is not there`);
    return back;
  }
}

function isPldm(command: AnyCommand): command is AnyPldmCommand {
  return 'pldmType' in command;
}

function messagesOf(command: AnyCommand): Messages<AnyCommand, MessageHeader> {
  return (isPldm(command) ? pldmMessages : controlMessages) as unknown as Messages<AnyCommand, MessageHeader>;
}

/** @throws Error with the last line which the command said */
async function runCommand(command: string): Promise<void> {
  const child = spawn('/bin/sh', ['-c', command], { stdio: ['ignore', 'ignore', 'pipe'], timeout: POWER_MS });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-500);
  });
  const how = await new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code === 0 ? undefined : (signal ?? `exit code ${code}`)));
  });
  if (how === undefined) return;
  const last = said.trim().split('\n').at(-1) ?? '';
  throw new Error(`the power command "${command}" failed (${how})${last === '' ? '' : `: ${last}`}`);
}
