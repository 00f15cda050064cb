import { toChainId, type ChainId } from '../core/chainId.ts'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Deployment } from '../core/deployment.ts'
import { parseAddress, type Address } from '../core/hex.ts'
import { StemmaError } from '../core/errors.ts'
import { configurationFolder, type Surroundings } from './trust.ts'

/** A publisher that the user trusts on one ledger. On another chain the same address may be somebody else's contract. */
export type TrustedPublisher = { publisher: Address; chainId: ChainId; ledger: Address }

const FILE = /^(\d{1,78})-(0x[0-9a-f]{40})-(0x[0-9a-f]{40})$/

/** Trusts a publisher on a ledger: from here on its word counts there without an accredited verifier. */
export async function trustPublisher(trusted: TrustedPublisher, surroundings: Surroundings = {}): Promise<void> {
  await mkdir(folderOf(surroundings), { recursive: true, mode: 0o700 })
  await writeFile(pathOf(trusted, surroundings), '', { mode: 0o600 })
}

/** Trusts a publisher no longer. @throws {@link PublisherNotTrustedError} */
export async function removeTrustedPublisher(
  trusted: TrustedPublisher,
  surroundings: Surroundings = {},
): Promise<void> {
  const path = pathOf(trusted, surroundings)
  if (!existsSync(path)) throw new PublisherNotTrustedError(trusted)
  await rm(path, { force: true })
}

/** Lists the publishers that the user trusts, on one ledger or on all. */
export async function listTrustedPublishers(
  surroundings: Surroundings = {},
  on?: Pick<Deployment, 'chainId' | 'contracts'>,
): Promise<TrustedPublisher[]> {
  const folder = folderOf(surroundings)
  const names = existsSync(folder) ? await readdir(folder) : []
  const all = names.toSorted().flatMap((name): TrustedPublisher[] => {
    const [, chainId, ledger, publisher] = FILE.exec(name) ?? []
    if (publisher === undefined) return []
    return [{ publisher: parseAddress(publisher), chainId: toChainId(BigInt(chainId!)), ledger: parseAddress(ledger!) }]
  })
  return all.filter(({ chainId, ledger }) => !on || (chainId === on.chainId && ledger === on.contracts.ledger))
}

function folderOf(surroundings: Surroundings): string {
  return join(configurationFolder(surroundings), 'publishers')
}

/** One empty file each, so that programs that trust publishers at once do not undo each other's work. */
function pathOf({ publisher, chainId, ledger }: TrustedPublisher, surroundings: Surroundings): string {
  return join(folderOf(surroundings), `${chainId}-${ledger}-${publisher}`)
}

/** Thrown when a publisher is to be trusted no longer that was not trusted. */
export class PublisherNotTrustedError extends StemmaError {
  override name = 'PublisherNotTrustedError'
  constructor({ publisher, chainId, ledger }: TrustedPublisher) {
    super(
      'PUBLISHER_NOT_TRUSTED',
      `The publisher ${publisher} was not trusted on the ledger ${ledger} of chain ${chainId}. List what is trusted: stemma trust --list.`,
    )
  }
}
