import type { Command } from 'commander'

import { loadLicenses } from '../../../artifacts/licenseLibrary.ts'
import { note, print, UsageError, type Context } from '../../../console/context.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import type { ModelId } from '../../../core/hex.ts'
import { nameOfUri } from '../../../core/modelName.ts'
import { quoted } from '../../../core/text.ts'
import { RIGHT_NAMES } from '../../../core/vocabulary.ts'
import { listTrustedPublishers } from '../../../deployments/trustedPublishers.ts'
import { isPlainText, isReference, type Lock } from '../../../documents/lock.ts'
import { lockModels } from '../../../sdk/compliance/lockModels.ts'
import { requireSameLedger } from '../../../sdk/compliance/verifyLock.ts'
import type { Ledger } from '../../../sdk/connect.ts'
import { AmbiguousModelError, countingAmong, type CountingOptions } from '../../../sdk/registry/resolveModel.ts'
import { readRegistrations, registrationOf } from '../../../sdk/registry/readRegistrations.ts'
import { UnregisteredWeightsError } from '../../../verify/verifyWeights.ts'
import { formatChange, outcomeWords } from '../../formatLock.ts'
import { ignoreOption } from '../../hashing.ts'
import { lockOption, lockPlace, readLockIfAny, subjectPath, writeLock, type LockOptions } from '../../lockFile.ts'
import { LockPins } from '../../lockPins.ts'
import { lockedEntry } from '../../lockPublisher.ts'
import { accountOf, modelNamed } from '../../names.ts'
import { read } from '../../open.ts'
import { usesOf } from '../../subject.ts'
import { parseTarget, type Target } from '../../target.ts'

type Options = LedgerOptions &
  LockOptions & { use: string; name?: string; acceptPublisher?: string; ignore: string[]; dryRun?: boolean }

/** `stemma lock add`: locks a model that the repository uses. */
export function lockAdd(command: Command, context: Context): void {
  withLedgerOptions(
    command
      .addOption(lockOption())
      .addOption(ignoreOption())
      .requiredOption('--use <rights>', `what for, separated by commas: ${RIGHT_NAMES.join(', ')}`)
      .option('--name <name>', 'what to call it in the lock file (default: as it was named, else as it is registered)')
      .option('--accept-publisher <address>', 'let the word of this publisher count, for whom nobody vouches')
      .option('--dry-run', 'show what would be added, and write nothing'),
    {
      example:
        '$ stemma lock add acme/tiny-chat --use commercial\n$ stemma lock add ./models/tiny-chat --use commercial,host',
      json: '{ file, entry: { name, model, weights, tensors, publisher, standing, use, subject, bases, lineage }, verdict, written, deployment }',
    },
  ).action(async (text: string, options: Options) => {
    const uses = usesOf(options.use)
    const accepted = options.acceptPublisher === undefined ? undefined : accountOf(options.acceptPublisher)
    if (options.name !== undefined && !isPlainText(options.name)) {
      throw new UsageError(
        `Invalid --name ${quoted(options.name)}: use one line of text, not empty, of at most 2048 bytes, without control characters.`,
      )
    }
    const place = lockPlace(context, options)
    const before = await readLockIfAny(context, place)
    const target = await parseTarget(context, text, options.ignore)
    const subject = await subjectOf(context, place, target, text)
    const licenses = await loadLicenses()
    await read(context, options, async (ledger) => {
      const { chainId, contracts } = ledger.deployment
      const lock: Lock = before ?? {
        version: 1,
        deployment: { chainId, ledger: contracts.ledger },
        models: [],
        accepted: [],
        bindings: [],
        names: [],
      }
      requireSameLedger(ledger, lock)
      const pins = new LockPins(context, ledger, lock)
      const prove = pins.proveAny(undefined)
      const own = (await listTrustedPublishers(context, ledger.deployment)).map(({ publisher }) => publisher)
      const trusted = accepted === undefined ? own : [...own, accepted]
      const { model, uri } = await modelMeant(ledger, target, { trusted, prove })
      const name = options.name ?? (target.kind === 'name' ? target.name : nameOfUri(uri) || model)
      const known = lock.models.find((entry) => entry.name === name)
      if (known && known.model !== model) {
        throw new UsageError(
          `The lock file has another model as ${quoted(name)}, ${known.model}. Change it by stemma lock update, or choose another name by --name.`,
        )
      }
      const use = [...new Set([...(known?.use ?? []), ...uses])]
      const counting = known?.standing === 'trusted' ? [...own, known.publisher] : own
      const [locked] = await lockModels(ledger, {
        models: [{ name, model, subject: subject ?? known?.subject ?? null, use, trusted: counting }],
        licenses,
        prove,
        pins: pins.bindings,
      })
      const entry = lockedEntry(locked!, known, accepted)
      const models = [...lock.models.filter((each) => each !== known), entry]
      const written = !options.dryRun
      if (written) await writeLock(context, place, { ...lock, models, ...pins.kept(false) })
      const { verdict } = locked!.answer
      print(context, options.json, { file: place.file, entry, verdict, written }, () =>
        [...formatChange(known, entry), written ? `Wrote ${place.file}.` : 'Nothing was written.'].join('\n'),
      )
      if (verdict !== 'permitted') {
        note(context, `${name} for ${use.join(', ')}: ${outcomeWords(verdict)}. See why: stemma lock check ${name}.`)
      }
    })
  })
}

/** What a lock file keeps of where a model is at hand. */
async function subjectOf(
  context: Context,
  place: ReturnType<typeof lockPlace>,
  target: Target,
  text: string,
): Promise<string | null> {
  if (target.kind !== 'weights') return null
  if (isReference(text)) return text
  const path = await subjectPath(context, place, target.path)
  if (path !== undefined) return path
  note(context, `${quoted(text)} is not below the folder of the lock file, so the entry does not name it.`)
  return null
}

/** The one model that was meant, with its URI. */
async function modelMeant(
  ledger: Ledger,
  target: Target,
  counting: CountingOptions,
): Promise<{ model: ModelId; uri: string }> {
  if (target.kind === 'name') {
    const model = await modelNamed(ledger, target.name, counting)
    return { model, uri: '' }
  }
  if (target.kind === 'id') {
    const model = target.id as ModelId
    return { model, uri: (await registrationOf(ledger, model)).uri }
  }
  const all = await readRegistrations(ledger, { weights: target.weights })
  if (all.length === 0) throw new UnregisteredWeightsError(target.weights)
  const found = await countingAmong(ledger, all, counting)
  if (found.length > 1) throw new AmbiguousModelError(target.path, found)
  return { model: found[0]!.model, uri: found[0]!.registration.uri }
}
