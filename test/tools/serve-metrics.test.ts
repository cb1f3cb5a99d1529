/** Metrics of a served network: over HTTP, on its socket, and from the verb; read by Prometheus where that is installed. */

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Histogram } from '../../bindings/shared/server/metric-histogram.js';
import { Traffic } from '../../bindings/shared/server/traffic.js';
import { Exposition } from '../../tools/serve/metrics/exposition.js';
import { RunningCommand } from '../support/cli.js';
import { mctpkit } from '../support/in-process.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-metrics-'));
const isInstalled = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;
const real = { realTime: true };

describe('metrics as text', () => {
  it('quotes what names may contain, and sums up the steps of a histogram', () => {
    const text = new Exposition({ served: 'lab' });
    text.gauge('mctp_x', 'what', [[{ link: 'a"b\\c\nd' }, 1]]);
    text.counter('mctp_none_total', 'left out', []);
    const histogram = new Histogram([1, 2]);
    for (const value of [0.5, 1, 1.5, 9]) histogram.add(value);
    text.histogram('mctp_h_seconds', 'long', histogram);
    expect(text.text.split('\n')).toEqual([
      '# HELP mctp_x what',
      '# TYPE mctp_x gauge',
      'mctp_x{served="lab",link="a\\"b\\\\c\\nd"} 1',
      '# HELP mctp_h_seconds long',
      '# TYPE mctp_h_seconds histogram',
      'mctp_h_seconds_bucket{served="lab",le="1"} 2',
      'mctp_h_seconds_bucket{served="lab",le="2"} 3',
      'mctp_h_seconds_bucket{served="lab",le="+Inf"} 4',
      'mctp_h_seconds_sum{served="lab"} 12',
      'mctp_h_seconds_count{served="lab"} 4',
      '',
    ]);
  });

  it('tells PLDM requests apart by their type and their completion code', () => {
    const traffic = new Traffic();
    const platform = Uint8Array.of(0x80, 0x02, 0x11, 1, 0);
    traffic.asked(1, platform, Uint8Array.of(0, 2, 0x11, 0), 1);
    traffic.asked(1, platform, Uint8Array.of(0, 2, 0x11, 0x80), 1);
    traffic.asked(1, platform, undefined, 100);
    traffic.asked(0x7e, platform, platform, 1);
    const { success, error, failed } = traffic.pldm;
    expect([success[2], error[2], failed[2]]).toEqual([1, 1, 1]);
    expect([traffic.answered, traffic.failed, traffic.roundTrip.count]).toEqual([3, 1, 3]);
  });
});

