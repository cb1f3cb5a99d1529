/** The live stream of the server: Server-Sent Events, read by `fetch` so that the token can go with it. */

import type { WebLive, WebTableName } from '../web-documents.js';
import { headers } from './page-token.js';

export interface LiveWish {
  readonly tables: readonly WebTableName[];
  /** Only sensors whose key begins so. */
  readonly sensors?: string;
  readonly events?: boolean;
  /** Filter of packets; '' all; undefined none. */
  readonly packets?: string | undefined;
}

export type LiveState = 'connecting' | 'live' | 'lost' | 'refused';

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5_000;
/** The server says something twice a second: silent for so long, it is lost. */
const SILENCE_MS = 6_000;

export class LiveFeed {
  #ended = new AbortController();

  constructor(
    private readonly take: (message: WebLive) => void,
    /** A stream begins: what was shown before is not of it. */
    private readonly begin: () => void,
    private readonly state: (state: LiveState, why: string) => void,
  ) {}

  /** From now on this; until the next call. Comes back by itself when the server does. */
  open(wish: LiveWish): void {
    this.#ended.abort();
    this.#ended = new AbortController();
    void this.#run(addressOf(wish), this.#ended.signal);
  }

  async #run(url: string, signal: AbortSignal): Promise<void> {
    let delay = FIRST_DELAY_MS;
    while (!signal.aborted) {
      let why = 'the server does not answer';
      const silence = new Silence(SILENCE_MS);
      try {
        const response = await fetch(url, { headers: headers(), signal: AbortSignal.any([signal, silence.signal]) });
        if (response.ok && response.body !== null) {
          this.begin();
          this.state('live', '');
          delay = FIRST_DELAY_MS;
          await this.#read(response.body, silence);
          why = 'the server has ended the connection';
        } else {
          why =
            ((await response.json().catch(() => ({}))) as { error?: string }).error ?? `it answered ${response.status}`;
          if (response.status === 401) {
            this.state('refused', why);
            return;
          }
        }
      } catch {
        // The network says no more than that.
      } finally {
        silence.end();
      }
      if (signal.aborted) return;
      this.state('lost', why);
      await new Promise((resolve) => setTimeout(resolve, delay));
      delay = Math.min(LONGEST_DELAY_MS, 2 * delay);
    }
  }

  async #read(body: ReadableStream<Uint8Array>, silence: Silence): Promise<void> {
    const reader = body
      .pipeThrough(new TextDecoderStream() as unknown as TransformStream<Uint8Array, string>)
      .getReader();
    let text = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      silence.broken();
      text += value;
      const messages = text.split('\n\n');
      text = messages.pop() ?? '';
      for (const message of messages)
        if (message.startsWith('data: ')) this.take(JSON.parse(message.slice(6)) as WebLive);
    }
  }
}

/** Its signal is aborted when nothing broke it for too long. */
class Silence {
  readonly #abort = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly ms: number) {
    this.broken();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  broken(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#abort.abort(), this.ms);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

function addressOf({ tables, sensors = '', events = false, packets }: LiveWish): string {
  const query = new URLSearchParams({ tables: tables.join(',') });
  if (sensors !== '') query.set('sensors', sensors);
  if (events) query.set('events', '1');
  if (packets !== undefined) query.set('packets', packets);
  return `/api/live?${query.toString()}`;
}
