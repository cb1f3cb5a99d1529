import { expect, it } from 'vitest';
import { runBoard } from '../../hw-fixtures/linux-board/index.js';
import { describeOnBoard, vitestCommand } from './support.js';

interface Report {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

describeOnBoard(
  'the table of socket semantics, against the kernel (test/board/inside/kernel-semantics.spec.ts)',
  () => {
    it('holds, case for case', async () => {
      const result = await runBoard({
        command: `${vitestCommand('kernel-semantics')} --reporter=json`,
        memory: 512,
      });
      expect(result.stdout, result.stderr + result.console).toContain('{');
      const report = JSON.parse(result.stdout.slice(result.stdout.indexOf('{'))) as Report;
      const cases = report.testResults.flatMap((file) => file.assertionResults);
      const failed = cases.filter(({ status }) => status !== 'passed' && status !== 'pending' && status !== 'skipped');
      expect(failed.map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages.join('\n')}`)).toEqual([]);
      // All but `connect`, which this kernel lacks.
      expect(cases.filter(({ status }) => status === 'passed').length).toBeGreaterThanOrEqual(53);
      const skipped = cases.filter(({ status }) => status !== 'passed').map(({ fullName }) => fullName);
      expect(skipped.every((name) => name.includes(' connect '))).toBe(true);
    });
  },
);
