import { appendFileSync } from 'node:fs'
import { resolve } from 'node:path'

import type { Context } from '../console/context.ts'
import { note, toJson, UsageError } from '../console/context.ts'
import { FileError, pathOf, readJsonFile } from '../console/files.ts'
import { defaultCachePath } from '../artifacts/digestCache.ts'
import { StemmaError } from '../core/errors.ts'
import type { Deployment } from '../core/deployment.ts'
import { parseAddress, parseModelId, type Address } from '../core/hex.ts'
import { parseRight, type Right } from '../core/vocabulary.ts'
import { locateDeployment } from '../deployments/deploymentFiles.ts'
import { listTrustedPublishers } from '../deployments/trustedPublishers.ts'
import { modelsInCommand, namedByOptions, type CommandModel } from '../guard/commandModels.ts'
import type { GuardedRun, GuardEvent } from '../guard/startGuarded.ts'
import type { GuardGate, JudgedModel } from '../guard/judgeModel.ts'
import { loaderEnvironment } from '../guard/loaderEnvironment.ts'
import { localHolder } from '../guard/localHolder.ts'
import type { ProvenLedger } from '../guard/readBundled.ts'
import { reportedEvent } from '../guard/reportModels.ts'
import { defaultStateFolder, StateFolder } from '../guard/stateFolder.ts'
import { LedgerAwayError } from '../guard/watchStanding.ts'
import type { Ledger } from '../sdk/connect.ts'
import { isPlaceReference } from '../subjects/openSubject.ts'
import type { TrustPolicy } from '../verify/policy.ts'
import { factsOf, type FactOptions } from './facts.ts'
import { ownAccounts } from './ownAccounts.ts'
import type { SignOptions } from './open.ts'
import { durationOf } from './times.ts'

/** The options of `stemma guard run`. */
export type GuardOptions = SignOptions &
  FactOptions & {
    model: string[]
    use?: string
    policy?: string
    registration?: string
    licensee?: string
    adapters: string[]
    check?: boolean
    wait?: boolean
    uri?: string
    request: boolean
    move?: boolean
    rehash?: boolean
    maxAge?: string
    bundle?: string
    trustedBlock?: string
    checkpoint?: string
    grace?: string
    override?: string
    digestPrefix?: string
    overrideFor: string
    report?: string
    proofs: boolean
    ignore: string[]
  }

/** What models are loaded for, where nobody says so: the most that people do with a model of their own, so that no permission is assumed. */
const USUAL_USES: readonly Right[] = ['commercial']
const GRACE_SECONDS = 30
const POLL_MILLISECONDS = { local: 250, remote: 2000 }

