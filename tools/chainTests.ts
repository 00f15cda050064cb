/** The folders of `test/` whose tests need a chain, in groups that run in a process each: those that take longest first. */
export const CHAIN_GROUPS = [
  ['explorer'],
  ['docs', 'bundle', 'action'],
  ['cli'],
  ['e2e'],
  ['server/api', 'server/cli', 'server/gateway', 'server/scanner'],
  ['server/indexer'],
  ['contracts'],
  ['sdk', 'viem'],
] as const

/** All folders of `test/` whose tests need a chain. */
export const WITH_CHAIN: readonly string[] = [...new Set(CHAIN_GROUPS.flat().map((path) => path.split('/')[0]!))]
