/**
 * Who may ask the web server for what: the page of another site, a name which somebody else's DNS gave to our address, and
 * who does not have the token may not. Pure.
 */

import { createHash, timingSafeEqual, X509Certificate } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import type { Clock } from '../../stack/clock.js';

export interface WebAccess {
  /** Without it nothing can be managed. */
  readonly token: string | undefined;
  /** PEM of the certificate which is served; undefined: plain HTTP, on a loopback address. */
  readonly cert: string | undefined;
  /** Other machines can reach the server. */
  readonly isPublic: boolean;
}

export type Refusal = {
  readonly status: 401 | 403 | 421 | 429;
  /** One sentence. */
  readonly why: string;
};

/** Wrong tokens within a while, whoever sends them; then no token is looked at. */
const MOST_WRONG = 10;
const WRONG_WINDOW_MS = 10_000;

/** `127.0.0.1`, `::1`, `localhost` */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

export class WebGuard {
  readonly #token: Buffer | undefined;
  readonly #certificate: X509Certificate | undefined;
  /** Beyond this machine nothing is shown without the token. */
  readonly #needsTokenToRead: boolean;
  /** When wrong tokens came. */
  readonly #wrong: number[] = [];

  constructor(
    access: WebAccess,
    private readonly clock: Clock,
  ) {
    this.#token = access.token === undefined ? undefined : digest(access.token);
    this.#needsTokenToRead = access.isPublic;
    this.#certificate = access.cert === undefined ? undefined : new X509Certificate(access.cert);
  }

  /** There is a token, by which one may manage. */
  get canManage(): boolean {
    return this.#token !== undefined;
  }

  /** For every request: that it is for us, and not of another site's page. `isPage`: for the page itself. Undefined: it is. */
  checkPlace(headers: IncomingHttpHeaders, isPage = false): Refusal | undefined {
    const { host, origin } = headers;
    const name = hostName(host);
    if (host === undefined || name === undefined || !this.#isOurs(name)) {
      return { status: 421, why: 'this server is not called so: use the address which it printed' };
    }
    const own = `${this.#certificate === undefined ? 'http' : 'https'}://${host}`;
    if (origin !== undefined && origin !== own) return { status: 403, why: 'pages of other sites may not ask' };
    const site = headers['sec-fetch-site'];
    // A page may be opened from anywhere; what it is made of may be asked for only by itself.
    const isVisit = isPage && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
    if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isVisit) {
      return { status: 403, why: 'pages of other sites may not ask' };
    }
    return undefined;
  }

  /** To read what the page shows. */
  checkRead(headers: IncomingHttpHeaders): Refusal | undefined {
    return this.#needsTokenToRead ? this.checkManage(headers) : undefined;
  }

  /** To change something. */
  checkManage({ authorization }: IncomingHttpHeaders): Refusal | undefined {
    if (this.#token === undefined) {
      return { status: 403, why: 'this server is read-only: start it with --http-token to manage devices' };
    }
    const now = this.clock.now();
    while (this.#wrong.length > 0 && now - this.#wrong[0]! > WRONG_WINDOW_MS) this.#wrong.shift();
    if (this.#wrong.length >= MOST_WRONG) {
      return { status: 429, why: 'too many wrong tokens: wait 10 seconds' };
    }
    const given = /^Bearer ([\x21-\x7e]{1,256})$/.exec(authorization ?? '')?.[1];
    if (authorization === undefined) return { status: 401, why: 'a token is needed' };
    if (given !== undefined && timingSafeEqual(digest(given), this.#token)) return undefined;
    this.#wrong.push(now);
    return { status: 401, why: 'the token is wrong' };
  }

  #isOurs(name: string): boolean {
    const certificate = this.#certificate;
    if (certificate === undefined) return isLoopback(name);
    if (isLoopback(name)) return true;
    return (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined;
  }
}

/** Of `name:80`, `[::1]:80`, `name`. */
function hostName(host: string | undefined): string | undefined {
  const parts = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+))(?::\d{1,5})?$/i.exec(host ?? '');
  return (parts?.[1] ?? parts?.[2])?.toLowerCase();
}

/** Of one length, whatever the text is. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