/** Reads the arguments of `stemma guard run`, and asks no node yet. @throws {@link UsageError} and what each file throws */
export async function readGuardArguments(
  context: Context,
  command: readonly string[],
  options: GuardOptions,
  onEvent: (event: GuardEvent) => void,
): Promise<{ run: GuardedRun; close: () => void }> {
  const { signal, release } = untilStart(context.signal)
  // Once the command runs, a signal is the command's, which may bear it: the guard goes on asking and watching.
  context.signal = signal
  const { env, cwd } = context
  await checkBundle(options)
  const policy = await policyOf(context, options)
  const guard = policy.guard ?? {}
  const uses =
    options.use === undefined
      ? (guard.uses ?? USUAL_USES)
      : [...new Set(options.use.split(',').map((right) => parseRight(right.trim())))]
  const graceSeconds = options.grace === undefined ? (guard.graceSeconds ?? GRACE_SECONDS) : durationOf(options.grace)
  const overriding = overrideOf(options)
  const models = modelsOf(options, command, context)
  const facts = await factsOf(options, context)
  const { deployment } = await locateDeployment(options.deployment, { env, cwd })
  const ledger = lazyLedger(context, options)
  const folder = new StateFolder(defaultStateFolder(env))
  const listed = await listTrustedPublishers({ env, cwd }, deployment)
  const gate: GuardGate = {
    deployment,
    ledger: hasNode(options, deployment, env) ? ledger.open : () => Promise.reject(new LedgerAwayError()),
    question: {
      uses,
      policy,
      facts,
      trusted: policy.trustedPublishers ?? listed.map(({ publisher }) => publisher),
      own: await ownAccounts(context, options.from),
      ...(options.registration !== undefined && { registration: parseModelId(options.registration) }),
      ...(options.proofs && { prove: lazyProver(context, ledger.open) }),
    },
    folder,
    ...(options.bundle !== undefined && { bundle: lazyBundle(context, options, policy) }),
    now: () => Math.floor(context.now() / 1000),
    maxClearanceAge: options.maxAge === undefined ? guard.maxClearanceAgeSeconds : durationOf(options.maxAge),
  }
  const report = reporterOf(context, options)
  const hasKey = Boolean(env.STEMMA_PRIVATE_KEY || env.STEMMA_KEYSTORE || options.from)
  const run: GuardedRun = {
    gate,
    models,
    command: options.check ? [] : command,
    adapterFolders: [...options.adapters, ...(guard.adapterFolders ?? [])],
    cwd,
    environment: loaderEnvironment(env, guard.environment),
    hashing: {
      cwd,
      env,
      now: context.now,
      signal: context.signal,
      cache: options.rehash ? false : defaultCachePath(env),
      ignore: options.ignore,
      onNote: (message) => note(context, message),
    },
    holder: await localHolder({ move: options.move ?? false, env, signal: context.signal }),
    graceSeconds,
    pollMilliseconds: isLocal(options, env) ? POLL_MILLISECONDS.local : POLL_MILLISECONDS.remote,
    signal,
    onStart: () => {
      release()
      // The command ends in its own time, and the guard after it.
      context.allow?.(2 ** 31 - 1)
    },
    wait: options.wait ?? false,
    report: (event) => {
      report(event)
      onEvent(event)
    },
    ...(hasKey && options.request && !options.check && { advance: advancer(context, options) }),
    ...(overriding && { override: signer(context, gate, overriding) }),
  }
  return { run, close: ledger.close }
}

/** The models that the user named and that options of the command name; without the first, those among the arguments. */
function modelsOf({ model, check }: GuardOptions, command: readonly string[], { cwd, env }: Context): CommandModel[] {
  if (model.length === 0) return [...modelsInCommand(check ? ['', ...command] : command, cwd)]
  const paths = model.filter((reference) => !isPlaceReference(reference, env)).map((path) => resolve(cwd, path))
  return [
    ...model.map((reference) => ({ reference, isAdapter: false })),
    ...(command.length === 0 ? [] : namedByOptions(command, paths, cwd)),
  ]
}

/** A signal that is aborted with another one until it is released. */
function untilStart(outer: AbortSignal): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController()
  const abort = (): void => controller.abort(outer.reason)
  if (outer.aborted) abort()
  outer.addEventListener('abort', abort, { once: true })
  return { signal: controller.signal, release: () => outer.removeEventListener('abort', abort) }
}

async function checkBundle({ rpc: _, ...options }: GuardOptions): Promise<void> {
  const { bundle, trustedBlock, checkpoint } = options
  if (bundle === undefined && trustedBlock === undefined && checkpoint === undefined) return
  const { checkBundleOptions } = await import('./bundle.ts')
  checkBundleOptions(options)
}

async function policyOf(context: Context, options: GuardOptions): Promise<TrustPolicy> {
  const licensee = options.licensee === undefined ? {} : { licensee: parseAddress(options.licensee.toLowerCase()) }
  if (options.policy === undefined) return licensee
  const { parsePolicy } = await import('../verify/policy.ts')
  return { ...parsePolicy(await readJsonFile(context, options.policy)), ...licensee }
}

type Overriding = { reason: string; digestPrefix: string | undefined; seconds: number }

function overrideOf({ override, digestPrefix, overrideFor }: GuardOptions): Overriding | undefined {
  if (override !== undefined) return { reason: override, digestPrefix, seconds: durationOf(overrideFor) }
  if (digestPrefix !== undefined)
    throw new UsageError('--digest-prefix belongs to --override. Add --override "reason".')
  return undefined
}

