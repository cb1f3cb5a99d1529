/** What a configuration says, run as `mctpkit run` does, and its networks served to other processes. */

import { isDeepStrictEqual } from 'node:util';
import { LINK_PREFIX } from '../../bindings/kernel/kernel-tables.js';
import { DemuxServer } from '../../bindings/shared/server/demux/demux-server.js';
import { keptInFile } from '../../bindings/shared/server/kept-nodes.js';
import { NetworkFolder } from '../../bindings/shared/server/network-folder.js';
import {
  NETWORK_OPTIONS,
  type NetworkOptionValues,
  type OptionValue,
} from '../../bindings/shared/server/network-options.js';
import { type NetworkEvent, ServedNetwork } from '../../bindings/shared/server/served-network.js';
import { networksFolder, socketPath } from '../../bindings/shared/shared-folder.js';
import { SharedMctp } from '../../bindings/shared/shared-mctp.js';
import { connectUnix } from '../../bindings/shared/unix-line.js';
import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { openFailure } from '../command-error.js';
import type { Config, ServeConfig } from '../config/config-model.js';
import { type NodeEvent, RunningNode } from '../config/running-node.js';
import { findNames } from '../names/find-names.js';
import type { WebAccessFiles } from '../web/web-access.js';
import type { WebSite } from '../web/web-site.js';
import type { World } from '../world.js';
import { KERNEL, type KernelDoor, KernelNodes } from './kernel-nodes.js';
import { loadPolicy } from './load-policy.js';
import { LagWatch } from './metrics/lag-watch.js';
import { type MetricsEndpoint, openMetricsEndpoint } from './metrics/metrics-endpoint.js';
import { servedMetrics } from './metrics/served-metrics.js';
import { packageFolder } from './state-folder.js';
import type { PacketDump } from './watch/packet-dumps.js';
import type { WatchDoor } from './watch/watch-door.js';
import { watchOperations } from './watch/watch-operations.js';
import type { Watching } from './watch/watching.js';

export interface ServingOptions {
  readonly config: Config;
  /** URLs, besides the links of the configuration. */
  readonly links: readonly string[];
  readonly world: Pick<World, 'clock' | 'time' | 'env' | 'machine'>;
  /** Default: the kernel of this machine. */
  readonly kernel?: KernelDoor;
  hear(event: NodeEvent): void;
  tell(network: string, event: NetworkEvent): void;
}

export interface Reloaded {
  readonly changed: readonly string[];
  readonly needsRestart: readonly string[];
}

interface Served {
  readonly entry: ServeConfig;
  readonly network: ServedNetwork;
  readonly folder: NetworkFolder;
  readonly interfaces: KernelNodes;
  endpoint?: MetricsEndpoint;
  demux?: DemuxServer;
}

export class Serving {
  readonly #served: Served[];
  readonly #node: RunningNode;
  readonly #lag: LagWatch;
  readonly #over = new AbortController();
  #work: Promise<void> | undefined;
  #endSearch: () => void = () => {};
  #watch: Watching | undefined;

  readonly #options: ServingOptions;
  readonly #searched: Promise<void>;
  #site: WebSite | undefined;

