/** A bench whose devices can be pulled out, served with a web page; all of it in this process, from the sources. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { registerLinkKind } from '../../bindings/link-registry.js';
import { systemClock } from '../../bindings/system-clock.js';
import type { Bench } from '../../hw-fixtures/bench/bench.js';
import { openBench } from '../../hw-fixtures/bench/bench.js';
import { parseConfig } from '../../tools/config/config-parse.js';
import { Serving } from '../../tools/serve/serving.js';

export interface Lab {
  readonly bench: Bench;
  readonly origin: string;
  readonly token: string;
  /** Its folder, for files. */
  readonly folder: string;
  /** The folder of the served network. */
  readonly network: string;
  /** The server ends, and another one begins at the same address. */
  restart(meanwhile: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

interface Running {
  readonly origin: string;
  close(): Promise<void>;
}

let labs = 0;

export interface LabOptions {
  /** TOML of the bench; the default one is served as it is. */
  readonly description?: string;
  /** The server watches, and records. */
  readonly watch?: boolean;
}

export async function openLab({ description, watch = false }: LabOptions = {}): Promise<Lab> {
  const scheme = `lab${labs++}`;
  const bench = await openBench({ clock: systemClock, ...(description !== undefined && { description }) });
  const forget = registerLinkKind(scheme, {
    example: `${scheme}:smbus0`,
    create: async ({ place }) => bench.hostLinks().find(({ name }) => name === `bench:${place}`)!,
  });
  const folder = mkdtempSync(join(tmpdir(), 'mctpkit-lab-'));
  const token = 'the-token-of-this-lab';
  writeFileSync(join(folder, 'token'), token);
  const links = bench
    .hostLinks()
    .map(({ name }, n) => `[links.l${n}]\nurl = "${scheme}:${name.replace('bench:', '')}"\n`);
  const owner =
    '[bus-owner]\npoll-ms = 200\nscan-ms = 300\nreclaim-ms = 5000\n[control]\ntimeout-ms = 100\nretries = 1\n';
  const history = JSON.stringify(join(folder, 'history.db'));
  const watching = watch ? `[watch]\nhistory = ${history}\ninterval-ms = 1000\n` : '';
  const start = async (where: string): Promise<Running> => {
    const web = `[web]\nhttp = "${where}"\ntoken-file = ${JSON.stringify(join(folder, 'token'))}\n[serve.lab]\n${watching}`;
    const config = parseConfig([...links, owner, web].join(''), 'the lab');
    const serving = await Serving.start({
      config: { ...config, serve: config.serve.map((entry) => ({ ...entry, dir: folder })) },
      links: [],
      world: {
        clock: systemClock,
        time: Date.now,
        env: { ...process.env, XDG_STATE_HOME: folder, STATE_DIRECTORY: undefined },
        machine: {
          node: '',
          platform: '',
          arch: '',
          command: [],
          memory: () => process.memoryUsage().rss,
          saveMemory: async () => {},
        },
      },
      hear: () => {},
      tell: () => {},
    });
    const stop = new AbortController();
    const working = serving.work(stop.signal);
    return {
      origin: serving.page!,
      close: async () => {
        stop.abort();
        await working;
        await serving.close();
      },
    };
  };
  let running = await start('127.0.0.1:0');
  const { origin } = running;
  return {
    bench,
    origin,
    token,
    folder,
    network: join(folder, 'lab'),
    restart: async (meanwhile) => {
      await running.close();
      await meanwhile();
      running = await start(new URL(origin).host);
    },
    close: async () => {
      await running.close();
      await bench.close();
      forget();
      rmSync(folder, { recursive: true });
    },
  };
}
