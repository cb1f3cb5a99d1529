/** A BMC (EID 8) and devices (EID 9 and up) on one wire, in virtual time. */

import { PacketWire, type WirePort } from '../../hw-fixtures/bench/wires/packet-wire.js';
import { type AnyPldmCommand, decodeHeader, PldmClient, PldmResponder } from '../../pldm/base/index.js';
import { pldmMessages } from '../../pldm/base/pldm-protocol.js';
import { PldmTerminus, Terminus, type TerminusDescription } from '../../pldm/terminus/index.js';
import { VirtualClock } from '../../stack/clock.js';
import { type Failure, type RequestFields, type ResponseInput, toHex } from '../../stack/codec/index.js';
import { Mctp } from '../../stack/mctp.js';
import type { RequesterOptions } from '../../stack/protocol/index.js';
import type { MctpMessage } from '../../stack/transport.js';

export class World {
  readonly clock = new VirtualClock();
  readonly wire = new PacketWire({ clock: this.clock, addressSize: 1 });
  readonly bmc: Mctp;
  readonly client: PldmClient;
  readonly responder: PldmResponder;
  /** To the wire, by EID. */
  readonly ports = new Map<number, WirePort>();
  readonly #stacks: Mctp[] = [];

  private constructor(options: Partial<RequesterOptions>) {
    this.bmc = this.#stack(8);
    this.client = new PldmClient({ transport: this.bmc, clock: this.clock, ...options });
    this.responder = new PldmResponder({ transport: this.bmc, clock: this.clock }).start();
  }

  static async make(options: Partial<RequesterOptions> = {}): Promise<World> {
    const world = new World(options);
    await world.bmc.open();
    return world;
  }

  /** A stack of its own at an EID. */
  async device(eid: number): Promise<Mctp> {
    const mctp = this.#stack(eid);
    await mctp.open();
    return mctp;
  }

  /** A ready-made terminus, started. */
  async terminus(eid: number, description: TerminusDescription, options: object = {}): Promise<PldmTerminus> {
    const transport = await this.device(eid);
    return new PldmTerminus({ transport, clock: this.clock, description, ...options }).start();
  }

  /** Our view of a device. */
  at(eid: number): Terminus {
    return new Terminus(this.client, { eid });
  }

  /** A device that answers with what a function makes of each request. */
  async scripted(eid: number, script: Script): Promise<ScriptedDevice> {
    return new ScriptedDevice(await this.device(eid), script);
  }

  #stack(eid: number): Mctp {
    const mctp = new Mctp({ clock: this.clock });
    const address = hexOf(eid);
    const name = `dev${eid}`;
    const port = this.wire.port({ name, address });
    this.ports.set(eid, port);
    mctp.addLink(port);
    mctp.addAddress(eid, name);
    mctp.addRoute({ start: 8, end: 60, link: name });
    for (let other = 8; other <= 60; other++) if (other !== eid) mctp.addNeighbour(other, name, hexOf(other));
    this.#stacks.push(mctp);
    return mctp;
  }
}

function hexOf(eid: number): string {
  return eid.toString(16).padStart(2, '0');
}

/** Answers: none, one, several. */
export type Script = (request: Uint8Array, count: number) => Uint8Array | readonly Uint8Array[] | undefined;

export class ScriptedDevice {
  /** Requests as hex, in order. */
  readonly requests: string[] = [];
  readonly messages: MctpMessage[] = [];
  readonly #socket;

  constructor(mctp: Mctp, script: Script) {
    this.#socket = mctp.socket();
    this.#socket.bind({ type: 1 });
    this.#socket.onMessage((message) => {
      this.requests.push(toHex(message.payload));
      this.messages.push(message);
      const answers = script(message.payload, this.requests.length);
      if (answers === undefined) return;
      for (const answer of answers instanceof Uint8Array ? [answers] : answers)
        void this.#socket.reply(message, answer);
    });
  }

  /** Answer an earlier request now. */
  answer(index: number, bytes: Uint8Array): void {
    void this.#socket.reply(this.messages[index]!, bytes);
  }
}

/** Scripts by command, each with the fields of the request. */
export class Table {
  readonly #rows = new Map<string, (message: Uint8Array, instanceId: number) => Uint8Array | undefined>();

  on<C extends AnyPldmCommand>(
    command: C,
    handler: (fields: RequestFields<C>) => ResponseInput<C> | Failure | undefined,
  ): this {
    this.#rows.set(`${command.pldmType}/${command.code}`, (message, instanceId) => {
      const fields = handler(pldmMessages.decodeRequest(command, message));
      return fields === undefined ? undefined : pldmMessages.encodeResponse(command, instanceId, fields);
    });
    return this;
  }

  /** Commands without a row are unsupported. */
  readonly script: Script = (message) => {
    const { pldmType, command, instanceId } = decodeHeader(message);
    const row = this.#rows.get(`${pldmType}/${command}`);
    return row === undefined ? Uint8Array.of(instanceId, pldmType, command, 5) : row(message, instanceId);
  };
}
