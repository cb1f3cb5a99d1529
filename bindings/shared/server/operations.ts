/** What clients ask of a served network in JSON, and the right that each needs (docs/shared-protocol.md). */

import { MctpError } from '../../../stack/errors.js';
import { EID_ANY } from '../../../stack/ids.js';
import type { MctpAddress } from '../../../stack/transport.js';
import type { JsonObject } from '../frame.js';
import { encodePacketFrame } from '../packet-frame.js';
import {
  DESCRIPTION_LONGEST,
  numberIn,
  optionalNumberIn,
  optionalTextIn,
  type Right,
  textIn,
} from '../shared-protocol.js';
import type { ClientContext } from './client-context.js';
import type { ClientMessages } from './client-messages.js';
import { wishIn } from './interface-wish.js';
import { bindingOf, keyOf } from './ports.js';
import type { BoundTo } from './served-socket.js';

export interface OperationContext extends ClientContext {
  readonly messages: ClientMessages;
}

export interface Operation {
  readonly right: Right;
  /** What it is answered with. @throws MctpError; the client is told */
  run(client: OperationContext, question: JsonObject): unknown;
}

const U32 = 0xffffffff;
const NO_BYTES = new Uint8Array();
const LONGEST_NAME = 255;
const handleIn = (question: JsonObject): number => numberIn(question, 'handle', 1, U32);
const linkIn = (question: JsonObject): string => textIn(question, 'link', LONGEST_NAME);
const eidIn = (question: JsonObject, name = 'eid'): number => numberIn(question, name, 0, 255);

/** Change the tables of the stack: of a manager. */
function table(run: (stack: ClientContext['network']['stack'], question: JsonObject) => unknown): Operation {
  return { right: 'manage', run: ({ network }, question) => run(network.stack, question) };
}

function look(run: (network: ClientContext['network'], question: JsonObject) => unknown): Operation {
  return { right: 'receive', run: ({ network }, question) => run(network, question) };
}

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  // Sockets
  bind: { right: 'receive', run: bind },
  close: {
    right: 'receive',
    run: (client, question) => {
      const node = client.ownNode();
      const handle = handleIn(question);
      const socket = node.sockets.get(handle);
      if (socket === undefined) return;
      const { bound } = socket;
      client.network.ports.unbind(socket);
      socket.close();
      node.sockets.delete(handle);
      node.forget(socket);
      if (bound === undefined) return;
      client.network.tell('unbound', { ...bindingOf(node.number, bound) });
      if (node.persistent !== undefined) client.network.keep();
    },
  },
  tag: {
    right: 'use',
    run: (client, question) => {
      const value = client.messages
        .socket(handleIn(question))
        .holdTag(numberIn(question, 'tag', 1, 0xffff), addressIn(question));
      return { value };
    },
  },
  untag: {
    right: 'use',
    run: (client, question) =>
      client.messages.socket(handleIn(question)).releaseTag(numberIn(question, 'tag', 1, 0xffff)),
  },
  verdict: {
    right: 'use',
    run: (client, question) => {
      const { accept } = question;
      const verdict = typeof accept === 'boolean' ? accept : numberIn(question, 'accept', 0, U32);
      client.messages.verdict(numberIn(question, 'request', 1, U32), verdict);
    },
  },
  cancel: {
    right: 'use',
    run: (client, question) =>
      client
        .ownNode()
        .pending.get(numberIn(question, 'request', 1, U32))
        ?.abort('cancelled by the client'),
  },
  abort: {
    right: 'use',
    run: (client, question) => {
      const peer = optionalNumberIn(question, 'eid', 0, 255);
      for (const request of client.ownNode().pending.values()) {
        if (peer === undefined || request.eid === peer) request.abort('aborted by the client');
      }
    },
  },

  // Looking
  links: look((network) => network.linkList()),
  addresses: look(({ stack }) => stack.addresses()),
  routes: look(({ stack }) => stack.routes()),
  neighbours: look(({ stack }) => stack.neighbours()),
  peers: look(({ stack }) => {
    const networks = [...new Set(stack.links().map(({ network }) => network))];
    return networks.flatMap((network) =>
      stack.peerCounters(network).map(({ eid, counters: { rxMessages, txMessages, timeouts, retries } }) => {
        return { network, eid, messages: rxMessages + txMessages, timeouts, retries };
      }),
    );
  }),
  searched: look((network) => network.searched),
  nodes: look((network) => network.nodes()),
  options: look((network) => network.shownOptions()),
  counters: look((network) => ({
    ...network.counters,
    policyFaults: network.policy.faults,
    policyDropped: network.policy.dropped,
  })),
  metrics: look((network) => network.metrics()),
  events: { right: 'receive', run: subscribe },
  tap: { right: 'receive', run: tap },

  // Managing
  set: {
    right: 'manage',
    run: ({ network }, question) => network.setOption(textIn(question, 'name', LONGEST_NAME), question.value),
  },
  persist: {
    right: 'manage',
    run: ({ network }, question) =>
      network.persist(numberIn(question, 'node', 1, 0xffff), optionalTextIn(question, 'name', DESCRIPTION_LONGEST)),
  },
  attach: { right: 'manage', run: async ({ network }, question) => ({ node: await network.attach(wishIn(question)) }) },
  kick: { right: 'manage', run: ({ network }, question) => network.kick(numberIn(question, 'node', 1, 0xffff)) },
  addAddress: table((stack, question) => stack.addAddress(eidIn(question), linkIn(question))),
  removeAddress: table((stack, question) => stack.removeAddress(eidIn(question), linkIn(question))),
  addRoute: table((stack, question) => {
    const gateway = optionalNumberIn(question, 'gateway', 8, 254);
    const transmissionUnit = optionalNumberIn(question, 'transmissionUnit', 64, 0xffff);
    const start = eidIn(question, 'start');
    const end = optionalNumberIn(question, 'end', 0, 255) ?? start;
    return stack.addRoute({
      start,
      end,
      link: linkIn(question),
      ...(gateway !== undefined && { gateway }),
      ...(transmissionUnit !== undefined && { transmissionUnit }),
    });
  }),
  removeRoute: table((stack, question) =>
    stack.removeRoute(eidIn(question, 'start'), eidIn(question, 'end'), numberIn(question, 'network', 1, U32)),
  ),
  addNeighbour: table((stack, question) =>
    stack.addNeighbour(eidIn(question), linkIn(question), textIn(question, 'physicalAddress', LONGEST_NAME)),
  ),
  removeNeighbour: table((stack, question) => stack.removeNeighbour(eidIn(question), linkIn(question))),
  setLink: table(async (stack, question) => {
    const link = linkIn(question);
    const unit = optionalNumberIn(question, 'transmissionUnit', 1, 0xffff);
    if (unit !== undefined) stack.setTransmissionUnit(link, unit);
    if (question.up === true) await stack.openLink(link);
    else if (question.up === false) await stack.closeLink(link);
  }),
};

