/**
 * `npm run play`: plays the Composer 2 case (DESIGN section 1) command by command, as a person would type them. A commercial model is
 * registered without its parent, Kimi K2.5. A claim with the public evidence follows, and the publisher confirms it. Two forks
 * appear under "MIT code". A credential is granted and revoked. The gate refuses a side-loaded fork, and lets Composer 2 pass as
 * long as it has the credential. At each step `stemma verify` answers the publisher, a downstream user and the users of the forks.
 * The case is played for both readings of K2.5's license. What is printed after `$` is what runs.
 *
 * The play has a chain of its own, on a free port and in this process alone, so that it can move the clock over the day that a
 * review takes. It leaves nothing behind.
 *
 * Usage: npm run play
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Contract, JsonRpcProvider } from 'ethers'
import hre from 'hardhat'

import { accessManagerAbi } from '../src/abi/accessManager.ts'
import { runCli } from '../src/cli/run.ts'
import { EXIT } from '../src/console/context.ts'
import type { Deployment } from '../src/core/deployment.ts'
import { parseModelId, type Address, type ModelId } from '../src/core/hex.ts'
import { ROLES } from '../src/core/roles.ts'
import type { Right } from '../src/core/vocabulary.ts'
import { DEPLOYMENTS_FOLDER } from '../src/deployments/deploymentFiles.ts'
import { openLedger } from '../src/sdk/connect.ts'
import { readReview } from '../src/sdk/gate/readReview.ts'
import { readModel } from '../src/sdk/registry/readModel.ts'
import type { Report } from '../src/verify/report.ts'
import type { AccessManager } from '../typechain-types/index.ts'
import { deploy } from './deploy.ts'
import { readAccounts } from './local/accounts.ts'
import { accredit } from './local/accredit.ts'
import { publishExamples } from './local/publishExamples.ts'
import { publishLicenses } from './local/publishLicenses.ts'
import { readOptions } from './options.ts'
import { isProgram, runScript } from './run.ts'

const ROOT = join(import.meta.dirname, '..')
const CASE = 'examples/composer-2'
const TIER = 'Commercial Fine-Tuning'
/** The publisher's revenue, as reported in 2026, against the threshold of 20 million in K2.5's license. */
const PUBLISHER = ['--fact', 'monthlyRevenueUsd=167000000', '--fact', 'monthlyActiveUsers=1000000']
const SMALL = ['--fact', 'monthlyRevenueUsd=50000', '--fact', 'monthlyActiveUsers=2000']

/** The accounts of the people in the play. `scannerA` and `scannerB` are two organizations. */
type Cast = Record<'kimi' | 'anysphere' | 'forkA' | 'forkB' | 'user' | 'claimant' | 'scannerA' | 'scannerB', Address>

/** The answer to one question, for a test of the play. */
export type PlayedAnswer = { reading: string; act: string; who: string; use: Right; report: Report }

/** A command and its outcome. */
export type Played = { command: string; code: number; output: string }

/** The state of a reading of the license while it is played. */
type Stage = {
  cast: Cast
  /** Kimi K2.5 by this reading. */
  kimi: ModelId
  /** A folder for the files that the play writes. */
  folder: string
  /** What the acts have made so far, by the names that they give it. */
  made: Map<string, string>
  /** Runs a command as one of the cast, expects success, and returns the id that it prints after a word, such as `model`. */
  type: (as: keyof Cast, args: readonly string[], word?: string) => Promise<string>
  /** Runs a command that only asks. */
  look: (args: readonly string[]) => Promise<void>
  /** Gives both scanners their role. */
  nameScanners: () => Promise<void>
  /** Moves the node's clock and its blocks to the end of a model's review. */
  passReview: (model: string) => Promise<void>
}

/** One step of the case, after which those whose models are `asked` about ask again; all, unless it says who. */
type Act = { title: string; asked?: readonly string[]; play: (stage: Stage) => Promise<void> }

