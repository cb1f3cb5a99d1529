/** The token of whoever may manage, for as long as this tab is open; and questions to the server. */

const KEY = 'mctpkit-token';

export function token(): string {
  return sessionStorage.getItem(KEY) ?? '';
}

export function setToken(text: string): void {
  if (text === '') sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, text);
}

export function headers(): Record<string, string> {
  const text = token();
  return text === '' ? {} : { Authorization: `Bearer ${text}` };
}

/** @throws Error with the server's sentence */
export async function ask<T>(path: string, query: Readonly<Record<string, string>> = {}): Promise<T> {
  return answerOf<T>(await send(`${path}?${new URLSearchParams(query).toString()}`, {}));
}

/** What is not JSON: its bytes, and the name by which to keep them. @throws Error with the server's sentence */
export async function askBytes(
  path: string,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
  onProgress: (bytes: number) => void,
): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly name: string }> {
  const response = await send(`${path}?${new URLSearchParams(query).toString()}`, { signal });
  if (!response.ok || response.body === null) return answerOf(response);
  const encoded = /filename\*=UTF-8''([^;]+)/.exec(response.headers.get('content-disposition') ?? '')?.[1];
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new Error(`it broke off after ${size} bytes: the events say why`);
    });
    if (done) break;
    parts.push(value);
    size += value.length;
    onProgress(size);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { bytes, name: decodeURIComponent(encoded ?? 'file') };
}

/** Something which needs the token. @throws Error with the server's sentence */
export async function request<T>(
  path: string,
  query: Readonly<Record<string, string>>,
  body: Blob | null = null,
): Promise<T> {
  return answerOf<T>(await send(`${path}?${new URLSearchParams(query).toString()}`, { method: 'POST', body }));
}

async function send(path: string, options: RequestInit): Promise<Response> {
  return fetch(`/api/${path}`, { ...options, headers: headers() }).catch(() => {
    throw new Error('the server does not answer');
  });
}

async function answerOf<T>(response: Response): Promise<T> {
  const answer = (await response.json().catch(() => ({}))) as { readonly error?: string };
  if (!response.ok) throw new Error(answer.error ?? `the server answered ${response.status}`);
  return answer as T;
}
