/** The verb `join`: our links and the kernel's MCTP stack, connected until Ctrl-C. */

import { joinKernel, type KernelJoin } from '../../bindings/kernel/join.js';
import type { EndpointEvent } from '../../stack/bus-owner/index.js';
import { EID_MAX, EID_MIN } from '../../stack/ids.js';
import { EXIT, openFailure, printable, usageError } from '../command-error.js';
import type { Io } from '../io.js';
import { keepForKernel, keepTaken, passOn } from '../kernel-way.js';
import { kindOf } from '../link-kinds.js';
import type { JoinDocument } from '../schema/table-documents.js';
import { Session } from '../session.js';
import { ASSIGN_OPTION, defineVerb, jsonLines, LINK_OPTION, OWN_EID_OPTION, wholeNumberOption } from '../verb.js';
import { untilStopped } from '../wait.js';

/** Far from what a bus owner gives first. */
const DEFAULT_KERNEL_EID = 254;

export const join = defineVerb({
  name: 'join',
  summary: "connect our links with the kernel's MCTP stack, until Ctrl-C",
  description:
    'Finds the endpoints on the links and makes them reachable for every program that uses the sockets of the Linux ' +
    'kernel (AF_MCTP), through an interface of its own (mctpserial0). Needs CAP_NET_ADMIN. Interface, addresses and routes ' +
    'are removed at the end.',
  options: {
    link: LINK_OPTION,
    ownEid: OWN_EID_OPTION,
    kernelEid: wholeNumberOption(
      '--kernel-eid <eid>',
      `the kernel's EID (${DEFAULT_KERNEL_EID})`,
      EID_MIN,
      EID_MAX,
      DEFAULT_KERNEL_EID,
    ),
    network: wholeNumberOption('--kernel-network <n>', "the kernel's network for them (1)", 1, 0xffffffff, 1),
    assign: ASSIGN_OPTION,
    json: jsonLines('event'),
  },
  examples: [
    ['mctpkit join', 'the virtual bench, for programs on kernel sockets'],
    ['mctpkit join --link serial:/dev/ttyUSB0', 'a device behind a USB adapter'],
  ],
  async run({ options, world }) {
    const { io, signal, clock } = world;
    if (options.link.some((url) => kindOf(url).stack !== undefined)) {
      throw usageError('join connects other links with the kernel: name those, e.g. serial:/dev/ttyUSB0');
    }
    const { kernelEid, ownEid } = options;
    if (kernelEid === ownEid) throw usageError(`--kernel-eid and --own-eid are both ${ownEid}: they must differ`);
    io.goOnUnread();
    const session = await Session.open({ links: options.link, ownEid, assigns: options.assign, world });
    let joined: KernelJoin | undefined;
    try {
      const mctp = session.stack.own!;
      // Without a configuration all links are in one network.
      const owner = session.owners.all[0]!;
      keepForKernel(owner, kernelEid);
      const { network: kernelNetwork, json } = options;
      const made = await joinKernel(mctp, { kernelEid, ownEid, kernelNetwork }).catch((cause: unknown) =>
        Promise.reject(openFailure(cause)),
      );
      joined = made;
      keepTaken(owner, made.taken);
      follow(session, made, io, json);
      say(io, json, { event: 'joined', interface: made.interface, kernelEid, ownEid });
      await session.discover();
      owner.monitor();
      say(io, json, { event: 'ready', endpoints: owner.endpoints().map(({ eid }) => eid) });
      await untilStopped(clock, signal);
      return EXIT.done;
    } finally {
      await joined?.close();
      await session.close();
    }
  },
});

/** Routes of the kernel come and go with the endpoints. */
function follow(session: Session, joined: KernelJoin, io: Io, json: boolean): void {
  session.owners.onEvent((event: EndpointEvent) => {
    if (event.type === 'conflict') {
      io.note(`${event.place}: ${printable(event.what)}`);
      return;
    }
    if (event.type !== 'appeared' && event.type !== 'vanished') return;
    const { eid, link } = event.endpoint;
    try {
      passOn(joined, event);
      say(io, json, { event: event.type, eid, link });
    } catch (error) {
      io.note(`EID ${eid}: ${printable(error instanceof Error ? error.message : String(error))}`);
    }
  });
}

/** A line for people, or one JSON document per event. */
function say(io: Io, json: boolean, said: JoinDocument): void {
  if (json) io.print(JSON.stringify(said));
  else if (said.event === 'joined') {
    io.print(`${said.interface} is up: the kernel has EID ${said.kernelEid}, we have ${said.ownEid}; Ctrl-C ends it`);
  } else if (said.event === 'ready') {
    io.print(`the kernel reaches ${said.endpoints.length} endpoints: ${said.endpoints.join(', ') || 'none yet'}`);
  } else if (said.event === 'appeared') io.print(`EID ${said.eid} (${printable(said.link)}) is reachable`);
  else io.print(`EID ${said.eid} (${printable(said.link)}) is gone`);
}
