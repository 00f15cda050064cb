import { Option, type Command } from 'commander'

import { parseDigest, parseModelId, ZERO_DIGEST } from '../../../core/hex.ts'
import { bindExternal } from '../../../sdk/registry/bindExternal.ts'
import { unbindExternal } from '../../../sdk/registry/unbindExternal.ts'
import { UsageError, type Context } from '../../../console/context.ts'
import { checkModelName, modelOf } from '../../names.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

type Options = SendOptions & { evidence?: string; remove?: boolean; as: 'verifier' | 'adjudicator' }

/** `stemma model bind`: says which registered model an external parent is, as a verifier or an adjudicator. */
export function modelBind(command: Command, context: Context): void {
  withSendOptions(
    command
      .option('--evidence <digest>', 'SHA-256 of the document that says why')
      .option('--remove', 'remove the binding')
      .addOption(
        new Option('--as <role>', 'the role to act in').choices(['verifier', 'adjudicator']).default('verifier'),
      ),
    {
      example: '$ stemma model bind 0x3d81…c2f0 google/gemma-3-4b-it --evidence 0x5a0c…11e7',
      json: `{ ${SENT_JSON}`,
    },
  ).action((id: string, name: string, options: Options) => {
    const external = parseModelId(id)
    checkModelName(name)
    const evidence = options.evidence === undefined ? ZERO_DIGEST : parseDigest(options.evidence)
    const { as, remove } = options
    if (remove && options.evidence !== undefined) {
      throw new UsageError('Option --evidence is for a new binding: leave it out with --remove.')
    }
    return send(context, options, async (ledger, write) => {
      const model = await modelOf(ledger, name)
      if (remove) return unbindExternal(ledger, { external, model, as, ...write })
      return bindExternal(ledger, { external, model, evidence, as, ...write })
    })
  })
}
