import type { Command } from 'commander'

import { CLAIM_STATES, parseClaimId, type ClaimId, type ClaimState } from '../../../core/claim.ts'
import { acceptClaim } from '../../../sdk/claims/acceptClaim.ts'
import { acknowledgeClaim } from '../../../sdk/claims/acknowledgeClaim.ts'
import type { Ledger } from '../../../sdk/connect.ts'
import { contestClaim } from '../../../sdk/claims/contestClaim.ts'
import { inheritClaim } from '../../../sdk/claims/inheritClaim.ts'
import { listClaims } from '../../../sdk/claims/listClaims.ts'
import { readClaim } from '../../../sdk/claims/readClaim.ts'
import { readModel } from '../../../sdk/registry/readModel.ts'
import { ruleClaim } from '../../../sdk/claims/ruleClaim.ts'
import type { Sent, WriteOptions } from '../../../sdk/transact.ts'
import { withdrawClaim } from '../../../sdk/claims/withdrawClaim.ts'
import { withdrawDeposit } from '../../../sdk/claims/withdrawDeposit.ts'
import { print, UsageError, type Context } from '../../../console/context.ts'
import { accountOf, checkModelName, modelOf } from '../../names.ts'
import { read, send, type SendOptions } from '../../open.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { SENT_JSON, withLedgerOptions, withSendOptions } from '../../../console/options.ts'
import { shownClaim } from '../../shownClaim.ts'
import { addClaimFile, productOf } from './fileClaim.ts'

const CLAIM_JSON =
  '{ claim, claimant, subject, product, parent, relation, commitment, state, contestUntil, accepted, evidence: { digest, uri } | null, answer: { account, uri } | null, ruling: { adjudicator, upheld, uri } | null, deposit, block, transaction }'

type ListOptions = LedgerOptions & { product?: string; parent?: string; claimant?: string; state?: string }

