import { setTimeout as delay } from 'node:timers/promises'
import { resolve } from 'node:path'

import { FileChangedError } from '../artifacts/listFiles.ts'
import { StemmaError } from '../core/errors.ts'
import type { SubjectOptions } from '../subjects/subject.ts'
import { isPlaceReference } from '../subjects/openSubject.ts'
import { answerOf } from './assertLoadable.ts'
import type { CommandModel } from './commandModels.ts'
import { GUARD_SOCKET, serveGuardSocket } from './guardSocket.ts'
import type { Holder, HoldResult } from './holder.ts'
import { judgeModel, starts, type GuardGate, type JudgedModel } from './judgeModel.ts'
import type { LoaderEnvironment } from './loaderEnvironment.ts'
import { namedModels } from './namedModels.ts'
import { openPinned, type OpenedModel, type PinnedModel } from './openGuarded.ts'
import { PinnedPlace } from './pinnedPlace.ts'
import type { FileWatch, Integrity } from './ports.ts'
import { exitCodeOf, runCommand, type RunningCommand } from './runCommand.ts'
import { GuardSession, type LoadAnswer } from './session.ts'
import { watchAdapters } from './watchAdapters.ts'
import { watchStanding } from './watchStanding.ts'

/** Exit codes of the guard itself, by sysexits: try later, refused, changed, the gate cannot be asked. */
export const GUARD_EXIT = { held: 75, refused: 77, changed: 65, unreachable: 69 } as const

/** How many polls of the gate pass until what may not be loaded is judged again: each of them asks all that a start asks. */
const ADAPTER_POLLS = 4

/** What happens, for people and programs. */
export type GuardEvent =
  | { event: 'judged'; models: readonly JudgedModel[] }
  | { event: 'waiting'; models: readonly JudgedModel[] }
  | { event: 'environment'; changes: LoaderEnvironment['changes'] }
  | { event: 'started'; pid: number; integrity: Integrity; view: boolean }
  | { event: 'adapter'; path: string; loadable: boolean; message: string; hold: HoldResult | null }
  | { event: 'load'; path: string; loadable: boolean; message: string }
  | { event: 'stopping'; reason: 'changed' | 'withdrawn' | 'unreachable'; message: string; model: JudgedModel | null }
  | { event: 'ended'; exitCode: number; left: number }

/** A guarded run. */
export type GuardedRun = {
  gate: GuardGate
  models: readonly CommandModel[]
  /** Empty to decide only. */
  command: readonly string[]
  /** Folders in which an engine looks for adapters while it runs. */
  adapterFolders: readonly string[]
  cwd: string
  environment: LoaderEnvironment
  hashing: SubjectOptions
  holder: Holder
  graceSeconds: number
  pollMilliseconds: number
  /** Stops the guard before the command runs; from then on signals are the command's. */
  signal: AbortSignal
  /** Called when the command is about to run. */
  onStart: () => void
  /** Whether to stay until all models are cleared. */
  wait: boolean
  /** Requests a review, or clears one whose conditions hold. Returns whether it did something. */
  advance?: ((judged: JudgedModel) => Promise<boolean>) | undefined
  /** Signs an override for a model that does not start. */
  override?: ((judged: JudgedModel) => Promise<void>) | undefined
  report: (event: GuardEvent) => void
}

/** How a guarded run went. */
export type GuardedEnd = { started: true; exitCode: number } | NotStarted

/** A run in which no command was started: why, and what was held. */
export type NotStarted = {
  started: false
  exitCode: number
  models: readonly JudgedModel[]
  holds: ReadonlyMap<OpenedModel, HoldResult>
}

/**
 * Judges the models of a command, holds those that may not start, and runs the command when all may.
 *
 * @throws `GateUnreachableError` when the gate cannot be asked and no clearance counts
 * @throws what hashing throws
 */
export async function startGuarded(run: GuardedRun): Promise<GuardedEnd> {
  for (let { models } = run; ;) {
    const ends: (() => void)[] = []
    try {
      const opened = await openAll(run, models, ends)
      const end = await decide(run, opened, ends)
      if ('exitCode' in end) return end
      // What a model names that was held can be read only now.
      const named = await namedModels(end.ready, optionsOf(run))
      if (named.length === 0) return { started: true, exitCode: await runGuarded(run, end.ready) }
      models = [...models, ...named]
    } finally {
      for (const end of ends) end()
    }
  }
}

