/** A server which watches the bench, and what is asked of it: history, events, packets, metrics, hooks. */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCHEMAS } from '../../../tools/schema/index.js';
import { mctpkit, RunningVerb } from '../../support/in-process.js';
import { misfits } from '../../support/json-schema.js';

const folder = mkdtempSync(join(tmpdir(), 'watching-'));
const config = join(folder, 'mctpkit.toml');
const file = join(folder, 'history.db');
const link = ['--link', `shared:${folder}/lab`];
const real = { realTime: true } as const;
let server: RunningVerb;

/** Ask until it is as it should be: the server does it in its own time. */
async function until(args: readonly string[], pattern: RegExp): Promise<string> {
  for (;;) {
    const { stdout } = await mctpkit([...args, ...link], real);
    if (pattern.test(stdout)) return stdout;
  }
}

beforeAll(async () => {
  writeFileSync(
    config,
    `[links.bench]
url = "bench:"
[serve.lab]
dir = "${folder}"
[watch]
history = "${file}"
interval-ms = 500
drive-interval-ms = 500
min-interval-ms = 200
max-bus-share = 100
[watch.hooks.tell]
command = ["/bin/sh", "-c", "cat >> ${folder}/told"]
on = ["appeared"]
`,
  );
  server = new RunningVerb(['serve', '--config', config]);
  await server.line(/^lab: ready/);
  await until(['events', '--kind', 'watchState'], /(asking -> watched[\s\S]*){8}/);
  await until(['history', '9'], /Drive health[\s\S]*Composite temperature/);
});

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

describe('history', () => {
  it('lists the devices, the sensors of one, and the readings of a sensor', async () => {
    const devices = await mctpkit(['history', ...link], real);
    expect(devices.stdout).toMatch(/^eid +device +sensors +first seen +last seen +key\n/);
    expect(devices.stdout).toMatch(/^9 +NVMe drive +8 /m);
    const sensors = await mctpkit(['history', 'nvme drive', ...link], real);
    expect(sensors.stdout).toMatch(/^EID 9 {2}NVMe drive\nid +sensor +least +mean +most +last/);
    expect(sensors.stdout).toMatch(/^temperature +Composite temperature +\d/m);
    const one = await mctpkit(['history', '9', 'temperature', ...link], real);
    expect(one).toMatchObject({ code: 0, stdout: expect.stringMatching(/time +least +°C +most +readings\n20\d\d-/) });
  });

  it('as JSON, CSV and a picture', async () => {
    const json = JSON.parse((await mctpkit(['history', '9', 'spare', '--json', ...link], real)).stdout);
    expect(json).toMatchObject({
      eid: 9,
      sensors: [{ key: 'spare', unit: '%', points: [{ least: 100, readings: 1 }] }],
    });
    const csv = (await mctpkit(['history', '9', '--csv', ...link], real)).stdout.split('\n');
    expect(csv[0]).toBe('time,device,device name,sensor,sensor name,unit,least,mean,most,last,readings');
    expect(csv[1]).toMatch(/^20\d\d-.*Z,[0-9a-f-]{36},NVMe drive,temperature,Composite temperature,°C,\d/);
    const svg = join(folder, 'drive.svg');
    expect((await mctpkit(['history', '9', '--svg', svg, ...link], real)).stderr).toMatch(/^saved /);
    const picture = readFileSync(svg, 'utf8');
    expect(picture).toMatch(/^<svg [\s\S]*Readings \(°C\)[\s\S]*States \(number\)[\s\S]*<\/svg>\n$/);
    expect(picture).not.toContain('NaN');
  });

  it('its JSON is as mctpkit schema says', async () => {
    for (const words of [['history'], ['history', '9'], ['events']]) {
      const { stdout } = await mctpkit([...words, '--json', ...link], real);
      expect(misfits(JSON.parse(stdout), SCHEMAS[words[0]!]!)).toEqual([]);
    }
  });

  it('is read from its file, too', async () => {
    await until(['events', '--kind', 'serving'], /the server was started/);
    const shown = await mctpkit(['events', '--kind', 'watchState', '--file', file], real);
    expect(shown).toMatchObject({ code: 0, stdout: expect.stringMatching(/waiting -> asking/) });
  });

  it.each([
    [['history', 'nobody', ...link], 1, /nothing is recorded of a device "nobody": known are .*9 \(NVMe drive\)/],
    [['history', '9', 'nothing', ...link], 1, /nothing is recorded of a sensor "nothing" of NVMe drive: known are/],
    [['history', '--csv', ...link], 2, /which device\? Name one/],
    [['history', '9', '--csv', '--json', ...link], 2, /use one of --csv, --json and --svg/],
    [['history', '9', '--since', 'soon', ...link], 2, /--since soon is wrong: use a time before now such as 2h/],
    [['history', '9', '--since', '1h', '--until', '2h', ...link], 2, /--since is after --until/],
    [['history', '--file', '/none/h.db'], 2, /there is no history \/none\/h.db/],
    [['events', '--kind', 'nope', ...link], 2, /there is no kind "nope": known are appeared, .*watchState.*, linkDown/],
    [['events', '--kind', 'watchstate', ...link], 2, /there is no kind "watchstate" \(did you mean watchState\?\)/],
    [['history', '--file', config], 2, /mctpkit\.toml is not a history, or it is damaged/],
    [['events', '--file', folder], 2, /is a folder: name the file of a history$/m],
    [
      ['network', 'trace', '--node', '77', ...link],
      2,
      /there is no node 77 on lab: mctpkit network nodes lists them$/m,
    ],
    [['history', '--link', 'bench:'], 2, /bench: is not a served network/],
  ])('%s is told in one line', async (args, code, message) => {
    const { stderr, ...ended } = await mctpkit(args, real);
    expect(ended.code).toBe(code);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});

describe('events', () => {
  it('are those of the time, the device and the kinds which were asked for', async () => {
    const json = JSON.parse((await mctpkit(['events', '9', '--kind', 'firmware', '--json', ...link], real)).stdout);
    expect(json.events[0]).toMatchObject({ kind: 'firmware', deviceName: 'NVMe drive', severity: 'ok' });
    expect(json.events.every(({ kind }: { kind: string }) => kind === 'firmware')).toBe(true);
    const none = await mctpkit(['events', '--until', '2020-01-01', '--since', '2019-01-01', ...link], real);
    expect(none).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/nothing happened/) });
  });

  it('run the hooks which are for them', async () => {
    await expect.poll(told).toMatch(/\{"on":"appeared","time":"20.*","eid":9,.*"text":"it is there"\}/);
  });

  function told(): string {
    const path = join(folder, 'told');
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }
});

