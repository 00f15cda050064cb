/** The folders of `test/` whose tests need a chain, in groups that run in a process each: those that take longest first. */
export const CHAIN_GROUPS = [
  ['server'],
  ['cli'],
  ['contracts'],
  ['e2e'],
  ['explorer'],
  ['sdk', 'viem'],
  ['docs', 'bundle', 'action'],
] as const

/** All folders of `test/` whose tests need a chain. */
export const WITH_CHAIN: readonly string[] = CHAIN_GROUPS.flat()
