import type { ChainId } from '../../src/core/chainId.ts'
import type { Address } from '../../src/core/hex.ts'
import type { LineageLine } from './lineageTree.ts'

/** What the screen of `npm start` says. */
export type ScreenContent = {
  /** Seconds from the start of the program to the answer. */
  seconds: number
  /** Whether everything ended with the screen, as `--once` asks. */
  ended: boolean
  rpcUrl: string
  chainId: ChainId
  /** The name of the deployment. */
  name: string
  database: string
  log: string
  /** Where the query API is. */
  apiUrl: string
  counts: { licenses: number; models: number; events: number }
  lineage: readonly LineageLine[]
  administrator: Address
  /** Accounts that nothing uses yet. */
  free: readonly Address[]
}

/** The name of the deployment that commands use when they name none. */
const DEFAULT_NAME = 'local'

/** The width of the screen, in columns. */
const WIDTH = 100

/** The screen of `npm start`: at most 32 lines of 100 columns, which npm's own 8 make 40. */
export function screen(content: ScreenContent): string {
  const { seconds, ended, rpcUrl, chainId, name, database, log, apiUrl, counts, administrator, free } = content
  const at = name === DEFAULT_NAME ? '' : ` --deployment ${name}`
  const stemma = (command: string, account = ''): string => {
    const line = `  npm run -s stemma -- ${command}`
    const options = `${account && ` --from ${account}`}${at}`
    return line.length + options.length <= WIDTH ? `${line}${options}` : `${line} \\\n     ${options}`
  }
  return [
    `Stemma: a ledger of AI models on this machine, ready in ${seconds.toFixed(1)} s.`,
    '',
    `  explorer ${apiUrl} in a browser; GraphQL at /graphql, REST at /v1: see /openapi.json`,
    `  node     ${rpcUrl}, chain ${chainId}: .stemma/deployments/${name}.json`,
    `  index    ${database}: ${counts.events} events`,
    `  log      ${log}`,
    '',
    `On the ledger: ${counts.licenses} licenses, ${counts.models} models. May anybody use those of the Composer 2 case commercially?`,
    '',
    ...table(content.lineage),
    '',
    'Accounts for --from: the administrator, who has every role, then some that are yours to try with.',
    'Their keys are public: use them on this machine only.',
    '',
    ...inPairs([administrator, ...free]),
    '',
    ...kept(ended),
    '',
    ended ? 'Start it without --once, and try in another terminal:' : 'Try in another terminal:',
    stemma('verify fork-a/composer-2-open --use commercial'),
    stemma('ancestry fork-a/composer-2-open'),
    stemma('verify examples/models/Qwen__Qwen2.5-3B --use host'),
    stemma('register examples/guide/initech__tiny-coder', free[0] ?? administrator),
    '  npm run play',
  ].join('\n')
}

function table(lines: readonly LineageLine[]): string[] {
  const width = (key: 'label' | 'relation'): number => Math.max(...lines.map((line) => line[key].length))
  const [label, relation] = [width('label'), width('relation')]
  return lines.map((line) =>
    `  ${line.label.padEnd(label)}  ${line.relation.padEnd(relation)}  ${line.answer}`.trimEnd(),
  )
}

function inPairs(accounts: readonly Address[]): string[] {
  const rows = accounts.flatMap((_, index) => (index % 2 === 0 ? [accounts.slice(index, index + 2)] : []))
  return rows.map((row) => `  ${row.join('  ')}`)
}

function kept(ended: boolean): string[] {
  const lost = 'The chain is in memory: everything registered on it is lost.'
  return [
    ended ? `The node has ended. ${lost}` : `At Ctrl-C the node ends. ${lost}`,
    'The index and the log stay until the next npm start, which begins a new ledger.',
  ]
}