/**
 * A node which was joined again takes over what it was bound to. Answered with the EID: with `freeEid` one of ours on which
 * nobody has bound the type.
 */
function bind(client: OperationContext, question: JsonObject): { readonly eid: number } {
  const node = client.ownNode();
  const wanted: BoundTo = {
    type: numberIn(question, 'type', 0, 127),
    network: optionalNumberIn(question, 'network', 0, U32) ?? 0,
    eid: optionalNumberIn(question, 'eid', 0, 255) ?? EID_ANY,
    peer: optionalNumberIn(question, 'peer', 8, 254),
  };
  const { ports, stack } = client.network;
  const isAnyFree = question.freeEid === true;
  const free = isAnyFree ? ports.freeEid(wanted.type, wanted.network, stack.addresses()) : {};
  const to = { ...wanted, ...free };
  const handle = handleIn(question);
  const left = [...node.sockets.values()].find(
    ({ bound, handle: old }) => bound !== undefined && keyOf(bound) === keyOf(to) && old < 0,
  );
  if (left !== undefined) {
    if (node.sockets.has(handle)) throw new MctpError('EADDRINUSE', `handle ${handle} is in use`);
    node.sockets.delete(left.handle);
    left.handle = handle;
    node.sockets.set(handle, left);
    node.flush();
    return { eid: to.eid };
  }
  const socket = client.messages.socket(handle);
  client.network.ports.bind({ node, socket }, to);
  client.network.tell('bound', { ...bindingOf(node.number, to) });
  if (node.persistent !== undefined) client.network.keep();
  return { eid: to.eid };
}

function addressIn(question: JsonObject): MctpAddress {
  const eid = eidIn(question);
  const network = optionalNumberIn(question, 'network', 0, U32);
  const link = optionalTextIn(question, 'link', LONGEST_NAME);
  const physicalAddress = optionalTextIn(question, 'physicalAddress', LONGEST_NAME);
  return {
    eid,
    ...(network !== undefined && network !== 0 && { network }),
    ...(link !== undefined && { link }),
    ...(physicalAddress !== undefined && { physicalAddress }),
  };
}

function subscribe(client: OperationContext, question: JsonObject): void {
  const { names } = question;
  if (names === 'all' || names === undefined) client.wanted = 'all';
  else if (Array.isArray(names) && names.length <= 64 && names.every((name) => typeof name === 'string')) {
    client.wanted = new Set(names as string[]);
  } else throw new MctpError('EINVAL', 'names must be a list of at most 64 names of events, or "all"');
  client.network.wantedChanged();
}

/** Packets of the links, until the client goes. */
function tap(client: OperationContext, question: JsonObject): void {
  const { network } = client;
  const { names } = question;
  if (names !== undefined && !Array.isArray(names)) throw new MctpError('EINVAL', 'names must be a list of links');
  const originMs = network.time() - network.clock.now();
  // So many could not be given to a client which reads too slowly: told as soon as it has room.
  let lost = 0;
  client.ends.add(
    network.stack.tap(({ link, direction, time, physicalAddress, buffer, start, end, fault }) => {
      if (names !== undefined && !names.includes(link)) return;
      const place = { link: network.links.numberOf(link), time: originMs + time };
      if (lost > 0) {
        const gap = {
          direction: 'rx',
          physicalAddress: '',
          fault: `${lost} packets were lost`,
          bytes: NO_BYTES,
        } as const;
        if (client.writeIfRoom(encodePacketFrame({ ...gap, ...place }))) lost = 0;
      }
      const packet = { direction, physicalAddress, fault, bytes: buffer.subarray(start, end) };
      if (!client.writeIfRoom(encodePacketFrame({ ...packet, ...place }))) lost++;
    }),
  );
}
