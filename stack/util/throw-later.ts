/** What a callback of somebody else's throws: an uncaught error of the program, and none of the work which called it. */
export function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
