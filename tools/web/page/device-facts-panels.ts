/** What is read of a device when its page is opened, in panels: identity by PLDM, FRU, firmware, PDRs, files. */

import type { WebEntity, WebFactName, WebFacts } from '../web-documents.js';
import { FileViewer, type ShownFile } from './file-viewer.js';
import { fill, h } from './page-dom.js';
import { bytesText, countText } from './page-format.js';
import { ask } from './page-token.js';
import type { Page } from './page-view.js';

const BROAD: readonly WebFactName[] = ['pdr', 'files'];

/** A panel which is filled when it is opened, and read again on demand. */
function factPanel<Name extends WebFactName>(
  device: string,
  name: Name,
  title: string,
  draw: (facts: WebFacts[Name], device: string) => readonly HTMLElement[],
  isOpen: boolean,
): HTMLElement {
  const body = h('div', { class: 'body' });
  const again = h('button', { type: 'button', class: 'quiet again', title: `read ${title} again` }, 'read again');
  const look = BROAD.includes(name) ? 'panel fact broad' : 'panel fact';
  const panel = h('details', { class: look, open: isOpen }, h('summary', {}, h('h2', {}, title)), body);
  let isLoaded = false;
  const load = (): void => {
    isLoaded = true;
    fill(body, h('p', { class: 'faint' }, 'reading ...'));
    ask<WebFacts[Name]>('fact', { device, name }).then(
      (facts) => fill(body, ...draw(facts, device), again),
      (error: Error) => fill(body, h('p', { class: 'faint' }, error.message), again),
    );
  };
  again.addEventListener('click', load);
  panel.addEventListener('toggle', () => {
    if (panel.open && !isLoaded) load();
  });
  if (isOpen) load();
  return panel;
}

const TYPE = { platform: 2, fru: 4, firmware: 5, files: 7 } as const;

/** What a terminus says of itself: first what it speaks, then whatever that allows to be asked. */
export function fillWithFacts(element: HTMLElement, page: Page, device: string): void {
  const speaks = (types: ReadonlySet<number>): void => {
    fill(
      element,
      pldm,
      types.has(TYPE.fru) && fruPanel(device, true),
      types.has(TYPE.firmware) && firmwarePanel(device, true),
      types.has(TYPE.platform) && pdrPanel(device),
      types.has(TYPE.files) && filesPanel(page, device),
    );
  };
  const pldm = pldmPanel(device, speaks);
  fill(element, pldm);
}

function pldmPanel(device: string, speaks: (types: ReadonlySet<number>) => void): HTMLElement {
  let told = '';
  return factPanel(
    device,
    'pldm',
    'PLDM',
    ({ tid, uuid, types, notes }) => {
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
    },
    true,
  );
}

function fruPanel(device: string, isOpen: boolean): HTMLElement {
  return factPanel(
    device,
    'fru',
    'FRU',
    ({ sets, notes }) => [
      ...(sets.length === 0 ? [h('p', { class: 'faint' }, 'It has no FRU records.')] : []),
      ...sets.flatMap(({ title, fields }) => [h('h3', {}, title), facts(fields)]),
      ...noteList(notes),
    ],
    isOpen,
  );
}

function firmwarePanel(device: string, isOpen: boolean): HTMLElement {
  return factPanel(device, 'firmware', 'Firmware', (firmware) => firmwareParts(firmware), isOpen);
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

function pdrPanel(device: string): HTMLElement {
  return factPanel(
    device,
    'pdr',
    'PDR tree',
    ({ entities, records, notes }) => [
      h('ul', { class: 'tree' }, ...entities.map(branch)),
      h('details', {}, h('summary', {}, countText(records.length, 'record')), recordTable(device, records)),
      ...noteList(notes),
    ],
    false,
  );
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

function recordTable(device: string, records: WebFacts['pdr']['records']): HTMLElement {
  const lines = h('pre', { tabindex: '0', hidden: true });
  const show = async (handle: number): Promise<void> => {
    lines.hidden = false;
    const record = await ask<WebFacts['record']>('fact', { device, name: 'record', record: String(handle) });
    lines.textContent = record.lines.join('\n');
  };
  const rows = records.map(({ handle, title, about, bytes, wrong }) => {
    const button = h('button', { type: 'button', class: 'link' }, String(handle));
    button.addEventListener('click', () => {
      show(handle).catch((error: Error) => {
        lines.textContent = error.message;
      });
    });
    return h('tr', {}, h('td', {}, button), ...[title, about, `${bytes} B`, wrong].map((text) => h('td', {}, text)));
  });
  const head = ['record', 'kind', 'about', 'size', 'remark'].map((text) => h('th', { scope: 'col' }, text));
  return h(
    'div',
    { class: 'records' },
    h('table', { class: 'plain' }, h('thead', {}, h('tr', {}, ...head)), h('tbody', {}, ...rows)),
    lines,
  );
}

function filesPanel(page: Page, device: string): HTMLElement {
  return factPanel(device, 'files', 'Files', ({ entries }) => fileParts(page, device, entries), false);
}

function fileParts(page: Page, device: string, entries: WebFacts['files']['entries']): HTMLElement[] {
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
