/** The folders of `test/` whose tests need a chain, in two parts that take about as long. */
export const CHAIN_PARTS = [
  ['bundle', 'cli', 'contracts', 'docs'],
  ['action', 'e2e', 'sdk', 'server', 'viem'],
] as const

/** All folders of `test/` whose tests need a chain. */
export const WITH_CHAIN: readonly string[] = CHAIN_PARTS.flat()