  private constructor(node: RunningNode, options: ServingOptions, served: Served[]) {
    this.#node = node;
    this.#served = served;
    this.#options = options;
    this.#lag = new LagWatch(options.world.clock);
    this.#searched = new Promise((resolve) => {
      this.#endSearch = resolve;
    });
  }

  /** Links are open and clients may come. @throws CommandError, MctpError: one line; nothing is left half made */
  static async start(options: ServingOptions): Promise<Serving> {
    const { config, links, world, hear, kernel } = options;
    const served: Served[] = [];
    // Before anything is opened.
    const access = config.web && (await (await import('../web/web-access.js')).webAccess(config.web));
    let site: () => WebSite | undefined = () => undefined;
    let watch: () => Watching | undefined = () => undefined;
    const node = await RunningNode.start({
      config,
      links: [...links, ...grabbedIn(config, kernel)],
      clock: world.clock,
      env: world.env,
      hear: (event) => {
        if (event.kind === 'endpoint') {
          for (const { interfaces, network } of served) {
            interfaces.hear(event.happened);
            network.endpointEvent(event.happened);
          }
        }
        if (event.kind === 'linkPath') {
          const { kind, ...details } = event;
          for (const { network } of served) network.tell(kind, details);
        }
        site()?.hear(event);
        watch()?.hear(event);
        hear(event);
      },
    });
    const serving = new Serving(node, options, served);
    site = () => serving.#site;
    watch = () => serving.#watch;
    try {
      await serving.#startWatch();
      for (const entry of config.serve) await serving.#serve(entry);
      if (config.web !== undefined && access !== undefined) await serving.#openSite(config.web.http, access);
      return serving;
    } catch (error) {
      await serving.close();
      throw openFailure(error);
    }
  }

  get node(): RunningNode {
    return this.#node;
  }

  /** The networks and their folders. */
  get networks(): { readonly name: string; readonly folder: string; readonly metrics: string | undefined }[] {
    return this.#served.map(({ network, folder, endpoint }) => {
      return { name: network.name, folder: folder.path, metrics: endpoint?.url };
    });
  }

  /** Aborts when nothing is left to serve. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** `http://127.0.0.1:8080`; undefined: there is no page. */
  get page(): string | undefined {
    return this.#site?.origin;
  }

  /** What is known of devices; undefined without `[watch]`. */
  get watch(): WatchDoor | undefined {
    return this.#watch;
  }

  /** Write what the flight recorder has; undefined: there is none. @throws MctpError EIO */
  async dump(reason: string): Promise<PacketDump | undefined> {
    return await this.#watch?.dumps?.dump(reason);
  }

  /** Find what is there, and keep watch. */
  work(signal: AbortSignal): Promise<void> {
    this.#work ??= this.#node.work(signal).finally(() => this.#endSearch());
    return this.#work;
  }

  /**
   * Be what another configuration says, and change only what is different. What cannot change while a network runs needs a
   * new start, and is told.
   * @throws CommandError, MctpError: a link cannot be opened, a policy not loaded; what was done until then stays
   */
  async reload(config: Config): Promise<Reloaded> {
    const changed: string[] = [...(await this.#node.reload(config))];
    const needsRestart: string[] = [];
    for (const { interfaces } of this.#served) interfaces.rolesTaken();
    this.#watch?.follow(this.#node.owners);
    if (this.#watch !== undefined && config.watch !== undefined) {
      const watch = this.#watch.reload(config.watch);
      changed.push(...watch.changed);
      needsRestart.push(...watch.needsRestart);
    } else if (!isDeepStrictEqual(config.watch, this.#options.config.watch)) needsRestart.push('watch');
    for (const served of [...this.#served]) {
      const { network, entry } = served;
      const wanted = config.serve.find(({ name }) => name === network.name);
      if (wanted === undefined) {
        await this.#end(served);
        changed.push(`network ${network.name} removed`);
        continue;
      }
      served.folder.tellLinks(network);
      if ((wanted.dir ?? '') !== (entry.dir ?? '')) needsRestart.push(`${network.name}: dir`);
      if (wanted.metrics !== entry.metrics) needsRestart.push(`${network.name}: metrics`);
      if (!isDeepStrictEqual(wanted.kernel, entry.kernel)) needsRestart.push(`${network.name}: kernel`);
      if (wanted.demux !== entry.demux || (wanted.demux && wanted.demuxSocket !== entry.demuxSocket)) {
        needsRestart.push(`${network.name}: demux`);
      }
      const values = optionsOf(wanted);
      for (const { name, value, who } of network.shownOptions()) {
        const next: OptionValue | undefined = values[name as keyof NetworkOptionValues];
        if (next === undefined || next === value) continue;
        const title = `${network.name}: ${name}`;
        if (who === undefined) needsRestart.push(title);
        else {
          network.setOption(name, next);
          changed.push(title);
        }
      }
    }
    if (!isDeepStrictEqual(config.web, this.#options.config.web)) needsRestart.push('the web page');
    for (const entry of config.serve) {
      if (this.#served.some(({ network }) => network.name === entry.name)) continue;
      await this.#serve(entry);
      changed.push(`network ${entry.name} added`);
    }
    return { changed, needsRestart };
  }

  /** Nodes are told, queues are emptied within a limit, links are closed. */
  async close(): Promise<void> {
    this.#endSearch();
    await this.#site?.close();
    await this.#watch?.close();
    this.#watch = undefined;
    for (const { network, interfaces, demux } of this.#served) {
      demux?.close();
      await network.close();
      await interfaces.close();
    }
    this.#lag.close();
    for (const { folder, endpoint } of this.#served.splice(0)) {
      endpoint?.close();
      await folder.close();
    }
    await this.#node.close();
  }

  async #end(served: Served): Promise<void> {
    const { network, interfaces, endpoint, demux, folder } = served;
    const index = this.#served.indexOf(served);
    if (index >= 0) this.#served.splice(index, 1);
    demux?.close();
    await network.close();
    await interfaces.close();
    endpoint?.close();
    await folder.close();
  }

  /** A network ends with its last node, and the server with its last network, unless it has more to do. */
  async #lastLeft(network: ServedNetwork): Promise<void> {
    const served = this.#served.find((one) => one.network === network);
    // Somebody may have come since.
    if (served === undefined || network.nodes().length > 0) return;
    await this.#end(served);
    if (this.#served.length === 0 && this.#site === undefined && this.#watch === undefined) this.#over.abort();
  }

  async #serve(entry: ServeConfig): Promise<void> {
    const { world, tell, hear, kernel } = this.#options;
    const { clock, time, env, machine } = world;
    const { policy, runHook } = await loadPolicy(entry.policy);
    const { name } = entry;
    const path = `${entry.dir ?? networksFolder(env)}/${name}`;
    const sources = {
      node: this.#node,
      lag: this.#lag,
      startedAt: time() / 1000,
      memory: () => machine.memory(),
      watch: () => this.#watch,
    };
    const interfaces = new KernelNodes({
      node: this.#node,
      clock,
      door: kernel,
      problem: (what) => hear({ kind: 'problem', what }),
    });
    const network: ServedNetwork = new ServedNetwork({
      interfaces,
      // Who made the last node leave gets an answer first.
      lastLeft: () => void clock.schedule(0, () => void this.#lastLeft(network)),
      name,
      stack: this.#node.mctp,
      clock,
      time,
      policy,
      runHook,
      searched: this.#searched,
      options: optionsOf(entry),
      kept: keptInFile(path, (what) => hear({ kind: 'problem', what })),
      operations: watchOperations(() => this.#watch),
      ...(this.#watch !== undefined && { typeHolder: this.#watch }),
      metrics: (of) => {
        this.#lag.start();
        return servedMetrics(of, sources);
      },
    });
    const folder = await NetworkFolder.open(path, network).catch(async (error: unknown) => {
      throw MctpError.is(error, 'EADDRINUSE') ? await whySecond(path, entry, clock, error) : error;
    });
    const served: Served = { entry, network, folder, interfaces };
    this.#served.push(served);
    await interfaces.start(network, entry.kernel);
    if (entry.demux) served.demux = await DemuxServer.open(entry.demuxSocket, network, folder.access);
    folder.tellLinks(network);
    if (entry.metrics !== undefined) {
      this.#lag.start();
      served.endpoint = await openMetricsEndpoint(entry.metrics, () => network.metrics());
    }
    network.on((event) => {
      this.#site?.hearNetwork(name, event);
      tell(name, event);
    });
  }

  /** Of the watch nothing is loaded without it. */
  async #startWatch(): Promise<void> {
    const { config, world, hear } = this.#options;
    if (config.watch === undefined) return;
    const { Watching } = await import('./watch/watching.js');
    const problem = (what: string): void => hear({ kind: 'problem', what });
    this.#watch = await Watching.start({ config: config.watch, stack: this.#node.mctp, world, problem });
    this.#watch.follow(this.#node.owners);
  }

  async #openSite(where: string, access: WebAccessFiles): Promise<void> {
    // Of the page nothing is loaded without it.
    const { WebSite } = await import('../web/web-site.js');
    const networks = () => this.#served.map(({ network }) => network);
    const { config, world, hear } = this.#options;
    const names = await findNames(config, world.env);
    this.#site = await WebSite.open({
      where,
      access,
      watch: this.#watch,
      node: this.#node,
      names,
      networks,
      world,
      packageFolder: packageFolder(this.#served[0]?.folder.path ?? where, world.env),
      problem: (what) => hear({ kind: 'problem', what }),
    });
  }
}

/** A network is served by another process: is it the same, at least? */
async function whySecond(
  path: string,
  { name, policy }: ServeConfig,
  clock: Clock,
  error: MctpError,
): Promise<MctpError> {
  const running = await SharedMctp.open({
    name,
    clock,
    right: 'receive',
    connect: (right) => connectUnix(socketPath(path, right), clock),
  }).catch(() => undefined);
  const other = running?.hello.policy;
  running?.close();
  if (other === undefined || other === policy) return error;
  const what = `the network ${name} is served already, with the policy ${other} and not ${policy}: use it as it is, or end its server first`;
  return new MctpError('EADDRINUSE', what, { cause: error });
}

/** URLs of links which networks grab, but of those which are links of the configuration anyway. */
function grabbedIn({ serve, links }: Config, { grabUrl }: KernelDoor = KERNEL): string[] {
  const names = serve.flatMap(({ kernel }) => kernel.flatMap((wish) => (wish.kind === 'grab' ? [wish.interface] : [])));
  const isNamed = (name: string): boolean => links.some(({ link }) => link === `${LINK_PREFIX}${name}`);
  return [...new Set(names)].filter((name) => !isNamed(name)).map((name) => grabUrl(name));
}

function optionsOf(entry: ServeConfig): NetworkOptionValues {
  const { policy, mode, owner = '', group = '', messageBytes, maxNodes, queue, lossless, keep, shutdownMs } = entry;
  return {
    policy,
    mode: mode ?? NETWORK_OPTIONS.mode.default,
    owner,
    group,
    queue,
    lossless,
    keep,
    'message-bytes': messageBytes,
    'max-nodes': maxNodes,
    'shutdown-ms': shutdownMs,
  };
}
