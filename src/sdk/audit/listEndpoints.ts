import * as abi from '../../abi/usageAudit.ts'
import { parseAddress, type Address, type Digest, type ModelId } from '../../core/hex.ts'
import { mapConcurrent } from '../../core/mapConcurrent.ts'
import type { ServingStatement } from '../../core/serving.ts'
import type { Ledger } from '../connect.ts'
import { readEvents } from '../logs.ts'
import { listServing } from './listServing.ts'

/** Most endpoints that are asked about at a time. */
const MOST_CALLS = 8

/** Lists the endpoints at which a publisher states that a model answers, in the order in which it first said so. Its latest word about each counts. */
export async function listEndpoints(
  ledger: Ledger,
  parameters: listEndpoints.Parameters,
): Promise<listEndpoints.ReturnType> {
  const { model, publisher } = parameters
  const events = await readEvents(ledger, 'usageAudit', abi.ServingStated, { publisher: [publisher], model: [model] })
  const endpoints = new Map(
    events.map(({ args }) => {
      const [origin, name] = [args.origin as string, args.name as string]
      return [JSON.stringify([origin, name]), { origin, name }]
    }),
  )
  const words = await mapConcurrent([...endpoints.values()], MOST_CALLS, (endpoint) =>
    listServing(ledger, { ...endpoint, publishers: [parseAddress(publisher)] }),
  )
  return words
    .flat()
    .flatMap(({ stated }) =>
      stated && stated.served.model === model ? [{ ...stated.served, statement: stated.statement }] : [],
    )
}

export declare namespace listEndpoints {
  type Parameters = {
    model: ModelId
    /** Whose word is asked for. Anybody can state anything about any model. */
    publisher: Address
  }
  type ReturnType = (ServingStatement & {
    /** The hash of the statement. */
    statement: Digest
  })[]
}
