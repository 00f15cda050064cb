import type { Command } from 'commander'

import { discloseEvidence } from '../../../sdk/claims/discloseEvidence.ts'
import { readClaim } from '../../../sdk/claims/readClaim.ts'
import { setEvidenceUri } from '../../../sdk/claims/setEvidenceUri.ts'
import { checkClaimLedger, parseClaimFile } from '../../../documents/claim.ts'
import type { Context } from '../../../console/context.ts'
import { readJsonFile } from '../../../console/files.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma claim disclose`: discloses the evidence of a filed claim, or corrects where disclosed evidence is. */
export function claimDisclose(command: Command, context: Context): void {
  withSendOptions(
    command.option(
      '--uri <uri>',
      'where the evidence document is published (default: as when it was filed); corrects it later',
    ),
    { example: '$ stemma claim disclose composer.claim.json', json: `{ claim, evidence, ${SENT_JSON}` },
  ).action(async (path: string, options: SendOptions & { uri?: string }) => {
    const file = parseClaimFile(await readJsonFile(context, path))
    const { claim, evidence, salt } = file.claim
    await send(
      context,
      options,
      async (ledger, write) => {
        checkClaimLedger(ledger.deployment, file)
        const uri = options.uri ?? file.uri
        const before = (await readClaim(ledger, { claim })).evidence
        // What is disclosed stays so. Only a URI that was asked for replaces another one; where none is, the file's is missing.
        const isMoved = before !== null && before.uri !== uri && (options.uri !== undefined || before.uri === '')
        const sent = isMoved
          ? await setEvidenceUri(ledger, { claim, uri, ...write })
          : await discloseEvidence(ledger, { claim, evidence, salt, uri, ...write })
        return { claim, evidence, ...sent }
      },
      () => `claim ${claim}\nevidence ${evidence}`,
    )
  })
}
