import { lstatSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'

import { UsageError } from '../console/context.ts'
import { quoted } from '../core/text.ts'

/** From which verdict on a step fails, from the most lenient to the strictest. */
export const FAIL_ON = ['never', 'not-permitted', 'unknown', 'conditional'] as const
/** A member of {@link FAIL_ON}. */
export type FailOn = (typeof FAIL_ON)[number]

/** Inputs that are options of a command, by the option that each becomes. */
const OPTIONS = {
  use: '--use',
  facts: '--facts',
  policy: '--policy',
  licensee: '--licensee',
  deployment: '--deployment',
  'rpc-url': '--rpc',
  'max-age': '--max-age',
  bundle: '--bundle',
  'trusted-block': '--trusted-block',
  checkpoint: '--checkpoint',
  signature: '--signature',
  key: '--key',
  identity: '--identity',
  issuer: '--issuer',
  'trusted-root': '--trusted-root',
} as const

/** Inputs that are options which may be repeated, one a line. */
const LINES = { fact: '--fact', ca: '--ca' } as const

/** Options of `stemma verify` that `stemma lock check` does not have. */
const ONLY_OF_VERIFY = [
  'use',
  'bundle',
  'trusted-block',
  'checkpoint',
  'signature',
  'key',
  'ca',
  'identity',
  'issuer',
  'trusted-root',
] as const

/** What the inputs of a step ask for. */
export type Inputs = {
  /** The arguments of `stemma`, without the reports and what is asked about. */
  command: readonly string[]
  /** What is asked about. It follows `--`, so that none of it is an option. */
  subjects: readonly string[]
  failOn: FailOn
  /** Where the SARIF log goes; a temporary file when left out. */
  sarifFile: string | undefined
  /** Whether the summary of the job gets the report. */
  summary: boolean
  /** Whether findings become annotations. */
  annotations: boolean
}

/**
 * Reads the inputs of a step from its environment, in which the runner puts each as `INPUT_<NAME>`. An empty one is left out, as one that
 * an expression left empty.
 *
 * @throws {@link UsageError} naming the input
 */
export function readInputs(env: NodeJS.ProcessEnv, cwd: string): Inputs {
  const input = (name: string): string | undefined => env[`INPUT_${name.toUpperCase()}`]?.trim() || undefined
  const [lock, model, path] = [input('lock'), input('model'), input('path')]
  if ([lock, model, path].filter((each) => each !== undefined).length > 1) {
    throw new UsageError('The inputs lock, model and path exclude each other. Give one of them.')
  }
  const bundle = input('bundle')
  const isLock = model === undefined && path === undefined && (lock !== undefined || bundle === undefined)
  for (const name of ONLY_OF_VERIFY) {
    if (isLock && input(name) !== undefined) {
      throw new UsageError(
        `The input ${name} is about one model. Give model or path, and no lock: a lock file states the uses itself.`,
      )
    }
  }
  if (!isLock && bundle === undefined && input('use') === undefined) {
    throw new UsageError('The input use is missing. Say what for, as in "use: commercial".')
  }
  if (model !== undefined) checkName(model, cwd)
  const options = Object.entries(OPTIONS).flatMap(([name, option]) => {
    const value = input(name)
    return value === undefined ? [] : [`${option}=${value}`]
  })
  const repeated = Object.entries(LINES).flatMap(([name, option]) =>
    (input(name) ?? '')
      .split(/[\r\n]+/)
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .map((line) => `${option}=${line}`),
  )
  return {
    command: [
      ...(isLock ? ['lock', 'check', ...(lock === undefined ? [] : [`--lock=${lock}`])] : ['verify']),
      ...options,
      ...repeated,
    ],
    subjects: model !== undefined ? [model] : path !== undefined ? [asPath(path)] : [],
    failOn: failOnOf(input('fail-on') ?? 'unknown'),
    sarifFile: input('sarif-file'),
    summary: booleanOf('summary', input('summary') ?? 'true'),
    annotations: booleanOf('annotations', input('annotations') ?? 'true'),
  }
}

/** A change that adds a folder by the name of a model must not decide what is asked about. */
function checkName(model: string, cwd: string): void {
  try {
    lstatSync(resolve(cwd, model))
  } catch {
    return
  }
  throw new UsageError(
    `The input model ${quoted(model)} is also a path in this repository. Give path for the files there, or the id of the model.`,
  )
}

/** A path that cannot be read as a name, an id or an option. */
function asPath(path: string): string {
  return isAbsolute(path) || /^\.{1,2}([\\/]|$)/.test(path) ? path : `./${path}`
}

function failOnOf(text: string): FailOn {
  const found = FAIL_ON.find((each) => each === text)
  if (found) return found
  throw new UsageError(`Invalid input fail-on ${quoted(text)}: use one of ${FAIL_ON.join(', ')}.`)
}

/** A boolean, which the runner hands on as a text. The words are those of the core schema of YAML 1.2. */
function booleanOf(name: string, text: string): boolean {
  if (/^(true|True|TRUE)$/.test(text)) return true
  if (/^(false|False|FALSE)$/.test(text)) return false
  throw new UsageError(`Invalid input ${name} ${quoted(text)}: use true or false.`)
}
