/** Elements made of data. Text is only ever text: nothing here, nor in any view, parses HTML. */

export type Child = Node | string | undefined | false;

interface Attributes {
  readonly class?: string;
  readonly on?: Readonly<Record<string, (event: Event) => void>>;
  readonly [attribute: string]: unknown;
}

/** `h('a', { href: '#/links', class: 'x' }, 'links')`; an attribute which is undefined or false is left out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (name === 'on') {
      for (const [event, hear] of Object.entries(value as NonNullable<Attributes['on']>)) {
        element.addEventListener(event, hear);
      }
    } else element.setAttribute(name, value === true ? '' : String(value));
  }
  append(element, children);
  return element;
}

function append(element: Element, children: readonly Child[]): void {
  for (const child of children) if (child !== undefined && child !== false) element.append(child);
}

/** Only what differs is touched: a page which is updated ten times a second is mostly the same. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** Other children, in place of those which it has. */
export function fill(element: Element, ...children: readonly Child[]): void {
  element.replaceChildren();
  append(element, children);
}

/** Elements by key, made once and kept in the order of `keys`. */
export class KeyedChildren<T extends HTMLElement> {
  readonly #elements = new Map<string, T>();

  constructor(
    private readonly parent: Element,
    private readonly make: (key: string) => T,
  ) {}

  get(key: string): T | undefined {
    return this.#elements.get(key);
  }

  set(keys: readonly string[]): void {
    const wanted = new Set(keys);
    for (const [key, element] of this.#elements) {
      if (wanted.has(key)) continue;
      element.remove();
      this.#elements.delete(key);
    }
    let at = this.parent.firstElementChild;
    for (const key of keys) {
      let element = this.#elements.get(key);
      if (element === undefined) this.#elements.set(key, (element = this.make(key)));
      if (element === at) at = at.nextElementSibling;
      else this.parent.insertBefore(element, at);
    }
  }
}
