import type { Command } from 'commander'

import { evidenceDigest, parseEvidence, productSubject } from '../../../core/evidence.ts'
import type { Hex } from '../../../core/hex.ts'
import { quoted } from '../../../core/text.ts'
import { parseRelation, RELATION_NAMES } from '../../../core/vocabulary.ts'
import { checkCitedEndpoints } from '../../../sdk/claims/checkCitedEndpoints.ts'
import { discloseEvidence } from '../../../sdk/claims/discloseEvidence.ts'
import { fileClaim } from '../../../sdk/claims/fileClaim.ts'
import { followingOptions, type Sent } from '../../../sdk/transact.ts'
import { claimFileOf } from '../../../documents/claim.ts'
import { print, UsageError, type Context } from '../../../console/context.ts'
import { readJsonFile, writeWhole } from '../../../console/files.ts'
import { formatWei } from '../../format.ts'
import { weiOf } from '../../wei.ts'
import { checkModelName, externalOf, modelOf } from '../../names.ts'
import { sign, summaryOf, type SendOptions } from '../../open.ts'
import { productOf } from '../../productOf.ts'
import { writeOptionsOf } from '../../writeOptions.ts'
import { withSendOptions } from '../../../console/options.ts'

type Options = SendOptions & {
  product?: boolean
  parent: string
  relation: string
  replaces?: string
  evidence: string
  uri: string
  out: string
  disclose: boolean
  maxDeposit: string
}

/** `stemma claim file`: claims that a model or a product was made from a model without saying so. */
export function claimFile(command: Command, context: Context): void {
  withSendOptions(
    command
      .requiredOption('--parent <model>', 'what it was made from')
      .requiredOption('--relation <relation>', `how: ${RELATION_NAMES.join(', ')}`)
      .requiredOption('--evidence <file>', 'the evidence document (docs/formats/claims.md)')
      .requiredOption('--out <file>', 'a new file that keeps what disclosing needs')
      .option('--replaces <external>', 'the external parent, by name or id, that this is the model for')
      .option('--product', 'it is a product: a URL, or a digest of weights')
      .option('--max-deposit <amount>', 'the highest deposit to pay, in ether, or in wei as 5wei', '0.1')
      .option('--uri <uri>', 'where the evidence document is published', '')
      .option('--no-disclose', 'disclose the evidence later: stemma claim disclose'),
    {
      example:
        '$ stemma claim file https://cursor.com/composer --product \\\n    --parent moonshotai/Kimi-K2.5 --relation reinforcement-learning \\\n    --evidence evidence.json --out composer.claim.json',
      json: '{ claim, subject, evidence, deposit, out, filed: { transaction, block, gas }, disclosed: the same, or null }, or { claim, subject, evidence, deposit, filed: { gas }, dryRun: true }',
    },
  ).action(async (name: string, options: Options) => {
    for (const model of options.product ? [options.parent] : [name, options.parent]) checkModelName(model)
    const relation = parseRelation(options.relation)
    const replaces = options.replaces === undefined ? undefined : externalOf(options.replaces)
    if (replaces !== undefined && options.product) {
      throw new UsageError('Option --replaces is about a parent of a model: leave it out with --product.')
    }
    const subject = options.product ? productOf(name) : undefined
    const document = parseEvidence(await readJsonFile(context, options.evidence))
    checkProduct(name, subject, document.product)
    const { uri, out, dryRun = false } = options
    const evidence = evidenceDigest(document)
    const maxDeposit = weiOf('--max-deposit', options.maxDeposit)
    const write = writeOptionsOf(context, options)
    await sign(context, options, async (ledger) => {
      await checkCitedEndpoints(ledger, { evidence: document })
      const { kept, deposit, ...filed } = await fileClaim(ledger, {
        subject: subject ?? (await modelOf(ledger, name)),
        product: subject !== undefined,
        parent: await modelOf(ledger, options.parent),
        relation,
        ...(replaces !== undefined && { replaces }),
        evidence,
        maxDeposit,
        ...write,
        onPrepared: async (claim, asked) => {
          const { lineageClaims } = ledger.deployment.contracts
          context.stderr(`The contract ${lineageClaims} asks for a deposit of ${formatWei(asked)}.\n`)
          if (dryRun) return
          const file = claimFileOf(ledger.deployment, claim, uri, document)
          await writeWhole(context, out, `${JSON.stringify(file, null, 2)}\n`, { fresh: true, mode: 0o600 })
          context.stderr(`Kept what disclosing needs in ${quoted(out)}.\n`)
        },
      })
      const { claim } = kept
      const disclosed: Sent | null =
        dryRun || !options.disclose
          ? null
          : await discloseEvidence(ledger, { claim, evidence, salt: kept.salt, uri, ...followingOptions(write) })
      const common = { claim, subject: kept.subject, evidence, deposit }
      print(context, options.json, dryRun ? { ...common, filed, dryRun } : { ...common, out, filed, disclosed }, () =>
        [
          `claim ${claim}`,
          `deposit ${formatWei(deposit)}`,
          summaryOf(filed),
          ...(disclosed ? [`evidence ${evidence} disclosed: ${summaryOf(disclosed)}`] : []),
          ...(disclosed || dryRun ? [] : [`The evidence is not disclosed yet: stemma claim disclose ${out}.`]),
        ].join('\n'),
      )
    })
  })
}

/** Nobody could check the subject of a claim by a document about another product. */
function checkProduct(name: string, subject: Hex | undefined, product: string | undefined): void {
  if (product === undefined) return
  if (subject === undefined) {
    throw new UsageError(`The evidence is about the product ${quoted(product)}. Name it, with --product.`)
  }
  if (!name.startsWith('0x') && productSubject(product) !== subject) {
    throw new UsageError(
      `The evidence is about the product ${quoted(product)}, and the claim about ${quoted(name)}. Use the evidence of this product.`,
    )
  }
}
