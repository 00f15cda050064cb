/**
 * Verifies a model for a use, or a credential, and prints the answer as JSON. Exits with 0 when the use is permitted or the
 * credential is valid, with 1 when it is not, and with 3 when the answer is unknown.
 *
 * Usage: npm run -s verify -- <model> --use <right> [--licensee <address>] [--deployment local] [--rpc <url>]
 *        npm run -s verify -- --credential <id> [--deployment local] [--rpc <url>]
 *
 *   <model>        a model id, or owner/name as on the Hugging Face Hub
 *   --use          what for, such as commercial
 *   --licensee     who wants to use it; the public by default
 *   --credential   a credential id
 */
import { accountOf, modelOf } from '../src/cli/names.ts'
import { EXIT, toJson } from '../src/console/context.ts'
import type { Verdict } from '../src/core/evaluate.ts'
import { parseCredentialId } from '../src/core/hex.ts'
import { parseRight } from '../src/core/vocabulary.ts'
import type { Ledger } from '../src/sdk/connect.ts'
import { verifyModel } from '../src/sdk/compliance/verifyModel.ts'
import { isCredentialValid } from '../src/sdk/licensing/isCredentialValid.ts'
import { readCredential } from '../src/sdk/licensing/readCredential.ts'
import { exitForUsage, readOptions } from './options.ts'
import { runScript } from './run.ts'
import { LEDGER_OPTIONS, withLedger } from './withLedger.ts'

const EXIT_OF_VERDICT: Readonly<Record<Verdict, number>> = {
  permitted: EXIT.ok,
  conditional: EXIT.ok,
  'not-permitted': EXIT.finding,
  unknown: EXIT.undecided,
}

const text = { type: 'string' } as const
const { values, positionals } = readOptions({ ...LEDGER_OPTIONS, use: text, licensee: text, credential: text }, true)
const { use, licensee, credential } = values
const [name, ...more] = positionals
const asksForModel = credential === undefined
if (asksForModel && (name === undefined || use === undefined || more.length > 0)) {
  exitForUsage('Name one model and a --use, or a --credential.')
}
if (!asksForModel && (name !== undefined || use !== undefined || licensee !== undefined)) {
  exitForUsage('A --credential is verified alone: leave out the model, --use and --licensee.')
}
await runScript(() =>
  withLedger(values, (ledger) => (asksForModel ? verifyUse(ledger, name!) : verifyCredential(ledger, credential))),
)

async function verifyUse(ledger: Ledger, model: string): Promise<number> {
  const report = await verifyModel(ledger, {
    model: await modelOf(ledger, model),
    use: parseRight(use!),
    ...(licensee !== undefined && { policy: { licensee: accountOf(licensee) } }),
  })
  console.log(toJson(report))
  return EXIT_OF_VERDICT[report.verdict]
}

async function verifyCredential(ledger: Ledger, id: string): Promise<number> {
  const issued = await readCredential(ledger, { credential: parseCredentialId(id) })
  const valid = await isCredentialValid(ledger, { credential: issued.id })
  console.log(toJson({ valid, ...issued }))
  return valid ? EXIT.ok : EXIT.finding
}
