import { join } from 'node:path'

import type { Address, ModelId } from '../../src/core/hex.ts'
import { sha256Text } from '../../src/core/sha256.ts'
import type { Right } from '../../src/core/vocabulary.ts'

const CASE = 'examples/composer-2'
const HOSTING = 'Hosting'
const AGREEMENT = 'Private Agreement'
/** The digest of a text that stands for the terms between Moonshot AI and Anysphere, which are not public. */
export const AGREEMENT_DIGEST = sha256Text('This text stands for a private agreement. Its terms are not public.')
/** Two billion US dollars a year as reported in 2026, by month, against the 20 million of K2.5's license. The users are invented. */
const PUBLISHER = ['--fact', 'monthlyRevenueUsd/product=167000000', '--fact', 'monthlyActiveUsers/product=1000000']
const SMALL = ['--fact', 'monthlyRevenueUsd/product=50000', '--fact', 'monthlyActiveUsers/product=2000']

/** The accounts of the people in the play. `host` is the hosting company; `scannerA` and `scannerB` are two organizations. */
export type Cast = Record<
  'kimi' | 'anysphere' | 'host' | 'forkA' | 'forkB' | 'user' | 'claimant' | 'scannerA' | 'scannerB',
  Address
>

/** The models that the acts register, by the names that they give them. */
export type Played = 'composer' | 'forkA' | 'forkB' | 'newer' | 'successor'

/** The state of a reading of the license while it is played. */
export type Stage = {
  cast: Cast
  /** Kimi K2.5 by this reading. */
  kimi: ModelId
  /** A folder for the files that the play writes. */
  folder: string
  /** What the acts have made so far: models by {@link Played}, claims and credentials. */
  made: Map<string, string>
  /** Runs a command as one of the cast, expects success, and returns the id that it prints after a word, such as `model`. */
  type: (as: keyof Cast, args: readonly string[], word?: string) => Promise<string>
  /** Runs a command that only asks. */
  look: (args: readonly string[]) => Promise<void>
  /** Drafts the model in a folder, with the training description in a file, and returns the file of the draft. */
  draftWithMethod: (folder: string, method: string) => Promise<string>
  /** Moves the node's clock and its blocks to the end of a model's review. */
  passReview: (model: string) => Promise<void>
}

/** One step of the case, after which those whose models are `asked` about ask again; all, unless it says who. */
export type Act = { day: string; title: string; asked?: readonly Played[]; play: (stage: Stage) => Promise<void> }

const REGISTERED: Act = {
  day: '2026-03-19',
  title: 'Composer 2 is launched, and registered without a word of K2.5',
  async play({ made, type }) {
    made.set('composer', await type('anysphere', ['register', `${CASE}/anysphere__Composer-2`], 'model'))
  },
}

const CLAIMED: Act = {
  day: '2026-03-20',
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
  day: '2026-03-21',
  title: 'Both sides have spoken. The publisher acknowledges the claim and names both steps; Moonshot AI countersigns',
  asked: ['composer'],
  async play({ kimi, made, type, look }) {
    const composer = made.get('composer')!
    await type('anysphere', ['model', 'attest', composer, kimi, '--relation', 'continued-pretraining'])
    await type('anysphere', ['claim', 'acknowledge', made.get('claim')!])
    await type('kimi', ['model', 'countersign', composer, kimi])
    await look(['ancestry', composer])
  },
}

const FORKED: Act = {
  day: '2026-03-23',
  title: 'Invented for the play: two forks appear, which call the whole MIT; one has leaked weights of Composer 2',
  asked: ['forkA', 'forkB'],
  async play({ kimi, made, type }) {
    const ofComposer = ['--parent', `anysphere/Composer-2=${made.get('composer')!}`]
    const ofKimi = ['--parent', `moonshotai/Kimi-K2.5=${kimi}`]
    made.set('forkA', await type('forkA', ['register', `${CASE}/fork-a__composer-2-open`, ...ofComposer], 'model'))
    made.set('forkB', await type('forkB', ['register', `${CASE}/fork-b__k2p5-coder-mit`, ...ofKimi], 'model'))
  },
}

const REPORTED: Act = {
  day: '2026-03-25',
  title: "Cursor's technical report names K2.5 and both steps, which the ledger has: nothing changes",
  asked: ['composer'],
  async play({ made, look }) {
    await look(['claim', 'list', made.get('composer')!])
  },
}

