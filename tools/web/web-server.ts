/** The web server: the files of the page, the live stream, and questions and requests by JSON. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock, Timer } from '../../stack/clock.js';
import { CompletionCodeError, MctpError } from '../../stack/errors.js';
import { CommandError, printable } from '../command-error.js';
import { EXPOSITION_TYPE } from '../serve/metrics/exposition.js';
import { type DeviceFile, FileDownloads } from './file-download.js';
import { type HttpListener, listenHttp } from './http-listener.js';
import { LiveStream, type LiveWish } from './live-stream.js';
import type { PacketWatch } from './packet-watch.js';
import type { PageFile } from './page-files.js';
import type { HistoryPoints } from './sensor-traces.js';
import type { WebAccessFiles } from './web-access.js';
import type { WebFactName, WebTableName } from './web-documents.js';
import { type Refusal, WebGuard } from './web-guard.js';
import type { WebModel } from './web-model.js';

export interface WebServerOptions {
  readonly where: string;
  readonly access: WebAccessFiles;
  readonly files: ReadonlyMap<string, PageFile>;
  readonly model: WebModel;
  readonly packets: PacketWatch;
  readonly clock: Clock;
  /** Called before each round of messages to the pages, 10 times a second, while there are any. `packets`: one shows them. */
  look(packets: boolean): void;
  /** The first page has come, or the last one has been gone for a while. */
  watched(watched: boolean): void;
  /** Values so far, of the last hours where there is a history of them. */
  trace(key: string, hours: number): HistoryPoints;
  /** What is read of a device; undefined: there is no such device. */
  fact(device: string, name: WebFactName, record: number): Promise<unknown> | undefined;
  /** A file of a device, by its number; undefined: there is no such device. @throws CommandError, MctpError */
  file(device: string, identifier: number): Promise<DeviceFile | undefined>;
  /** What somebody with the token asks for, by the last part of its path. */
  readonly requests: ReadonlyMap<string, WebRequest>;
  /** For Prometheus, of a served network, or of the only one; undefined: there is no such network. */
  metrics(network: string): string | undefined;
}

/** `request`: its body is not read yet. The answer goes out as JSON. */
export type WebRequest = (query: URLSearchParams, request: IncomingMessage) => Promise<unknown>;

const MOST_CONNECTIONS = 64;
const MOST_STREAMS = 16;
/** Between two messages to a page. */
const TICK_MS = 100;
/** After the last page has gone; it may only have been loaded again. */
const LINGER_MS = 5_000;

const TABLES: readonly WebTableName[] = [
  ...(['server', 'links', 'rates', 'endpoints', 'peers'] as const),
  ...(['termini', 'sensors', 'nodes', 'updates'] as const),
];
const FACTS: readonly WebFactName[] = ['pldm', 'fru', 'pdr', 'record', 'firmware', 'files'];

