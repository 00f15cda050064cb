import type { Command } from 'commander'

import { parseRelation, RELATION_NAMES } from '../../../core/vocabulary.ts'
import { attestParent } from '../../../sdk/claims/attestParent.ts'
import type { Context } from '../../../console/context.ts'
import { checkModelName, modelOf } from '../../names.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma model attest`: adds a forgotten parent to the lineage of the signer's own model. */
export function modelAttest(command: Command, context: Context): void {
  withSendOptions(
    command.requiredOption('--relation <relation>', `how it was made from the parent: ${RELATION_NAMES.join(', ')}`),
    { example: '$ stemma model attest acme/tiny-chat acme/base --relation finetune', json: `{ ${SENT_JSON}` },
  ).action((name: string, parentName: string, options: SendOptions & { relation: string }) => {
    for (const each of [name, parentName]) checkModelName(each)
    const relation = parseRelation(options.relation)
    return send(context, options, async (ledger, write) =>
      attestParent(ledger, {
        model: await modelOf(ledger, name),
        parent: await modelOf(ledger, parentName),
        relation,
        ...write,
      }),
    )
  })
}
