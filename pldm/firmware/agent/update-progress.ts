/** What an update has come to so far, told as it happens. */

import type { Clock } from '../../../stack/clock.js';
import type { AgentSession } from './agent-session.js';
import type { ComponentTransfer } from './component-transfer.js';
import { sameComponent } from './resume-point.js';
import {
  type ComponentReport,
  componentReport,
  type UpdateEvent,
  type UpdatePhase,
  type UpdateReport,
} from './update-events.js';
import type { PlannedComponent } from './update-plan.js';

export class UpdateProgressRecord {
  /** Those to be sent. */
  planned: readonly PlannedComponent[];
  /** The one under way. */
  component: PlannedComponent | undefined;
  phase: UpdatePhase = 'starting';
  /** Bytes that an earlier run has sent. */
  saved = 0;
  /** What the device says of its activation. */
  percent: number | undefined;
  readonly #reports: ComponentReport[] = [];
  readonly #start: number;
  #served = 0;

  constructor(
    private readonly clock: Clock,
    private readonly session: AgentSession,
    planned: readonly PlannedComponent[],
    private readonly onEvent: ((event: UpdateEvent) => void) | undefined,
  ) {
    this.planned = planned;
    this.#start = clock.now();
  }

  /** What the device has taken, activated or not. */
  get updated(): readonly ComponentReport[] {
    return this.#reports.filter(({ result }) => result === 'updated' || result === 'applied');
  }

  /** What was applied is updated from now on. */
  activated(): void {
    this.replace(this.#reports.map((each) => (each.result === 'applied' ? { ...each, result: 'updated' } : each)));
  }

  get all(): readonly ComponentReport[] {
    return this.#reports;
  }

  /** What became of them after all. */
  replace(reports: readonly ComponentReport[]): void {
    const all = [...reports];
    this.#reports.length = 0;
    for (const report of all) this.#reports.push(report);
  }

  /**
   * What is not as it was to be, after the activation; '' when all is. `told`: the device said that it activates; `known`: it
   * says what it runs.
   */
  shortfall(told: boolean, known: boolean): string {
    const unseen = this.updated.filter(({ state }) => state === undefined).map(({ index }) => index);
    if (unseen.length > 0 && !told) return 'the device left update mode, and does not show the new firmware';
    if (unseen.length > 0 && known) return `the device does not show the new version of component ${unseen.join(', ')}`;
    const [refused] = this.all.filter(({ result }) => result === 'refused');
    return refused === undefined ? '' : `component ${refused.index} was refused: ${refused.reason}`;
  }

  settled(planned: PlannedComponent): boolean {
    return this.#reports.some((report) => sameComponent(report, planned));
  }

  report(planned: PlannedComponent, result: ComponentReport['result'], reason = '', activationMethods?: number): void {
    const report = componentReport(planned, result, reason, activationMethods);
    this.#reports.push(report);
    this.onEvent?.({ type: 'component', report });
  }

  note(text: string): void {
    this.onEvent?.({ type: 'note', text });
  }

  /** The device is out of reach. */
  waits(why: string): void {
    this.note(`waiting for the device to be in reach again: ${why}`);
  }

  transferEnded({ served, skipped }: ComponentTransfer): void {
    this.#served += served;
    this.saved += skipped;
  }

  enter(phase: UpdatePhase): void {
    this.phase = phase;
    const { onEvent, session, planned, component } = this;
    if (onEvent === undefined) return;
    const { transfer } = session;
    const all = planned.reduce((sum, each) => sum + each.component.componentSize, 0);
    onEvent({
      type: 'progress',
      phase,
      component: component?.index,
      done: transfer?.done ?? 0,
      size: component?.component.componentSize ?? 0,
      percent: transfer?.percent ?? (phase === 'activating' ? this.percent : undefined),
      served: this.#served + (transfer?.served ?? 0),
      total: all - this.saved - (transfer?.skipped ?? 0),
      at: this.clock.now(),
    });
  }

  done(outcome: UpdateReport['outcome'], reason: string, nonFunctioning = 0n, leftInUpdateMode = false): UpdateReport {
    for (const planned of this.planned) if (!this.settled(planned)) this.report(planned, 'untouched', reason);
    this.replace(
      this.#reports.map((each) =>
        each.result === 'applied' ? { ...each, reason: `applied and not activated: ${reason}` } : each,
      ),
    );
    this.component = undefined;
    this.enter('done');
    const elapsedMs = this.clock.now() - this.#start;
    const components = [...this.#reports].sort((a, b) => a.index - b.index);
    return { outcome, reason, components, nonFunctioning, leftInUpdateMode, served: this.#served, elapsedMs };
  }
}
