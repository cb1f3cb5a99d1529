/** Firmware of all devices, and the update of those a package is for. */

import type { WebEndpoint, WebPlan, WebUpdate } from '../web-documents.js';
import { firmwareParts } from './device-facts-panels.js';
import { byAddress, thingOf } from './endpoint-words.js';
import { type FactPanel, factPanel } from './fact-panel.js';
import { fill, h, KeyedChildren, setAttribute, setText } from './page-dom.js';
import { bytesText, timeText } from './page-format.js';
import type { PageStore } from './page-store.js';
import { request } from './page-token.js';
import type { Page, View } from './page-view.js';
import { endpointKey, isInUse } from './page-ways.js';

const PLDM = 1;

export function firmwareView(page: Page): View {
  const { endpoints, updates } = page.store.tables;
  const devices = h('div', { class: 'panels' });
  const none = h('p', { class: 'count' }, 'No device speaks PLDM.');
  const running = h('div', { class: 'updates' });
  const cards = new Map<string, UpdateCard>();
  const order = new KeyedChildren(running, (key) => {
    const card = new UpdateCard(page, key);
    cards.set(key, card);
    return card.element;
  });
  const inventories = new Map<string, Inventory>();
  const panels = new KeyedChildren(devices, (key) => {
    const inventory = new Inventory(page.store, key);
    inventories.set(key, inventory);
    return inventory.panel.element;
  });
  const over = new Set<string>();
  return {
    title: 'Firmware',
    element: h(
      'section',
      { class: 'firmware' },
      h('div', { class: 'bar' }, h('h1', {}, 'Firmware')),
      updatePanel(page),
      running,
      h('h2', {}, 'Devices'),
      none,
      devices,
    ),
    wish: { tables: [] },
    update: () => {
      const latest = [...updates.keys()].sort((a, b) => Number(b) - Number(a));
      order.set(latest);
      for (const key of latest) {
        const update = updates.get(key)!;
        cards.get(key)!.update(update);
        const wasOver = over.has(key);
        if (update.endedAt === null) over.delete(key);
        else over.add(key);
        // It may run other firmware now.
        if (update.endedAt !== null && !wasOver) inventories.get(endpointKey(update))?.panel.reload();
      }
      const there = [...endpoints.values()].filter(
        (one) => one.state !== 'gone' && one.messageTypes.some(({ type }) => type === PLDM) && isInUse(page.store, one),
      );
      none.hidden = there.length > 0;
      panels.set(there.sort(byAddress).map(endpointKey));
      for (const endpoint of there) inventories.get(endpointKey(endpoint))!.update(endpoint);
    },
  };
}

/** What a device runs; some buses are slow: it is read when it is opened. */
class Inventory {
  readonly panel: FactPanel;
  readonly #heading = h('h3', {});
  #isThere = true;

