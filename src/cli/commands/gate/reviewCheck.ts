import type { Command } from 'commander'

import type { ModelId } from '../../../core/hex.ts'
import { quoted } from '../../../core/text.ts'
import { RIGHT_NAMES } from '../../../core/vocabulary.ts'
import { checkLoad } from '../../../sdk/gate/checkLoad.ts'
import type { Ledger } from '../../../sdk/connect.ts'
import { UnregisteredModelError } from '../../../sdk/registry/readLineage.ts'
import { readRegistrations } from '../../../sdk/registry/readRegistrations.ts'
import { AmbiguousModelError } from '../../../sdk/registry/resolveModel.ts'
import { EXIT, print, UsageError, type Context } from '../../../console/context.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import { factOption, factsOf, type FactOptions } from '../../facts.ts'
import { fields, formatTime } from '../../format.ts'
import { ignoreOption } from '../../hashing.ts'
import { accountOf, checkModelName, modelOf } from '../../names.ts'
import { read } from '../../open.ts'
import { usesOf } from '../../subject.ts'
import { parseTarget, type WeightsTarget } from '../../target.ts'

type Options = LedgerOptions & FactOptions & { use: string; licensee?: string; model?: string; ignore: string[] }
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
      .option('--model <model>', 'which registration of these weights; needed where there are several')
      .option('--licensee <address>', 'who wants to load it; by default the public')
      .option('--facts <file>', 'facts of the licensee (JSON)')
      .addOption(factOption())
      .addOption(ignoreOption()),
    {
      example: '$ stemma review check ./acme__tiny-chat --use host --fact monthlyRevenueUsd=0',
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
    const checked = await read(context, options, async (ledger): Promise<Checked> => {
      const model = await registeredAs(ledger, target, options.model)
      // Whose word counts is for `stemma verify` to ask, with a policy.
      const asked = { model, tensors, uses, facts, everybody: true, ...(licensee && { licensee }) }
      const answer = await checkLoad(ledger, asked)
      return { model, uses, weights, tensors, ...answer }
    })
    print(context, options.json, checked, () => formatChecked(checked))
    exit(checked.loadable ? EXIT.ok : EXIT.finding)
  })
}

/** The registration of the weights at hand: the one that the option names, or the only one. */
async function registeredAs(ledger: Ledger, { path, weights }: WeightsTarget, name?: string): Promise<ModelId> {
  const found = await readRegistrations(ledger, { weights })
  if (name === undefined) {
    if (found.length > 1) throw new AmbiguousModelError(path, found)
    if (found.length === 0) throw new UnregisteredModelError(`with the weights ${weights}`, ledger.deployment.name)
    return found[0]!.model
  }
  const model = await modelOf(ledger, name)
  if (found.some((each) => each.model === model)) return model
  throw new UsageError(`Model ${model} is not registered with the weights of ${quoted(path)} (${weights}).`)
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
