/** What is read of a device when its page is opened, in panels: identity by PLDM, FRU, firmware, PDRs, files. */

import type { WebEntity, WebFactName, WebFacts } from '../web-documents.js';
import { type FactPanel, factPanel } from './fact-panel.js';
import { FileViewer, type ShownFile } from './file-viewer.js';
import { fill, h } from './page-dom.js';
import { bytesText, countText } from './page-format.js';
import { ask } from './page-token.js';
import type { Page } from './page-view.js';

const TYPE = { platform: 2, fru: 4, firmware: 5, files: 7 } as const;

/** Where the device is now: `NETWORK:EID`. */
type Where = () => string;

/** What a terminus says of itself: first what it speaks, then whatever that allows to be asked. */
export class DeviceFactPanels {
  #panels: readonly FactPanel[] = [];

  constructor(
    private readonly element: HTMLElement,
    private readonly page: Page,
    private readonly where: Where,
  ) {
    const pldm = pldmPanel(where, (types) => this.#fill(pldm, types));
    this.#fill(pldm, new Set());
  }

  /** The device is back. */
  retry(): void {
    for (const panel of this.#panels) panel.retry();
  }

  #fill(pldm: FactPanel, types: ReadonlySet<number>): void {
    const { page, where } = this;
    const panels = [
      pldm,
      types.has(TYPE.fru) && fruPanel(where),
      types.has(TYPE.firmware) && firmwarePanel(where),
      types.has(TYPE.platform) && pdrPanel(where),
      types.has(TYPE.files) && filesPanel(page, where),
    ];
    this.#panels = panels.filter((panel) => panel !== false);
    fill(this.element, ...this.#panels.map(({ element }) => element));
  }
}

function panel<Name extends WebFactName>(
  name: Name,
  device: Where,
  title: string,
  isOpen: boolean,
  draw: (facts: WebFacts[Name]) => readonly HTMLElement[],
): FactPanel {
  return factPanel({ name, heading: h('h2', {}, title), device, draw, isOpen });
}

function pldmPanel(device: Where, speaks: (types: ReadonlySet<number>) => void): FactPanel {
  let told = '';
  return panel('pldm', device, 'PLDM', true, ({ tid, uuid, types, notes }) => {
    const numbers = types.map(({ type }) => type);
    // Read again, most often nothing is new: the other panels stay as they are.
    if (told !== (told = numbers.join())) speaks(new Set(numbers));
    return [
      facts([
        ['TID', tid === 0 ? 'none' : String(tid)],
        ['terminus UUID', uuid ?? 'none'],
      ]),
      ...types.map(({ name, versions, commands }) =>
        h(
          'details',
          {},
          h('summary', {}, `${name} ${versions.join(', ')}, ${countText(commands.length, 'command')}`),
          h('p', { class: 'mono small' }, commands.join('  ')),
        ),
      ),
      ...noteList(notes),
    ];
  });
}

function fruPanel(device: Where): FactPanel {
  return panel('fru', device, 'FRU', true, ({ sets, notes }) => [
    ...(sets.length === 0 ? [h('p', { class: 'faint' }, 'It has no FRU records.')] : []),
    ...sets.flatMap(({ title, fields }) => [h('h3', {}, title), facts(fields)]),
    ...noteList(notes),
  ]);
}

function firmwarePanel(device: Where): FactPanel {
  return panel('firmware', device, 'Firmware', true, firmwareParts);
}

export function firmwareParts({
  active,
  pending,
  status,
  descriptors,
  components,
}: WebFacts['firmware']): HTMLElement[] {
  return [
    facts([
      ['active', active],
      ...(pending === '' ? [] : [['pending', pending] as const]),
      ['state', status],
      ['is', descriptors.join(', ')],
    ]),
    h(
      'table',
      { class: 'plain' },
      h(
        'thead',
        {},
        h('tr', {}, ...['component', 'active', 'pending', 'activation'].map((text) => h('th', { scope: 'col' }, text))),
      ),
      h(
        'tbody',
        {},
        ...components.map((one) =>
          h('tr', {}, ...[one.what, one.active, one.pending, one.activation].map((text) => h('td', {}, text))),
        ),
      ),
    ),
  ];
}

function pdrPanel(device: Where): FactPanel {
  return panel('pdr', device, 'PDR tree', false, ({ entities, records, notes }) => [
    h('ul', { class: 'tree' }, ...entities.map(branch)),
    h('details', {}, h('summary', {}, countText(records.length, 'record')), recordTable(device, records)),
    ...noteList(notes),
  ]);
}

function branch({ name, physical, leaves, children }: WebEntity): HTMLElement {
  return h(
    'li',
    {},
    h('strong', {}, name),
    physical ? undefined : h('span', { class: 'faint' }, ' (logical)'),
    leaves.length + children.length > 0 &&
      h('ul', {}, ...leaves.map((leaf) => h('li', {}, leaf)), ...children.map(branch)),
  );
}

function recordTable(device: Where, records: WebFacts['pdr']['records']): HTMLElement {
  const lines = h('pre', { tabindex: '0', hidden: true });
  let shown: number | undefined;
  const show = async (handle: number): Promise<void> => {
    shown = handle;
    lines.hidden = false;
    lines.textContent = `reading record ${handle} ...`;
    const question = { device: device(), name: 'record', record: String(handle) };
    const text = await ask<WebFacts['record']>('fact', question).then(
      (record) => record.lines.join('\n'),
      (error: Error) => error.message,
    );
    // Another one was chosen by then.
    if (shown === handle) lines.textContent = text;
  };
  const rows = records.map(({ handle, title, about, bytes, wrong }) => {
    const button = h('button', { type: 'button', class: 'link' }, String(handle));
    button.addEventListener('click', () => void show(handle));
    return h(
      'tr',
      {},
      h('td', {}, button),
      ...[title, about, `${bytes}\u00a0B`, wrong].map((text) => h('td', {}, text)),
    );
  });
  const head = ['record', 'kind', 'about', 'size', 'remark'].map((text) => h('th', { scope: 'col' }, text));
  return h(
    'div',
    { class: 'records' },
    h('table', { class: 'plain' }, h('thead', {}, h('tr', {}, ...head)), h('tbody', {}, ...rows)),
    lines,
  );
}

function filesPanel(page: Page, device: Where): FactPanel {
  return panel('files', device, 'Files', false, ({ entries }) => fileParts(page, device, entries));
}

function fileParts(page: Page, device: Where, entries: WebFacts['files']['entries']): HTMLElement[] {
  if (entries.length === 0) return [h('p', { class: 'faint' }, 'It has no files.')];
  const viewer = new FileViewer(device);
  const button = (title: string, file: ShownFile, work: (file: ShownFile) => Promise<void>): HTMLElement => {
    const loss = file.fifo ? ': what is read is gone from the device' : '';
    const label = `${title} ${file.path}${loss}`;
    const element = h('button', { type: 'button', class: 'link', 'aria-label': label, title: label }, title);
    element.addEventListener('click', () => {
      // What is read is lost for others: that is to manage the device.
      const may = file.fifo ? page.mayManage() : Promise.resolve(true);
      void may.then((allowed) => (allowed ? work(file) : undefined));
    });
    return element;
  };
  const rows = entries.map((entry) => {
    const { path, identifier, directory, classification, maximumSize } = entry;
    const show = button('show', entry, (file) => viewer.show(file));
    const save = button('download', entry, (file) => viewer.save(file));
    return h(
      'tr',
      {},
      h('td', { class: 'mono' }, `${path}${directory ? '/' : ''}`),
      h('td', { class: 'wide' }, String(identifier)),
      h('td', { class: 'wide' }, directory ? 'folder' : classification),
      h('td', {}, directory || maximumSize === 0 ? '' : bytesText(maximumSize)),
      h('td', { class: 'actions' }, ...(directory ? [] : [show, save])),
    );
  });
  const head = ['file', 'number', 'kind', 'at most'].map((text) => {
    return h('th', { scope: 'col', class: ['number', 'kind'].includes(text) ? 'wide' : '' }, text);
  });
  const last = h('th', { scope: 'col' }, h('span', { class: 'spoken' }, 'content'));
  const table = h('table', { class: 'plain' }, h('thead', {}, h('tr', {}, ...head, last)), h('tbody', {}, ...rows));
  return [table, viewer.element];
}

export function facts(rows: readonly (readonly [string, string])[]): HTMLElement {
  return h(
    'dl',
    { class: 'facts' },
    ...rows.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
  );
}

function noteList(notes: readonly string[]): HTMLElement[] {
  return notes.length === 0 ? [] : [h('ul', { class: 'notes' }, ...notes.map((note) => h('li', {}, note)))];
}
