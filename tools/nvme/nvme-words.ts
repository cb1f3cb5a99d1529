/** Words of `mctpkit nvme` for completion: in front of the address and behind it, by action. */

interface ActionWords {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

const SETTINGS = ['smbusFrequency', 'transmissionUnit', 'healthStatusChange', 'asynchronousEvents', 'feature:'];

export const NVME_WORDS: Readonly<Record<string, ActionWords>> = {
  list: { before: [], after: [] },
  health: { before: [], after: [] },
  controllers: { before: [], after: [] },
  identify: { before: [], after: [] },
  log: { before: [], after: ['smart', 'error', 'firmware', 'sanitize', 'supported', 'selfTest'] },
  config: { before: ['get', 'set'], after: SETTINGS },
  vpd: { before: ['write'], after: [] },
  fw: { before: ['list', 'download', 'commit'], after: [] },
  sanitize: { before: [], after: ['block', 'crypto', 'overwrite'] },
  format: { before: [], after: [] },
  reset: { before: [], after: [] },
  shutdown: { before: [], after: [] },
  control: { before: [], after: ['pause', 'resume', 'abort', 'state', 'replay'] },
  raw: { before: [], after: [] },
};
