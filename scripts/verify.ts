/**
 * Verifies a model for a use, or a credential, and prints the answer as JSON. Exits with 0 when the use is permitted or the
 * credential is valid, with 1 when it is not, and with 3 when the answer is unknown.
 *
 * Usage: npm run -s verify -- <model> --use <right> [--licensee <address>] [--at <time>] [--deployment local] [--rpc <url>]
 *        npm run -s verify -- --credential <id> [--at <time>] [--deployment local] [--rpc <url>]
 *
 *   <model>        a model id, or owner/name as on the Hugging Face Hub
 *   --use          what for, such as commercial
 *   --licensee     who wants to use it; the public by default
 *   --at           the time that is asked about, such as 2026-03-20, -30d or Unix seconds; now by default
 *   --credential   a credential id
 */
import { accountOf, modelOf } from '../src/cli/names.ts'
import { timeOf } from '../src/cli/times.ts'
import { EXIT, toJson } from '../src/console/context.ts'
import type { Verdict } from '../src/core/evaluate.ts'
import { parseCredentialId } from '../src/core/hex.ts'
import { parseRight } from '../src/core/vocabulary.ts'
import type { Ledger } from '../src/sdk/connect.ts'
import { askThen } from '../src/sdk/compliance/askThen.ts'
import { verifyModel } from '../src/sdk/compliance/verifyModel.ts'
import { ledgerAt } from '../src/sdk/ledgerAt.ts'
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
const { values, positionals } = readOptions(
  { ...LEDGER_OPTIONS, use: text, licensee: text, at: text, credential: text },
  true,
)
const { use, licensee, at, credential } = values
const [name, ...more] = positionals
const asksForModel = credential === undefined
if (asksForModel && (name === undefined || use === undefined || more.length > 0)) {
  exitForUsage('Name one model and a --use, or a --credential.')
}
if (!asksForModel && (name !== undefined || use !== undefined || licensee !== undefined)) {
  exitForUsage('A --credential is verified alone: leave out the model, --use and --licensee.')
}
await runScript(() => {
  const time = at === undefined ? undefined : timeOf(at, Math.floor(Date.now() / 1000))
  return withLedger(values, (ledger) =>
    asksForModel ? verifyUse(ledger, name!, time) : verifyCredential(ledger, credential, time),
  )
})

async function verifyUse(live: Ledger, model: string, time: number | undefined): Promise<number> {
  const ledger = time === undefined ? live : await ledgerAt(live, time)
  const report = await askThen(ledger, time ?? 0, model, async () =>
    verifyModel(ledger, {
      model: await modelOf(ledger, model),
      use: parseRight(use!),
      ...(time !== undefined && { at: time }),
      ...(licensee !== undefined && { policy: { licensee: accountOf(licensee) } }),
    }),
  )
  console.log(toJson(report))
  return EXIT_OF_VERDICT[report.verdict]
}

async function verifyCredential(ledger: Ledger, id: string, time: number | undefined): Promise<number> {
  const issued = await readCredential(ledger, { credential: parseCredentialId(id) })
  const valid = await isCredentialValid(ledger, { credential: issued.id, ...(time !== undefined && { time }) })
  console.log(toJson({ valid, ...issued }))
  return valid ? EXIT.ok : EXIT.finding
}
