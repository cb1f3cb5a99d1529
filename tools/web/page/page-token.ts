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
