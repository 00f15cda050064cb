import type { Hex } from 'stemma/core'
import { hashWords } from '../../hash.ts'
import { checkId, type Event, type RowBuilder } from '../rowBuilder.ts'
import { decimalOf, handler, type Handler } from '../handlers.ts'

type OfLog = { log: Hex; operator: Hex; credential: Hex; epoch: number }
type Anchored = OfLog & { size: Hex; root: Hex; calls: Hex; tokens: Hex }

/** Events of the usage logs. */
export const USAGE_HANDLERS: Readonly<Record<string, Handler>> = {
  CheckpointAnchored: handler<Anchored>(
    (rows, event) => {
      const { args } = event
      const { log, operator, credential } = logOf(rows, event)
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

  LogReopened: handler<OfLog & { account: Hex }>(
    (rows, event) => {
      const { log, credential } = logOf(rows, event)
      const model = rows.rowsOf('credentials', credential)[0]!.model as number
      rows.event({ subject: log, model, account: rows.account(event.args.account) })
    },
    { loads: ['credentials'] },
  ),
}

/** The keys of a log. The first of a credential begins with its first checkpoint, each later one when it is opened. */
function logOf(rows: RowBuilder, event: Event<OfLog>): Record<'log' | 'operator' | 'credential', number> {
  const { args } = event
  const id = hashWords([args.operator, args.credential, args.epoch])
  checkId(event as unknown as Event, args.log, id)
  const operator = rows.account(args.operator)
  const credential = rows.find('credentials', args.credential)
  const log =
    rows.lookUp('usage_logs', id) ?? rows.create('usage_logs', { id, operator, credential, epoch: args.epoch })
  return { log, operator, credential }
}
