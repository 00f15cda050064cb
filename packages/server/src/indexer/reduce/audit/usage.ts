import { type Hex, ZERO_DIGEST } from 'stemma/core'
import { hashStruct, hashWords, keccakOf, typeHash } from '../../hash.ts'
import { checkId, type Event, type RowBuilder } from '../rowBuilder.ts'
import { decimalOf, handler, textOf, type Handler } from '../handlers.ts'

type OfLog = { log: Hex; operator: Hex; credential: Hex; epoch: number }
type Anchored = OfLog & { size: Hex; root: Hex; calls: Hex; tokens: Hex }

type Stated = {
  publisher: Hex
  model: Hex
  endpoint: Hex
  statement: Hex
  origin: Uint8Array
  name: Uint8Array
  from: number
  until: number
  grade: number
  evidence: Hex
  revision: number
}

const SERVING_TYPEHASH = typeHash(
  'ServingStatement(address publisher,bytes32 model,string origin,string name,uint40 from,uint40 until,uint8 grade,bytes32 evidence)',
)

/** Events of the usage logs, and statements about endpoints. */
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
  ServingStated: handler<Stated>((rows, event) => {
    const { publisher, model, endpoint, statement, origin, name, from, until, grade, evidence, revision } = event.args
    const checked = event as unknown as Event
    checkId(checked, endpoint, hashWords([keccakOf(origin), keccakOf(name)]))
    checkId(
      checked,
      statement,
      hashStruct(SERVING_TYPEHASH, [publisher, model, origin, name, from, until, grade, evidence]),
    )
    const account = rows.account(publisher)
    rows.insert('serving_statements', {
      publisher: account,
      model,
      endpoint,
      statement,
      origin: textOf(origin),
      name: textOf(name),
      since: from,
      until,
      grade,
      evidence: evidence === ZERO_DIGEST ? null : evidence,
      revision,
    })
    // Nothing proves that the model is registered.
    rows.event({ subject: account, model: rows.lookUp('models', model), account })
  }),
  ServingRevoked: handler<{ publisher: Hex; endpoint: Hex; account: Hex; revision: number }>((rows, event) => {
    const { publisher, endpoint, revision } = event.args
    const subject = rows.account(publisher)
    rows.insert('serving_revocations', { publisher: subject, endpoint, revision })
    rows.event({ subject, model: null, account: rows.account(event.args.account) })
  }),
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