const GRANTED: Act = {
  day: '2026-03-26',
  title:
    'The "authorized commercial partnership" comes on the ledger: through a hosting company, and by a private agreement',
  async play({ cast, kimi, made, type, look }) {
    const hosting = ['--terms', 'stemma-commercial-use', '--pass-through', 'commercial,host', '--sub-credentials']
    await type('kimi', ['tier', 'offer', kimi, ...hosting, '--name', HOSTING, '--max-duration', '365d'], 'tier')
    const toHost = await type(
      'kimi',
      ['credential', 'grant', kimi, HOSTING, cast.host, '--until', '365d'],
      'credential',
    )
    made.set('hosting', toHost)
    const under = ['credential', 'grant', kimi, HOSTING, cast.anysphere, '--until', '180d', '--parent', toHost]
    made.set('underHosting', await type('host', under, 'credential'))
    await type('kimi', ['tier', 'offer', kimi, '--terms', 'all-rights-reserved', '--name', AGREEMENT], 'tier')
    const lifted = ['--agreement', AGREEMENT_DIGEST, '--lifts', 'modify,commercial-modify']
    const agreed = ['credential', 'grant', kimi, AGREEMENT, cast.anysphere, '--until', '365d', ...lifted]
    await type('kimi', agreed, 'credential')
    await look(['credential', 'list', '--model', kimi])
  },
}

const SIDE_LOADED: Act = {
  day: '2026-03-27',
  title: 'Invented for the play: a fork is side-loaded, frozen, scanned and quarantined',
  asked: [],
  async play({ made, type, look, passReview }) {
    const fork = made.get('forkA')!
    const rules = ['--ruleset', `${CASE}/rules.json`]
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
  day: '2026-03-30',
  title: 'Under the partnership, Composer 2 passes its review, and may be loaded',
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

const NEWER: Act = {
  day: '2026-05-18',
  title: 'Composer 2.5 is launched, and its registration names K2.5 from the start',
  asked: ['composer', 'newer'],
  async play({ kimi, made, type, draftWithMethod }) {
    const draft = await draftWithMethod(`${CASE}/anysphere__Composer-2.5`, `${CASE}/method-composer-2.5.json`)
    const parent = ['--parent', `moonshotai/Kimi-K2.5=${kimi}`]
    made.set('newer', await type('anysphere', ['register', draft, ...parent], 'model'))
  },
}

const SUCCEEDED: Act = {
  day: '2026-05-25',
  title:
    'Invented for the play: the larger model that was announced comes out, and its description says "from scratch"',
  asked: ['successor'],
  async play({ made, type, look, draftWithMethod }) {
    const draft = await draftWithMethod(`${CASE}/anysphere__Composer-next`, `${CASE}/method-composer-next.json`)
    made.set('successor', await type('anysphere', ['register', draft], 'model'))
    await look(['ancestry', made.get('successor')!])
  },
}

const REVOKED: Act = {
  day: '2026-05-29',
  title:
    "Invented for the play: the hosting company's credential is revoked, and what was issued under it ends with it",
  async play({ made, type, look }) {
    const reason = ['--reason', 'the terms of the agreement were not kept']
    await type('kimi', ['credential', 'revoke', made.get('hosting')!, ...reason])
    await look(['credential', 'show', made.get('underHosting')!])
  },
}

const SHUT: Act = {
  day: '2026-05-30',
  title: 'Composer 2 may no longer be loaded. Nothing has to propagate: its license is asked at each load',
  asked: [],
  async play({ made, look }) {
    await look(loadOf(made.get('composer')!))
  },
}

/** Who asks after each act, about what, and what it says of itself. */
export type CaseQuestion = { who: string; about: Played; use: Right; as: keyof Cast; facts: readonly string[] }

/** Whether the publisher may sell Composer 2: what is asked day by day. */
export const SALE: CaseQuestion = {
  who: "Composer 2's publisher",
  about: 'composer',
  use: 'commercial',
  as: 'anysphere',
  facts: PUBLISHER,
}

/** The questions after the acts. One about a model that is not registered yet is not asked. */
export const QUESTIONS: readonly CaseQuestion[] = [
  SALE,
  { who: 'a downstream user of Composer 2', about: 'composer', use: 'commercial', as: 'user', facts: SMALL },
  { who: 'a user of the fork of Composer 2', about: 'forkA', use: 'redistribute', as: 'user', facts: SMALL },
  { who: 'a user of the fork of K2.5', about: 'forkB', use: 'redistribute', as: 'user', facts: SMALL },
  { who: "Composer 2.5's publisher", about: 'newer', use: 'commercial', as: 'anysphere', facts: PUBLISHER },
  { who: "the successor's publisher", about: 'successor', use: 'commercial', as: 'anysphere', facts: PUBLISHER },
]

/** The acts by each reading. By the license as published the gate would be open to Composer 2 throughout. */
export const READINGS: Readonly<Record<'published' | 'whatIf', { reading: string; acts: readonly Act[] }>> = {
  published: {
    reading: 'K2.5 under its modified MIT, as published',
    acts: [REGISTERED, CLAIMED, ACKNOWLEDGED, FORKED, REPORTED, GRANTED, NEWER, SUCCEEDED, REVOKED],
  },
  whatIf: {
    reading: 'What if K2.5 were for research only?',
    acts: [
      REGISTERED,
      CLAIMED,
      ACKNOWLEDGED,
      FORKED,
      REPORTED,
      GRANTED,
      SIDE_LOADED,
      CLEARED,
      NEWER,
      SUCCEEDED,
      REVOKED,
      SHUT,
    ],
  },
}