describe('the flight recorder', () => {
  it('writes its packets when a manager asks', async () => {
    const { stdout } = await mctpkit(['network', 'dump', '--json', ...link], real);
    const { file: written, packets } = JSON.parse(stdout) as { readonly file: string; readonly packets: number };
    expect(packets).toBeGreaterThan(100);
    const decoded = await mctpkit(['decode', written], real);
    expect(decoded).toMatchObject({ code: 0, stdout: expect.stringMatching(/GetSensorReading/) });
    expect(decoded.stdout).toContain('SetEndpointID');
  });
});

describe('metrics', () => {
  it('have devices and readings, in units of Prometheus', async () => {
    const { stdout } = await mctpkit(['network', 'metrics', ...link], real);
    expect(stdout).toMatch(/^mctp_watch_devices\{served="lab",kind="terminus",state="watched"\} 7$/m);
    expect(stdout).toMatch(/^mctp_device_up\{served="lab",network="1",eid="9",device="[^"]+",kind="drive"\} 1$/m);
    expect(stdout).toMatch(
      /^mctp_sensor_celsius\{.*eid="9".*sensor="temperature",sensor_name="Composite temperature"\} \d/m,
    );
    expect(stdout).toMatch(/^mctp_sensor_ratio\{.*sensor="spare".*\} 1$/m);
    expect(stdout).toMatch(/^mctp_sensor_rpm\{/m);
    expect(stdout).toMatch(/^mctp_watch_wire_seconds_total\{served="lab",link="bench:smbus0"\} \d/m);
    expect(stdout).toMatch(/^mctp_watch_history_bytes\{served="lab"\} \d/m);
  });
});

describe('another program', () => {
  it('which wants events itself gets them while it runs, and the server takes them back', async () => {
    const watched = await mctpkit(['sensors', '9', '--watch', '-c', '1', '-i', '100ms', ...link], real);
    expect(watched.code).toBe(0);
    expect(watched.stderr).not.toMatch(/EADDRINUSE|bound/);
    const nodes = JSON.parse((await mctpkit(['network', 'nodes', '--json', ...link], real)).stdout);
    expect(nodes.nodes).toEqual([]);
  });
});
