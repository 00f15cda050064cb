import type { Command } from 'commander'

import { discloseEvidence } from '../../../sdk/claims/discloseEvidence.ts'
import { checkClaimLedger, parseClaimFile } from '../../../documents/claim.ts'
import type { Context } from '../../../console/context.ts'
import { readJsonFile } from '../../../console/files.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma claim disclose`: discloses the evidence of a filed claim. */
export function claimDisclose(command: Command, context: Context): void {
  withSendOptions(
    command.option('--uri <uri>', 'where the evidence document is published (default: as when it was filed)'),
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
}
