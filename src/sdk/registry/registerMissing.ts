import { StemmaError } from '../../core/errors.ts'
import type { Hex, ModelId } from '../../core/hex.ts'
import { modelIdOf, type Registration } from '../../core/registration.ts'
import type { Ledger } from '../connect.ts'
import { ContractError } from '../contractError.ts'
import { readRegistrations } from './readRegistrations.ts'
import { parentError } from './planImport.ts'
import { followingOptions, type WriteOptions } from '../transact.ts'
import { registerModels } from './registerModels.ts'

/** Most registrations in one transaction. */
const CHUNK = 50

/** Where a registration is. */
export type RegisteredIn = { transaction: Hex; block: number }

/**
 * Registers what is not registered yet, in few transactions, parents first. Ids are known before anything is sent and are looked up first,
 * so a run that was interrupted anywhere can be repeated. Of a transaction that a contract refuses, the halves are tried, until what it
 * refuses is alone; the descendants of that are not tried.
 *
 * @returns why some are not registered, by id; and what ended the work before its end, as a node that does not answer
 */
export async function registerMissing(
  ledger: Ledger,
  parameters: registerMissing.Parameters,
): Promise<{ refused: Map<ModelId, StemmaError>; stopped: StemmaError | undefined }> {
  const { registrations, onSending, onRegistered, onProgress, ...options } = parameters
  let sent = 0
  const refused = new Map<ModelId, StemmaError>()

  const send = async (list: readonly Registration[]): Promise<void> => {
    const left: Registration[] = []
    for (const registration of list) {
      const parent = registration.parents.find(({ model }) => refused.has(model))?.model
      if (parent === undefined) left.push(registration)
      else refused.set(modelIdOf(registration), parentError(parent, refused.get(parent)!))
    }
    if (left.length === 0) return
    const models = left.map(modelIdOf)
    await onSending?.(models)
    try {
      const { transactions } = await registerModels(ledger, {
        ...followingOptions(options, sent),
        registrations: left,
        onSent: (...accepted) => {
          sent++
          options.onSent?.(...accepted)
        },
      })
      const { transaction, block } = transactions[0]!
      await onRegistered?.(models, { transaction: transaction!, block: block! })
    } catch (error) {
      if (!(error instanceof ContractError)) throw error
      if (left.length === 1) refused.set(models[0]!, error)
      else {
        const half = Math.ceil(left.length / 2)
        await send(left.slice(0, half))
        await send(left.slice(half))
      }
    }
  }

  try {
    for (let start = 0; start < registrations.length; start += CHUNK) {
      const chunk = registrations.slice(start, start + CHUNK)
      const found = await readRegistrations(ledger, { models: chunk.map(modelIdOf) })
      for (const { model, transaction, block } of found) await onRegistered?.([model], { transaction, block })
      const done = new Set(found.map(({ model }) => model))
      await send(chunk.filter((registration) => !done.has(modelIdOf(registration))))
      onProgress?.(Math.min(start + CHUNK, registrations.length), registrations.length)
    }
  } catch (error) {
    if (!(error instanceof StemmaError)) throw error
    return { refused, stopped: error }
  }
  return { refused, stopped: undefined }
}

export declare namespace registerMissing {
  type Parameters = Omit<WriteOptions, 'dryRun'> & {
    /** Parents come before their children. */
    registrations: readonly Registration[]
    /** Called before models are sent, and waited for. */
    onSending?: (models: readonly ModelId[]) => Promise<void>
    /** Called for models once their registrations are in a block, also if they were before. */
    onRegistered?: (models: readonly ModelId[], where: RegisteredIn) => void | Promise<void>
    onProgress?: (done: number, total: number) => void
  }
}
