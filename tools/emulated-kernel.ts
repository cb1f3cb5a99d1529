/**
 * A device whose stack is the kernel's: its applications on AF_MCTP sockets. EIDs, routes and the way to the wire are the
 * kernel's business; the control protocol is ours only where nobody else (mctpd) answers it.
 */

import type { KernelMctp } from '../bindings/kernel/kernel.js';
import { openKernelUrl } from '../bindings/kernel/kernel-url.js';
import { parseLinkUrl } from '../bindings/link-url.js';
import { behavingSocket } from '../hw-fixtures/bench/device/behaving-socket.js';
import { Behaviours } from '../hw-fixtures/bench/device/behaviour.js';
import { LateWork } from '../hw-fixtures/bench/device/late-work.js';
import type { Clock, Timer } from '../stack/clock.js';
import { ControlResponder, ENDPOINT_TYPE, MessageTypeRegistry, serveEndpoint } from '../stack/control/index.js';
import { MctpError } from '../stack/errors.js';
import type { MctpSocket, Transport } from '../stack/transport.js';
import { openFailure, usageError } from './command-error.js';
import type { DeviceKind, EmulatedDevice, EmulatedEvent, EmulatedOptions } from './device-kind.js';

const BOOT_MS = 50;

interface KernelDeviceOptions {
  readonly url: string;
  readonly name: string;
  readonly kind: DeviceKind;
  readonly clock: Clock;
  readonly hear: (event: EmulatedEvent) => void;
}

/** What runs from one start to the next. */
interface Run {
  readonly sockets: Set<MctpSocket>;
  readonly late: LateWork;
  readonly stops: (() => void)[];
}

export class KernelDevice implements EmulatedDevice {
  #run: Run | undefined;
  #timer: Timer | undefined;
  #closed = false;
  readonly #behaviours: Behaviours;
  readonly #added: { readonly eid: number; readonly link: string }[] = [];
  /** What the link had before a bus owner gave it another EID. */
  readonly #removed: { readonly eid: number; readonly link: string }[] = [];

  private constructor(
    private readonly kernel: KernelMctp,
    readonly links: readonly string[],
    private readonly options: KernelDeviceOptions,
  ) {
    this.#behaviours = new Behaviours(options.kind.behaviours ?? []);
  }

  /** @throws CommandError */
  static async start(url: string, { name, kind: makeKind, clock, hear }: EmulatedOptions): Promise<KernelDevice> {
    const kind = makeKind();
    if (kind.bridge !== undefined) {
      await kind.behind?.close();
      throw usageError(
        'a bridge forwards packets, and those of kernel: are the business of the kernel: name another link',
      );
    }
    const { kernel, links } = await openKernelUrl(parseLinkUrl(url)).catch((cause: unknown) =>
      Promise.reject(openFailure(cause)),
    );
    const options = { url, name, kind, clock, hear };
    const device = new KernelDevice(kernel, links, options);
    try {
      device.#takeEid();
      device.#boot();
      return device;
    } catch (error) {
      device.close();
      throw MctpError.is(error) ? openFailure(error) : error;
    }
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#stop();
    // Where the link is gone, its EIDs are gone with it.
    for (const { eid, link } of this.#added) ifThere(() => this.kernel.removeAddress(eid, link));
    for (const { eid, link } of this.#removed) ifThere(() => this.kernel.addAddress(eid, link));
    this.kernel.close();
  }

  /** The EID is the kernel's: the wanted one is added where it is missing, and removed at the end. */
  #takeEid(): void {
    const { kind, url } = this.options;
    for (const link of this.links) {
      const { eids } = this.kernel.tables.link(link);
      if (kind.eid === undefined || eids.includes(kind.eid)) continue;
      if (this.links.length > 1) throw usageError('--eid is for one link of the kernel: write kernel:NAME');
      this.kernel.addAddress(kind.eid, link);
      this.#added.push({ eid: kind.eid, link });
    }
    if (this.links.some((link) => this.kernel.tables.link(link).eids.length > 0)) return;
    throw usageError(`${url} has no EID: give it one with --eid, mctp address add, or let mctpd do it`);
  }

  /** The bus owner gives another EID: the kernel's address is changed, where we may. */
  #renumber(link: string, present: number, eid: number): boolean {
    const { hear } = this.options;
    try {
      this.kernel.addAddress(eid, link);
      this.#added.push({ eid, link });
      const at = this.#added.findIndex((one) => one.eid === present && one.link === link);
      if (at >= 0) this.#added.splice(at, 1);
      else if (this.kernel.tables.link(link).eids.includes(present)) this.#removed.push({ eid: present, link });
      if (this.kernel.tables.link(link).eids.includes(present)) this.kernel.removeAddress(present, link);
      hear({ event: 'address', link, eid });
      return true;
    } catch (error) {
      if (!MctpError.is(error)) throw error;
      hear({ event: 'problem', link, what: `the bus owner wants us to have EID ${eid}: ${error.message}` });
      return false;
    }
  }

