import type { Command } from 'commander'

import { ZERO_ADDRESS, type Address, type Hex, type ModelId } from '../../../core/hex.ts'
import { quoted } from '../../../core/text.ts'
import type { Facts } from '../../../core/topics.ts'
import { RIGHT_NAMES, type Right } from '../../../core/vocabulary.ts'
import { askVerdict } from '../../../sdk/compliance/askVerdict.ts'
import { checkLoad } from '../../../sdk/gate/checkLoad.ts'
import type { Ledger } from '../../../sdk/connect.ts'
import { findModels, NearNames } from '../../../sdk/registry/findModels.ts'
import { UnregisteredModelError } from '../../../sdk/registry/readLineage.ts'
import { readRegistrations, type RegisteredModel } from '../../../sdk/registry/readRegistrations.ts'
import { AmbiguousModelError, countedAmong, type CountingOptions } from '../../../sdk/registry/resolveModel.ts'
import { UnregisteredWeightsError } from '../../../verify/verifyWeights.ts'
import { listTrustedPublishers } from '../../../deployments/trustedPublishers.ts'
import { clean, EXIT, note, print, UsageError, type Context } from '../../../console/context.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import { factOption, factsOf, unansweredBy, type FactOptions } from '../../facts.ts'
import { fields, formatTime } from '../../format.ts'
import { TensorsUnreadError } from '../../../artifacts/modelDigest.ts'
import { ignoreOption } from '../../hashing.ts'
import { loadWordsOf } from '../../../sdk/gate/loadWords.ts'
import { accountOf, checkModelName } from '../../names.ts'
import { read } from '../../open.ts'
import { pinnedProver } from '../../pinnedProver.ts'
import { usesOf } from '../../subject.ts'
import { parseModelName, parseTarget, type WeightsTarget } from '../../target.ts'

type Options = LedgerOptions &
  FactOptions & { use: string; licensee?: string; model?: string; ignore: string[]; proofs: boolean }
type Checked = {
  model: ModelId
  uses: readonly string[]
  weights: string
  tensors: string | null
} & checkLoad.ReturnType

/** `stemma review check`: may what is at hand be loaded now? Exit code 0 if so, 1 if not. */
export function reviewCheck(command: Command, context: Context, exit: (code: number) => void): void {
  withLedgerOptions(
    command
      .requiredOption('--use <rights>', `what for, separated by commas: ${RIGHT_NAMES.join(', ')}`)
      .option('--model <model>', 'which registration of these weights; needed where several count')
      .option('--licensee <address>', 'who wants to load it; by default the public')
      .option('--facts <file>', 'facts of the licensee (JSON)')
      .addOption(factOption())
      .option('--no-proofs', 'ask no host whether a publisher proves a name')
      .addOption(ignoreOption()),
    {
      example: '$ stemma review check ./acme__tiny-chat --use host \\\n    --fact monthlyRevenueUsd/product=0',
      json: '{ model, uses, weights, tensors, loadable, license, recalled, cleared, certified, shut, tensorsShut,\n  misstated, block, time }; `tensors` is null where they cannot be computed',
    },
  ).action(async (path: string, options: Options) => {
    const uses = usesOf(options.use)
    const facts = await factsOf(options, context)
    const licensee = options.licensee === undefined ? undefined : accountOf(options.licensee)
    if (options.model !== undefined) checkModelName(options.model)
    const target = await parseTarget(context, path, options.ignore)
    if (target.kind !== 'weights') {
      throw new UsageError(
        `${quoted(path)} is not a folder or a file. Name what is going to be loaded: its weights and tensors are computed from it.`,
      )
    }
    const { weights, tensors } = target
    if (tensors === undefined) throw new TensorsUnreadError(quoted(path))
    const checked = await read(context, options, async (ledger): Promise<Checked> => {
      const { env, cwd } = context
      const listed = await listTrustedPublishers({ env, cwd }, ledger.deployment)
      // As for `stemma verify`, the licensee trusts itself.
      const trusted = [...(licensee === undefined ? [] : [licensee]), ...listed.map(({ publisher }) => publisher)]
      const counting = { trusted, ...(options.proofs && { prove: pinnedProver(context, ledger) }) }
      const found = await registrationsOf(ledger, target, options.model)
      const model = await chosenAmong(context, ledger, found, { ...counting, path, ...nameIn(options.model) })
      const words = await loadWordsOf(ledger, {
        model,
        licensee: licensee ?? ZERO_ADDRESS,
        ...counting,
        ...nameIn(options.model),
      })
      const asked = { model, tensors, uses, facts, ...words, ...(licensee && { licensee }) }
      const answer = await checkLoad(ledger, asked)
      if (answer.license !== 'permitted')
        await noteUnanswered(context, ledger, { ...nameIn(options.model), ...counting, ...asked })
      return { model, uses, weights, tensors, ...answer }
    })
    print(context, options.json, checked, () => formatChecked(checked))
    exit(checked.loadable ? EXIT.ok : EXIT.finding)
  })
}

