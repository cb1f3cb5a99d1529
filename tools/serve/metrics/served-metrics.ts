/** The metrics of a served network, of one moment. Labels are names and numbers of which there are few. */

import { NETWORK_OPTIONS } from '../../../bindings/shared/server/network-options.js';
import type { ServedNetwork } from '../../../bindings/shared/server/served-network.js';
import { messageTypeName } from '../../../stack/ids.js';
import type { LinkStatus, Mctp } from '../../../stack/mctp.js';
import type { RunningNode } from '../../config/running-node.js';
import { Exposition, type Sample } from './exposition.js';
import type { LagWatch } from './lag-watch.js';
import { type WatchFigures, watchMetrics } from './watch-metrics.js';

export interface MetricsSources {
  readonly node: RunningNode;
  readonly lag: LagWatch;
  /** s since 1970 */
  readonly startedAt: number;
  /** Memory in use, in bytes. */
  memory(): number;
  /** Undefined: termini and drives are not watched. */
  watch(): WatchFigures | undefined;
}

/** In Prometheus' text format. */
export function servedMetrics(network: ServedNetwork, { node, lag, startedAt, memory, watch }: MetricsSources): string {
  const text = new Exposition({ served: network.name });
  text.gauge('mctp_server_start_time_seconds', 'When the server started, since 1970', [[{}, startedAt]]);
  text.gauge('mctp_server_resident_memory_bytes', 'Memory which the server has', [[{}, memory()]]);
  text.histogram('mctp_server_event_loop_lag_seconds', 'How late a timer of each second was', lag.lateness);
  linkMetrics(text, network.stack.links(), node);
  pathMetrics(text, network.stack.links());
  peerMetrics(text, network.stack);
  ownerMetrics(text, node);
  networkMetrics(text, network);
  nodeMetrics(text, network);
  trafficMetrics(text, network);
  const watched = watch();
  if (watched !== undefined) watchMetrics(text, watched);
  return text.text;
}

function linkMetrics(text: Exposition, links: readonly LinkStatus[], { links: roles }: RunningNode): void {
  const each = (value: (link: LinkStatus) => number): Sample[] =>
    links.map((link) => [{ link: link.name, network: link.network }, value(link)]);
  text.gauge(
    'mctp_link_info',
    'A link, its role and its EID; always 1',
    links.map(({ name, network, eids }) => {
      const role = roles.find((one) => one.name === name)?.role ?? 'none';
      return [{ link: name, network, role, eid: eids[0] ?? 'none' }, 1];
    }),
  );
  text.gauge(
    'mctp_link_up',
    '1: the link is up',
    each(({ up }) => (up ? 1 : 0)),
  );
  text.gauge(
    'mctp_link_transmission_unit_bytes',
    'Payload of a packet, without its header',
    each(({ transmissionUnit }) => transmissionUnit),
  );
  for (const [name, unit, what] of LINK_COUNTERS) {
    text.counter(
      `mctp_link_${unit}_total`,
      what,
      each(({ counters }) => counters[name]),
    );
  }
  text.counter(
    'mctp_link_dropped_total',
    'Packets received and dropped, and messages they belonged to, by reason',
    links.flatMap(({ name, network, counters: { drops } }) =>
      Object.entries(drops).map(([reason, count]): Sample => [{ link: name, network, reason: snake(reason) }, count]),
    ),
  );
  text.counter(
    'mctp_link_binding_events_total',
    'What the binding of a link counted by itself',
    links.flatMap(({ name, network, linkCounters }) =>
      Object.entries(linkCounters).map(
        ([event, count]): Sample => [{ link: name, network, event: snake(event) }, count],
      ),
    ),
  );
}

