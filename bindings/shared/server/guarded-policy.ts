/** A policy which cannot harm the network: what it throws, or says that makes no sense, is counted and told. */

import { type Policy, type PolicyMessage, type PolicyNode, type PolicyVerdict, SWITCH } from './policy.js';

/** Runs a hook, and ends it when it takes too long, where it can. */
export type HookRunner = <T>(hook: () => T) => T;

export const RUN_PLAINLY: HookRunner = (hook) => hook();

const NOBODY: PolicyVerdict = [];

export class GuardedPolicy {
  /** Hooks which threw or took too long. */
  faults = 0;
  /** Messages which went to nobody because of it. */
  dropped = 0;

  constructor(
    readonly policy: Policy,
    private readonly failed: (hook: string, error: unknown) => void,
    private readonly run: HookRunner = RUN_PLAINLY,
  ) {}

  /** It changes nothing of what the stack does: no message need be shown to it. */
  get isTransparent(): boolean {
    return this.policy === SWITCH;
  }

  /** A hook which fails refuses. */
  newNode(node: Omit<PolicyNode, 'node'>, free: number, wanted: number | undefined): number | string {
    return this.#guarded('newNode', () => this.policy.newNode(node, free, wanted)) ?? 'the policy failed';
  }

  /** A hook which fails lets nothing pass. */
  recipients(
    message: PolicyMessage,
    from: number,
    to: readonly number[],
    depth = 0,
  ): { to: readonly number[]; payload: Uint8Array } {
    const verdict = this.#guarded('handleMessage', () => this.policy.handleMessage(message, from, to, depth)) ?? NOBODY;
    const given = Array.isArray(verdict) ? { to: verdict as readonly number[], payload: message.payload } : verdict;
    const { to: chosen, payload } = given as { readonly to: readonly number[]; readonly payload: Uint8Array };
    if (!Array.isArray(chosen) || !(payload instanceof Uint8Array)) {
      this.#fault(
        'handleMessage',
        new TypeError('handleMessage must return a list of node numbers, or to and payload'),
      );
      return { to: [], payload: message.payload };
    }
    if (chosen.length === 0) this.dropped++;
    return { to: chosen, payload };
  }

  nodeAdded(node: PolicyNode): void {
    this.#guarded('nodeAdded', () => this.policy.nodeAdded?.(node));
  }

  nodeRemoving(node: PolicyNode): void {
    this.#guarded('nodeRemoving', () => this.policy.nodeRemoving?.(node));
  }

  networkCreated(name: string): void {
    this.#guarded('networkCreated', () => this.policy.networkCreated?.(name));
  }

  networkResized(maxNodes: number): void {
    this.#guarded('networkResized', () => this.policy.networkResized?.(maxNodes));
  }

  networkRemoved(name: string): void {
    this.#guarded('networkRemoved', () => this.policy.networkRemoved?.(name));
  }

  maySet(name: string, value: number | boolean | string): boolean {
    return this.#guarded('setOption', () => this.policy.setOption?.(name, value) ?? true) ?? false;
  }

  valueOf(name: string): number | boolean | string | undefined {
    return this.#guarded('getOption', () => this.policy.getOption?.(name));
  }

  #guarded<T>(hook: string, work: () => T): T | undefined {
    if (this.policy === SWITCH) return work();
    try {
      return this.run(work);
    } catch (error) {
      this.#fault(hook, error);
      return undefined;
    }
  }

  #fault(hook: string, error: unknown): void {
    this.faults++;
    this.failed(hook, error);
  }
}
