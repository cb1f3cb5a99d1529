/** Who may ask the web server, and for what. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../stack/clock.js';
import { isLoopback, WebGuard } from '../../../tools/web/web-guard.js';

const TOKEN = 'a-token-of-some-length';
const CERTIFICATE = readFileSync(new URL('../../vectors/web/certificate.pem', import.meta.url), 'utf8');

const local = (token?: string) => new WebGuard({ token, cert: undefined, isPublic: false }, new VirtualClock());

describe('the place', () => {
  it.each([
    ['127.0.0.1:8080', undefined],
    ['localhost:8080', undefined],
    ['[::1]:8080', undefined],
    // What a page of another site reaches when its name is given our address (DNS rebinding).
    ['evil.example:8080', 421],
    ['127.0.0.1.evil.example', 421],
    ['localhost@evil.example', 421],
    ['10.0.0.1:8080', 421],
    [undefined, 421],
  ])('Host %s: %s', (host, status) => {
    expect(local().checkPlace({ ...(host !== undefined && { host }) })?.status).toBe(status);
  });

  it.each([
    ['http://127.0.0.1:8080', undefined],
    ['http://127.0.0.1:9999', 403],
    ['https://127.0.0.1:8080', 403],
    ['https://evil.example', 403],
    ['null', 403],
  ])('Origin %s: %s', (origin, status) => {
    expect(local().checkPlace({ host: '127.0.0.1:8080', origin })?.status).toBe(status);
  });

  it('may be visited from anywhere, and not be used by another page', () => {
    const host = '127.0.0.1:8080';
    const site = { host, 'sec-fetch-site': 'cross-site' };
    const visit = { ...site, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    expect(local().checkPlace(visit, true)).toBeUndefined();
    // A link elsewhere makes no device do anything.
    expect(local().checkPlace(visit)?.status).toBe(403);
    const script = { ...site, 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' };
    expect(local().checkPlace(script, true)?.status).toBe(403);
    expect(local().checkPlace({ ...visit, 'sec-fetch-dest': 'iframe' }, true)?.status).toBe(403);
    expect(local().checkPlace({ host, 'sec-fetch-site': 'same-origin' })).toBeUndefined();
  });

  it('of HTTPS is what its certificate says', () => {
    const guard = new WebGuard({ token: TOKEN, cert: CERTIFICATE, isPublic: true }, new VirtualClock());
    const place = (host: string) => guard.checkPlace({ host, origin: `https://${host}` })?.status;
    expect(['lab.example:443', '192.0.2.7', 'other.example', '192.0.2.8'].map(place)).toEqual([
      undefined,
      undefined,
      421,
      421,
    ]);
    expect(guard.checkRead({})?.status).toBe(401);
    expect(guard.checkRead({ authorization: `Bearer ${TOKEN}` })).toBeUndefined();
  });

  it.each([
    ['127.0.0.1', true],
    ['127.5.6.7', true],
    ['::1', true],
    ['localhost', true],
    ['0.0.0.0', false],
    ['::', false],
    ['localhost.example', false],
  ])('%s is loopback: %s', (host, expected) => {
    expect(isLoopback(host)).toBe(expected);
  });
});

describe('the token', () => {
  it('is not there: nothing can be managed, and everything be read', () => {
    expect(local().checkRead({})).toBeUndefined();
    expect(local().checkManage({ authorization: `Bearer ${TOKEN}` })).toMatchObject({ status: 403 });
    expect(local().canManage).toBe(false);
  });

  it.each([
    [`Bearer ${TOKEN}`, undefined],
    [`Bearer ${TOKEN}x`, 401],
    [`bearer ${TOKEN}`, 401],
    [TOKEN, 401],
    ['Bearer ', 401],
    ['Basic YTpi', 401],
    [undefined, 401],
  ])('%s: %s', (authorization, status) => {
    expect(local(TOKEN).checkManage({ ...(authorization !== undefined && { authorization }) })?.status).toBe(status);
  });

  it('is not looked at for a while when many were wrong', () => {
    const clock = new VirtualClock();
    const guard = new WebGuard({ token: TOKEN, cert: undefined, isPublic: false }, clock);
    const good = { authorization: `Bearer ${TOKEN}` };
    for (let n = 0; n < 10; n++) expect(guard.checkManage({ authorization: `Bearer wrong-${n}` })?.status).toBe(401);
    expect(guard.checkManage(good)?.status).toBe(429);
    clock.advance(10_001);
    expect(guard.checkManage(good)).toBeUndefined();
  });
});
