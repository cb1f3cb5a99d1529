/** The web page of a server: what it serves, watched, and shown to those who may see it. */

import { record } from '../../bindings/capture/recorder.js';
import type { NetworkEvent, ServedNetwork } from '../../bindings/shared/server/served-network.js';
import type { EndpointInfo } from '../../stack/bus-owner/index.js';
import { MctpError } from '../../stack/errors.js';
import type { Resolver } from '../../stack/names/index.js';
import { endpointName } from '../address.js';
import type { NodeEvent, RunningNode } from '../config/running-node.js';
import { packageVersion } from '../package-version.js';
import type { WatchDoor } from '../serve/watch/watch-door.js';
import type { World } from '../world.js';
import { DeviceFacts, type FactDevice } from './device-facts.js';
import type { DeviceFeed } from './device-feed.js';
import { networkEventRow, nodeEventRow } from './event-rows.js';
import { FirmwareDesk } from './firmware-desk.js';
import { firstWays } from './first-ways.js';
import { NodeWatch } from './node-watch.js';
import { PacketWatch } from './packet-watch.js';
import { pageFiles } from './page-files.js';
import { SensorFeed } from './sensor-feed.js';
import { WatchFeed } from './watch-feed.js';
import type { WebAccessFiles } from './web-access.js';
import { WebModel } from './web-model.js';
import { type WebRequest, WebServer } from './web-server.js';

export interface WebSiteOptions {
  /** `127.0.0.1:8080` */
  readonly where: string;
  readonly access: WebAccessFiles;
  readonly names: Resolver;
  /** What is known of devices, when the server watches them. */
  readonly watch: WatchDoor | undefined;
  readonly node: RunningNode;
  networks(): readonly ServedNetwork[];
  /** Where firmware packages are kept until their updates have come to their end. */
  readonly packageFolder: string;
  problem(what: string): void;
  readonly world: Pick<World, 'clock' | 'time' | 'env' | 'machine'>;
}

/** Links, endpoints and nodes are looked at once in so many rounds of the server. */
const LOOK_EACH = 5;
const HOUR_MS = 3_600_000;

export class WebSite {
  readonly #model: WebModel;
  readonly #server: WebServer;
  readonly #facts: DeviceFacts;
  readonly #feed: DeviceFeed;
  readonly #names: Resolver;
  readonly #desk: FirmwareDesk;
  readonly #time: () => number;

  private constructor(parts: {
    readonly model: WebModel;
    readonly server: WebServer;
    readonly facts: DeviceFacts;
    readonly feed: DeviceFeed;
    readonly names: Resolver;
    readonly desk: FirmwareDesk;
    readonly time: () => number;
  }) {
    this.#model = parts.model;
    this.#server = parts.server;
    this.#facts = parts.facts;
    this.#feed = parts.feed;
    this.#names = parts.names;
    this.#desk = parts.desk;
    this.#time = parts.time;
  }