describe('metrics of a server', () => {
  let server: RunningCommand;
  let url: string;
  beforeAll(async () => {
    const file = join(folder, 'mctpkit.toml');
    writeFileSync(file, '[links.a]\nurl = "bench:"\n[serve.lab]\nmetrics = "127.0.0.1:0"\n');
    server = new RunningCommand(['serve', '--config', file, '--dir', folder, '--json']);
    ({ metrics: url } = JSON.parse(await server.line(/"ready"/)) as { metrics: string });
    await mctpkit(['ping', '9', '-W', '30s', '-c', '3', '-i', '1ms', '--link', `shared:${folder}/lab`], real);
  });
  afterAll(async () => {
    expect(await server.stop()).toMatchObject({ code: 0 });
    rmSync(folder, { recursive: true });
  });

  const figureOf = (text: string, name: string): number =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.slice(name.length + 1),
    );
  const get = async (): Promise<string> => (await fetch(url)).text();

  it('count what happened', async () => {
    expect((await fetch(url)).headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const text = await get();
    for (const line of [
      'mctp_link_up{served="lab",link="bench:smbus0",network="1"} 1',
      'mctp_served_info{served="lab",policy="switch"} 1',
      'mctp_link_dropped_total{served="lab",link="bench:smbus0",network="1",reason="unknown_tag"} 0',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    // A tag of a request that was given up rests for a while.
    expect(figureOf(text, 'mctp_peer_tags_in_use{served="lab",network="1",eid="9"}')).toBeLessThanOrEqual(8);
    const asked = figureOf(text, 'mctp_requests_total{served="lab",result="answered"}');
    expect(asked).toBeGreaterThanOrEqual(3);
    expect(figureOf(text, 'mctp_request_duration_seconds_count{served="lab"}')).toBe(asked);
    // Every request was sent; one that was given up, or is under way, has no answer.
    const ended = text.split('\n').filter((line) => line.startsWith('mctp_requests_total{served="lab"'));
    const all = ended.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    const sent = figureOf(text, 'mctp_sent_messages_total{served="lab",type="0",type_name="control"}');
    expect(sent).toBeGreaterThanOrEqual(asked);
    expect(sent - all, text).toBeLessThanOrEqual(1);
    expect(text).toMatch(/mctp_bus_owner_endpoints\{.*state="available"\} 7/);
  });

  it('are the same families on the socket, which ends like a file, and from the verb', async () => {
    // While it asks, the verb itself is a node.
    const families = (text: string): string[] =>
      text.split('\n').filter((line) => line.startsWith('# TYPE') && !line.includes('mctp_node_'));
    const socket = connect(`${folder}/lab/metrics`);
    let read = '';
    for await (const chunk of socket) read += String(chunk);
    const shown = await mctpkit(['network', 'metrics', '--link', `shared:${folder}/lab`], real);
    const expected = families(await get());
    expect(families(read)).toEqual(expected);
    expect(families(shown.stdout)).toEqual(expected);
  });

  it('nothing else is there, and nobody changes anything', async () => {
    expect((await fetch(new URL('/', url))).status).toBe(404);
    expect((await fetch(url, { method: 'POST' })).status).toBe(405);
  });

  it.each([
    ['metrics = "9464"', /not an address with a port/],
    ['metrics = "127.0.0.1:99999"', /not an address with a port/],
    ['metrics = "TAKEN"', /cannot be served at .*another program uses it/],
  ])('%s: one line, and nothing is left', async (setting, what) => {
    const file = join(folder, 'bad.toml');
    const text = setting.replace('TAKEN', new URL(url).host);
    writeFileSync(file, `[links.a]\nurl = "bench:serial0"\n[serve.bad]\n${text}\n`);
    const result = await mctpkit(['serve', '--config', file, '--dir', folder], real);
    expect(result.stderr.trim().split('\n')).toEqual([expect.stringMatching(what)]);
    expect(result.code).not.toBe(0);
    expect(() => readFileSync(`${folder}/bad/metrics`)).toThrow(/ENOENT/);
  });

  it.skipIf(!isInstalled('promtool'))('promtool finds nothing to complain of', async () => {
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: await get() });
    expect([status, String(stdout), String(stderr)]).toEqual([0, '', '']);
    const example = spawnSync('promtool', ['check', 'config', '--syntax-only', 'docs/examples/prometheus.yml']);
    expect([example.status, String(example.stderr)]).toEqual([0, '']);
  });

  it.skipIf(!isInstalled('prometheus'))('Prometheus reads them, and answers every query of the dashboard', async () => {
    const config = readFileSync('docs/examples/prometheus.yml', 'utf8')
      .replace('15s', '1s')
      .replaceAll('127.0.0.1:9464', new URL(url).host);
    writeFileSync(join(folder, 'prometheus.yml'), config);
    const prometheus = spawn('prometheus', [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/tsdb`,
      '--web.listen-address=127.0.0.1:0',
    ]);
    try {
      const api = await listening(prometheus.stderr);
      const ask = async (query: string): Promise<{ status: string; data: { result: { value: [number, string] }[] } }> =>
        (await (await fetch(`${api}/api/v1/query?query=${encodeURIComponent(query)}`)).json()) as never;
      const name = 'mctp_requests_total{served="lab",result="answered"}';
      const answered = String(figureOf(await get(), name));
      await expect.poll(async () => (await ask(name)).data.result[0]?.value[1]).toBe(answered);
      const dashboard = JSON.parse(readFileSync('docs/examples/grafana-dashboard.json', 'utf8')) as {
        panels: { targets: { expr: string }[] }[];
      };
      const families = await get();
      for (const { expr } of dashboard.panels.flatMap(({ targets }) => targets)) {
        const query = expr.replaceAll('$served', '.*').replaceAll('$__rate_interval', '1m');
        expect({ query, status: (await ask(query)).status }).toEqual({ query, status: 'success' });
        const [name] = /mctp_\w+/.exec(expr)!;
        if (!name.startsWith('mctp_node_')) expect(families).toContain(name);
      }
    } finally {
      prometheus.kill('SIGKILL');
    }
  });
});

/** The address it chose, as its log says. */
function listening(log: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    log.on('data', (chunk: Buffer) => {
      text += String(chunk);
      const found = /msg="Listening on" address=(\S+)/.exec(text)?.[1];
      if (found !== undefined) resolve(`http://${found}`);
    });
    log.on('end', () => reject(new Error(`prometheus did not start: ${text}`)));
  });
}
