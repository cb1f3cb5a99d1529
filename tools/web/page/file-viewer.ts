/** A file of a device: its beginning as text or in hexadecimal, more of it on demand, and all of it to be kept. */

import { fileText, hexOf } from './file-text.js';
import { h, setAttribute, setText } from './page-dom.js';
import { bytesText, hexRows } from './page-format.js';
import { askBytes } from './page-token.js';

export interface ShownFile {
  readonly identifier: number;
  readonly path: string;
  readonly fifo: boolean;
  /** Bytes; 0: not known. */
  readonly maximumSize: number;
}

/** Read at a time, and shown at most; bytes. */
const STEP = 32 * 1024;
const MOST_SHOWN = 256 * 1024;

export class FileViewer {
  readonly element: HTMLElement;
  readonly #title = h('h3', {});
  readonly #state = h('p', { class: 'faint', role: 'status' });
  readonly #content = h('pre', { class: 'content', tabindex: '0', 'aria-label': 'content of the file' });
  readonly #form = h('button', { type: 'button', class: 'quiet' }, 'hexadecimal');
  readonly #more = h('button', { type: 'button' }, 'read on');
  readonly #cancel = h('button', { type: 'button', class: 'quiet' }, 'cancel');
  readonly #close = h('button', { type: 'button', class: 'quiet' }, 'close');
  #file: ShownFile | undefined;
  #bytes = new Uint8Array();
  #isHex = false;
  #reading: AbortController | undefined;

  /** `device`: where it is now. */
  constructor(private readonly device: () => string) {
    this.element = h(
      'section',
      { class: 'file-viewer', 'aria-label': 'File', hidden: true },
      h('div', { class: 'bar' }, this.#title, this.#form, this.#more, this.#cancel, this.#close),
      this.#state,
      this.#content,
    );
    this.#form.addEventListener('click', () => {
      this.#isHex = !this.#isHex;
      this.#draw();
    });
    this.#more.addEventListener('click', () => void this.#readOn());
    this.#cancel.addEventListener('click', () => this.stop());
    this.#close.addEventListener('click', () => {
      this.stop();
      this.element.hidden = true;
    });
  }

  /** Its beginning. */
  async show(file: ShownFile): Promise<void> {
    this.#begin(file);
    await this.#readOn();
    this.#isHex = !fileText(this.#bytes).isText;
    this.#draw();
  }

  /** All of it, as a file of this machine. */
  async save(file: ShownFile): Promise<void> {
    this.#begin(file);
    const saved = await this.#read({}, (done) => {
      const all = file.maximumSize === 0 ? '' : ` of at most ${bytesText(file.maximumSize)}`;
      return `reading: ${bytesText(done)}${all}`;
    });
    if (saved === undefined) return;
    const { bytes, name } = saved;
    const url = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
    h('a', { href: url, download: name }).click();
    // The browser has begun to keep it by then.
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
    setText(this.#state, `saved: ${bytesText(bytes.length)}`);
  }

  /** Whatever is being read is not wanted any more. */
  stop(): void {
    this.#reading?.abort();
    this.#reading = undefined;
  }

  #begin(file: ShownFile): void {
    this.stop();
    this.#file = file;
    this.#bytes = new Uint8Array();
    this.element.hidden = false;
    setText(this.#title, file.path);
    this.#draw();
  }

  async #readOn(): Promise<void> {
    const before = this.#bytes;
    const range = { offset: String(before.length), length: String(STEP) };
    const got = await this.#read(range, (done) => `reading: ${bytesText(before.length + done)}`);
    if (got === undefined) return;
    const all = new Uint8Array(before.length + got.bytes.length);
    all.set(before);
    all.set(got.bytes, before.length);
    this.#bytes = all;
    const isWhole = got.bytes.length < STEP;
    const isMost = all.length >= MOST_SHOWN;
    const more = isWhole ? '' : isMost ? ', and more: download it' : ', and more';
    setText(this.#state, all.length === 0 ? 'It is empty.' : `${bytesText(all.length)}${more}`);
    this.#draw();
    this.#more.hidden = isWhole || isMost;
  }

  /** Undefined: it was cancelled, or did not work, which is told. */
  async #read(range: Readonly<Record<string, string>>, words: (done: number) => string) {
    const file = this.#file!;
    const reading = new AbortController();
    this.#reading = reading;
    this.#more.hidden = true;
    this.#cancel.hidden = false;
    setText(this.#state, 'reading ...');
    setAttribute(this.#state, 'class', 'faint');
    try {
      const query = { device: this.device(), file: String(file.identifier), ...range };
      return await askBytes('file', query, reading.signal, (done) => {
        // Nobody looks at it any more.
        if (!this.element.isConnected) reading.abort();
        setText(this.#state, words(done));
      });
    } catch (error) {
      // Another one is being read by then.
      if (this.#file !== file || (this.#reading !== reading && this.#reading !== undefined)) return undefined;
      setText(this.#state, reading.signal.aborted ? 'cancelled' : (error as Error).message);
      if (!reading.signal.aborted) setAttribute(this.#state, 'class', 'problem');
      return undefined;
    } finally {
      if (this.#reading === reading || this.#reading === undefined) {
        this.#reading = undefined;
        this.#cancel.hidden = true;
      }
    }
  }

  #draw(): void {
    const isEmpty = this.#bytes.length === 0;
    this.#content.hidden = this.#form.hidden = isEmpty;
    this.#more.hidden = true;
    setText(this.#form, this.#isHex ? 'text' : 'hexadecimal');
    setAttribute(this.#content, 'class', this.#isHex ? 'content' : 'content fields');
    setText(this.#content, this.#isHex ? hexRows(hexOf(this.#bytes)) : fileText(this.#bytes).text);
  }
}
