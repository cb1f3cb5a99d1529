import { beforeAll, expect, it } from 'vitest';
import { boardOutput, describeOnBoard, vitestCommand } from './support.js';

interface JsonReport {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

describeOnBoard('both sides of a USB cable, in the board', () => {
  let report: JsonReport;

  beforeAll(async () => {
    const text = await boardOutput({
      memory: 512,
      command: `usb-events; ${vitestCommand('usb-compliance')} --reporter=json --outputFile=/tmp/report.json >&2; cat /tmp/report.json`,
    });
    report = JSON.parse(text) as JsonReport;
  });

  it('pass the compliance suite of links, with small and with large packets', () => {
    const results = report.testResults.flatMap(({ assertionResults }) => assertionResults);
    expect(results.filter(({ status }) => status !== 'passed').map(({ fullName }) => fullName)).toEqual([]);
    expect(results.length).toBeGreaterThanOrEqual(3 * 14);
  });
});