const REGISTERED: Act = {
  title: 'Composer 2 is registered without a word of K2.5, and two forks appear',
  async play({ kimi, made, type }) {
    const composer = await type('anysphere', ['register', `${CASE}/anysphere__Composer-2`], 'model')
    const [ofComposer, ofKimi] = [`anysphere/Composer-2=${composer}`, `moonshotai/Kimi-K2.5=${kimi}`]
    made.set('composer', composer)
    const forkA = ['register', `${CASE}/fork-a__composer-2-open`, '--parent', ofComposer]
    const forkB = ['register', `${CASE}/fork-b__k2p5-coder-mit`, '--parent', ofKimi]
    made.set('forkA', await type('forkA', forkA, 'model'))
    made.set('forkB', await type('forkB', forkB, 'model'))
  },
}

const CLAIMED: Act = {
  title: 'A third party claims that Composer 2 was made from K2.5: it answers as kimi-k2p5-rl-0317-s515-fast',
  asked: ['composer'],
  async play({ kimi, folder, made, type }) {
    const lineage = ['--parent', kimi, '--relation', 'reinforcement-learning']
    const files = ['--evidence', `${CASE}/evidence.json`, '--out', join(folder, `claim-of-${kimi.slice(2, 10)}.json`)]
    const claim = ['claim', 'file', made.get('composer')!, ...lineage, ...files]
    made.set('claim', await type('claimant', claim, 'claim'))
  },
}

const ACKNOWLEDGED: Act = {
  title: 'The publisher acknowledges the claim: "confirmed". Composer 2 is made from K2.5, without a credential',
  async play({ made, type, look }) {
    await type('anysphere', ['claim', 'acknowledge', made.get('claim')!])
    await look(['ancestry', made.get('composer')!])
  },
}

const SIDE_LOADED: Act = {
  title: 'A fork is side-loaded: frozen, scanned, quarantined',
  asked: [],
  async play({ made, type, look, nameScanners, passReview }) {
    const fork = made.get('forkA')!
    const rules = ['--ruleset', `${CASE}/rules.json`]
    await nameScanners()
    await type('user', ['review', 'request', fork])
    await look(['review', 'status', fork])
    const passed = ['--verdict', 'passed', '--report', `${CASE}/scan-fork-a-files.json`]
    const failed = ['--verdict', 'failed', '--report', `${CASE}/scan-fork-a-license.json`]
    await type('scannerA', ['review', 'scan', fork, ...passed, ...rules])
    await type('scannerB', ['review', 'scan', fork, ...failed, ...rules])
    await passReview(fork)
    await type('user', ['review', 'quarantine', fork])
    await look(['review', 'status', fork])
  },
}

const GRANTED: Act = {
  title: "K2.5's publisher grants Commercial Fine-Tuning to Composer 2's publisher",
  async play({ cast, kimi, made, type }) {
    const terms = ['--terms', 'stemma-commercial-fine-tuning', '--pass-through', 'commercial,host']
    await type('kimi', ['tier', 'offer', kimi, ...terms, '--name', TIER, '--max-duration', '365d'], 'tier')
    const grant = ['credential', 'grant', kimi, TIER, cast.anysphere, '--until', '180d']
    made.set('credential', await type('kimi', grant, 'credential'))
  },
}

/** Asks whether a small company may load Composer 2, of whose weights each reading has a registration. */
const loadOf = (composer: string): readonly string[] => [
  'review',
  'check',
  `${CASE}/anysphere__Composer-2`,
  '--use',
  'commercial',
  '--model',
  composer,
  ...SMALL,
]

const CLEARED: Act = {
  title: 'With the credential, Composer 2 passes its review, and may be loaded',
  asked: [],
  async play({ made, type, look, passReview }) {
    const composer = made.get('composer')!
    const scan = ['--verdict', 'passed', '--report', `${CASE}/scan-composer-2.json`, '--ruleset', `${CASE}/rules.json`]
    await type('anysphere', ['review', 'request', composer])
    for (const scanner of ['scannerA', 'scannerB'] as const) await type(scanner, ['review', 'scan', composer, ...scan])
    await passReview(composer)
    await type('user', ['review', 'clear', composer])
    await look(loadOf(composer))
  },
}

