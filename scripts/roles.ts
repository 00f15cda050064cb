/**
 * Prints who may do what on a ledger, since when and after which delay, and what nobody may do.
 * Usage: npm run -s roles -- [--deployment local] [--rpc <url>]
 */
import { formatRoles } from '../src/cli/formatRoles.ts'
import { readRoles } from '../src/sdk/governance/readRoles.ts'
import { readOptions } from './options.ts'
import { runScript } from './run.ts'
import { LEDGER_OPTIONS, withLedger } from './withLedger.ts'

const { values } = readOptions(LEDGER_OPTIONS)
await runScript(() => withLedger(values, async (ledger) => console.log(formatRoles(await readRoles(ledger)))))
