/** What an update reports while it runs and when it is over. */

import type { PlannedComponent } from './update-plan.js';

export type UpdatePhase =
  | 'starting'
  | 'learning'
  | 'offering'
  | 'downloading'
  | 'verifying'
  | 'applying'
  | 'activating'
  | 'cancelling'
  | 'done';

export interface UpdateProgress {
  readonly phase: UpdatePhase;
  /** Index in the package; undefined outside of components. */
  readonly component: number | undefined;
  /** Bytes of the component that the device has asked for at least once, and all of them. */
  readonly done: number;
  readonly size: number;
  /** What the device says of itself while verifying, applying and activating; undefined: nothing. */
  readonly percent: number | undefined;
  /** Bytes served so far in the whole update, repetitions included; and those of all components to be sent. */
  readonly served: number;
  readonly total: number;
  /** Of the clock; ms. */
  readonly at: number;
}

export type UpdateEvent =
  | ({ readonly type: 'progress' } & UpdateProgress)
  | { readonly type: 'component'; readonly report: ComponentReport }
  | { readonly type: 'note'; readonly text: string };

export interface ComponentReport {
  /** In the package. */
  readonly index: number;
  readonly classification: number;
  readonly identifier: number;
  readonly classificationIndex: number;
  readonly version: string;
  readonly previousVersion: string | undefined;
  /** `applied`: the device has it, and it was not activated (yet). */
  readonly result: 'updated' | 'applied' | 'skipped' | 'refused' | 'failed' | 'untouched';
  /** Why, when it is not updated. */
  readonly reason: string;
  /** After the activation; undefined: not known. */
  readonly state: 'active' | 'pending' | undefined;
  /** What makes it active when it is pending; compActivationMethods bits. */
  readonly activationMethods: number;
}

export interface UpdateReport {
  readonly outcome: 'updated' | 'nothing-to-do' | 'failed' | 'cancelled';
  /** One sentence, when it is not updated. */
  readonly reason: string;
  readonly components: readonly ComponentReport[];
  /** Bit n: component n of the table does not work any more, says the device. */
  readonly nonFunctioning: bigint;
  /** The device did not confirm that it left update mode; it does so by itself after at most two minutes (FD_T1). */
  readonly leftInUpdateMode: boolean;
  readonly served: number;
  readonly elapsedMs: number;
}

export function componentReport(
  planned: PlannedComponent,
  result: ComponentReport['result'],
  reason: string,
  activationMethods = planned.current?.compActivationMethods ?? 0,
): ComponentReport {
  return {
    index: planned.index,
    classification: planned.classification,
    identifier: planned.identifier,
    classificationIndex: planned.classificationIndex,
    version: planned.component.componentVersionString,
    previousVersion: planned.current?.activeCompVersionString,
    result,
    reason,
    state: undefined,
    activationMethods,
  };
}
