/** What every virtual port can do: go away as if pulled out, and come back. */
export interface Pluggable {
  readonly plugged: boolean;
  /** Gone at once, whatever was under way. Harmless when it is. */
  unplug(): void;
  replug(): void;
}
