/** Something that is read of a device, in a panel: read when it is opened, on demand, and when the device is back. */

import type { WebFactName, WebFacts } from '../web-documents.js';
import { fill, h } from './page-dom.js';
import { ask } from './page-token.js';

export interface FactPanelOptions<Name extends WebFactName> {
  readonly name: Name;
  readonly heading: HTMLElement;
  /** Where the device is now: `NETWORK:EID`. */
  readonly device: () => string;
  readonly draw: (facts: WebFacts[Name]) => readonly HTMLElement[];
  readonly isOpen: boolean;
}

export interface FactPanel {
  readonly element: HTMLElement;
  /** The device is back: what could not be read is read again. */
  retry(): void;
  /** Something has changed: what is shown is read again. */
  reload(): void;
}

const BROAD: readonly WebFactName[] = ['pdr', 'files'];

export function factPanel<Name extends WebFactName>(options: FactPanelOptions<Name>): FactPanel {
  const { name, heading, device, draw, isOpen } = options;
  const body = h('div', { class: 'body' });
  const label = `read ${heading.textContent ?? ''} again`;
  const again = h('button', { type: 'button', class: 'quiet again', title: label }, 'read again');
  const look = BROAD.includes(name) ? 'panel fact broad' : 'panel fact';
  const panel = h('details', { class: look, open: isOpen }, h('summary', {}, heading), body);
  let state: 'unread' | 'reading' | 'read' | 'failed' = 'unread';
  let isBack = false;
  let readings = 0;
  const load = (): void => {
    const reading = ++readings;
    state = 'reading';
    isBack = false;
    fill(body, h('p', { class: 'faint' }, 'reading ...'));
    ask<WebFacts[Name]>('fact', { device: device(), name }).then(
      (facts) => {
        if (reading !== readings) return;
        state = 'read';
        fill(body, ...draw(facts), again);
      },
      (error: Error) => {
        if (reading !== readings) return;
        state = 'failed';
        fill(body, h('p', { class: 'problem' }, error.message), again);
        if (isBack) load();
      },
    );
  };
  again.addEventListener('click', load);
  panel.addEventListener('toggle', () => {
    if (panel.open && (state === 'unread' || state === 'failed')) load();
  });
  if (isOpen) load();
  return {
    element: panel,
    retry: () => {
      // What is under way was asked while the device was away.
      isBack = state === 'reading';
      if (state === 'failed' && panel.open) load();
    },
    reload: () => {
      if (panel.open) load();
      else state = 'unread';
    },
  };
}