  constructor(
    private readonly store: PageStore,
    private readonly key: string,
  ) {
    this.#draw();
    const where = { device: () => key, heading: this.#heading };
    this.panel = factPanel({ name: 'firmware', ...where, draw: firmwareParts, isOpen: false });
  }

  update({ state }: WebEndpoint): void {
    this.#draw();
    const wasThere = this.#isThere;
    this.#isThere = state === 'available';
    if (this.#isThere && !wasThere) this.panel.retry();
  }

  #draw(): void {
    setText(this.#heading, `EID ${this.key.split(':')[1]} ${thingOf(this.store, this.key)}`.trimEnd());
  }
}

/** Choose a package, look at what it would do, start. */
function updatePanel(page: Page): HTMLElement {
  const file = h('input', { type: 'file', id: 'package', accept: '.pldm,.fwpkg,.bin,.pkg', required: true });
  const force = h('input', { type: 'checkbox', id: 'force' });
  const problem = h('p', { class: 'problem', role: 'alert' });
  const plan = h('div', { class: 'plan' });
  const check = h('button', { type: 'submit' }, 'look at it');
  const form = h(
    'form',
    {},
    h('label', { for: 'package' }, 'Firmware package (DSP0267)'),
    file,
    h('label', { class: 'check' }, force, 'also what is the same or older'),
    check,
  );
  const tell = (error: Error): void => {
    setText(problem, error.message);
    check.disabled = false;
  };
  const look = async (): Promise<void> => {
    const chosen = file.files?.[0];
    if (chosen === undefined || !(await page.mayManage())) return;
    check.disabled = true;
    const found = await request<WebPlan>('package', { name: chosen.name, force: force.checked ? '1' : '' }, chosen);
    check.disabled = false;
    fill(plan, ...planParts(found, start));
  };
  const start = async (number: number, chosen: readonly string[]): Promise<void> => {
    await request('update', { package: String(number), devices: chosen.join(',') });
    fill(plan);
    page.say('the update has begun');
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    setText(problem, '');
    look().catch(tell);
  });
  return h('section', { class: 'panel', 'aria-label': 'Update' }, h('h2', {}, 'Update'), form, problem, plan);

  function planParts(found: WebPlan, begin: typeof start): HTMLElement[] {
    const boxes = found.devices.map(({ key, name, underWay, components }) => {
      const isWorth = components.some((component) => component.update);
      const box = h('input', {
        type: 'checkbox',
        value: key,
        // To end the update of somebody else takes a decision.
        checked: isWorth && underWay === '',
        disabled: !isWorth,
        id: `update-${key}`,
      });
      return {
        box,
        element: h(
          'li',
          {},
          h('label', { for: `update-${key}` }, box, name),
          underWay !== '' &&
            h('p', { class: 'warning' }, `Another update is under way there (${underWay}): this one would end it.`),
          h('ul', {}, ...components.map(({ text, update }) => h('li', { class: update ? '' : 'faint' }, text))),
        ),
      };
    });
    const button = h('button', { type: 'button' }, 'update these devices');
    const count = (): void => {
      button.disabled = !boxes.some(({ box }) => box.checked);
    };
    count();
    for (const { box } of boxes) box.addEventListener('change', count);
    button.addEventListener('click', () => {
      button.disabled = true;
      begin(
        found.number,
        boxes.filter(({ box }) => box.checked).map(({ box }) => box.value),
      ).catch((error: Error) => {
        button.disabled = false;
        tell(error);
      });
    });
    return [
      h('h3', {}, `${found.name}, ${bytesText(found.size)}`),
      h('ul', {}, ...boxes.map(({ element }) => element)),
      ...found.notes.map((note) => h('p', { class: 'faint' }, note)),
      boxes.length > 0 ? button : h('p', {}, 'It is for none of the devices which answered.'),
    ];
  }
}

class UpdateCard {
  readonly element: HTMLElement;
  readonly #title = h('h3', {});
  readonly #phase = h('span', { class: 'badge' });
  readonly #bar = h('progress', { max: '100', value: '0' });
  readonly #about = h('p', { class: 'faint' });
  readonly #parts = h('ul', { class: 'notes' });
  readonly #problem = h('p', { class: 'problem', role: 'alert' });
  readonly #cancel: HTMLButtonElement;
  /** Of one which was interrupted. */
  readonly #resume: HTMLButtonElement;
  readonly #forget: HTMLButtonElement;

  constructor(page: Page, key: string) {
    const button = (path: string, title: string, look: string): HTMLButtonElement => {
      const element = h('button', { type: 'button', class: look }, title);
      element.addEventListener('click', () => {
        const work = async (): Promise<void> => {
          setText(this.#problem, '');
          if (!(await page.mayManage())) return;
          element.disabled = true;
          await request(path, { update: key });
        };
        work()
          .catch((error: Error) => setText(this.#problem, error.message))
          .finally(() => {
            element.disabled = false;
          });
      });
      return element;
    };
    this.#cancel = button('cancel', 'cancel it', 'quiet');
    this.#resume = button('resume', 'go on', '');
    this.#forget = button('forget', 'forget it', 'quiet');
    this.element = h(
      'section',
      { class: 'panel update', 'aria-label': 'Update of a device' },
      h('div', { class: 'bar' }, this.#title, this.#phase, this.#cancel, this.#resume, this.#forget),
      this.#bar,
      this.#about,
      this.#problem,
      this.#parts,
    );
  }

  update(update: WebUpdate): void {
    const { device, phase, served, total, percent, outcome, reason, components, notes, startedAt, endedAt } = update;
    setText(this.#title, `${device}: ${update.package}`);
    setText(this.#phase, outcome ?? phase);
    const isInterrupted = outcome === 'interrupted';
    const look = outcome === null || outcome === 'updated' ? 'available' : isInterrupted ? 'degraded' : 'gone';
    setAttribute(this.#phase, 'data-state', look);
    const done = outcome === 'updated' ? 100 : total === 0 ? 0 : Math.round((100 * Math.min(served, total)) / total);
    this.#bar.value = phase === 'downloading' || percent === null ? done : percent;
    setAttribute(this.#bar, 'aria-label', `${device}: ${phase}`);
    this.#bar.hidden = isInterrupted || outcome === 'forgotten';
    const size = this.#bar.hidden ? '' : `${bytesText(served)} of ${bytesText(total)}`;
    const time = isInterrupted
      ? ''
      : endedAt === null
        ? `since ${timeText(startedAt)}`
        : `${timeText(startedAt)} to ${timeText(endedAt)}`;
    setText(this.#about, [size, time, reason].filter((text) => text !== '').join(', '));
    const lines = [...components, ...notes].join('\n');
    if (this.#parts.dataset.lines !== lines) {
      this.#parts.dataset.lines = lines;
      fill(this.#parts, ...[...components, ...notes].map((text) => h('li', {}, text)));
    }
    this.#cancel.hidden = endedAt !== null;
    this.#resume.hidden = this.#forget.hidden = !isInterrupted;
  }
}
