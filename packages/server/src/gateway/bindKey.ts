import { getAddress } from 'ethers'
import {
  credentialIdOf,
  isBytes32,
  isCredentialValidAt,
  parseAddress,
  parseModelId,
  parseTierId,
  quoted,
  StemmaError,
  type Address,
  type CredentialId,
  type ModelId,
  type Right,
  type TierId,
} from 'stemma/core'
import { CredentialNotFoundError, listTiers, readBlock, readCredential, resolveModel, type Ledger } from 'stemma/sdk'

import type { KeyEntry } from './ports.ts'

/** What a key is to be for: a model, and a credential by its id, or by its tier and holder. */
export type KeyWish = {
  /** Id, or name of the registration. */
  model: string
  use: Right
  holder?: string
  /** Id or name. */
  tier?: string
  credential?: CredentialId
}

/**
 * Checks on the chain what a key is to be bound to: that the credential exists, is for the model, and who holds it.
 *
 * @returns the binding, and a sentence where calls would be refused as things stand
 * @throws {@link KeyBindingError} when the credential is not what was wished, or can never be valid again
 */
export async function bindKey(
  ledger: Ledger,
  wish: KeyWish,
): Promise<{ entry: Omit<KeyEntry, 'id' | 'rate'>; warning: string | undefined }> {
  const holder = wish.holder === undefined ? undefined : accountOf(wish.holder)
  const model = isBytes32(wish.model)
    ? parseModelId(wish.model)
    : (await resolveModel(ledger, { query: wish.model })).model
  const id = wish.credential ?? credentialIdOf(model, await tierOf(ledger, model, wish.tier!), holder!)
  const credential = await readCredential(ledger, { credential: id }).catch((error: unknown) => {
    if (!(error instanceof CredentialNotFoundError)) throw error
    throw new KeyBindingError(
      holder === undefined
        ? `There is no credential ${id} on the ledger`
        : `The account ${holder} has no credential of this tier: it would be ${id}`,
      'Check model, tier and holder, or grant the credential first (stemma credential grant)',
    )
  })
  if (credential.model !== model) {
    throw new KeyBindingError(`The credential ${id} is for the model ${credential.model}, not ${model}`, 'Name another')
  }
  if (holder !== undefined && credential.holder !== holder) {
    throw new KeyBindingError(`The credential ${id} is held by ${credential.holder}, not ${holder}`, 'Name its holder')
  }
  if (credential.state === 'revoked') {
    throw new KeyBindingError(`The credential ${id} was revoked`, 'Ask the licensor for one of another tier')
  }
  const head = await readBlock(ledger.provider, 'latest')
  const isValid = head !== null && credential.state === 'active' && isCredentialValidAt(credential, head.timestamp)
  return {
    entry: { holder: credential.holder, model, tier: credential.tier, credential: id, use: wish.use },
    warning: isValid
      ? undefined
      : `The credential is not valid now (${credential.state}): calls with the key are refused until it is.`,
  }
}

async function tierOf(ledger: Ledger, model: ModelId, name: string): Promise<TierId> {
  if (isBytes32(name)) return parseTierId(name)
  const tiers = await listTiers(ledger, { model })
  const found = tiers.filter(({ tier }) => tier.name === name)
  if (found.length === 1) return found[0]!.id
  const what = found.length === 0 ? 'has no tier' : 'has more than one tier'
  const list = tiers.map(({ id, tier }) => `${quoted(tier.name)} (${id})`).join(', ') || 'none'
  throw new KeyBindingError(`The model ${what} ${quoted(name)}; its tiers: ${list}`, 'Name one by its id')
}

/** An account. In mixed case, its checksum must match, which catches typing errors. */
function accountOf(text: string): Address {
  const address = parseAddress(text)
  const digits = text.slice(2)
  if (digits === digits.toLowerCase() || digits === digits.toUpperCase() || getAddress(address) === text) return address
  throw new KeyBindingError(`The checksum of the address ${quoted(text)} does not match`, 'Copy the address again')
}

/** Thrown when a key cannot be bound to what was wished. */
export class KeyBindingError extends StemmaError {
  override name = 'KeyBindingError'
  constructor(what: string, remedy: string) {
    super('KEY_BINDING', `${what}. ${remedy}.`)
  }
}
