import type { Hex } from 'stemma/core'
import { hashWords } from '../../hash.ts'
import { checkId, type Event } from '../rowBuilder.ts'
import { decimalOf, handler, type Handler } from '../handlers.ts'

type Anchored = { log: Hex; operator: Hex; credential: Hex; size: Hex; root: Hex; calls: Hex; tokens: Hex }

/** Events of the usage logs. */
export const USAGE_HANDLERS: Readonly<Record<string, Handler>> = {
  CheckpointAnchored: handler<Anchored>(
    (rows, event) => {
      const { args } = event
      const id = hashWords([args.operator, args.credential])
      checkId(event as unknown as Event, args.log, id)
      const operator = rows.account(args.operator)
      const credential = rows.find('credentials', args.credential)
      // A log has no event of its own: it begins with its first checkpoint.
      const log = rows.lookUp('usage_logs', id) ?? rows.create('usage_logs', { id, operator, credential })
      rows.insert('usage_checkpoints', {
        usage_log: log,
        size: decimalOf(args.size),
        root: args.root,
        calls: decimalOf(args.calls),
        tokens: decimalOf(args.tokens),
      })
      const model = rows.rowsOf('credentials', credential)[0]!.model as number
      rows.event({ subject: log, model, account: operator })
    },
    { loads: ['credentials'] },
  ),
}