/** Opens models, and those that they have a loader load beside them. @param ends gets what closes them */
async function openAll(run: GuardedRun, models: readonly CommandModel[], ends: (() => void)[]): Promise<OpenedModel[]> {
  const all: OpenedModel[] = []
  for (let next = models; next.length > 0; next = await namedModels(all, optionsOf(run))) {
    const opened = await Promise.allSettled(next.map((model) => openOrHeld(run, model)))
    for (const each of opened) if (each.status === 'fulfilled') ends.push(() => each.value.place?.close())
    for (const each of opened) {
      if (each.status === 'rejected') throw each.reason
      all.push(each.value)
    }
  }
  return all
}

/** Judges models until they start or are refused; then gives them back or holds them, while no other guard works on them. */
async function decide(
  run: GuardedRun,
  opened: readonly OpenedModel[],
  ends: (() => void)[],
): Promise<NotStarted | { ready: PinnedModel[] }> {
  for (;;) {
    const unlock = await run.holder.lock(opened.map(({ digest }) => digest))
    try {
      const models = await judgeOnce(run, opened)
      if (models.every(starts)) {
        run.report({ event: 'judged', models })
        if (run.command.length === 0) return { started: false, exitCode: 0, models, holds: new Map() }
        const ready = await giveBack(run, opened, ends)
        // From here on another guard that refuses them leaves them to this one.
        for (const model of ready) ends.push(await run.holder.use(model))
        return { ready }
      }
      if (!run.wait || models.some((judged) => !starts(judged) && judged.decision.outcome === 'refused'))
        return await refuse(run, models)
      run.report({ event: 'waiting', models })
    } finally {
      unlock()
    }
    await delay(run.pollMilliseconds, undefined, { signal: run.signal })
  }
}

/** Gives back what is held, so that the command can read it. What has to be hashed again is, and is the same or changed. */
async function giveBack(run: GuardedRun, opened: readonly OpenedModel[], ends: (() => void)[]): Promise<PinnedModel[]> {
  const models: PinnedModel[] = []
  for (const model of opened) {
    const given = (await givenBack(run, model)) ?? (await hashedAgain(run, model))
    ends.push(() => given.place.close())
    models.push(given)
  }
  return models
}

/** A model that need not be hashed again; undefined for another. */
async function givenBack(run: GuardedRun, model: OpenedModel): Promise<PinnedModel | undefined> {
  const { place } = model
  const isHeld = await run.holder.isHeld(model.root)
  // Another guard may have given back meanwhile what was held when this one looked.
  if (!isHeld && place !== undefined && run.holder.isAsHashed(model)) return { ...model, place }
  const files = isHeld ? await run.holder.release(model) : undefined
  if (files?.length !== model.files.length) return undefined
  const pinned = await PinnedPlace.of(model.reference, optionsOf(run))
  // Root can add files to a folder that is held.
  if (pinned.holdsOnly(files)) return { ...model, files, place: pinned }
  pinned.close()
  return undefined
}

async function hashedAgain(run: GuardedRun, model: OpenedModel): Promise<PinnedModel> {
  const again = await openPinned(model, optionsOf(run))
  if (again.digest === model.digest) return again
  again.place.close()
  // Nobody has judged what it is now.
  await run.holder.hold(again)
  throw new FileChangedError(model.root, 'was changed while it was held')
}

function optionsOf({ hashing, cwd }: GuardedRun): SubjectOptions {
  return { ...hashing, cwd }
}

/** The exit code of models that may not start: refused, if time does not help one of them. */
export function exitOfRefusal(models: readonly JudgedModel[]): number {
  const isRefused = models.some((judged) => !starts(judged) && judged.decision.outcome === 'refused')
  return isRefused ? GUARD_EXIT.refused : GUARD_EXIT.held
}

