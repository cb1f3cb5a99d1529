/** State sets by number, with the names of their states (DSP0249). Every set has 0: unknown. */

export interface StateSet {
  readonly name: string;
  /** Names of the states from 1 on. */
  readonly states: Readonly<Record<number, string>>;
}

const STATE_SETS: Readonly<Record<number, StateSet>> = {
  1: {
    name: 'Health State',
    states: {
      1: 'Normal',
      2: 'Non-critical',
      3: 'Critical',
      4: 'Fatal',
      5: 'Upper non-critical',
      6: 'Lower non-critical',
      7: 'Upper critical',
      8: 'Lower critical',
      9: 'Upper fatal',
      10: 'Lower fatal',
    },
  },
  2: {
    name: 'Availability',
    states: {
      1: 'Enabled',
      2: 'Disabled',
      3: 'Shutdown',
      4: 'Offline',
      5: 'In test',
      6: 'Deferred',
      7: 'Quiescent',
      8: 'Rebooting',
      9: 'Resetting',
      10: 'Failed',
      11: 'Not installed',
      12: 'Power save',
      13: 'Paused',
      14: 'Shutting down',
      15: 'Starting',
      16: 'Not responding',
    },
  },
  3: { name: 'Predictive Condition', states: { 1: 'Normal', 2: 'Predictive failure' } },
  4: { name: 'Redundancy Status', states: { 1: 'Fully redundant', 2: 'Redundancy lost' } },
  5: { name: 'Health/Redundancy Trend', states: {} },
  6: { name: 'Group Resource Level', states: {} },
  7: { name: 'Redundancy Entity Role', states: {} },
  8: { name: 'Operational Status', states: { 1: 'OK', 2: 'Error', 3: 'Non-recoverable error' } },
  9: { name: 'Operational Stress Status', states: { 1: 'Normal', 2: 'Stressed' } },
  10: { name: 'Operational Fault Status', states: { 1: 'Normal', 2: 'Error', 3: 'Non-recoverable error' } },
  11: {
    name: 'Operational Running Status',
    states: { 1: 'Starting', 2: 'Stopping', 3: 'Stopped', 4: 'In service', 5: 'Aborted', 6: 'Dormant' },
  },
  12: { name: 'Operational Connection Status', states: {} },
  13: { name: 'Presence', states: { 1: 'Present', 2: 'Not present' } },
  14: { name: 'Performance', states: { 1: 'Normal', 2: 'Degraded' } },
  15: { name: 'Configuration State', states: { 1: 'Valid', 2: 'Invalid', 3: 'Not configured', 4: 'Missing' } },
  16: { name: 'Changed Configuration', states: { 1: 'Normal', 2: 'Change detected' } },
  17: { name: 'Identify State', states: { 1: 'Unasserted', 2: 'Asserted' } },
  18: {
    name: 'Version',
    states: { 1: 'Normal', 2: 'Change detected, compatible', 3: 'Change detected, incompatible', 4: 'Change pending' },
  },
  19: { name: 'Alarm', states: {} },
  20: { name: 'Device Initialization', states: { 1: 'Normal', 2: 'In progress', 3: 'Hung', 4: 'Failed' } },
  21: { name: 'Thermal Trip', states: { 1: 'Normal', 2: 'Thermal trip' } },
  22: { name: 'Leak Detection', states: {} },
  32: { name: 'Heartbeat', states: {} },
  33: { name: 'Link State', states: { 1: 'Connected', 2: 'Disconnected' } },
  64: { name: 'Smoke', states: {} },
  65: { name: 'Humidity', states: {} },
  66: { name: 'Door', states: {} },
  67: { name: 'Switch', states: {} },
  68: { name: 'Device File', states: {} },
  96: { name: 'Lock', states: {} },
  97: { name: 'Physical Security', states: {} },
  99: { name: 'Hardware Security', states: { 1: 'Verified', 2: 'Unverified' } },
  101: { name: 'Communication Leash Status', states: { 1: 'Connected', 2: 'Disconnected' } },
  129: {
    name: 'Software Termination Status',
    states: {
      1: 'Normal',
      2: 'Termination detected',
      3: 'Critical stop during load',
      4: 'Run-time critical stop',
      5: 'Graceful shutdown requested',
      6: 'Graceful restart requested',
      7: 'Graceful shutdown',
      8: 'Termination request failed',
    },
  },
  160: { name: 'Storage Media Activity', states: {} },
  192: {
    name: 'Boot/Restart Cause',
    states: {
      1: 'Powered up',
      2: 'Hard reset',
      3: 'Warm reset',
      4: 'Manual hard reset',
      5: 'Manual warm reset',
      6: 'System restart',
      7: 'Watchdog timeout',
    },
  },
  193: { name: 'Boot/Restart Request', states: {} },
  194: { name: 'Entity Boot Status', states: {} },
  195: { name: 'Boot Error', states: {} },
  196: {
    name: 'Boot Progress',
    states: {
      1: 'Not active',
      2: 'Completed',
      3: 'Memory',
      4: 'Hard disk',
      5: 'Secondary processor',
      6: 'User authentication',
      7: 'User-initiated setup',
      8: 'USB',
      9: 'PCI',
      10: 'Option ROM',
      11: 'Video',
      12: 'Cache',
      13: 'SMBus',
      14: 'Keyboard controller',
      15: 'EC/MC',
      16: 'Docking station attached',
      17: 'Enabling dock',
      18: 'Dock ejection',
      19: 'Disabling dock',
      20: 'OS start',
      21: 'Starting OS',
      22: 'Baseboard',
      23: 'Floppy',
      24: 'Keyboard test',
      25: 'Pointing device test',
      26: 'Primary processor',
    },
  },
  197: { name: 'System Firmware Hang', states: {} },
  198: { name: 'POST Errors', states: {} },
  199: { name: 'Embedded Processor OS States', states: {} },
  225: { name: 'Log Fill Status', states: {} },
  243: { name: 'Bus Error', states: {} },
  244: { name: 'Watchdog', states: {} },
  256: { name: 'Power Supply State', states: {} },
  257: { name: 'Device Power State', states: { 1: 'Fully on', 2: 'Intermediate 1', 3: 'Intermediate 2', 4: 'Off' } },
  258: { name: 'ACPI Power State', states: { 1: 'S0', 2: 'S1', 3: 'S2', 4: 'S3', 5: 'S4', 6: 'S5', 7: 'G3' } },
  259: { name: 'Backup Power Source', states: {} },
  260: {
    name: 'System Power State',
    states: {
      1: 'On',
      2: 'Hibernate',
      3: 'Light sleep',
      4: 'Deep sleep',
      5: 'Power cycle soft',
      6: 'Power cycle hard',
      7: 'Cycle off soft graceful',
      8: 'Cycle off hard graceful',
      9: 'Off soft graceful',
      10: 'Off hard graceful',
      11: 'Master bus reset',
      12: 'Master bus reset graceful',
      13: 'NMI',
    },
  },
  261: { name: 'Battery Activity', states: {} },
  262: { name: 'Battery State', states: {} },
  288: { name: 'Processor Power State', states: {} },
  290: { name: 'Processor Error', states: {} },
  320: { name: 'Cache', states: {} },
  321: { name: 'Memory Error', states: {} },
  330: { name: 'Error Detection', states: {} },
  352: { name: 'Slot Occupancy', states: {} },
  353: { name: 'Slot State', states: {} },
};

