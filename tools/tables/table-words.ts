/** The words of Linux's `mctp` tool: `add 9 dev mctpi2c1 lladdr 0x1d`. */

import { EID_MAX, EID_MIN, isEid } from '../../stack/ids.js';
import { usageError } from '../command-error.js';
import { MTU_OVER_UNIT } from './table-verbs.js';

export class Words {
  #at = 0;

  constructor(
    private readonly words: readonly string[],
    /** How it is to be written, for complaints. */
    private readonly grammar: string,
  ) {}

  get more(): boolean {
    return this.#at < this.words.length;
  }

  /** The next word, whatever it is. */
  next(what: string): string {
    const word = this.words[this.#at++];
    if (word === undefined) throw this.wrong(`${what} is missing`);
    return word;
  }

  /** Is the next word this one? Then it is taken. */
  take(word: string): boolean {
    if (this.words[this.#at] !== word) return false;
    this.#at++;
    return true;
  }

  /** `via LINK`: the word, and what comes behind it. */
  after(word: string, what: string): string {
    if (!this.take(word)) throw this.wrong(`"${word} ${what}" is missing`);
    return this.next(what);
  }

  eid(text = this.next('the EID')): number {
    const eid = number(text);
    if (!isEid(eid)) throw this.wrong(`${text} is not an EID: use ${EID_MIN} to ${EID_MAX}`);
    return eid;
  }

  /** `9` or `9-20` */
  range(): { start: number; end: number } {
    const text = this.next('the EID');
    const [first = '', last = first] = text.split('-');
    const range = { start: this.eid(first), end: this.eid(last) };
    if (range.end < range.start) throw this.wrong(`${text} ends before it begins`);
    return range;
  }

  /** Bytes with the header, as Linux counts; the transmission unit, as we do. */
  unit(): number {
    const text = this.next('the MTU');
    const mtu = number(text);
    if (!Number.isInteger(mtu) || mtu < 64 + MTU_OVER_UNIT) {
      throw this.wrong(
        `${text} is not an MTU: it is ${64 + MTU_OVER_UNIT} or more, the 4 bytes of the header included`,
      );
    }
    return mtu - MTU_OVER_UNIT;
  }

  network(): number {
    const text = this.next('the network');
    const network = number(text);
    if (!Number.isInteger(network) || network < 1 || network > 0xffffffff) throw this.wrong(`${text} is not a network`);
    return network;
  }

  /** `0x1d`, `1d`, or Linux's `1d:2e` for wider ones. */
  physicalAddress(): string {
    const text = this.next('the physical address');
    const digits = text.toLowerCase().replace(/^0x/, '').replaceAll(':', '');
    if (!/^([0-9a-f]{2})+$/.test(digits)) throw this.wrong(`${text} is not a physical address: write it as in 0x1d`);
    return digits;
  }

  end(): void {
    if (this.more) throw this.wrong(`"${this.words.slice(this.#at).join(' ')}" is too much`);
  }

  wrong(message: string): Error {
    return usageError(`${message}: ${this.grammar}`);
  }
}

function number(text: string): number {
  return /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN;
}
