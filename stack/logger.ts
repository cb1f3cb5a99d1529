/** The one way of the library to say something to a person; silent unless a logger is given. */
export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

export const SILENT: Logger = { debug() {}, info() {}, warn() {}, error() {} };
