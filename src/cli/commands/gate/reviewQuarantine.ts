import type { Command } from 'commander'

import { quarantineSubject } from '../../../sdk/gate/quarantineSubject.ts'
import type { Context } from '../../../console/context.ts'
import { sendAboutSubject } from '../../sendAboutSubject.ts'

/** `stemma review quarantine`: ends a review for good, as failed. */
export function reviewQuarantine(command: Command, context: Context): void {
  sendAboutSubject(command, context, {
    example: '$ stemma review quarantine ./downloaded-model',
    withReason: false,
    action: quarantineSubject,
    done: 'quarantined',
  })
}
