import type { Command } from 'commander'

import { ruleClaim } from '../../../sdk/claims/ruleClaim.ts'
import { ruleInheritance } from '../../../sdk/claims/ruleInheritance.ts'
import { UsageError, type Context } from '../../../console/context.ts'
import { sendAboutClaim } from '../../sendAboutClaim.ts'
import { checkModelName, modelOf } from '../../names.ts'
import type { SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

type Options = SendOptions & { uphold?: boolean; reject?: boolean; model?: string; uri: string }

/** `stemma claim rule`: rules on an accepted claim, or on what a model inherits, as an adjudicator. */
export function claimRule(command: Command, context: Context): void {
  withSendOptions(
    command
      .option('--uphold', 'it stands: the parent is added to the lineage')
      .option('--reject', "it does not; of a claim, the deposit goes to the model's publisher")
      .option('--model <model>', 'rule whether this model inherits the claim, which its publisher contested')
      .option('--uri <uri>', 'where the reasons are', ''),
    {
      example: '$ stemma claim rule 0x5a0c…11e7 --uphold --uri https://rulings.example/7',
      json: `{ ${SENT_JSON}`,
    },
  ).action(async (id: string, options: Options) => {
    const { uphold = false, reject = false, model: name, uri } = options
    if (uphold === reject) throw new UsageError('A ruling is one of --uphold and --reject. Name one of them.')
    if (name !== undefined) checkModelName(name)
    await sendAboutClaim(context, id, options, async (ledger, parameters) => {
      const ruling = { ...parameters, upheld: uphold, uri }
      return name === undefined
        ? ruleClaim(ledger, ruling)
        : ruleInheritance(ledger, { ...ruling, model: await modelOf(ledger, name) })
    })
  })
}