/** Sets from here on are the vendor's. */
const FIRST_OEM_SET = 0x8000;

/** Undefined for sets that DSP0249 does not have. */
export function stateSet(stateSetId: number): StateSet | undefined {
  return STATE_SETS[stateSetId];
}

/** "Presence" for 13, "state set 500", "OEM state set 0x8001". */
export function stateSetName(stateSetId: number): string {
  const known = STATE_SETS[stateSetId]?.name;
  if (known !== undefined) return known;
  return stateSetId >= FIRST_OEM_SET ? `OEM state set 0x${stateSetId.toString(16)}` : `state set ${stateSetId}`;
}

/** The inverse for the sets of DSP0249, in any case: 13 for "presence". */
export function stateSetNumber(name: string): number | undefined {
  const wanted = name.toLowerCase();
  const found = Object.entries(STATE_SETS).find(([, set]) => set.name.toLowerCase() === wanted);
  return found === undefined ? undefined : Number(found[0]);
}

/** "Not present" for state 2 of set 13; "Unknown" for 0; "state 9" where no name is known. */
export function stateName(stateSetId: number, state: number): string {
  return STATE_SETS[stateSetId]?.states[state] ?? (state === 0 ? 'Unknown' : `state ${state}`);
}

/** The inverse, in any case: 2 for "not present". */
export function stateNumber(stateSetId: number, name: string): number | undefined {
  const wanted = name.toLowerCase();
  if (wanted === 'unknown') return 0;
  const found = Object.entries(STATE_SETS[stateSetId]?.states ?? {}).find(
    ([, state]) => state.toLowerCase() === wanted,
  );
  return found === undefined ? undefined : Number(found[0]);
}
