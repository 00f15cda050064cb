import type { Command } from 'commander'

import { recallSubject } from '../../../sdk/gate/recallSubject.ts'
import type { Context } from '../../../console/context.ts'
import { sendAboutSubject } from '../../sendAboutSubject.ts'

/** `stemma review recall`: shuts the gate for good, as an authority. */
export function reviewRecall(command: Command, context: Context): void {
  sendAboutSubject(command, context, {
    example: '$ stemma review recall ./downloaded-model --artefact --reason "steals keys"',
    withReason: true,
    action: recallSubject,
    done: 'recalled',
  })
}
