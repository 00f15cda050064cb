import { ModelRegistered } from '../../abi/ledger.ts'
import type { TermsId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { listTerms } from '../licensing/listTerms.ts'
import { eventPages } from '../logs.ts'
import { registeredModel, type RegisteredModel } from './readRegistrations.ts'

/**
 * Every registration of a ledger, oldest first, read from the node page by page.
 *
 * @param onRead receives how many were read so far
 */
export async function allModels(
  ledger: Ledger,
  onRead: (models: number) => void = () => {},
): Promise<RegisteredModel[]> {
  const found: RegisteredModel[] = []
  for await (const page of eventPages(ledger, 'ledger', ModelRegistered)) {
    found.push(...page.map(registeredModel).filter((model) => model !== undefined))
    onRead(found.length)
  }
  return found
}

/** The names of published terms, and for which terms each stands: those of the name, and the sets whose weights have them. */
export async function termsByName(
  ledger: Ledger,
): Promise<{ names: ReadonlyMap<TermsId, string>; termsOf: (isNamed: (name: string) => boolean) => Set<TermsId> }> {
  const published = await listTerms(ledger)
  const names = new Map(published.flatMap((entry) => ('terms' in entry ? [[entry.id, entry.terms.name] as const] : [])))
  return {
    names,
    termsOf(isNamed) {
      const named = new Set([...names].filter(([, name]) => isNamed(name)).map(([id]) => id))
      const sets = published.filter((entry) => 'set' in entry && named.has(entry.set.weights))
      return new Set([...named, ...sets.map(({ id }) => id)])
    },
  }
}
