import type { Command } from 'commander'

import { CLAIM_STATES, type ClaimState } from '../../../core/claim.ts'
import { didYouMean, quoted } from '../../../core/text.ts'
import type { Ledger } from '../../../sdk/connect.ts'
import { listClaims } from '../../../sdk/claims/listClaims.ts'
import { readModel } from '../../../sdk/registry/readModel.ts'
import { print, UsageError, type Context } from '../../../console/context.ts'
import { CLAIM_JSON } from '../../claimJson.ts'
import { formatClaim } from '../../formatClaim.ts'
import { accountOf, checkModelName, modelOf } from '../../names.ts'
import { read } from '../../open.ts'
import { productOf } from '../../productOf.ts'
import { withInheritances } from '../../withInheritances.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'

type Options = LedgerOptions & { product?: string; parent?: string; claimant?: string; state?: string }

/** The states that a claim can have. The first name in the table stands for no claim. */
const STATES = CLAIM_STATES.slice(1)

/** `stemma claim list`: lists claims. */
export function claimList(command: Command, context: Context): void {
  withLedgerOptions(
    command
      .option('--product <url|digest>', 'about this product')
      .option('--parent <model>', 'that something was made from this model')
      .option('--claimant <address>', 'filed by this account')
      .option('--state <states>', `comma-separated: ${STATES.join(', ')}`),
    { example: '$ stemma claim list acme/base --state filed,contested', json: `[${CLAIM_JSON}]` },
  ).action(async (name: string | undefined, options: Options) => {
    if (name !== undefined && options.product !== undefined) {
      throw new UsageError('A list is about a model or about a --product, not both. Name one of them.')
    }
    for (const model of [name, options.parent]) if (model !== undefined) checkModelName(model)
    const claimant = options.claimant === undefined ? undefined : accountOf(options.claimant)
    const product = options.product === undefined ? undefined : productOf(options.product)
    const states = options.state === undefined ? undefined : statesOf(options.state)
    const claims = await read(context, options, async (ledger) => {
      const subjects = name === undefined ? product && [product] : await subjectsOf(ledger, name)
      const parent = options.parent === undefined ? undefined : await modelOf(ledger, options.parent)
      const listed = await listClaims(ledger, {
        ...(subjects && { subjects }),
        ...(parent && { parent }),
        ...(claimant && { claimant }),
        ...(states && { states }),
      })
      return withInheritances(ledger, listed)
    })
    print(context, options.json, claims, () => claims.map(formatClaim).join('\n\n') || 'There are no such claims.')
  })
}

/** What a claim about a model can be about: the model, and its weights. */
async function subjectsOf(ledger: Ledger, name: string) {
  const { model, registration } = await readModel(ledger, { model: await modelOf(ledger, name) })
  return [model, registration.weights]
}

function statesOf(text: string): ClaimState[] {
  return text.split(',').map((part) => {
    const state = STATES.find((name) => name === part.trim())
    if (state) return state
    throw new UsageError(
      `Invalid --state ${quoted(part.trim())}: use ${STATES.join(', ')}.${didYouMean(part.trim(), STATES)}`,
    )
  })
}