/** The name in an option that names a model; nothing for an id. */
function nameIn(option: string | undefined): { name?: string } {
  const target = option === undefined ? undefined : parseModelName(option)
  return target?.kind === 'name' ? { name: target.name } : {}
}

/** The registrations of the weights at hand, oldest first: all, or those that the option names. */
async function registrationsOf(
  ledger: Ledger,
  { path, weights }: WeightsTarget,
  option: string | undefined,
): Promise<readonly RegisteredModel[]> {
  const found = await readRegistrations(ledger, { weights })
  if (option === undefined) {
    if (found.length === 0) throw new UnregisteredWeightsError(weights)
    return found
  }
  const target = parseModelName(option)
  const named = target.kind === 'id' ? [target.id] : await idsNamed(ledger, target.name)
  const among = found.filter(({ model }) => named.includes(model))
  if (among.length > 0) return among
  throw new UsageError(`Model ${clean(option)} is not registered with the weights of ${quoted(path)} (${weights}).`)
}

async function idsNamed(ledger: Ledger, name: string): Promise<Hex[]> {
  const near = new NearNames(name)
  const found = await findModels(ledger, { query: name, near })
  if (found.length === 0) throw new UnregisteredModelError(name, ledger.deployment.name, { near: near.names })
  return found.map(({ model }) => model)
}

/**
 * The registration that is asked about: the only one, or the one by a publisher whose word counts. Where nobody's does, the oldest, of
 * which the license is unknown. @throws {@link AmbiguousModelError} where several count
 */
async function chosenAmong(
  context: Context,
  ledger: Ledger,
  found: readonly RegisteredModel[],
  { path, name, trusted, prove }: CountingOptions & { path: string; name?: string },
): Promise<ModelId> {
  const [oldest] = found as [RegisteredModel]
  if (found.length === 1) return oldest.model
  // A proof counts for the name that was typed, not for weights that somebody happens to hold.
  const options = { ...(trusted && { trusted }), ...(prove && name !== undefined && { prove }) }
  const counted = await countedAmong(ledger, found, options)
  if (counted.length > 1) throw new AmbiguousModelError(path, counted)
  if (counted.length === 1) return counted[0]!.model
  note(
    context,
    `These weights are registered ${found.length} times, and nobody vouches for any of the publishers. The oldest registration is asked about.`,
  )
  return oldest.model
}

/** Notes which stated fact answers nothing that the licenses ask. The gate answers with a verdict alone, so its reasons are asked for. */
async function noteUnanswered(
  context: Context,
  ledger: Ledger,
  {
    model,
    name,
    licensee,
    ...question
  }: CountingOptions & { model: ModelId; name?: string; uses: readonly Right[]; facts: Facts; licensee?: Address },
): Promise<void> {
  const { facts } = question
  if (Object.keys(facts).length === 0) return
  const { reports } = await askVerdict(ledger, {
    asked: { model, ...(name !== undefined && { name }) },
    policy: { ...(licensee && { licensee }) },
    ...question,
    maxAge: 0,
    now: context.now() / 1000,
  })
  const findings = reports.flatMap((report) => report.findings)
  for (const remark of unansweredBy(facts, findings)) note(context, remark)
}

function formatChecked(checked: Checked): string {
  const { model, uses, loadable, license, recalled, cleared, certified, shut, tensorsShut, misstated } = checked
  const opened = certified ? 'certified' : cleared ? 'cleared' : 'neither cleared nor certified'
  const tensors = misstated
    ? 'its registration states others'
    : tensorsShut
      ? 'failed by scanners'
      : 'nothing against them'
  return fields(`load of ${model}`, [
    [
      'loadable',
      `${loadable ? 'yes' : 'no'} for ${uses.join(', ')}, as of ${formatTime(checked.time)}, block ${checked.block}`,
    ],
    ['license', license],
    ['review', shut ? `${opened}, but quarantined or failed by scanners` : opened],
    ['recalled', recalled ? 'yes' : 'no'],
    ['tensors', tensors],
  ])
}
