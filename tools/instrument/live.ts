/** The state that runs over instrumented contracts share: the tests' chains, the points reached on them, and the active mutant. */

/** The part of a chain that runs use. */
export type Chain = {
  request(method: string, params: readonly unknown[]): Promise<unknown>
  setCoinbase(coinbase: bigint): Promise<void>
  /** Makes fixtures run again instead of being restored. */
  forgetFixtures(): void
  close(): Promise<void>
}

/** The points reached since the last reset, and the open chains. `lasting` holds those that test files made when loaded. */
export const collected = { hits: new Set<number>(), chains: new Set<Chain>(), lasting: [] as Chain[] }

/** The coinbase of every block, which tells the contracts the active mutant; 0 for none. */
export const liveMutant = { coinbase: 0n, loaded: false }
