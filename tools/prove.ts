/**
 * Proves the assertions of `test/proofs/` about the contracts' pure libraries, for all values. It uses the SMT checker
 * of npm's solc with its built-in z3, so nothing else has to be installed. Then it plants faults in the libraries, one
 * at a time, and expects each proof to fail: a proof that cannot fail is worthless.
 *
 * The engine is BMC (bounded model checking). Every harness is a set of pure functions without loops, so a result holds
 * for every call. The proofs cover what the libraries compute, not the storage of the contracts that use them.
 *
 * Usage: node tools/prove.ts [--no-planted] [--only <contract of the proofs>]
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import solc from 'solc'

import { exitForUsage, readOptions } from '../scripts/options.ts'

const root = join(import.meta.dirname, '..')
const GATE = 'contracts/gate/ReviewMachine.sol'
const CREDENTIAL = 'contracts/licensing/CredentialValidity.sol'
const CLAIM = 'contracts/claims/ClaimMachine.sol'

type Harness = { file: string; contract: string }
type Planted = { what: string; file: string; from: string; to: string; harness: Harness }
type Message = { message: string; sourceLocation?: { start: number; end: number } }

const REVIEW: Harness = { file: 'test/proofs/ReviewProof.sol', contract: 'ReviewProof' }
const VALIDITY: Harness = { file: 'test/proofs/CredentialProof.sol', contract: 'CredentialProof' }
const CLAIMS: Harness = { file: 'test/proofs/ClaimProof.sol', contract: 'ClaimProof' }

const PLANTED: readonly Planted[] = [
  plant('a period of 23 hours', GATE, 'MIN_PERIOD = 24 hours', 'MIN_PERIOD = 23 hours', REVIEW),
  plant('a clock that does not run', GATE, 'time + length', 'time', REVIEW),
  plant('a clock of time alone', GATE, ' || blockNumber < review.readyBlock', '', REVIEW),
  plant('a clock of blocks alone', GATE, 'time < review.readyAt || ', '', REVIEW),
  plant('a clearing while the clock runs', GATE, 'if (conditions.clockRunning) return Obstacle.Clock;', '', REVIEW),
  plant(
    'a clearing of what is quarantined',
    GATE,
    'if (review.state != ReviewState.Frozen) return Obstacle.State;\n        if (conditions.clockRunning)',
    'if (conditions.clockRunning)',
    REVIEW,
  ),
  plant('a clearing of what was failed', GATE, 'if (conditions.failed != 0) return Obstacle.Failure;', '', REVIEW),
  plant(
    'a quorum of one less',
    GATE,
    'conditions.passed < conditions.quorum',
    'conditions.passed + 1 < conditions.quorum',
    REVIEW,
  ),
  plant(
    'a pause that runs the clock down',
    GATE,
    'review.readyAt += paused - review.pausedBefore;',
    'review.readyAt -= paused - review.pausedBefore;',
    REVIEW,
  ),
  plant(
    'a freeze of what is not cleared',
    GATE,
    'if (review.state != ReviewState.Cleared) return Obstacle.State;',
    '',
    REVIEW,
  ),
  plant(
    'a clearing despite claims',
    GATE,
    'conditions.acceptedClaims == 0 ? Obstacle.None : Obstacle.Claims',
    'Obstacle.None',
    REVIEW,
  ),
  plant('a quarantine while the clock runs', GATE, 'if (clockRunning) return Obstacle.Clock;', '', REVIEW),
  plant(
    'a quarantined artefact that opens',
    GATE,
    'review.state == ReviewState.Quarantined || review.ofModel',
    'review.ofModel',
    REVIEW,
  ),
  plant('a registration that restarts a model’s review', GATE, 'if (review.ofModel) return review;', '', REVIEW),
  plant(
    'a frozen artefact that opens',
    GATE,
    'certified || review.state == ReviewState.Cleared',
    'certified || review.state == ReviewState.Frozen',
    REVIEW,
  ),
  plant('validity at its end', CREDENTIAL, 'time >= credential.validUntil', 'time > credential.validUntil', VALIDITY),
  plant('validity before its beginning', CREDENTIAL, 'time < credential.validFrom || ', '', VALIDITY),
  plant(
    'validity in its gap',
    CREDENTIAL,
    'time < credential.gapFrom || time >= credential.gapUntil',
    'true',
    VALIDITY,
  ),
  plant(
    'a sub-credential that outlives its parent',
    CREDENTIAL,
    'parent.validUntil < credential.validUntil ? parent.validUntil : credential.validUntil',
    'credential.validUntil',
    VALIDITY,
  ),
  plant(
    'a sub-credential without its parent’s gap',
    CREDENTIAL,
    'parent.gapUntil > credential.validFrom;',
    'parent.gapUntil > credential.validUntil;',
    VALIDITY,
  ),
  plant('a sub-credential whose gap begins late', CREDENTIAL, ' || parent.gapFrom < credential.gapFrom', '', VALIDITY),
  plant(
    'a sub-credential with a gap of its parent from before it',
    CREDENTIAL,
    'bool sharesGap = parent.gapUntil > credential.validFrom',
    'bool sharesGap = parent.gapUntil > 0',
    VALIDITY,
  ),
  plant(
    'a sub-credential with the milder state',
    CREDENTIAL,
    'parent.state > credential.state',
    'parent.state < credential.state',
    VALIDITY,
  ),
  plant('a claim that is decided twice', CLAIM, 'if (!isOpen(state)) return ClaimState.None;', '', CLAIMS),
  plant(
    'a claim that is contested twice',
    CLAIM,
    'state == ClaimState.Filed ? ClaimState.Contested : ClaimState.None',
    'ClaimState.Contested',
    CLAIMS,
  ),
  plant(
    'a contested claim that nobody can end',
    CLAIM,
    'if (!isOpen(state)) return',
    'if (state != ClaimState.Filed) return',
    CLAIMS,
  ),
  plant('a contest at its end', CLAIM, 'time < contestUntil', 'time <= contestUntil', CLAIMS),
  plant(
    'a ruling before the publisher was heard',
    CLAIM,
    ' || !isContestable(contestUntil, time)',
    ' || time > 0',
    CLAIMS,
  ),
]

const { values: options } = readOptions({
  planted: { type: 'boolean', default: true },
  only: { type: 'string' },
})
const harnesses = [REVIEW, VALIDITY, CLAIMS].filter(({ contract }) => contract === (options.only ?? contract))
if (harnesses.length === 0) exitForUsage(`There are no proofs called "${options.only}" in test/proofs.`)

let failed = 0
for (const harness of harnesses) {
  const { safe, unsafe } = prove(harness, read)
  report(unsafe === 0 && safe > 0, `${harness.contract}: ${safe} assertions proved, ${unsafe} not`)
}
if (options.planted) {
  for (const { what, file, from, to, harness } of PLANTED.filter(({ harness }) => harnesses.includes(harness))) {
    const text = read(file)
    if (text.split(from).length !== 2)
      throw new Error(`${file} does not hold "${from}" once; plant "${what}" elsewhere.`)
    const { unsafe } = prove(harness, (path) => (path === file ? text.replace(from, to) : read(path)))
    report(unsafe > 0, `planted: ${what}: ${unsafe > 0 ? 'refuted' : 'NOT NOTICED'}`)
  }
}
process.exitCode = failed === 0 ? 0 : 1

/** Counts the proved and the unproved assertions of a harness. */
function prove({ file, contract }: Harness, readSource: (path: string) => string): { safe: number; unsafe: number } {
  const content = readSource(file)
  const input = {
    language: 'Solidity',
    sources: { [file]: { content } },
    settings: {
      outputSelection: { '*': { '*': [] } },
      modelChecker: {
        engine: 'bmc',
        solvers: ['z3'],
        targets: ['assert'],
        contracts: { [file]: [contract] },
        showProvedSafe: true,
        showUnproved: true,
      },
    },
  }
  const output = JSON.parse(
    solc.compile(JSON.stringify(input), { import: (path: string) => ({ contents: readSource(path) }) }),
  ) as { errors?: (Message & { severity: string })[] }
  const messages = output.errors ?? []
  const broken = messages.find(({ severity }) => severity === 'error')
  if (broken) throw new Error(`${file}: ${broken.message}`)
  const at = (pattern: RegExp): Set<number | undefined> =>
    new Set(messages.filter(({ message }) => pattern.test(message)).map(({ sourceLocation }) => sourceLocation?.start))
  const safe = at(/Assertion violation check is safe/).size
  // An assertion that is neither refuted nor proved counts as not proved.
  const assertions = content.split('assert(').length - 1
  return { safe, unsafe: assertions - safe }
}

function plant(what: string, file: string, from: string, to: string, harness: Harness): Planted {
  return { what, file, from, to, harness }
}

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

function report(good: boolean, text: string): void {
  console.log(`${good ? 'ok    ' : 'FAILED'} ${text}`)
  if (!good) failed += 1
}