/** `stemma claim`: lineage that a publisher did not declare. */
export function addClaim(program: Command, context: Context): void {
  const claim = program.command('claim').description('claim undeclared lineage, answer, rule, and see how claims stand')
  addClaimFile(claim, context)

  withSendOptions(
    claim.command('withdraw <claim>').description('take a claim back before it is ruled on; the deposit is credited'),
    { example: '$ stemma claim withdraw 0x5a0c…11e7', json: `{ ${SENT_JSON}` },
  ).action(acting(withdrawClaim))

  withSendOptions(
    claim
      .command('refund')
      .description('take back the deposits that are credited to the sender')
      .option('--to <address>', 'who gets them; the sender when left out'),
    { example: '$ stemma claim refund', json: `{ amount, to, ${SENT_JSON}` },
  ).action((options: SendOptions & { to?: string }) => {
    const to = options.to === undefined ? undefined : accountOf(options.to)
    return send(
      context,
      options,
      (ledger, write) => withdrawDeposit(ledger, { ...(to && { to }), ...write }),
      (sent) => `${sent.amount} wei to ${sent.to}`,
    )
  })

  withSendOptions(
    claim
      .command('acknowledge <claim>')
      .description("confirm a claim about one's own model; the parent is added to its lineage"),
    { example: '$ stemma claim acknowledge 0x5a0c…11e7', json: `{ ${SENT_JSON}` },
  ).action(acting(acknowledgeClaim))

  withSendOptions(
    claim
      .command('contest <claim>')
      .description("contest a claim about one's own model; an adjudicator rules")
      .option('--uri <uri>', 'where the answer is', ''),
    { example: '$ stemma claim contest 0x5a0c…11e7 --uri https://acme.example/answer', json: `{ ${SENT_JSON}` },
  ).action((id: string, options: SendOptions & { uri: string }) => {
    const { uri } = options
    return acting((ledger, parameters) => contestClaim(ledger, { ...parameters, uri }))(id, options)
  })

  withSendOptions(claim.command('accept <claim>').description('take a claim up for ruling, as an adjudicator'), {
    example: '$ stemma claim accept 0x5a0c…11e7',
    json: `{ ${SENT_JSON}`,
  }).action(acting(acceptClaim))

  withSendOptions(
    claim
      .command('rule <claim>')
      .description('rule on a claim that is accepted, as an adjudicator')
      .option('--uphold', 'the claim stands: the parent is added to the lineage')
      .option('--reject', "it does not: the deposit goes to the model's publisher")
      .option('--uri <uri>', 'where the reasons are', ''),
    {
      example: '$ stemma claim rule 0x5a0c…11e7 --uphold --uri https://rulings.example/7',
      json: `{ ${SENT_JSON}`,
    },
  ).action((id: string, options: SendOptions & { uphold?: boolean; reject?: boolean; uri: string }) => {
    const { uphold = false, reject = false, uri } = options
    if (uphold === reject) throw new UsageError('Rule by one of --uphold and --reject.')
    return acting((ledger, parameters) => ruleClaim(ledger, { ...parameters, upheld: uphold, uri }))(id, options)
  })

  withSendOptions(
    claim
      .command('inherit <claim> <model>')
      .description("add an upheld claim about a product's weights to a model that is registered with them"),
    { example: '$ stemma claim inherit 0x5a0c…11e7 acme/base', json: `{ ${SENT_JSON}` },
  ).action((id: string, name: string, options: SendOptions) => {
    checkModelName(name)
    return acting(async (ledger, parameters) =>
      inheritClaim(ledger, { ...parameters, model: await modelOf(ledger, name) }),
    )(id, options)
  })

  withLedgerOptions(
    claim
      .command('list [model]')
      .description('list claims, oldest first: about a model and its weights, or about all')
      .option('--product <url|digest>', 'about this product')
      .option('--parent <model>', 'that something was made from this model')
      .option('--claimant <address>', 'filed by this account')
      .option('--state <states>', `with commas: ${CLAIM_STATES.slice(1).join(', ')}`),
    { example: '$ stemma claim list acme/base --state filed,contested', json: `[${CLAIM_JSON}]` },
  ).action(async (name: string | undefined, options: ListOptions) => {
    if (name !== undefined && options.product !== undefined) throw new UsageError('Name a model, or a --product.')
    for (const model of [name, options.parent]) if (model !== undefined) checkModelName(model)
    const claimant = options.claimant === undefined ? undefined : accountOf(options.claimant)
    const product = options.product === undefined ? undefined : productOf(options.product)
    const states = options.state === undefined ? undefined : statesOf(options.state)
    const claims = await read(context, options, async (ledger) => {
      const subjects = name === undefined ? product && [product] : await subjectsOf(ledger, name)
      const parent = options.parent === undefined ? undefined : await modelOf(ledger, options.parent)
      return listClaims(ledger, {
        ...(subjects && { subjects }),
        ...(parent && { parent }),
        ...(claimant && { claimant }),
        ...(states && { states }),
      })
    })
    print(context, options.json, claims, () => claims.map(shownClaim).join('\n\n') || 'There are no such claims.')
  })

  withLedgerOptions(claim.command('show <claim>').description('show what a claim states and how it stands'), {
    example: '$ stemma claim show 0x5a0c…11e7',
    json: CLAIM_JSON,
  }).action(async (id: string, options: LedgerOptions) => {
    const found = await read(context, options, (ledger) => readClaim(ledger, { claim: parseClaimId(id) }))
    print(context, options.json, found, () => shownClaim(found))
  })

  /** A command that sends one transaction about one claim. */
  function acting(action: (ledger: Ledger, parameters: WriteOptions & { claim: ClaimId }) => Promise<Sent>) {
    return async (id: string, options: SendOptions): Promise<void> => {
      const parsed = parseClaimId(id)
      await send(context, options, (ledger, write) => action(ledger, { claim: parsed, ...write }))
    }
  }
}

/** What a claim about a model can be about: the model, and its weights. */
async function subjectsOf(ledger: Ledger, name: string) {
  const { model, registration } = await readModel(ledger, { model: await modelOf(ledger, name) })
  return [model, registration.weights]
}

function statesOf(text: string): ClaimState[] {
  return text.split(',').map((part) => {
    const state = CLAIM_STATES.slice(1).find((name) => name === part.trim())
    if (state) return state
    throw new UsageError(
      `"${part.trim().slice(0, 40)}" is no state of a claim. Use ${CLAIM_STATES.slice(1).join(', ')}.`,
    )
  })
}