/** Of links which have several ways to their other end. */
function pathMetrics(text: Exposition, links: readonly LinkStatus[]): void {
  const paths = links.flatMap(({ name, network, paths: all = [] }) =>
    all.map((path) => ({ path, labels: { link: name, network, path: path.name, backup: path.backup ? 1 : 0 } })),
  );
  if (paths.length === 0) return;
  text.gauge(
    'mctp_link_path_up',
    '1: this way of the link carries packets, or can',
    paths.map(({ path, labels }) => [labels, path.state === 'up' ? 1 : 0]),
  );
  text.gauge(
    'mctp_link_path_round_trip_seconds',
    'Round trip of this way, smoothed',
    paths.flatMap(({ path, labels }): Sample[] =>
      path.roundTripMs === undefined ? [] : [[labels, path.roundTripMs / 1000]],
    ),
  );
  text.counter(
    'mctp_link_path_sent_packets_total',
    'Packets which left by this way',
    paths.map(({ path, labels }) => [labels, path.txPackets]),
  );
  text.counter(
    'mctp_link_path_received_packets_total',
    'Packets which came by this way',
    paths.map(({ path, labels }) => [labels, path.rxPackets]),
  );
}

const LINK_COUNTERS = [
  ['rxPackets', 'received_packets', 'Packets received'],
  ['rxBytes', 'received_bytes', 'Bytes of packets received'],
  ['rxMessages', 'received_messages', 'Messages received in full'],
  ['txPackets', 'sent_packets', 'Packets sent'],
  ['txBytes', 'sent_bytes', 'Bytes of packets sent'],
  ['txMessages', 'sent_messages', 'Messages sent'],
  ['txErrors', 'send_errors', 'Messages which the link could not send'],
  ['txCancelled', 'cancelled', 'Messages cancelled by their sender while queued'],
  ['forwarded', 'forwarded_packets', 'Packets passed on to another link'],
  ['forwardDropped', 'forward_dropped', 'Packets not passed on because the queue of the other link was full'],
  ['queueFull', 'queue_full', 'Times a sender waited, or was refused, because the queue was full'],
] as const;

function peerMetrics(text: Exposition, stack: Mctp): void {
  const networks = [...new Set(stack.links().map(({ network }) => network))];
  const peers = networks.flatMap((network) =>
    stack.peerCounters(network).map((peer) => ({ ...peer, labels: { network, eid: peer.eid } })),
  );
  text.gauge(
    'mctp_peer_tags_in_use',
    'Tags of the peer which are in use or rest, of eight',
    peers.map(({ labels, heldTags }) => [labels, heldTags]),
  );
  for (const [name, unit, what] of PEER_COUNTERS) {
    text.counter(
      `mctp_peer_${unit}_total`,
      what,
      peers.map(({ labels, counters }) => [labels, counters[name]]),
    );
  }
}

const PEER_COUNTERS = [
  ['rxMessages', 'received_messages', 'Messages received from the peer'],
  ['rxBytes', 'received_bytes', 'Bytes of messages received from the peer'],
  ['txMessages', 'sent_messages', 'Messages sent to the peer'],
  ['txBytes', 'sent_bytes', 'Bytes of messages sent to the peer'],
  ['timeouts', 'timeouts', 'Requests to the peer which got no answer'],
  ['retries', 'retries', 'Requests to the peer sent again'],
  ['lateReplies', 'late_replies', 'Answers which came after their request had given up'],
  ['tagsExhausted', 'tags_exhausted', 'Times a sender waited, or was refused, because all tags were in use'],
] as const;

function ownerMetrics(text: Exposition, { owners }: RunningNode): void {
  text.gauge(
    'mctp_bus_owner_endpoints',
    'Endpoints which the bus owner knows, by state',
    owners.flatMap((owner) => {
      const endpoints = owner.endpoints();
      return (['available', 'degraded'] as const).map((state): Sample => {
        return [{ network: owner.network, state }, endpoints.filter((one) => one.connectivity === state).length];
      });
    }),
  );
  text.gauge(
    'mctp_bus_owner_eids_held',
    'EIDs which the bus owner gave, or reserves',
    owners.map(({ network, pool }) => [{ network }, pool.entries().length]),
  );
}