/** Nothing but our own files, and no frame around them. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const HEADERS = {
  'Content-Security-Policy': POLICY,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
} as const;

export class WebServer {
  readonly guard: WebGuard;
  readonly #streams = new Set<LiveStream>();
  readonly #options: WebServerOptions;
  readonly #downloads: FileDownloads;
  #listener: HttpListener | undefined;
  #ticking: Timer | undefined;
  #leaving: Timer | undefined;

  private constructor(options: WebServerOptions) {
    this.#options = options;
    this.#downloads = new FileDownloads(options.clock);
    this.guard = new WebGuard(options.access, options.clock);
  }

  /** @throws MctpError EADDRINUSE, EINVAL */
  static async open(options: WebServerOptions): Promise<WebServer> {
    const server = new WebServer(options);
    const { where, access } = options;
    const { cert, key } = access;
    server.#listener = await listenHttp({
      where,
      what: 'the web page',
      setting: '--http',
      mostConnections: MOST_CONNECTIONS,
      tls: cert === undefined || key === undefined ? undefined : { cert, key },
      handle: (request, response) => void server.#handle(request, response),
    });
    return server;
  }

  /** `http://127.0.0.1:8080` */
  get origin(): string {
    return this.#listener!.origin;
  }

  /** Pages which look on. */
  get viewers(): number {
    return this.#streams.size;
  }

  close(): void {
    this.#ticking?.cancel();
    this.#leaving?.cancel();
    for (const stream of this.#streams) stream.end();
    this.#streams.clear();
    this.#listener?.close();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    // A page which went away in the middle is not an error of ours.
    response.on('error', () => {});
    request.on('error', () => {});
    try {
      await this.#answer(request, response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else sendError(response, error);
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = request.url ?? '/';
    if (!URL.canParse(target, 'http://page')) return refuse(response, { status: 400, why: 'that is not an address' });
    const { pathname: path, searchParams: query } = new URL(target, 'http://page');
    const misplaced = this.guard.checkPlace(request.headers, path === '/');
    if (misplaced !== undefined) return refuse(response, misplaced);
    if (request.method === 'POST') return await this.#manage(path, query, request, response);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD, POST');
      return refuse(response, { status: 405, why: 'only GET and POST are known here' });
    }
    const file = this.#options.files.get(path);
    if (file !== undefined) return sendFile(request, response, file);
    const metrics = /^\/metrics(?:\/([^/]+))?$/.exec(path);
    if (metrics === null && !path.startsWith('/api/')) return refuse(response, NOTHING);
    const unread = this.guard.checkRead(request.headers);
    if (unread !== undefined) return refuse(response, unread);
    if (metrics !== null) return this.#metrics(metrics[1] ?? '', response);
    const what = path.slice('/api/'.length);
    if (what === 'file') await this.#file(request, query, response);
    else await this.#show(what, query, response);
  }

  /** To read one which loses what is read takes the right to manage. */
  async #file(request: IncomingMessage, query: URLSearchParams, response: ServerResponse): Promise<void> {
    const device = query.get('device') ?? '';
    const number = query.get('file') ?? '';
    const isRead = request.method === 'GET' && /^\d{1,5}$/.test(number);
    const file = isRead ? await this.#options.file(device, Number(number)) : undefined;
    if (file === undefined) return refuse(response, { status: 404, why: 'there is no such file' });
    const refusal = file.isFifo ? this.guard.checkManage(request.headers) : undefined;
    if (refusal !== undefined) return refuse(response, refusal);
    await this.#downloads.send(device, file, query, response);
  }

  async #show(what: string, query: URLSearchParams, response: ServerResponse): Promise<void> {
    const { trace, packets, fact } = this.#options;
    switch (what) {
      case 'live': {
        const unknown = tablesOf(query).find((name) => !TABLES.some((one) => one === name));
        if (unknown === undefined) return this.#stream(wishOf(query), response);
        return refuse(response, { status: 400, why: `there is no table ${unknown}: known are ${TABLES.join(', ')}` });
      }
      case 'trace':
        return sendJson(response, trace(query.get('key') ?? '', Number(query.get('hours') ?? 0)));
      case 'packet': {
        const detail = packets.detail(Number(query.get('n') ?? Number.NaN));
        if (detail === undefined) return refuse(response, { status: 404, why: 'the packet is not kept any more' });
        return sendJson(response, detail);
      }
      case 'fact': {
        const name = FACTS.find((one) => one === query.get('name'));
        const facts = name && fact(query.get('device') ?? '', name, Number(query.get('record') ?? 0));
        if (facts === undefined) return refuse(response, { status: 404, why: 'there is no such device' });
        return sendJson(response, await facts);
      }
      default:
        return refuse(response, NOTHING);
    }
  }

  #metrics(network: string, response: ServerResponse): void {
    const text = this.#options.metrics(network);
    if (text === undefined) refuse(response, { status: 404, why: 'name the network: /metrics/NAME' });
    else response.writeHead(200, { 'Content-Type': EXPOSITION_TYPE, 'Cache-Control': 'no-store' }).end(text);
  }

  async #manage(
    path: string,
    query: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const work = this.#options.requests.get(path.replace(/^\/api\//, ''));
    const refusal = this.guard.checkManage(request.headers);
    if (work === undefined || refusal !== undefined) {
      // Its body is not wanted.
      response.setHeader('Connection', 'close');
      return refuse(response, refusal ?? NOTHING);
    }
    sendJson(response, await work(query, request));
  }

  #stream(wish: LiveWish, response: ServerResponse): void {
    if (this.#streams.size >= MOST_STREAMS) {
      refuse(response, { status: 503, why: `${MOST_STREAMS} pages look on already: close one` });
      return;
    }
    const { model, packets, clock } = this.#options;
    const stream = new LiveStream(response, wish, model, packets, clock);
    this.#streams.add(stream);
    response.on('close', () => {
      // Of a server which is closed nobody leaves.
      if (this.#streams.delete(stream) && this.#streams.size === 0) this.#leaveSoon();
    });
    this.#leaving?.cancel();
    this.#leaving = undefined;
    if (this.#ticking !== undefined) return;
    this.#options.watched(true);
    this.#tick();
  }

  #leaveSoon(): void {
    this.#leaving?.cancel();
    this.#leaving = this.#options.clock.schedule(LINGER_MS, () => {
      this.#ticking?.cancel();
      this.#ticking = undefined;
      this.#options.watched(false);
    });
  }

  #tick(): void {
    this.#ticking = this.#options.clock.schedule(TICK_MS, () => this.#tick());
    this.#options.look([...this.#streams].some(({ wantsPackets }) => wantsPackets));
    for (const stream of this.#streams) stream.tick();
  }
}

type Answer = Omit<Refusal, 'status'> & { readonly status: number };

const NOTHING: Answer = { status: 404, why: 'there is nothing here' };

function refuse(response: ServerResponse, { status, why }: Answer): void {
  if (status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
  sendJson(response, { error: why }, status);
}

function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify(value ?? {}));
}

/** What a device or a user did wrong is told; what we did wrong is not shown to strangers. */
function sendError(response: ServerResponse, error: unknown): void {
  const told = error instanceof CommandError || MctpError.is(error) || error instanceof CompletionCodeError;
  const why = told ? printable(error.message) : 'the server made a mistake';
  sendJson(response, { error: why }, told ? 422 : 500);
}

function sendFile({ method, headers }: IncomingMessage, response: ServerResponse, file: PageFile): void {
  const { type, body, etag } = file;
  const head = { ETag: etag, 'Cache-Control': 'no-cache' };
  if (headers['if-none-match'] === etag) response.writeHead(304, head).end();
  else {
    response.writeHead(200, { ...head, 'Content-Type': type, 'Content-Length': body.length });
    response.end(method === 'HEAD' ? undefined : body);
  }
}

function tablesOf(query: URLSearchParams): readonly string[] {
  return (query.get('tables') ?? '').split(',').filter((name) => name !== '');
}

/** `tables=links,rates&sensors=1:9:&events=1&packets=eid=9` */
function wishOf(query: URLSearchParams): LiveWish {
  const named = tablesOf(query);
  return {
    tables: TABLES.filter((name) => named.includes(name)),
    sensors: query.get('sensors') ?? '',
    events: query.get('events') !== null,
    packets: query.get('packets') ?? undefined,
  };
}