/** Hashes a model; one that is held was hashed when it was taken, and nobody could write to it since without its identity changing. */
async function openOrHeld(run: GuardedRun, model: CommandModel): Promise<OpenedModel> {
  const { cwd } = run
  const { env, cache } = run.hashing
  const path = isPlaceReference(model.reference, env) ? undefined : resolve(cwd, model.reference)
  if (path !== undefined) {
    // To hash all files again is to look at what is held too.
    const held = cache === false ? undefined : await openHeld(run, model, path)
    if (held !== undefined) return held
    // A held model of which this is not known has to be given back to be hashed; it is judged before anything starts.
    if (await run.holder.isHeld(path)) await run.holder.releaseAt(path)
  }
  try {
    const opened = await openPinned(model, optionsOf(run))
    run.gate.folder.write(tensorsName(opened.digest), { version: 1, tensors: opened.tensors })
    return opened
  } catch (error) {
    // Another guard may have held it while it was being hashed.
    const held = path === undefined ? undefined : await openHeld(run, model, path)
    if (held === undefined) throw error
    return held
  }
}

/** A model that is held, of which all is known that is asked of a start. */
async function openHeld(run: GuardedRun, model: CommandModel, path: string): Promise<OpenedModel | undefined> {
  const held = await run.holder.held(path)
  const known = held && (run.gate.folder.read(tensorsName(held.digest)) as { tensors?: unknown } | undefined)
  if (held === undefined || known === undefined) return undefined
  const tensors = typeof known.tensors === 'string' ? (known.tensors as OpenedModel['digest']) : null
  return { ...model, ...held, tensors, notes: [] }
}

function tensorsName(digest: string): string {
  return `tensors-${digest.slice(2)}.json`
}

/** Judges models, and asks for their reviews where a key is at hand. */
async function judgeOnce(run: GuardedRun, opened: readonly OpenedModel[]): Promise<readonly JudgedModel[]> {
  let models = await judgeAll(run.gate, opened)
  if (run.override) {
    for (const judged of models) if (!starts(judged)) await run.override(judged)
    models = await judgeAll(run.gate, opened)
  }
  return (await advanceAll(run, models)) ? judgeAll(run.gate, opened) : models
}

async function judgeAll(gate: GuardGate, opened: readonly OpenedModel[]): Promise<JudgedModel[]> {
  const models: JudgedModel[] = []
  for (const each of opened) models.push(await judgeModel(gate, each))
  return models
}

async function advanceAll({ advance }: GuardedRun, models: readonly JudgedModel[]): Promise<boolean> {
  if (advance === undefined) return false
  let isDone = false
  for (const judged of models) if (!starts(judged) && (await advance(judged))) isDone = true
  return isDone
}

async function refuse(run: GuardedRun, models: readonly JudgedModel[]): Promise<NotStarted> {
  const holds = new Map<OpenedModel, HoldResult>()
  // To decide only is to touch nothing.
  if (run.command.length > 0) {
    for (const judged of models) if (!starts(judged)) holds.set(judged.opened, await holdOrTell(run, judged.opened))
  }
  return { started: false, exitCode: exitOfRefusal(models), models, holds }
}

/** Holds a model; where that is refused, as on a disk that cannot be written, its start is refused all the same. */
async function holdOrTell({ holder }: GuardedRun, opened: OpenedModel): Promise<HoldResult> {
  try {
    return await holder.hold(opened)
  } catch (error) {
    if (!(error instanceof StemmaError) || error instanceof FileChangedError) throw error
    return { place: 'own', by: 'nothing', says: [error.message] }
  }
}

type Ending = { code: number; event: Extract<GuardEvent, { event: 'stopping' }> }

