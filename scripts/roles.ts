/**
 * Prints who may do what on a ledger, since when and after which delay, and what nobody may do.
 * Usage: node scripts/roles.ts [--deployment local] [--rpc url]
 */
import { formatRoles } from '../src/cli/formatRoles.ts'
import { readRoles } from '../src/sdk/governance/readRoles.ts'
import { openFromArguments } from './openFromArguments.ts'

const { ledger } = await openFromArguments()
console.log(formatRoles(await readRoles(ledger)))
ledger.provider.destroy()
