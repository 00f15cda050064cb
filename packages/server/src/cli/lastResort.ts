/**
 * Reports failures that no code has handled, instead of ending the process. A public server must not end by what one client
 * sends. Returns what undoes it.
 */
export function keepServing(report: (failure: unknown) => void): () => void {
  process.on('unhandledRejection', report).on('uncaughtException', report)
  return () => void process.off('unhandledRejection', report).off('uncaughtException', report)
}
