/** A table of any length, of which only the rows in sight are made. */

import { h, setAttribute, setText } from './page-dom.js';

export interface Column<Row> {
  readonly title: string;
  /** Of the column: its width is in the style sheet. */
  readonly class: string;
  /** A text, or what the cell is made of. */
  readonly cell: (row: Row) => string;
  /** In place of a text: draws into the cell, which keeps what was drawn before. */
  readonly draw?: (cell: HTMLTableCellElement, row: Row) => void;
}

export interface TableOptions<Row> {
  readonly label: string;
  readonly class: string;
  readonly columns: readonly Column<Row>[];
  readonly key: (row: Row) => string;
  /** Classes of a row, for its colours. */
  readonly look?: (row: Row) => string;
  /** The row was chosen, by a click or by Enter. */
  readonly chosen?: (row: Row) => void;
  /** Stay at the end when rows come, unless somebody has scrolled up. */
  readonly follows?: boolean;
  readonly empty: string;
}

const ROW_HEIGHT = 26;
/** Rows which are made above and below those in sight. */
const SPARE = 6;

export class VirtualTable<Row> {
  readonly element: HTMLElement;
  readonly #body = h('tbody');
  readonly #before = h('tr', { 'aria-hidden': 'true' }, h('td'));
  readonly #after = h('tr', { 'aria-hidden': 'true' }, h('td'));
  readonly #empty: HTMLElement;
  readonly #table: HTMLTableElement;
  readonly #shown: HTMLTableRowElement[] = [];
  #rows: readonly Row[] = [];
  #selected: string | undefined;
  #sized: ResizeObserver;

  constructor(private readonly options: TableOptions<Row>) {
    const { label, columns, chosen } = options;
    const head = columns.map(({ title, class: name }) => h('th', { scope: 'col', class: name }, title));
    this.#table = h('table', { 'aria-label': label }, h('thead', {}, h('tr', {}, ...head)), this.#body);
    this.#empty = h('p', { class: 'empty' }, options.empty);
    this.element = h(
      'div',
      { class: `table-box ${options.class}`, tabindex: '0', role: 'region', 'aria-label': label },
      this.#table,
      this.#empty,
    );
    this.#body.append(this.#before, this.#after);
    this.element.addEventListener('scroll', () => this.#draw(), { passive: true });
    this.element.addEventListener('keydown', (event) => this.#key(event));
    if (chosen !== undefined) {
      this.#body.addEventListener('click', (event) => {
        const row = (event.target as Element).closest('tr');
        const at = row === null ? -1 : this.#shown.indexOf(row);
        if (at >= 0) this.select(this.#rows[this.#first() + at]);
      });
    }
    this.#sized = new ResizeObserver(() => this.#draw());
    this.#sized.observe(this.element);
  }

  get selected(): Row | undefined {
    return this.#rows.find((row) => this.options.key(row) === this.#selected);
  }

  set rows(rows: readonly Row[]) {
    const { element } = this;
    const atEnd = element.scrollTop + element.clientHeight >= element.scrollHeight - ROW_HEIGHT;
    this.#rows = rows;
    this.#draw();
    if (this.options.follows === true && atEnd && element.scrollHeight > element.clientHeight) {
      element.scrollTop = element.scrollHeight;
      this.#draw();
    }
  }

  select(row: Row | undefined): void {
    if (row === undefined) return;
    this.#selected = this.options.key(row);
    this.#draw();
    this.options.chosen?.(row);
  }

  close(): void {
    this.#sized.disconnect();
  }

  #first(): number {
    return Math.max(0, Math.floor(this.element.scrollTop / ROW_HEIGHT) - SPARE);
  }

  #draw(): void {
    const rows = this.#rows;
    const { columns, key, look } = this.options;
    const first = Math.min(this.#first(), Math.max(0, rows.length - 1));
    const count = Math.min(rows.length - first, Math.ceil(this.element.clientHeight / ROW_HEIGHT) + 2 * SPARE);
    while (this.#shown.length > count) this.#shown.pop()!.remove();
    while (this.#shown.length < count) {
      const made = h('tr', {}, ...columns.map(({ class: name }) => h('td', { class: name })));
      this.#shown.push(made);
      this.#body.insertBefore(made, this.#after);
    }
    for (let n = 0; n < count; n++) {
      const row = rows[first + n]!;
      const element = this.#shown[n]!;
      const isSelected = key(row) === this.#selected;
      setAttribute(element, 'class', `${look?.(row) ?? ''}${isSelected ? ' selected' : ''}`.trim());
      setAttribute(element, 'aria-rowindex', String(first + n + 2));
      if (this.options.chosen !== undefined) setAttribute(element, 'aria-selected', String(isSelected));
      for (let c = 0; c < columns.length; c++) {
        const { cell, draw } = columns[c]!;
        const td = element.cells[c]!;
        if (draw !== undefined) draw(td, row);
        else {
          const text = cell(row);
          setText(td, text);
          if (td.title !== text) td.title = text;
        }
      }
    }
    setAttribute(this.#table, 'aria-rowcount', String(rows.length + 1));
    // Heights, not rows: a spacer counts as no row for those who hear.
    this.#before.style.height = `${first * ROW_HEIGHT}px`;
    this.#after.style.height = `${(rows.length - first - count) * ROW_HEIGHT}px`;
    this.#empty.hidden = rows.length > 0;
  }

  /** Up, down, Page, Home and End move what is chosen; Enter chooses. */
  #key(event: KeyboardEvent): void {
    if (this.options.chosen === undefined || this.#rows.length === 0) return;
    const { key } = this.options;
    const page = Math.max(1, Math.floor(this.element.clientHeight / ROW_HEIGHT) - 2);
    const steps: Readonly<Record<string, number>> = { ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page };
    const now = this.#rows.findIndex((row) => key(row) === this.#selected);
    const last = this.#rows.length - 1;
    let next: number;
    if (event.key in steps) next = now < 0 ? 0 : now + steps[event.key]!;
    else if (event.key === 'Home') next = 0;
    else if (event.key === 'End') next = last;
    else return;
    event.preventDefault();
    next = Math.max(0, Math.min(last, next));
    const top = next * ROW_HEIGHT;
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + 2 * ROW_HEIGHT > scrollTop + clientHeight)
      this.element.scrollTop = top + 2 * ROW_HEIGHT - clientHeight;
    this.select(this.#rows[next]);
  }
}
