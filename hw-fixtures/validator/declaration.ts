/**
 * What a check of the validator is: a declaration, from which come the run, `--list`, `--explain`, the pages of
 * docs/validator and the test that validates the validator itself.
 */

import type { Behaviour, FrameKind } from '../bench/device/behaviour.js';
import type { Probe } from './probe.js';

/** What a standard says of it: shall; shall when a condition holds; should. */
export type Level = 'mandatory' | 'conditional' | 'recommended';

/** What a user allows with `--allow`, because it disturbs the device. */
export const PERMISSIONS = ['update', 'reset', 'write', 'apply'] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** What a device needs besides the control protocol for a check to apply; also how its conforming device is described. */
export interface BenchDevice {
  /** Keys of a device in a bench description (TOML), below `[devices.dut]`: more than wire, address and UUID. */
  readonly toml: string;
  /** Default `smbus`. */
  readonly wire?: FrameKind;
}

interface CheckBase {
  /** `MCTP-CTRL-012`: stays forever, whatever is added before it. */
  readonly id: string;
  /** `DSP0236 §12.6` */
  readonly clause: string;
  /** One sentence: what the device does. */
  readonly title: string;
  /** Why it matters to somebody who uses the device. */
  readonly why: string;
  /** What a failure means. */
  readonly failure: string;
  /** How to mend the device. */
  readonly mend: string;
  /** Asked for with `--allow`. */
  readonly needs?: Permission;
  /** The longest that it may take; ms, default 120000. */
  readonly budgetMs?: number;
  /** A device that differs from a good one in exactly this: this check fails on it, and no other does. */
  readonly mutant: () => Behaviour;
  /** The conforming device, and the mutant with its behaviour, where that of the group does not do. */
  readonly bench?: BenchDevice;
  /** Returning means: pass. Everything else is a `Finding`, which the helpers of the probe throw. */
  run(probe: Probe): Promise<void>;
}

export type CheckDeclaration = CheckBase &
  (
    | { readonly level: 'mandatory' | 'recommended' }
    /** Of a conditional check: a sentence that begins with "if" or "when". */
    | { readonly level: 'conditional'; readonly condition: string }
  );

/** A requirement of the standard, and the check for it, or why it cannot be checked from outside. */
export type Requirement = {
  readonly clause: string;
  readonly text: string;
} & ({ readonly checks: readonly string[] } | { readonly unchecked: string });

export interface GroupDeclaration {
  /** As in `--group`: `control`. */
  readonly name: string;
  /** Of its page and headings. */
  readonly title: string;
  /** What the group is about, in a sentence or two. */
  readonly about: string;
  /** The conforming device of its checks on the bench. */
  readonly bench: BenchDevice;
  readonly checks: readonly CheckDeclaration[];
  /** The coverage of the standard. */
  readonly requirements: readonly Requirement[];
}

/** A check with the name of its group. */
export type Check = CheckDeclaration & { readonly group: string };