/** The ledger, opened when it is first asked, and again after a failure. */
function lazyLedger(context: Context, options: GuardOptions): { open: () => Promise<Ledger>; close: () => void } {
  let opening: Promise<{ ledger: Ledger; close: () => void }> | undefined
  return {
    open: async () => {
      opening ??= import('./open.ts').then(({ openReading }) => openReading(context, options))
      try {
        return (await opening).ledger
      } catch (error) {
        opening = undefined
        throw error
      }
    },
    close: () => void opening?.then(({ close }) => close()).catch(() => {}),
  }
}

/** Whether a node is named. With a bundle, none need be; without one, its absence is a mistake of the user. */
function hasNode({ bundle, rpc }: GuardOptions, { rpcUrl }: Deployment, env: NodeJS.ProcessEnv): boolean {
  return bundle === undefined || rpc !== undefined || Boolean(env.STEMMA_RPC_URL || rpcUrl)
}

/** The bundle that stands for the ledger, opened and proved when it is first needed. */
function lazyBundle(context: Context, options: GuardOptions, policy: TrustPolicy): () => Promise<ProvenLedger> {
  let opening: Promise<ProvenLedger> | undefined
  return () =>
    (opening ??= import('./bundle.ts').then(async ({ openBundleFile }) => {
      const { rpc: _, ...offline } = options
      return (await openBundleFile(context, offline, policy)).open
    }))
}

function lazyProver(
  context: Context,
  open: () => Promise<Ledger>,
): (uris: readonly string[]) => Promise<ReadonlyMap<string, Address>> {
  return async (uris) => {
    const { pinnedProver } = await import('./pinnedProver.ts')
    return pinnedProver(context, await open())(uris)
  }
}

function advancer(context: Context, options: GuardOptions): (judged: JudgedModel) => Promise<boolean> {
  return async (judged) => {
    const { advanceReview, nextStepOf } = await import('../guard/advanceReview.ts')
    if (nextStepOf(judged) === null) return false
    const { sign } = await import('./open.ts')
    const { uri = '' } = options
    try {
      await sign(context, options, (ledger) => advanceReview(ledger, judged, { uri, signal: context.signal }))
      return true
    } catch (error) {
      if (!(error instanceof StemmaError)) throw error
      note(context, `The review was not advanced: ${error.message}`)
      return false
    }
  }
}

function signer(context: Context, gate: GuardGate, overriding: Overriding): (judged: JudgedModel) => Promise<void> {
  return async ({ opened, decision, standing, time }) => {
    const [{ signOverride }, { findKey, MissingKeyError }] = await Promise.all([
      import('../guard/overrides.ts'),
      import('../console/key.ts'),
    ])
    const { STEMMA_PRIVATE_KEY, STEMMA_KEYSTORE } = context.env
    if (!STEMMA_PRIVATE_KEY && !STEMMA_KEYSTORE) throw new MissingKeyError('')
    const typed = context.terminal?.askSecret
    const question = `Weights ${opened.digest}. First 8 hex digits after 0x, to confirm: `
    await signOverride(gate.folder, await findKey(context), {
      weights: opened.digest,
      deployment: gate.deployment,
      decision,
      policy: gate.question.policy.guard ?? {},
      reason: overriding.reason,
      digestPrefix: overriding.digestPrefix ?? (await typed?.(question)),
      now: standing === null ? Math.max(gate.now(), time) : time,
      seconds: overriding.seconds,
    })
  }
}

function reporterOf(context: Context, { report }: GuardOptions): (event: GuardEvent) => void {
  if (report === undefined) return () => {}
  const path = pathOf(context, report)
  let isStarted = false
  return (event) => {
    isStarted ||= event.event === 'started'
    const at = new Date(context.now()).toISOString()
    try {
      appendFileSync(path, `${toJson({ at, ...reportedEvent(event) }, 0)}\n`, { mode: 0o600 })
    } catch (cause) {
      const error = new FileError(report, 'written', cause)
      // A full disk must not end the guard of a command that runs.
      if (!isStarted) throw error
      note(context, error.message)
    }
  }
}

function isLocal({ rpc }: GuardOptions, env: NodeJS.ProcessEnv): boolean {
  const urls = rpc ?? [env.STEMMA_RPC_URL ?? '']
  return urls.every((url) => url === '' || /^\w+:\/\/(localhost|127\.|\[::1\])/.test(url))
}
