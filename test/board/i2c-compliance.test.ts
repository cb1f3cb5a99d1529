import { beforeAll, expect, it } from 'vitest';
import { boardOutput, describeOnBoard, vitestCommand } from './support.js';

interface JsonReport {
  readonly numTotalTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

describeOnBoard('the Linux I2C port, in the board', () => {
  let report: JsonReport;

  beforeAll(async () => {
    const text = await boardOutput({
      modules: { 'i2c-wire': { ports: [3] }, 'slave-mqueue': { msg_size: 512, depth: 1024 } },
      command: `${vitestCommand('i2c-compliance')} --reporter=json --outputFile=/tmp/report.json >&2; cat /tmp/report.json`,
    });
    report = JSON.parse(text) as JsonReport;
  });

  it('passes the compliance suite of links, with small and with large packets', () => {
    const results = report.testResults.flatMap(({ assertionResults }) => assertionResults);
    expect(results.filter(({ status }) => status !== 'passed').map(({ fullName }) => fullName)).toEqual([]);
    expect(results.length).toBeGreaterThanOrEqual(2 * 2 * 14);
  });
});
