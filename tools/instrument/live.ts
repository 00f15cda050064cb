/** What runs over instrumented contracts share: the chains that tests made, what was reached on them, and the mutant that is alive. */

/** A chain as far as runs deal with it. */
export type Chain = {
  request(method: string, params: readonly unknown[]): Promise<unknown>
  setCoinbase(coinbase: bigint): Promise<void>
  /** Lets fixtures be run again rather than restored. */
  forgetFixtures(): void
  close(): Promise<void>
}

/** Points that were reached since this was last emptied, and the chains that are open: `lasting` those that came with test files. */
export const collected = { hits: new Set<number>(), chains: new Set<Chain>(), lasting: [] as Chain[] }

/** The coinbase of every block, by which contracts know the mutant that is alive; 0 for none. */
export const liveMutant = { coinbase: 0n, loaded: false }
