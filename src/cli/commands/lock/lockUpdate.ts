import type { Command } from 'commander'

import { loadLicenses } from '../../../artifacts/licenseLibrary.ts'
import { note, print, UsageError, type Context } from '../../../console/context.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import type { Address, ModelId } from '../../../core/hex.ts'
import { listTrustedPublishers } from '../../../deployments/trustedPublishers.ts'
import { formatLock, type LockedModel } from '../../../documents/lock.ts'
import { lockModels } from '../../../sdk/compliance/lockModels.ts'
import { requireSameLedger } from '../../../sdk/compliance/verifyLock.ts'
import type { Ledger } from '../../../sdk/connect.ts'
import { AmbiguousModelError, countingAmong, type CountingOptions } from '../../../sdk/registry/resolveModel.ts'
import { readRegistrations } from '../../../sdk/registry/readRegistrations.ts'
import { readSuccessors } from '../../../sdk/registry/readSuccessors.ts'
import { UnregisteredWeightsError } from '../../../verify/verifyWeights.ts'
import { formatChange } from '../../formatLock.ts'
import {
  entriesNamed,
  lockOption,
  lockPlace,
  readLock,
  subjectWeights,
  writeLock,
  type LockOptions,
  type LockPlace,
} from '../../lockFile.ts'
import { LockPins } from '../../lockPins.ts'
import { lockedEntry } from '../../lockPublisher.ts'
import { accountOf } from '../../names.ts'
import { read } from '../../open.ts'

type Options = LedgerOptions & LockOptions & { acceptPublisher?: string; dryRun?: boolean }

/** Most successors of a model that are followed. */
const MOST_SUCCESSORS = 32

/** `stemma lock update`: locks models as they are now, and shows what changes. */
export function lockUpdate(command: Command, context: Context): void {
  withLedgerOptions(
    command
      .addOption(lockOption())
      .option('--accept-publisher <address>', 'let this publisher take the place of the one that was locked')
      .option('--dry-run', 'show what would change, and write nothing'),
    {
      example: '$ stemma lock update --dry-run\n$ stemma lock update acme/tiny-chat',
      json: '{ file, changes: [{ name, before, after }], written, deployment }',
    },
  ).action(async (names: string[], options: Options) => {
    const accepted = options.acceptPublisher === undefined ? undefined : accountOf(options.acceptPublisher)
    if (accepted !== undefined && names.length !== 1) {
      throw new UsageError('--accept-publisher accepts the publisher of one model. Name that model alone.')
    }
    const place = lockPlace(context, options)
    const lock = await readLock(context, place)
    const entries = entriesNamed(lock, names)
    const licenses = await loadLicenses()
    await read(context, options, async (ledger) => {
      requireSameLedger(ledger, lock)
      const own = (await listTrustedPublishers(context, ledger.deployment)).map(({ publisher }) => publisher)
      const pins = new LockPins(context, ledger, lock)
      const prove = pins.proveAny(undefined)
      const trustedFor = ({ standing, publisher }: LockedModel): Address[] =>
        standing === 'trusted' ? [...own, publisher] : own
      const models = await modelsNow(context, ledger, place, entries, (entry) => ({
        trusted: accepted === undefined ? trustedFor(entry) : [...own, accepted],
        prove,
      }))
      const found = await lockModels(ledger, {
        models: entries.map((entry) => {
          const { name, subject, use } = entry
          return { name, subject, use, model: models.get(entry)!, trusted: trustedFor(entry) }
        }),
        licenses,
        prove,
        pins: pins.bindings,
      })
      const changes = entries.map((before, index) => ({ before, after: lockedEntry(found[index]!, before, accepted) }))
      const replaced = new Map(changes.map(({ before, after }) => [before, after]))
      const written = {
        ...lock,
        models: lock.models.map((entry) => replaced.get(entry) ?? entry),
        ...pins.kept(names.length === 0),
      }
      const real = changes.filter(({ before, after }) => formatChange(before, after).length > 0)
      const isChanged = formatLock(written) !== formatLock(lock)
      print(
        context,
        options.json,
        {
          file: place.file,
          changes: real.map(({ before: { line: _, ...before }, after }) => ({ name: after.name, before, after })),
          written: isChanged && !options.dryRun,
        },
        () =>
          real.length > 0
            ? real.flatMap(({ before, after }) => formatChange(before, after)).join('\n')
            : 'No entry changes.',
      )
      if (isChanged && !options.dryRun) {
        await writeLock(context, place, written)
        note(context, `Wrote ${place.file}.`)
      } else note(context, isChanged ? 'Nothing was written.' : `${place.file} is as the ledger has it.`)
    })
  })
}

/**
 * The model that each entry stands for now: that of the weights at its subject, where these changed; else the last successor of the one
 * that was locked.
 */
async function modelsNow(
  context: Context,
  ledger: Ledger,
  place: LockPlace,
  entries: readonly LockedModel[],
  countingFor: (entry: LockedModel) => CountingOptions,
): Promise<Map<LockedModel, ModelId>> {
  const models = new Map<LockedModel, ModelId>()
  for (const entry of entries) {
    const subject = await subjectWeights(context, place, entry.subject)
    const weights =
      subject !== null && typeof subject === 'object' && 'weights' in subject ? subject.weights : undefined
    if (weights === undefined || weights === entry.weights) continue
    const all = await readRegistrations(ledger, { weights })
    if (all.length === 0) throw new UnregisteredWeightsError(weights)
    const found = await countingAmong(ledger, all, countingFor(entry))
    if (found.length > 1) throw new AmbiguousModelError(entry.name, found)
    models.set(entry, found[0]!.model)
  }
  const unchanged = entries.filter((entry) => !models.has(entry))
  // What lies on this machine is what is used, whatever replaces it.
  const following = unchanged.filter(({ subject }) => subject === null)
  for (const entry of unchanged) models.set(entry, entry.model)
  for (let round = 0; round < MOST_SUCCESSORS; round++) {
    const successors = await readSuccessors(ledger, {
      models: [...new Set(following.map((entry) => models.get(entry)!))],
    })
    if (successors.size === 0) return models
    for (const entry of following) models.set(entry, successors.get(models.get(entry)!) ?? models.get(entry)!)
  }
  return models
}
