/**
 * Plays the Composer 2 case (DESIGN section 1) on a local ledger, command by command as a person would type them: a commercial
 * model made of Kimi K2.5 and registered without a credential, two forks under "MIT code", a credential granted and revoked,
 * and at each step the answer of `stemma verify` to the publisher, to a downstream user and to a fork. Played for both readings
 * of K2.5's license. What is printed after `$` is what is run.
 */
import { join } from 'node:path'

import type { JsonRpcProvider } from 'ethers'

import { EXIT } from '../src/cli/context.ts'
import { runCli } from '../src/cli/run.ts'
import type { Deployment } from '../src/core/deployment.ts'
import { parseAddress, type Address, type ModelId } from '../src/core/hex.ts'
import type { Right } from '../src/core/vocabulary.ts'
import { openLedger } from '../src/sdk/connect.ts'
import { readModel } from '../src/sdk/readModel.ts'
import type { Report } from '../src/verify/verify.ts'

const ROOT = join(import.meta.dirname, '..')
const CASE = 'examples/composer-2'
const TIER = 'Commercial Fine-Tuning'
/** The publisher's revenue, as reported in 2026, against the threshold of 20 million in K2.5's license. */
const PUBLISHER = ['--fact', 'monthlyRevenueUsd=167000000', '--fact', 'monthlyActiveUsers=1000000']
const SMALL = ['--fact', 'monthlyRevenueUsd=50000', '--fact', 'monthlyActiveUsers=2000']

/** The accounts of the people in the play. */
type Cast = Record<'kimi' | 'anysphere' | 'forkA' | 'forkB' | 'user', Address>

/** What one question was answered, for whoever wants to check the play. */
export type Answer = { reading: string; act: string; who: string; use: Right; report: Report }

/** What was typed, and what came of it. */
export type Played = { command: string; code: number; output: string }

/** The state of a reading of the license while it is played. */
type Stage = {
  cast: Cast
  /** Kimi K2.5 by this reading. */
  kimi: ModelId
  /** What the acts have made so far, by the names that they give it. */
  made: Map<string, string>
  /** Runs a command as one of the cast, expects success, and returns the id that it prints after a word, such as `model`. */
  type: (as: keyof Cast, args: readonly string[], word?: string) => Promise<string>
}

/** One step of the case, after which everybody asks again. */
type Act = { title: string; play: (stage: Stage) => Promise<void> }

const ACTS: readonly Act[] = [
  {
    title: 'Composer 2 is registered as made from K2.5 by reinforcement learning, without a credential',
    async play({ kimi, made, type }) {
      const k25 = ['--parent', `moonshotai/Kimi-K2.5=${kimi}`]
      const composer = await type('anysphere', ['register', `${CASE}/anysphere__Composer-2`, ...k25], 'model')
      const parents = ['--parent', `anysphere/Composer-2=${composer}`]
      made.set('composer', composer)
      made.set('forkA', await type('forkA', ['register', `${CASE}/fork-a__composer-2-open`, ...parents], 'model'))
      made.set('forkB', await type('forkB', ['register', `${CASE}/fork-b__k2p5-coder-mit`, ...k25], 'model'))
    },
  },
  {
    title: "K2.5's publisher grants Commercial Fine-Tuning to Composer 2's publisher",
    async play({ cast, kimi, made, type }) {
      const terms = ['--terms', 'stemma-commercial-fine-tuning', '--pass-through', 'commercial,host']
      await type('kimi', ['tier', 'offer', kimi, ...terms, '--name', TIER, '--max-duration', '365d'], 'tier')
      const grant = ['grant', kimi, TIER, cast.anysphere, '--until', '180d']
      made.set('credential', await type('kimi', grant, 'credential'))
    },
  },
  {
    title: 'The credential is revoked',
    async play({ made, type }) {
      await type('kimi', ['revoke', made.get('credential')!, '--reason', 'the terms of the agreement were not kept'])
    },
  },
]

