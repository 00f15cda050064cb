import type { Command } from 'commander'

import { clearReview } from '../../../sdk/gate/clearReview.ts'
import type { Context } from '../../../console/context.ts'
import { sendAboutSubject } from '../../sendAboutSubject.ts'

/** `stemma review clear`: clears a review. */
export function reviewClear(command: Command, context: Context): void {
  sendAboutSubject(command, context, {
    example: '$ stemma review clear acme/base',
    withReason: false,
    action: clearReview,
    done: 'cleared',
  })
}
