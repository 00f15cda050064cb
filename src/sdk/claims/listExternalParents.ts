import { replacedParentsOf } from '../../abi/lineageClaims.ts'
import type { ModelId } from '../../core/hex.ts'
import type { Registration } from '../../core/registration.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { reading } from '../nodeErrors.ts'
import { readBindings } from '../registry/readBindings.ts'

/** A parent that a registration names as external, and what became of it. */
export type NamedExternal = {
  external: ModelId
  /** What verifiers and adjudicators bound it to. All count. */
  boundTo: readonly ModelId[]
  /** Whether a ruling replaced it, which counts while it is neither registered nor bound. */
  replaced: boolean
}

/** Lists the parents that a model's registration names as external, with what they are bound to and whether a ruling replaced them. */
export async function listExternalParents(
  ledger: Ledger,
  parameters: { model: ModelId; registration: Registration },
): Promise<NamedExternal[]> {
  const { model, registration } = parameters
  const named = registration.parents.flatMap((parent, index) =>
    parent.external ? [{ external: parent.model, index }] : [],
  )
  if (named.length === 0) return []
  const mask = await reading(() => methodOf(ledger, 'lineageClaims', replacedParentsOf)(model))
  return Promise.all(
    named.map(async ({ external, index }) => ({
      external,
      boundTo: await readBindings(ledger, { external }),
      replaced: (Number(mask) & (1 << index)) !== 0,
    })),
  )
}