/** Who asks after each act, about what, and what it says of itself. */
const QUESTIONS: readonly { who: string; about: string; use: Right; as: keyof Cast; facts: readonly string[] }[] = [
  { who: "Composer 2's publisher", about: 'composer', use: 'commercial', as: 'anysphere', facts: PUBLISHER },
  { who: 'a downstream user of Composer 2', about: 'composer', use: 'commercial', as: 'user', facts: SMALL },
  { who: 'a user of the fork of Composer 2', about: 'forkA', use: 'redistribute', as: 'user', facts: SMALL },
  { who: 'a user of the fork of K2.5', about: 'forkB', use: 'redistribute', as: 'user', facts: SMALL },
]

/** Plays the case and tells it line by line. `kimi` is the registered Kimi K2.5, by its modified MIT. */
export async function playComposer2(
  provider: JsonRpcProvider,
  deployment: Deployment,
  kimi: ModelId,
  say: (line: string) => void,
): Promise<{ answers: Answer[]; played: Played[] }> {
  const accounts = (await provider.listAccounts()).map(({ address }) => parseAddress(address))
  const { registration } = await readModel(openLedger(provider, deployment), { model: kimi })
  const [, anysphere, forkA, forkB, user] = accounts as [Address, Address, Address, Address, Address]
  if (!accounts.includes(registration.publisher)) {
    throw new Error(`The node does not manage the account of Kimi's publisher, ${registration.publisher}.`)
  }
  const cast: Cast = { kimi: registration.publisher, anysphere, forkA, forkB, user }
  const played: Played[] = []
  const answers: Answer[] = []

  const run = async (args: readonly string[]): Promise<Played> => {
    const command = ['stemma', ...args].map(quotedForShell).join(' ')
    say(`\n$ ${command}`)
    const done = { command, ...(await runQuietly(args, deployment)) }
    for (const line of done.output.trimEnd().split('\n')) say(`  ${line}`.trimEnd())
    played.push(done)
    return done
  }
  const type: Stage['type'] = async (as, args, word) => {
    const { command, code, output } = await run([...args, '--from', cast[as]])
    const id = word === undefined ? '' : new RegExp(`^${word} (0x[0-9a-f]{64})$`, 'm').exec(output)?.[1]
    if (code !== EXIT.ok || id === undefined) throw new Error(`The play stops, as a command failed: ${command}`)
    return id
  }

  const playReading = async (reading: string, model: ModelId): Promise<void> => {
    const stage: Stage = { cast, kimi: model, made: new Map(), type }
    for (const { title, play } of ACTS) {
      say(`\n-- ${title}`)
      await play(stage)
      for (const { who, about, use, as, facts } of QUESTIONS) {
        say(`\nMay ${who} use it for "${use}"?`)
        const args = ['verify', stage.made.get(about)!, '--use', use, '--licensee', cast[as], ...facts]
        await run(args)
        const { output } = await runQuietly([...args, '--json'], deployment)
        answers.push({ reading, act: title, who, use, report: JSON.parse(output) as Report })
      }
    }
  }

  const published = 'K2.5 under its modified MIT, as published'
  say(`\n== ${published}`)
  await playReading(published, kimi)
  const research = 'K2.5 for research only, as the press read it'
  say(`\n== ${research}`)
  const draft = `${CASE}/moonshotai__Kimi-K2.5-research-reading`
  await playReading(research, (await type('kimi', ['register', draft], 'model')) as ModelId)
  return { answers, played }
}

/** Runs a command of the program in this process, from the root of the repository. */
async function runQuietly(args: readonly string[], deployment: Deployment): Promise<{ code: number; output: string }> {
  let output = ''
  const write = (text: string): void => void (output += text)
  const code = await runCli(args, {
    stdout: write,
    stderr: write,
    env: { ...process.env, STEMMA_DEPLOYMENT: deployment.name, STEMMA_RPC_URL: deployment.rpcUrl },
    cwd: ROOT,
    now: Date.now,
    signal: new AbortController().signal,
  })
  return { code, output }
}

/** A word as a person would type it in a shell. */
function quotedForShell(word: string): string {
  return /^[\w./:=,@-]+$/.test(word) ? word : `"${word}"`
}
