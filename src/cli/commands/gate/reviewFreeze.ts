import type { Command } from 'commander'

import { freezeReview } from '../../../sdk/gate/freezeReview.ts'
import type { Context } from '../../../console/context.ts'
import { sendAboutSubject } from '../../sendAboutSubject.ts'

/** `stemma review freeze`: freezes a cleared review again that a quorum has failed. */
export function reviewFreeze(command: Command, context: Context): void {
  sendAboutSubject(command, context, {
    example: '$ stemma review freeze ./downloaded-model',
    withReason: false,
    action: freezeReview,
    done: 'frozen again',
  })
}
