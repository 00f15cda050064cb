import type { Command } from 'commander'

import { withdrawCertification } from '../../../sdk/gate/withdrawCertification.ts'
import type { Context } from '../../../console/context.ts'
import { sendAboutSubject } from '../../sendAboutSubject.ts'

/** `stemma review withdraw-certification`: withdraws a certification, as its certifier or as an authority. */
export function reviewWithdrawCertification(command: Command, context: Context): void {
  sendAboutSubject(command, context, {
    example: '$ stemma review withdraw-certification acme/base --reason "audit withdrawn"',
    withReason: true,
    action: withdrawCertification,
    done: 'withdrew the certification of',
  })
}
