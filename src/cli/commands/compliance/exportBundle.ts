import type { Command } from 'commander'

import { bundleFile } from '../../../bundle/bundleFile.ts'
import { collectBundle } from '../../../bundle/collectBundle.ts'
import type { Bundle, BundleQuestion } from '../../../bundle/document.ts'
import { print, UsageError, type Context } from '../../../console/context.ts'
import { readJsonFile, writeWhole } from '../../../console/files.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import { readBlockHeader } from '../../../core/blockHeader.ts'
import { ZERO_ADDRESS, type Digest, type ModelId } from '../../../core/hex.ts'
import { quoted, shortText } from '../../../core/text.ts'
import { RIGHT_NAMES } from '../../../core/vocabulary.ts'
import { listTrustedPublishers } from '../../../deployments/trustedPublishers.ts'
import { proofSource } from '../../../sdk/compliance/proofSource.ts'
import type { Ledger } from '../../../sdk/connect.ts'
import { parsePolicy, type TrustPolicy } from '../../../verify/policy.ts'
import { registeredWith } from '../../../verify/verifyWeights.ts'
import { readBundle } from '../../bundle.ts'
import { fields, formatTime } from '../../format.ts'
import { ignoreOption } from '../../hashing.ts'
import { accountOf, modelNamed } from '../../names.ts'
import { read } from '../../open.ts'
import { usesOf } from '../../subject.ts'
import { parseTarget, type Target } from '../../target.ts'

type Options = LedgerOptions & {
  use?: string
  licensee?: string
  policy?: string
  out?: string
  show?: string
  ignore: string[]
}

/** Most registrations of the same weights in one bundle. */
const MOST_TWINS = 64

/** `stemma export bundle`: all that answers a question without a node, in one file. */
export function exportBundle(command: Command, context: Context): void {
  withLedgerOptions(
    command
      .addOption(ignoreOption())
      .option('--use <rights>', `what for, separated by commas: ${RIGHT_NAMES.join(', ')}`)
      .option('--licensee <address>', "who wants to use it; by default the policy's licensee, else the public")
      .option('--policy <file>', 'whose words count (JSON), so that the logs of its operators are in the bundle')
      .option('--out <file>', 'the file to write')
      .option('--show <file>', 'show what a bundle says of itself, without proving it'),
    {
      example:
        '$ stemma export bundle acme/tiny-chat --use commercial --out tiny-chat.bundle\n$ stemma export bundle --show tiny-chat.bundle',
      json: '{ file, bytes, block, hash, timestamp, chainId, ledger, question: { models, weights, uses, licensee, operators },\n registrations, terms, tiers, externals, nodes }',
    },
  ).action(async (text: string | undefined, options: Options) => {
    if (options.show !== undefined) {
      const asked = (['use', 'licensee', 'policy', 'out', 'ignore'] as const).find(
        (name) => (options[name] ?? '').length > 0,
      )
      if (text !== undefined || asked !== undefined) {
        const other = text === undefined ? `--${asked}` : 'the model'
        throw new UsageError(`--show shows what a bundle has, and collects nothing. Leave out ${other}, or --show.`)
      }
      const { bundle, bytes } = await readBundle(context, options.show)
      return printBundle(context, options, options.show, bundle, bytes)
    }
    const { use, out } = options
    if (text === undefined || use === undefined || out === undefined) {
      throw new UsageError('Say what to collect: stemma export bundle <model|path> --use <rights> --out <file>.')
    }
    const uses = usesOf(use)
    const policy: TrustPolicy = {
      ...(options.policy !== undefined && parsePolicy(await readJsonFile(context, options.policy))),
      ...(options.licensee !== undefined && { licensee: accountOf(options.licensee) }),
    }
    const target = await parseTarget(context, text, options.ignore)
    const bundle = await read(context, options, async (ledger) => {
      const about = await modelsOf(context, ledger, target, policy)
      const { licensee = ZERO_ADDRESS, trustedOperators: operators = [] } = policy
      return collectBundle(proofSource(ledger), { ...about, uses, licensee, operators: [...new Set(operators)] })
    })
    const file = await bundleFile(bundle)
    await writeWhole(context, out, file)
    printBundle(context, options, out, bundle, file.length)
  })
}

/** The models that an argument names: one, or all with the same weights. */
async function modelsOf(
  context: Context,
  ledger: Ledger,
  target: Target,
  { trustedPublishers }: TrustPolicy,
): Promise<Pick<BundleQuestion, 'models' | 'weights'>> {
  const source = proofSource(ledger)
  if (target.kind === 'name') {
    const { env, cwd } = context
    const listed = await listTrustedPublishers({ env, cwd }, ledger.deployment)
    const trusted = trustedPublishers ?? listed.map(({ publisher }) => publisher)
    return { models: [await modelNamed(ledger, target.name, { trusted })], weights: null }
  }
  if (target.kind === 'id') {
    const model = target.id as ModelId
    const registered = (await source.readRegistrations([model])).has(model)
    // Of an id that is neither, it is said that no model has it.
    if (registered || (await source.findByWeights(target.id as Digest)).length === 0)
      return { models: [model], weights: null }
  }
  const weights = target.kind === 'id' ? (target.id as Digest) : target.weights
  const models = await registeredWith(source, weights)
  if (models.length > MOST_TWINS) {
    throw new UsageError(
      `These weights are registered ${models.length} times, and a bundle holds at most ${MOST_TWINS}. Name one model by its id.`,
    )
  }
  return { models, weights }
}

function printBundle(context: Context, { json }: Options, path: string, bundle: Bundle, bytes: number): void {
  const { chainId, ledger, question, header, registrations, terms, tiers, externals, nodes } = bundle
  const { number: block, hash, timestamp } = readBlockHeader(header)
  const counts = {
    registrations: registrations.length,
    terms: terms.length,
    tiers: tiers.length,
    externals: externals.length,
    nodes: nodes.length,
  }
  print(context, json, { file: path, bytes, block, hash, timestamp, chainId, ledger, question, ...counts }, () =>
    fields(`Offline bundle ${quoted(path)}, ${bytes} bytes`, [
      ['of', question.models.join(', ')],
      ...(question.weights === null ? [] : [['weights', question.weights] as const]),
      ['use', question.uses.join(', ')],
      ['licensee', question.licensee === ZERO_ADDRESS ? 'the public' : question.licensee],
      ['ledger', `${ledger} on chain ${chainId}`],
      ['block', `${block}, ${formatTime(timestamp)}`],
      ['block hash', hash],
      [
        'holds',
        Object.entries(counts)
          .map(([what, count]) => `${count} ${what}`)
          .join(', '),
      ],
      ...registrations.map(({ uri }) => ['model', shortText(uri, 100)] as const),
    ]),
  )
}