const REVOKED: Act = {
  title: 'The credential is revoked',
  async play({ made, type }) {
    await type('kimi', [
      'credential',
      'revoke',
      made.get('credential')!,
      '--reason',
      'the terms of the agreement were not kept',
    ])
  },
}

const SHUT: Act = {
  title: 'Composer 2 may no longer be loaded. Nothing has to propagate: its license is asked at each load',
  asked: [],
  async play({ made, look }) {
    await look(loadOf(made.get('composer')!))
  },
}

/** Who asks after each act, about what, and what it says of itself. */
const QUESTIONS: readonly { who: string; about: string; use: Right; as: keyof Cast; facts: readonly string[] }[] = [
  { who: "Composer 2's publisher", about: 'composer', use: 'commercial', as: 'anysphere', facts: PUBLISHER },
  { who: 'a downstream user of Composer 2', about: 'composer', use: 'commercial', as: 'user', facts: SMALL },
  { who: 'a user of the fork of Composer 2', about: 'forkA', use: 'redistribute', as: 'user', facts: SMALL },
  { who: 'a user of the fork of K2.5', about: 'forkB', use: 'redistribute', as: 'user', facts: SMALL },
]

/** The acts by each reading. By the license as published the gate would be open to Composer 2 throughout. */
const READINGS: readonly { reading: string; acts: readonly Act[] }[] = [
  {
    reading: 'K2.5 under its modified MIT, as published',
    acts: [REGISTERED, CLAIMED, ACKNOWLEDGED, GRANTED, REVOKED],
  },
  {
    reading: 'K2.5 for research only, as the press read it',
    acts: [REGISTERED, CLAIMED, ACKNOWLEDGED, SIDE_LOADED, GRANTED, CLEARED, REVOKED, SHUT],
  },
]

/** What the play did: each answer of `verify`, and each command. */
export type Play = { answers: PlayedAnswer[]; played: Played[] }

