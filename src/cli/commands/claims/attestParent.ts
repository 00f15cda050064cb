import type { Command } from 'commander'

import { parseRelation } from '../../../core/vocabulary.ts'
import { attestParent } from '../../../sdk/claims/attestParent.ts'
import type { Context } from '../../../console/context.ts'
import { checkModelName, modelOf } from '../../names.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma attest-parent`: adds a parent that was forgotten. */
export function addAttestParent(program: Command, context: Context): void {
  withSendOptions(
    program
      .command('attest-parent <model> <parent>')
      .description("add a parent that was forgotten to the lineage of one's own model")
      .requiredOption('--relation <relation>', 'how it was made from the parent, such as finetune'),
    { example: '$ stemma attest-parent acme/tiny-chat acme/base --relation finetune', json: `{ ${SENT_JSON}` },
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