  /** @throws CommandError, MctpError: one line */
  static async open({
    where,
    access,
    node,
    names,
    networks,
    watch,
    packageFolder,
    problem,
    world,
  }: WebSiteOptions): Promise<WebSite> {
    const { clock, time, machine, env } = world;
    const model = new WebModel();
    const facts = new DeviceFacts(node.mctp, clock);
    const originMs = time() - clock.now();
    const packets = new PacketWatch(
      { record: async (hear, options) => record(node.mctp, hear, { ...options, originMs }) },
      (wish) => watch?.recorded(wish),
    );
    const endpoints = () => node.owners.flatMap((owner) => owner.endpoints());
    const feed: DeviceFeed =
      watch === undefined
        ? new SensorFeed({ host: node.mctp, clock, names, endpoints: () => firstWays(endpoints()) }, model, time)
        : new WatchFeed(watch, model, time);
    const thingOf = (network: number, eid: number): string => feed.thingOf(network, eid);
    const nodeWatch = new NodeWatch({ node, names, networks, time, thingOf }, model);
    const desk = new FirmwareDesk({
      transport: node.mctp,
      clock,
      client: facts.client,
      model,
      names,
      endpoints,
      responder: watch?.responder,
      time,
      packages: { folder: packageFolder, temporary: env.TMPDIR ?? '/tmp' },
      find: (endpoint) => findAgain(node, endpoint),
    });
    desk.remember(problem);
    const startedAt = time();
    let round = 0;
    const server = await WebServer.open({
      where,
      access,
      files: await pageFiles(),
      model,
      packets,
      clock,
      look: (wanted) => {
        if (wanted) packets.work();
        else packets.rest();
        if (round++ % LOOK_EACH !== 0) return;
        feed.look();
        nodeWatch.look();
        model.server.put('server', {
          version: packageVersion(),
          networks: networks().map(({ name }) => name),
          startedAt,
          time: Math.round(time()),
          memory: machine.memory(),
          viewers: server.viewers,
          canManage: server.guard.canManage,
          hasHistory: feed.hasHistory,
        });
      },
      watched: (watched) => {
        feed.wanted = watched;
        if (watched) void packets.start();
        else packets.stop();
      },
      trace: (key, hours) =>
        (hours > 0 ? feed.trace(key, time() - hours * HOUR_MS) : undefined) ?? model.traces.points(key),
      fact: (key, name, number) => {
        const device = deviceOf(endpoints(), key);
        return device && facts.read(device, name, number);
      },
      file: async (key, identifier) => {
        const device = deviceOf(endpoints(), key);
        if (device === undefined) return undefined;
        const file = await facts.file(device, identifier);
        const { network, eid } = device;
        const about = endpointName(names, device.info);
        const brokeOff = (bytes: number, why: string): void => {
          const text = `${file.path} broke off after ${bytes} bytes: ${why}`;
          model.event({ time: time(), kind: 'file', level: 'error', network, eid, about, text });
        };
        return { ...file, brokeOff };
      },
      metrics: (name) => {
        const all = networks();
        return (name === '' && all.length === 1 ? all[0] : all.find((one) => one.name === name))?.metrics();
      },
      requests: new Map<string, WebRequest>([
        ['package', (query, request) => desk.package(query, request)],
        ['update', (query) => desk.update(query)],
        ['cancel', (query) => desk.cancel(query)],
        ['resume', (query) => desk.resume(query)],
        ['forget', (query) => desk.forget(query)],
        // Whoever gets as far has the right token.
        ['token', async () => ({})],
        [
          'kick',
          async (query) => {
            const served = networks().find(({ name }) => name === query.get('served'));
            if (served === undefined) throw new MctpError('ENOENT', 'there is no such network');
            await served.kick(Number(query.get('node')));
          },
        ],
      ]),
    });
    return new WebSite({ model, server, facts, feed, names, desk, time });
  }

  /** `http://127.0.0.1:8080` */
  get origin(): string {
    return this.#server.origin;
  }

  hear(event: NodeEvent): void {
    this.#model.event(nodeEventRow(event, this.#time(), this.#names));
  }

  hearNetwork(served: string, event: NetworkEvent): void {
    const row = networkEventRow(served, event);
    if (row !== undefined) this.#model.event(row);
  }

  async close(): Promise<void> {
    this.#server.close();
    await this.#desk.close();
    await this.#feed.close();
    this.#facts.close();
  }
}

/** By `NETWORK:EID`. */
function deviceOf(endpoints: readonly EndpointInfo[], key: string): (FactDevice & { info: EndpointInfo }) | undefined {
  const info = endpoints.find(({ network, eid }) => `${network}:${eid}` === key);
  if (info === undefined) return undefined;
  const { network, eid, uuid, link, physicalAddress } = info;
  return { network, eid, identity: uuid ?? `${link}/${physicalAddress}`, info };
}

/** A device which was reset may have lost its EID: it is where it was, or has its UUID. */
async function findAgain(node: RunningNode, { link, physicalAddress, uuid, network }: EndpointInfo) {
  const owner = node.owners.find((one) => one.network === network);
  const addresses = physicalAddress === undefined || physicalAddress === '' ? {} : { addresses: [physicalAddress] };
  await owner?.discover({ links: [link], ...addresses }).catch((error: unknown) => {
    if (!MctpError.is(error)) throw error;
  });
  return firstWays(owner?.endpoints() ?? []).find((one) =>
    uuid !== undefined ? one.uuid === uuid : one.link === link && one.physicalAddress === physicalAddress,
  );
}