async function runGuarded(run: GuardedRun, opened: readonly PinnedModel[]): Promise<number> {
  const over = new AbortController()
  const session = new GuardSession()
  const watches: FileWatch[] = []
  let running: RunningCommand | undefined
  let ending: Ending | undefined
  const end = (code: number, event: Ending['event']): void => {
    if (ending !== undefined) return
    ending = { code, event }
    run.report(event)
    running?.stop()
  }
  const admit = async (model: PinnedModel): Promise<void> => {
    // A loader that asks twice needs no second watch.
    if (session.has(model)) return model.place.close()
    watches.push(
      await run.holder.watch(model, (what) =>
        end(GUARD_EXIT.changed, { event: 'stopping', reason: 'changed', message: what, model: null }),
      ),
    )
    session.add(model)
  }
  for (const model of opened) await admit(model)
  const judgeLoad = (path: string, isAdapter: boolean): Promise<LoadAnswer> => judgeForLoad(run, path, isAdapter, admit)
  const socket = await serveGuardSocket(session, async (path) => {
    const answer = await judgeLoad(path, false)
    run.report({ event: 'load', path, loadable: answer.loadable, message: answer.loadable ? '' : answer.message })
    return answer
  })
  try {
    const adapters = await watchAdapters(run.adapterFolders, {
      session,
      holder: run.holder,
      judge: (path) => judgeLoad(path, true),
      againMilliseconds: ADAPTER_POLLS * run.pollMilliseconds,
      report: run.report,
      signal: over.signal,
      hashing: { ...run.hashing, cwd: run.cwd },
    })
    const wrapper = await run.holder.view(opened)
    run.report({ event: 'environment', changes: run.environment.changes })
    if (ending === undefined) {
      run.signal.throwIfAborted()
      run.onStart()
      running = await runCommand(run.command, {
        cwd: run.cwd,
        env: { ...run.environment.env, [GUARD_SOCKET]: socket.path },
        graceSeconds: run.graceSeconds,
        ...(wrapper && { wrapper }),
        mark: GUARD_SOCKET,
      })
      await Promise.all(watches.map((watch) => watch.check()))
      run.report({ event: 'started', pid: running.pid, integrity: weakest(watches), view: wrapper !== undefined })
      // A file may have changed while the command was being started.
      if (ending !== undefined) running.stop()
    }
    const watching = watchStanding(run.gate, () => session.models, {
      signal: over.signal,
      pollMilliseconds: run.pollMilliseconds,
    }).then((found) => {
      if (found?.kind === 'withdrawn') {
        const message = found.model.decision.missing.map(({ what }) => what).join(' ')
        end(GUARD_EXIT.refused, { event: 'stopping', reason: 'withdrawn', message, model: found.model })
      } else if (found) {
        end(GUARD_EXIT.unreachable, {
          event: 'stopping',
          reason: 'unreachable',
          message: found.error.message,
          model: null,
        })
      }
    })
    const how = await running?.ended
    over.abort()
    await Promise.all([watching, adapters.done])
    const changed = await stopWatches(watches)
    if (changed !== null)
      end(GUARD_EXIT.changed, { event: 'stopping', reason: 'changed', message: changed, model: null })
    const exitCode = (ending as Ending | undefined)?.code ?? (how ? exitCodeOf(how) : GUARD_EXIT.changed)
    run.report({ event: 'ended', exitCode, left: how?.left ?? 0 })
    return exitCode
  } finally {
    over.abort()
    await stopWatches(watches)
    await socket.close()
  }
}

async function stopWatches(watches: FileWatch[]): Promise<string | null> {
  const found = await Promise.all(watches.splice(0).map((watch) => watch.stop()))
  return found.find((what) => what !== null) ?? null
}

/** Judges what a loader wants to load now, and from then on watches it. */
async function judgeForLoad(
  run: GuardedRun,
  path: string,
  isAdapter: boolean,
  admit: (model: PinnedModel) => Promise<void>,
): Promise<LoadAnswer> {
  try {
    const held = await openHeld(run, { reference: path, isAdapter }, path)
    const opened = held ?? (await openPinned({ reference: path, isAdapter }, optionsOf(run)))
    try {
      const answer = answerOf(await judgeModel(run.gate, opened))
      if (!answer.loadable) opened.place?.close()
      else await admit((await givenBack(run, opened)) ?? (await hashedAgain(run, opened)))
      return answer
    } catch (error) {
      opened.place?.close()
      throw error
    }
  } catch (error) {
    if (!(error instanceof StemmaError)) throw error
    return { loadable: false, code: error.code, message: error.message, missing: [] }
  }
}

/** How strong the check of all files is: as strong as that of the weakest. */
function weakest(watches: readonly FileWatch[]): Integrity {
  const order: readonly Integrity[] = ['stat', 'lease', 'verity']
  return order[Math.min(...watches.map(({ integrity }) => order.indexOf(integrity)))] ?? 'stat'
}