/** Starts a chain, publishes what the case needs, plays the case, and ends the chain. `print` receives the play line by line. */
export async function playOnOwnChain(print: (line: string) => void): Promise<Play> {
  const server = await hre.network.createServer('play', '127.0.0.1', 0)
  const { port } = await server.listen()
  const rpcUrl = `http://127.0.0.1:${port}`
  const provider = new JsonRpcProvider(rpcUrl, undefined, { cacheTimeout: -1, pollingInterval: 20 })
  const folder = await mkdtemp(join(tmpdir(), 'stemma-play-'))
  try {
    const deployment = await deploy({ rpcUrl, name: 'play', journal: false, folder, delays: false })
    await publishLicenses(openLedger(await provider.getSigner(0), deployment), { atOnce: 64 })
    const only = ['moonshotai/Kimi-K2.5']
    const { models } = await publishExamples(provider, deployment, { folder: join(ROOT, 'examples/models'), only })
    return await playComposer2({ provider, deployment, kimi: models.get(only[0]!)!, folder, print })
  } finally {
    provider.destroy()
    await server.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** A ledger on which the case can be played, and where to. */
type PlayOptions = {
  provider: JsonRpcProvider
  deployment: Deployment
  /** The registered Kimi K2.5, under its modified MIT. */
  kimi: ModelId
  /** A folder with the file of the deployment, for the files that the play writes. */
  folder: string
  print: (line: string) => void
}

async function playComposer2({ provider, deployment, kimi, folder, print }: PlayOptions): Promise<Play> {
  const ledger = openLedger(provider, deployment)
  const { registration } = await readModel(ledger, { model: kimi })
  const accounts = await readAccounts(provider)
  const { publisher, ...others } = accounts.others
  const cast = { kimi: registration.publisher, ...accounts.case, ...others }
  await accredit(provider, deployment, [cast.anysphere, publisher, cast.forkA, cast.forkB])
  const deploymentFile = join(folder, DEPLOYMENTS_FOLDER, `${deployment.name}.json`)
  const played: Played[] = []
  const answers: PlayedAnswer[] = []

  const run = async (args: readonly string[]): Promise<Played> => {
    const command = ['stemma', ...args].map(quotedForShell).join(' ')
    print(`\n$ ${command}`)
    const { code, output } = await runQuietly(args, deploymentFile)
    const done = { command, code, output }
    for (const line of done.output.trimEnd().split('\n')) print(`  ${line}`.trimEnd())
    played.push(done)
    return done
  }
  const stageOf = (model: ModelId, people: Cast): Stage => ({
    cast: people,
    kimi: model,
    folder,
    made: new Map(),
    async type(as, args, word) {
      const { command, code, output } = await run([...args, '--from', people[as]])
      const id = word === undefined ? '' : new RegExp(`^${word} (0x[0-9a-f]{64})$`, 'm').exec(output)?.[1]
      if (code !== EXIT.ok || id === undefined)
        throw new Error(`The play stops, as a command failed: ${command}\n${output}`)
      return id
    },
    async look(args) {
      const { command, code, output } = await run(args)
      if (code > EXIT.finding) throw new Error(`The play stops, as a command failed: ${command}\n${output}`)
    },
    async nameScanners() {
      const admin = await provider.getSigner(0)
      const manager = new Contract(deployment.contracts.manager, accessManagerAbi, admin) as unknown as AccessManager
      for (const scanner of [people.scannerA, people.scannerB]) {
        await (await manager.grantRole(ROLES.scanner, scanner, 0)).wait()
        print(`The administrator makes ${scanner} a scanner, by the AccessManager.`)
      }
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

  const playReading = async (reading: string, acts: readonly Act[], stage: Stage): Promise<void> => {
    for (const { title, asked, play } of acts) {
      print(`\n-- ${title}`)
      await play(stage)
      for (const { who, about, use, as, facts } of QUESTIONS) {
        if (asked && !asked.includes(about)) continue
        print(`\nMay ${who} use it for "${use}"?`)
        const args = ['verify', stage.made.get(about)!, '--use', use, '--licensee', stage.cast[as], ...facts]
        await run(args)
        const { stdout } = await runQuietly([...args, '--json'], deploymentFile)
        answers.push({ reading, act: title, who, use, report: JSON.parse(stdout) as Report })
      }
    }
  }

  const [published, research] = READINGS as [(typeof READINGS)[number], (typeof READINGS)[number]]
  print(`\n== ${published.reading}`)
  await playReading(published.reading, published.acts, stageOf(kimi, cast))
  print(`\n== ${research.reading}`)
  print(
    'Everything is played once more, with another account for Composer 2, so that nothing of the first reading counts.',
  )
  // Composer 2 names no parent, so from the same account it would be the same registration.
  const stage = stageOf(kimi, { ...cast, anysphere: publisher })
  const draft = `${CASE}/moonshotai__Kimi-K2.5-research-reading`
  const kimiForResearch = parseModelId(await stage.type('kimi', ['register', draft], 'model'))
  await playReading(research.reading, research.acts, { ...stage, kimi: kimiForResearch })
  return { answers, played }
}

/** Runs a command of the program in this process, from the root of the repository. `output` is all that a terminal would show. */
async function runQuietly(
  args: readonly string[],
  deploymentFile: string,
): Promise<{ code: number; output: string; stdout: string }> {
  let [output, stdout] = ['', '']
  const code = await runCli(args, {
    stdout: (text) => {
      output += text
      stdout += text
    },
    stderr: (text) => void (output += text),
    env: { ...process.env, STEMMA_DEPLOYMENT: deploymentFile, STEMMA_RPC_URL: undefined },
    cwd: ROOT,
    now: Date.now,
    signal: new AbortController().signal,
  })
  return { code, output, stdout }
}

/** A word as a person would type it in a shell. */
function quotedForShell(word: string): string {
  return /^[\w./:=,@-]+$/.test(word) ? word : `"${word}"`
}

if (isProgram(import.meta.filename)) {
  readOptions({})
  await runScript(async () => void (await playOnOwnChain((line) => console.log(line))))
}
