import type { Command } from 'commander'

import type { UsageLog } from '../../../audit/usageLog.ts'
import { StemmaError } from '../../../core/errors.ts'
import { anchorCheckpoint } from '../../../sdk/audit/anchorCheckpoint.ts'
import { print, type Context } from '../../../console/context.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'
import { compareCheckpoints, formatCheckpoint, readLog } from '../../usageLogFile.ts'

/** `stemma usage checkpoint`: checks a usage log and anchors how far it has grown. */
export function usageCheckpoint(command: Command, context: Context): void {
  withSendOptions(command.option('--offline', 'only compute what would be anchored; needs no node'), {
    example: '$ stemma usage checkpoint calls.log --offline\n$ stemma usage checkpoint calls.log',
    json: `{ log, size, root, calls, tokens, ${SENT_JSON}`,
  }).action(async (path: string, options: SendOptions & { offline?: boolean }) => {
    const log = await readLog(context, path)
    const checkpoint = log.stateAt()
    const state = { log: log.id, ...checkpoint }
    if (options.offline) {
      print(context, options.json, state, () => formatCheckpoint(log, checkpoint))
      return
    }
    await send(
      context,
      options,
      async (ledger, write) => {
        const [wrong] = (await compareCheckpoints(ledger, log)).filter(({ matches }) => !matches)
        if (wrong) throw new LogContradictedError(log, wrong.size)
        return { ...state, ...(await anchorCheckpoint(ledger, { ...log.owner, checkpoint, ...write })) }
      },
      () => formatCheckpoint(log, checkpoint),
    )
  })
}

/** Thrown when a usage log does not hold what was anchored of it: it is another log, an old copy, or altered. */
export class LogContradictedError extends StemmaError {
  override name = 'LogContradictedError'
  constructor({ id, tree }: UsageLog, size: bigint) {
    super(
      'LOG_CONTRADICTED',
      `The usage log ${id} with ${tree.size} records does not hold what was anchored of its first ${size}. It is an old copy, or it was altered. Compare it with the chain (stemma usage replay), and continue the true log.`,
    )
  }
}
