import type { Address } from 'stemma/core'
import { listOperators, registrationOf, type Ledger } from 'stemma/sdk'

import type { ServedModel } from './ports.ts'

/**
 * The publishers of served models that have not authorized an operator in the scope `audit`. What it anchors counts for nobody who
 * asks about their models, and nothing else would say so.
 *
 * @throws what the node does wrong
 */
export async function unauthorizedFor(
  ledger: Ledger,
  { operator, models }: { operator: Address; models: readonly Pick<ServedModel, 'model'>[] },
): Promise<Address[]> {
  const registrations = await Promise.all(models.map(({ model }) => registrationOf(ledger, model)))
  const publishers = [...new Set(registrations.map(({ publisher }) => publisher))].filter((each) => each !== operator)
  const isAuthorized = await Promise.all(
    publishers.map(async (publisher) => {
      const operators = await listOperators(ledger, { publisher })
      return operators.some((each) => each.operator === operator && each.scopes.includes('audit'))
    }),
  )
  return publishers.filter((_, index) => !isAuthorized[index])
}