  #boot(): void {
    const { kind, clock, name, hear } = this.options;
    const run: Run = { sockets: new Set(), late: new LateWork(clock), stops: [] };
    this.#run = run;
    // Which program owns the bus is for the kernel's user to decide, and the kernel takes no packets as they are.
    const device = { clock, reset: () => this.#reset(), notify: () => false, send: () => {} };
    const transport: Transport = {
      peerKey: (to) => this.kernel.peerKey(to),
      carrier: (to) => ({ transport: this.kernel, to }),
      socket: () => {
        const socket = this.kernel.socket();
        run.sockets.add(socket);
        if (this.#behaviours.list.length === 0) return socket;
        return behavingSocket(socket, { behaviours: this.#behaviours, device, late: run.late });
      },
    };
    const types = new MessageTypeRegistry();
    const answersControl = this.#serveControl(transport, types);
    for (const { type, versions } of kind.types ?? []) types.add(type, versions === undefined ? {} : { versions });
    for (const set of kind.vendorSets ?? []) types.addVendorSet(set);
    const context = {
      name,
      uuid: kind.uuid,
      clock,
      mctp: transport,
      types,
      busOwner: () => undefined,
      reset: (ms?: number) => this.#reset(ms),
      problem: (what: string) => hear({ event: 'problem', link: this.links[0] ?? this.options.url, what }),
    };
    for (const app of kind.apps ?? []) {
      const stop = app(context);
      if (stop !== undefined) run.stops.push(stop);
    }
    for (const link of this.links) {
      for (const eid of this.kernel.tables.link(link).eids) hear({ event: 'address', link, eid });
    }
    if (!answersControl) hear({ event: 'controlTaken' });
  }

  /** False when somebody else answers the control protocol here. */
  #serveControl(transport: Transport, types: MessageTypeRegistry): boolean {
    let responder: ControlResponder;
    try {
      if (this.kernel.readOnly) return false;
      responder = new ControlResponder({ transport: transport, clock: this.options.clock });
    } catch (error) {
      if (MctpError.is(error, 'EADDRINUSE')) return false;
      throw error;
    }
    const eidOn = (link: string): number => {
      const on = this.kernel.links().find(({ name }) => name === link)?.eids ?? [];
      return on[0] ?? this.kernel.addresses()[0]?.eid ?? 0;
    };
    const self = {
      uuid: this.options.kind.uuid,
      endpointState: ({ message }: { message: { link: string } }) => {
        return { eid: eidOn(message.link), endpointType: ENDPOINT_TYPE.simple };
      },
      assignEid: (eid: number, _force: boolean, { message }: { message: { link: string } }) => {
        const present = eidOn(message.link);
        const accepted = eid === present || this.#renumber(message.link, present, eid);
        return { accepted, eid: accepted ? eid : present };
      },
    };
    serveEndpoint(responder, self, types);
    this.#run?.stops.push(() => responder.close());
    return true;
  }

  #reset(bootMs = this.options.kind.bootMs ?? BOOT_MS): void {
    if (this.#timer !== undefined || this.#closed) return;
    const { clock, hear } = this.options;
    // Not from inside the call that brought it down.
    this.#timer = clock.schedule(0, () => {
      this.#stop();
      this.#timer = clock.schedule(bootMs, () => {
        this.#timer = undefined;
        for (const link of this.links) hear({ event: 'reset', link });
        this.#boot();
      });
    });
  }

  #stop(): void {
    const run = this.#run;
    this.#run = undefined;
    if (run === undefined) return;
    run.late.close();
    for (const stop of run.stops) stop();
    for (const socket of run.sockets) socket.close();
  }
}

function ifThere(change: () => void): void {
  try {
    change();
  } catch (error) {
    if (!MctpError.is(error)) throw error;
  }
}
