import type { Command } from 'commander'

import { evidenceDigest, evidenceText, parseEvidence, productSubject } from '../../../core/evidence.ts'
import { parseDigest, type Hex } from '../../../core/hex.ts'
import { quoted } from '../../../core/text.ts'
import { parseRelation } from '../../../core/vocabulary.ts'
import { discloseEvidence } from '../../../sdk/claims/discloseEvidence.ts'
import { fileClaim } from '../../../sdk/claims/fileClaim.ts'
import type { Sent } from '../../../sdk/transact.ts'
import { checkClaimLedger, claimFileOf, parseClaimFile } from '../../../documents/claim.ts'
import { print, UsageError, type Context } from '../../../console/context.ts'
import { readJsonFile, writeWhole } from '../../../console/files.ts'
import { checkModelName, modelOf } from '../../names.ts'
import { send, sign, summaryOf, writeOptionsOf, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

type FileOptions = SendOptions & {
  product?: boolean
  parent: string
  relation: string
  evidence: string
  uri: string
  out: string
  disclose: boolean
}

/** `stemma claim file` and `stemma claim disclose`. */
export function addClaimFile(claim: Command, context: Context): void {
  withSendOptions(
    claim
      .command('file <model|product>')
      .description('claim that a model, or a product that nobody registered, was made from a model and does not say so')
      .requiredOption('--parent <model>', 'what it was made from')
      .requiredOption('--relation <relation>', 'how, such as finetune')
      .requiredOption('--evidence <file>', 'the evidence document (docs/formats/claims.md)')
      .requiredOption('--out <file>', 'a new file that keeps what disclosing needs')
      .option('--product', 'it is a product: a URL, or a digest of weights')
      .option('--uri <uri>', 'where the evidence document is published', '')
      .option('--no-disclose', 'show the evidence later: stemma claim disclose'),
    {
      example:
        '$ stemma claim file https://cursor.com/composer --product \\\n    --parent moonshotai/Kimi-K2.5 --relation reinforcement-learning \\\n    --evidence evidence.json --out composer.claim.json',
      json: '{ claim, subject, evidence, deposit, out, filed: { transaction, block, gas }, disclosed: the same, or null }, or { claim, subject, evidence, deposit, filed: { gas }, dryRun: true }',
    },
  ).action(async (name: string, options: FileOptions) => {
    for (const model of options.product ? [options.parent] : [name, options.parent]) checkModelName(model)
    const relation = parseRelation(options.relation)
    const subject = options.product ? productOf(name) : undefined
    const document = parseEvidence(await readJsonFile(context, options.evidence))
    checkProduct(name, subject, document.product)
    const { uri, out, dryRun = false } = options
    const evidence = evidenceDigest(document)
    await sign(context, options, async (ledger) => {
      const write = writeOptionsOf(context, options)
      const { kept, deposit, ...filed } = await fileClaim(ledger, {
        subject: subject ?? (await modelOf(ledger, name)),
        product: subject !== undefined,
        parent: await modelOf(ledger, options.parent),
        relation,
        evidence,
        ...write,
        onPrepared: async (claim) => {
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
          : await discloseEvidence(ledger, { claim, evidence, salt: kept.salt, uri, ...write })
      const common = { claim, subject: kept.subject, evidence, deposit }
      print(context, options.json, dryRun ? { ...common, filed, dryRun } : { ...common, out, filed, disclosed }, () =>
        [
          `claim ${claim}`,
          `deposit ${deposit} wei`,
          summaryOf(filed),
          ...(disclosed ? [`evidence ${evidence} disclosed: ${summaryOf(disclosed)}`] : []),
          ...(disclosed || dryRun ? [] : [`The evidence is not disclosed yet: stemma claim disclose ${out}.`]),
        ].join('\n'),
      )
    })
  })

  withSendOptions(
    claim
      .command('disclose <file>')
      .description('show the evidence of a claim that was filed, out of the file that was kept')
      .option('--uri <uri>', 'where the evidence document is published; else as when it was filed'),
    { example: '$ stemma claim disclose composer.claim.json', json: `{ claim, evidence, ${SENT_JSON}` },
  ).action(async (path: string, options: SendOptions & { uri?: string }) => {
    const file = parseClaimFile(await readJsonFile(context, path))
    const { claim, evidence, salt } = file.claim
    await send(
      context,
      options,
      async (ledger, write) => {
        checkClaimLedger(ledger.deployment, file)
        const sent = await discloseEvidence(ledger, { claim, evidence, salt, uri: options.uri ?? file.uri, ...write })
        return { claim, evidence, ...sent }
      },
      () => `claim ${claim}\nevidence ${evidence}`,
    )
  })

  claim
    .command('evidence <file>')
    .description('print the canonical form of an evidence document, which is what has to be published')
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      '\nExample:\n  $ stemma claim evidence evidence.json > published.json\n\nWith --json:\n  { digest, document }',
    )
    .action(async (path: string, options: { json?: boolean }) => {
      const document = parseEvidence(await readJsonFile(context, path))
      if (options.json) print(context, true, { digest: evidenceDigest(document), document }, () => '')
      // No line break at the end: these bytes have the digest.
      else context.stdout(evidenceText(document))
    })
}

/** The subject of a product that an argument names: the digest of its weights, or that of its URL. */
export function productOf(text: string): Hex {
  return text.startsWith('0x') ? parseDigest(text) : productSubject(text)
}

/** A document about another product than the claim would let nobody check the claim's subject. */
function checkProduct(name: string, subject: Hex | undefined, product: string | undefined): void {
  if (product === undefined) return
  if (subject === undefined) {
    throw new UsageError(`The evidence is about the product ${quoted(product)}. Name it, with --product.`)
  }
  if (!name.startsWith('0x') && productSubject(product) !== subject) {
    throw new UsageError(`The evidence is about the product ${quoted(product)}, and the claim about ${quoted(name)}.`)
  }
}
