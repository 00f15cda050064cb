import { Option, type Command } from 'commander'

import { parseDigest, ZERO_DIGEST } from '../../../core/hex.ts'
import { stateBinding } from '../../../sdk/claims/stateBinding.ts'
import { bindExternal } from '../../../sdk/registry/bindExternal.ts'
import { unbindExternal } from '../../../sdk/registry/unbindExternal.ts'
import { UsageError, type Context } from '../../../console/context.ts'
import { checkModelName, externalOf, modelOf } from '../../names.ts'
import { publisherOf, withPublisher, type PublisherOptions } from '../../publisher.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

type Options = SendOptions &
  PublisherOptions & { evidence?: string; remove?: boolean; as: 'verifier' | 'adjudicator' | 'publisher' }

/** `stemma model bind`: says which registered model an external parent is, as a verifier, an adjudicator or a publisher. */
export function modelBind(command: Command, context: Context): void {
  withSendOptions(
    withPublisher(command)
      .option('--evidence <digest>', 'SHA-256 of the document that says why')
      .option('--remove', 'remove the binding')
      .addOption(
        new Option('--as <role>', 'the role to act in; the word of a publisher counts for those who trust it')
          .choices(['verifier', 'adjudicator', 'publisher'])
          .default('verifier'),
      ),
    {
      example: '$ stemma model bind hf:google/gemma-3-4b-it google/gemma-3-4b-it \\\n    --evidence 0x5a0c…11e7',
      json: `{ ${SENT_JSON}`,
    },
  ).action((id: string, name: string, options: Options) => {
    const external = externalOf(id)
    checkModelName(name)
    const evidence = options.evidence === undefined ? ZERO_DIGEST : parseDigest(options.evidence)
    const { as, remove } = options
    if (remove && options.evidence !== undefined) {
      throw new UsageError('Option --evidence is for a new binding: leave it out with --remove.')
    }
    if (options.publisher !== undefined && as !== 'publisher') {
      throw new UsageError('Option --publisher is for --as publisher. Leave it out, or act as a publisher.')
    }
    return send(context, options, async (ledger, write) => {
      const model = await modelOf(ledger, name)
      if (as === 'publisher') {
        const publisher = await publisherOf(ledger, options)
        return stateBinding(ledger, { publisher, external, model, bound: !remove, evidence, ...write })
      }
      if (remove) return unbindExternal(ledger, { external, model, as, ...write })
      return bindExternal(ledger, { external, model, evidence, as, ...write })
    })
  })
}
