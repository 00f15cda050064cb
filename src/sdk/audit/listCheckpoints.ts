import * as abi from '../../abi/usageAudit.ts'
import {
  parseAddress,
  parseCredentialId,
  parseDigest,
  parseLogId,
  type Address,
  type CredentialId,
  type Hex,
  type LogId,
} from '../../core/hex.ts'
import { logIdOf, type Checkpoint } from '../../core/usage.ts'
import type { Ledger } from '../connect.ts'
import { readEvents } from '../logs.ts'

/** A checkpoint as it was anchored, with the block that holds it. */
export type AnchoredCheckpoint = Checkpoint & {
  log: LogId
  operator: Address
  credential: CredentialId
  epoch: number
  /** Number of the block. */
  block: number
  transaction: Hex
}

/** Lists checkpoints of usage logs, oldest first: of a log, of one or some operators, of some credentials, or all. */
export async function listCheckpoints(
  ledger: Ledger,
  parameters: { log?: LogId; operator?: Address | readonly Address[]; credentials?: readonly CredentialId[] } = {},
): Promise<AnchoredCheckpoint[]> {
  const { log, operator, credentials } = parameters
  const topics = { ...(log && { log }), ...(operator && { operator }), ...(credentials && { credential: credentials }) }
  const events = await readEvents(ledger, 'usageAudit', abi.CheckpointAnchored, topics)
  return events.flatMap(({ args, block, transaction }) => {
    const operator = parseAddress(args.operator as string)
    const credential = parseCredentialId(`0x${(args.credential as bigint).toString(16).padStart(64, '0')}`)
    const id = parseLogId(args.log as string)
    const epoch = Number(args.epoch)
    if (logIdOf(operator, credential, epoch) !== id) return []
    const [size, calls, tokens] = [args.size as bigint, args.calls as bigint, args.tokens as bigint]
    return [
      {
        log: id,
        operator,
        credential,
        epoch,
        size,
        calls,
        tokens,
        root: parseDigest(args.root as string),
        block,
        transaction,
      },
    ]
  })
}