function networkMetrics(text: Exposition, network: ServedNetwork): void {
  const { counters, values, policy } = network;
  const info = { policy: policy.policy.name };
  text.gauge('mctp_served_info', 'The served network and its policy; always 1', [[info, 1]]);
  text.gauge('mctp_served_clients', 'Clients which are connected', [[{}, network.clients.size]]);
  text.gauge('mctp_served_nodes', 'Nodes of the network', [[{}, network.nodes().length]]);
  text.gauge('mctp_served_nodes_limit', NETWORK_OPTIONS['max-nodes'].what, [[{}, values['max-nodes']]]);
  text.counter('mctp_served_refused_total', 'Nodes which were refused', [[{}, counters.refused]]);
  text.counter('mctp_served_hostile_total', 'Clients which broke the protocol and were closed', [
    [{}, counters.hostile],
  ]);
  text.counter('mctp_served_undelivered_total', 'Messages which the policy gave to no node', [[{}, counters.dropped]]);
  text.counter('mctp_policy_faults_total', 'Hooks of the policy which threw or took too long', [[{}, policy.faults]]);
  text.counter('mctp_policy_dropped_total', 'Messages which the policy dropped', [[{}, policy.dropped]]);
}

function nodeMetrics(text: Exposition, network: ServedNetwork): void {
  const nodes = network.nodes();
  const each = (value: (node: (typeof nodes)[number]) => number): Sample[] =>
    nodes.map((node) => [{ node: node.node }, value(node)]);
  text.gauge(
    'mctp_node_present',
    '0: the process of a persistent node is away',
    each(({ present }) => (present ? 1 : 0)),
  );
  text.gauge(
    'mctp_node_queue_messages',
    'Messages which wait for the node',
    each(({ queued }) => queued),
  );
  text.gauge(
    'mctp_node_queue_limit_messages',
    'Messages which may wait for the node',
    each(() => network.values.queue),
  );
  text.gauge(
    'mctp_node_pending_requests',
    'Requests of the node under way',
    each(({ pending }) => pending),
  );
  text.gauge(
    'mctp_node_tags_held',
    'Tags which the node allocated',
    each(({ tags }) => tags),
  );
  text.gauge(
    'mctp_node_bindings',
    'Message types which the node bound',
    each(({ bindings }) => bindings.length),
  );
  text.counter(
    'mctp_node_received_messages_total',
    'Messages given to the node',
    each(({ received }) => received),
  );
  text.counter(
    'mctp_node_sent_messages_total',
    'Messages which the node sent',
    each(({ sent }) => sent),
  );
  text.counter(
    'mctp_node_dropped_messages_total',
    'Messages lost because the queue of the node was full',
    each(({ dropped }) => dropped),
  );
}

function trafficMetrics(text: Exposition, { traffic }: ServedNetwork): void {
  const byType = (counts: Float64Array): Sample[] =>
    [...counts.entries()].flatMap(([type, count]) => (count === 0 ? [] : [[typeLabels(type), count] as const]));
  text.counter('mctp_sent_messages_total', 'Messages sent by nodes, by message type', byType(traffic.sent));
  text.counter(
    'mctp_received_messages_total',
    'Messages which came for nodes, by message type',
    byType(traffic.received),
  );
  text.counter('mctp_requests_total', 'Requests of nodes, by how they ended', [
    [{ result: 'answered' }, traffic.answered],
    [{ result: 'failed' }, traffic.failed],
  ]);
  text.histogram('mctp_request_duration_seconds', 'From the request of a node to its answer', traffic.roundTrip);
  text.counter(
    'mctp_pldm_requests_total',
    'PLDM requests of nodes, by PLDM type and by how they ended',
    Object.entries(traffic.pldm).flatMap(([result, counts]) =>
      [...counts.entries()].flatMap(([type, count]) =>
        count === 0 ? [] : [[{ pldm_type: type, result }, count] as const],
      ),
    ),
  );
}

function typeLabels(type: number): { readonly type: number; readonly type_name: string } {
  return { type, type_name: messageTypeName(type) };
}

/** `unknownTag` is `unknown_tag`. */
function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
