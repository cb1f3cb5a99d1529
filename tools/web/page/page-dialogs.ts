/** Dialogs of the page: the token, and the keys. */

import { h, setText } from './page-dom.js';
import { request, setToken, token } from './page-token.js';

/** Ask for the token, and try it. Resolves with whether there is one now. */
export function openTokenDialog(): Promise<boolean> {
  const input = h('input', {
    type: 'password',
    id: 'token',
    autocomplete: 'off',
    required: true,
    'aria-describedby': 'token-problem',
  });
  const problem = h('p', { id: 'token-problem', class: 'problem', role: 'alert' });
  const forget = h('button', { type: 'button', class: 'quiet' }, 'forget it');
  const cancel = h('button', { type: 'button', class: 'quiet' }, 'cancel');
  const form = h(
    'form',
    { method: 'dialog' },
    h('label', { for: 'token' }, 'Token'),
    input,
    problem,
    h(
      'div',
      { class: 'buttons' },
      token() === '' ? undefined : forget,
      cancel,
      h('button', { type: 'submit' }, 'use it'),
    ),
  );
  const dialog = h(
    'dialog',
    { 'aria-label': 'Manage devices' },
    h('h2', {}, 'Manage devices'),
    h('p', {}, 'The server was started with a token (--http-token). This tab keeps it until it is closed.'),
    form,
  );
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(token() !== '');
    });
    cancel.addEventListener('click', () => dialog.close());
    forget.addEventListener('click', () => {
      setToken('');
      dialog.close();
    });
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const before = token();
      setToken(input.value.trim());
      request('token', {}).then(
        () => dialog.close(),
        (error: Error) => {
          setToken(before);
          setText(problem, error.message);
          input.select();
        },
      );
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Of a server which has no token: nothing that is typed here would help. */
export function openReadOnlyDialog(): void {
  showClosable(
    'Read-only',
    h(
      'p',
      {},
      'The server was started without a token, so that this page only shows. Start it with --http-token FILE.',
    ),
  );
}

export function openHelp(views: readonly string[]): void {
  const keys: [string, string][] = [
    ...views.map((title, index): [string, string] => [String(index + 1), title]),
    ['/', 'filter'],
    ['p', 'packets: pause, and go on'],
    ['Esc', 'leave a field, close this'],
  ];
  const rows = keys.map(([key, what]) => h('tr', {}, h('th', { scope: 'row' }, h('kbd', {}, key)), h('td', {}, what)));
  showClosable('Keys', h('table', {}, h('tbody', {}, ...rows)));
}

function showClosable(title: string, content: HTMLElement): void {
  const close = h('button', { type: 'button' }, 'close');
  const dialog = h('dialog', { 'aria-label': title }, h('h2', {}, title), content, close);
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
