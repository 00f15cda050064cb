/**
 * `npm run play`: plays the Composer 2 case (DESIGN section 1) command by command, as a person would type them, on the days on which it
 * happened. A commercial model is registered without its parent, Kimi K2.5. A claim with the public evidence follows, and the publisher
 * acknowledges it. A hosting company and the publisher get credentials, one of them by a private agreement. The next version names its
 * parent, a successor claims to be from scratch, and a revocation ends what was issued under a credential. The gate refuses a side-loaded
 * fork. At each step `stemma verify` answers the publisher, a downstream user and the users of the forks; at the end it answers once more
 * for each day, as the ledger stood then. The case is played for K2.5's license as it is, and for what if it were for research only. What is printed after `$` is
 * what runs. `examples/composer-2/README.md` says what is known, from where, and what is invented.
 *
 * The play has a chain of its own, on a free port and in this process alone, so that it can set the clock. It leaves nothing behind.
 *
 * Then it plays a side-loaded fork, on another such chain: scripts/playSideLoaded.ts says more.
 *
 * With --gateway it plays something else: a customer obtains a credential of a model that is served behind `stemma-server gateway`, calls it by curl,
 * and is refused once the publisher has revoked the credential. scripts/playGateway.ts says more.
 *
 * Usage: npm run play -- [--gateway [--engine]]
 *   --gateway   play the gateway, before a built-in upstream without a model
 *   --engine    a real engine instead: llama.cpp with random weights, which npm installs into .stemma/engine
 */
import { readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

import { Contract } from 'ethers'

import { accessManagerAbi } from '../src/abi/accessManager.ts'
import { EXIT } from '../src/console/context.ts'
import { parseModelId, type Hex, type ModelId } from '../src/core/hex.ts'
import { ROLES } from '../src/core/roles.ts'
import { openLedger } from '../src/sdk/connect.ts'
import { readReview } from '../src/sdk/gate/readReview.ts'
import { readModel } from '../src/sdk/registry/readModel.ts'
import { waitForTransaction } from '../src/sdk/waitForTransaction.ts'
import type { Report } from '../src/core/report.ts'
import type { AccessManager } from '../typechain-types/index.ts'
import { readAccounts } from './local/accounts.ts'
import { accredit } from './local/accredit.ts'
import { QUESTIONS, READINGS, SALE, type Act, type CaseQuestion, type Stage } from './local/composerActs.ts'
import { withOwnChain, type OwnChain } from './local/ownChain.ts'
import { publishExamples } from './local/publishExamples.ts'
import { exitForUsage, readOptions } from './options.ts'
import { playGateway } from './playGateway.ts'
import { playSideLoaded } from './playSideLoaded.ts'
import { isProgram, runScript } from './run.ts'

const ROOT = join(import.meta.dirname, '..')
/** The day before the first act, on which the chain starts. */
const START = Date.UTC(2026, 2, 18) / 1000
const KIMI = 'moonshotai/Kimi-K2.5'

/** The answer to one question, for a test of the play. */
export type PlayedAnswer = { reading: string; act: string; day: string; about: string; who: string; report: Report }

/** A command and its outcome. */
export type PlayedCommand = { command: string; code: number; output: string }

/** What `verify` answered about the sale of Composer 2 at the end of a day: on the day itself, and when asked later with `--at`. */
export type PlayedDay = { reading: string; day: string; onTheDay: Report; later: Report }

/** What the play did: each answer of `verify`, the answers by day, and each command. */
export type Play = { answers: PlayedAnswer[]; days: PlayedDay[]; played: PlayedCommand[] }

/** Plays the Composer 2 case and the side-loaded fork, each on a chain of its own. `print` receives the play line by line. */
export async function playAll(print: (line: string) => void): Promise<void> {
  await playOnOwnChain(print)
  print('\n== A side-loaded fork')
  await playSideLoaded(print)
}

/** Starts a chain, publishes what the case needs, plays the case, and ends the chain. `print` receives the play line by line. */
export async function playOnOwnChain(print: (line: string) => void): Promise<Play> {
  return withOwnChain(START, async (chain) => {
    const { provider, deployment } = chain
    const { models } = await publishExamples(provider, deployment, {
      folder: join(ROOT, 'examples/models'),
      only: [KIMI],
    })
    return playComposer2(chain, models.get(KIMI)!, print)
  })
}

async function playComposer2(chain: OwnChain, kimi: ModelId, print: (line: string) => void): Promise<Play> {
  const { provider, deployment, folder } = chain
  const ledger = openLedger(provider, deployment)
  const { registration } = await readModel(ledger, { model: kimi })
  const accounts = await readAccounts(provider)
  const cast = { kimi: registration.publisher, ...accounts.case, ...accounts.others }
  await accredit(provider, deployment, [cast.anysphere, cast.forkA, cast.forkB])
  const manager = new Contract(deployment.contracts.manager, accessManagerAbi, await provider.getSigner(0))
  for (const scanner of [cast.scannerA, cast.scannerB]) {
    const { hash } = await (manager as unknown as AccessManager).grantRole(ROLES.scanner, scanner, 0)
    await waitForTransaction(ledger, { transaction: hash as Hex })
    print(`The administrator makes ${scanner} a scanner, by the AccessManager.`)
  }
  const played: PlayedCommand[] = []
  const answers: PlayedAnswer[] = []
  const days: PlayedDay[] = []

  const run = async (args: readonly string[]): Promise<PlayedCommand> => {
    const command = ['stemma', ...args].map(quotedForShell).join(' ')
    print(`\n$ ${command}`)
    const { code, output } = await chain.stemma(args)
    const done = { command, code, output }
    for (const line of done.output.trimEnd().split('\n')) print(`  ${line}`.trimEnd())
    played.push(done)
    return done
  }
  const type: Stage['type'] = async (as, args, word) => {
    const { command, code, output } = await run([...args, '--from', cast[as]])
    const id = word === undefined ? '' : new RegExp(`^${word} (0x[0-9a-f]{64})$`, 'm').exec(output)?.[1]
    if (code !== EXIT.ok || id === undefined)
      throw new Error(`The play stops, as a command failed: ${command}\n${output}`)
    return id
  }
  const look: Stage['look'] = async (args) => {
    const { command, code, output } = await run(args)
    if (code > EXIT.finding) throw new Error(`The play stops, as a command failed: ${command}\n${output}`)
  }
  const stageOf = (model: ModelId): Stage => ({
    cast,
    kimi: model,
    folder,
    made: new Map(),
    type,
    look,
    async draftWithMethod(source, method) {
      const file = join(folder, `${basename(source)}.${model.slice(2, 10)}.json`)
      await look(['draft', source, '--output', file])
      const draft: object = JSON.parse(await readFile(file, 'utf8'))
      await writeFile(
        file,
        JSON.stringify({ ...draft, method: JSON.parse(await readFile(join(ROOT, method), 'utf8')) }),
      )
      print(`  (The training description of ${method} goes into the draft, as its "method".)`)
      return file
    },
    async passReview(subject) {
      const { timeLeft, blocksLeft } = await readReview(ledger, { subject: parseModelId(subject) })
      await provider.send('evm_increaseTime', [timeLeft])
      // One by one: of blocks that hardhat_mine makes at once, each does not name the one before it as its parent.
      for (let mined = 0; mined < Math.max(blocksLeft, 1); mined++) await provider.send('evm_mine', [])
      print(
        `\n(The play does not wait: it moves the clock of its own chain by ${timeLeft} seconds, and mines ${blocksLeft}`,
      )
      print('blocks. On a chain that others use, nobody can do that.)')
    },
  })
  /** Asks a question, and once more for its report. `aloud` says whether the command and its output are part of the play. */
  const ask = async (
    stage: Stage,
    question: CaseQuestion,
    more: readonly string[],
    aloud: boolean,
  ): Promise<Report> => {
    const args = verifyArguments(stage, question)
    if (aloud) {
      print(`\nMay ${question.who} use it for "${question.use}"?`)
      await run([...args, ...more])
    }
    return JSON.parse((await chain.stemma([...args, ...more, '--json'])).stdout) as Report
  }

  const playReading = async (reading: string, acts: readonly Act[], stage: Stage): Promise<void> => {
    const byDay = new Map<string, Report>()
    for (const { day, title, asked, play } of acts) {
      await chain.moveTo(noonOf(day))
      print(`\n-- ${day}: ${title}`)
      await play(stage)
      for (const question of QUESTIONS) {
        const { about, who } = question
        if (!stage.made.has(about) || (asked && !asked.includes(about))) continue
        answers.push({ reading, act: title, day, about, who, report: await ask(stage, question, [], true) })
      }
      byDay.set(day, await ask(stage, SALE, [], false))
    }
    print('\n-- Asked later: the answer of each day, as the ledger stood then')
    for (const [day, report] of byDay) {
      const later = await ask(stage, SALE, ['--at', `${day}T23:59`], false)
      print(
        `  verify --at ${day}T23:59: ${later.verdict}, by block ${later.block}; on the day itself: ${report.verdict}`,
      )
      days.push({ reading, day, onTheDay: report, later })
    }
  }

  const { published, whatIf } = READINGS
  const bringBack = await chain.remember()
  print(`\n== ${published.reading}`)
  await playReading(published.reading, published.acts, stageOf(kimi))
  await bringBack()
  print(`\n== ${whatIf.reading}`)
  print('The chain is brought back to its first day, and everything is played once more.')
  const draft = 'examples/composer-2/moonshotai__Kimi-K2.5-research-what-if'
  const kimiForResearch = parseModelId(await type('kimi', ['register', draft], 'model'))
  await playReading(whatIf.reading, whatIf.acts, stageOf(kimiForResearch))
  return { answers, days, played }
}

function verifyArguments({ made, cast }: Stage, { about, use, as, facts }: CaseQuestion): string[] {
  return ['verify', made.get(about)!, '--use', use, '--licensee', cast[as], ...facts]
}

function noonOf(day: string): number {
  return Date.parse(`${day}T12:00:00Z`) / 1000
}

/** A word as a person would type it in a shell. */
function quotedForShell(word: string): string {
  return /^[\w./:=,@-]+$/.test(word) ? word : `"${word}"`
}

if (isProgram(import.meta.filename)) {
  const { gateway, engine } = readOptions({
    gateway: { type: 'boolean', default: false },
    engine: { type: 'boolean', default: false },
  }).values
  if (engine && !gateway) exitForUsage('--engine needs --gateway.')
  const print = (line: string): void => console.log(line)
  await runScript(async () => void (await (gateway ? playGateway(engine, print) : playAll(print))))
}
