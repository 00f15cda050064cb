import type { Context } from '../console/context.ts'
import type { ModelId } from '../core/hex.ts'
import { NamePins, type NamePin } from '../deployments/namePins.ts'
import { proofNameOf } from '../documents/namespaceProof.ts'
import type { Lock, LockedBinding, LockedName } from '../documents/lock.ts'
import type { Ledger } from '../sdk/connect.ts'
import type { PinBindings } from '../verify/bindings.ts'
import type { ProveNames } from '../verify/standing.ts'
import { pinnedBindings } from './pinnedBindings.ts'
import { pinnedProver } from './pinnedProver.ts'

/** What names and external parents meant when they were locked, and what was found of them since. */
export class LockPins {
  readonly #context: Context
  readonly #ledger: Ledger
  readonly #names: ReadonlyMap<string, LockedName>
  readonly #bindings: ReadonlyMap<string, LockedBinding>
  /** What was found, by name and by external parent: what a lock file that is written now keeps. */
  readonly #foundNames = new Map<string, LockedName>()
  readonly #foundBindings = new Map<string, LockedBinding>()

  constructor(context: Context, ledger: Ledger, { names, bindings }: Pick<Lock, 'names' | 'bindings'>) {
    this.#context = context
    this.#ledger = ledger
    this.#names = new Map(names.map((entry) => [entry.name, entry]))
    this.#bindings = new Map(bindings.map((entry) => [keyOf(entry.external, entry.by), entry]))
  }

  /** Compares bindings with those that were locked, else with those that the user first saw. */
  get bindings(): PinBindings {
    const own = pinnedBindings(this.#context, this.#ledger)
    return async (bound, by) => {
      const changed = new Map<ModelId, readonly ModelId[]>()
      const unlocked = new Map<ModelId, readonly ModelId[]>()
      for (const [external, found] of bound) {
        const models = found.toSorted()
        const key = keyOf(external, by)
        const pin = this.#bindings.get(key)
        this.#foundBindings.set(key, { external, by, models })
        if (!pin) unlocked.set(external, models)
        else if (pin.models.toSorted().join() !== models.join()) changed.set(external, pin.models)
      }
      return new Map([...(await own(unlocked, by)), ...changed])
    }
  }

  /** Proves the names that were locked, by whom they meant then. A name that was not locked proves nothing here. */
  proveLocked(maxAge: number | undefined): ProveNames {
    const prove = this.#prover(maxAge)
    return (uris) =>
      prove(
        uris.filter((uri) => {
          const name = proofNameOf(uri)
          return name !== undefined && this.#names.has(name)
        }),
      )
  }

  /** Proves any name. One that was not locked means whom it means to the user. */
  proveAny(maxAge: number | undefined): ProveNames {
    return this.#prover(maxAge)
  }

  /**
   * What a lock file keeps of names and bindings: what was found, before what it had.
   *
   * @param isWhole whether all of its models were looked at, so that bindings that were not found are those of no model of it
   */
  kept(isWhole: boolean): Pick<Lock, 'names' | 'bindings'> {
    const earlier = isWhole ? new Map<string, LockedBinding>() : this.#bindings
    return {
      names: [...new Map([...this.#names, ...this.#foundNames]).values()],
      bindings: [...new Map([...earlier, ...this.#foundBindings]).values()],
    }
  }

  #prover(maxAge: number | undefined): ProveNames {
    const own = new NamePins(this.#ledger.deployment, this.#context)
    return pinnedProver(this.#context, this.#ledger, maxAge, {
      // A lock file does not know when a name was last proved, so each is asked for again.
      read: async () => undefined,
      note: async (name, proved, now): Promise<NamePin> => {
        const locked = this.#names.get(name)
        if (locked) {
          const { publisher, repository } = locked
          return { name, publisher, repository, profile: proved.profile, firstSeen: 0, checkedAt: now }
        }
        const pin = await own.note(name, proved, now)
        const { publisher, repository } = pin
        this.#foundNames.set(name, { name, publisher, repository })
        return pin
      },
    })
  }
}

function keyOf(external: ModelId, by: readonly string[]): string {
  return [external, ...by.toSorted()].join(' ')
}
