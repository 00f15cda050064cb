import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { expect } from 'chai'

import { EXIT_OF } from '../../src/console/run.ts'
import { ERROR_PAGE, StemmaError } from '../../src/core/errors.ts'
import { documentedErrors, errorPage, sentenceOf } from '../../tools/error-table.ts'

const root = join(import.meta.dirname, '../..')

type ErrorClass = new (...args: unknown[]) => StemmaError

/** The codes of errors that a program answers with 1. */
const FINDINGS: readonly string[] = [
  'CERTIFICATE_REFUSED',
  'EAS_REFUSED',
  'SIGNATURE_METHOD',
  'SIGNATURE_MISMATCH',
  'SIGNED_OTHER_MODEL',
  'SIGNED_OTHER_WEIGHTS',
  'SIGNER_IDENTITY',
  'SIGSTORE_REFUSED',
]
/** The codes of errors that a program answers with 3. Any other error of ours is answered with 2. */
const UNDECIDED: readonly string[] = [
  'BATCH_NOT_FOUND',
  'BROKEN_LINEAGE',
  'BUNDLE_OTHER_CODE',
  'BUNDLE_UNREGISTERED',
  'BUNDLE_UNTRUSTED_BLOCK',
  'CANNOT_SKETCH',
  'CHECKPOINT_NOT_COUNTED',
  'CHECKPOINT_NOT_FOUND',
  'CODE_MISMATCH',
  'CONTRADICTING_STATEMENTS',
  'EXTERNAL_PARENT',
  'FILE_CHANGED',
  'HUB_CHANGED',
  'INDEXER_MISMATCH',
  'INTERRUPTED',
  'INVALID_MAP_ANSWER',
  'LEDGER_STATE',
  'LINEAGE_MISMATCH',
  'LINEAGE_TOO_LARGE',
  'MODEL_NOT_REGISTERED',
  'MOMENT_NOT_INDEXED',
  'NODES_DISAGREE',
  'NOTHING_STATED',
  'NOT_IN_BUNDLE',
  'PARENT_UNREAD',
  'REGISTERED_LATER',
  'SOURCES_DISAGREE',
  'STATEMENT_WITHOUT_WEIGHTS',
  'SUMMARY_WITHOUT_WEIGHTS',
  'TENSORS_UNREAD',
  'TERMS_MISMATCH',
  'UNUSED_IN_BUNDLE',
  'WEIGHTS_NOT_REGISTERED',
]
const UNAVAILABLE: readonly string[] = [
  'CHAIN_REPLACED',
  'CHAIN_WENT_BACK',
  'DATABASE',
  'DEEP_REORG',
  'DOCUMENT_UNAVAILABLE',
  'DOWNLOAD',
  'EMPTY_INDEX',
  'EVALUATOR_BUSY',
  'EVALUATOR_ENDED',
  'FALSE_EVENT',
  'FOREIGN_CHAIN',
  'FOREIGN_INDEX',
  'GATE_UNREACHABLE',
  'GRAPH_TOO_LARGE',
  'GUARD_SOCKET',
  'HASH_WORKER',
  'HUB_ANSWER',
  'HUB_RATE_LIMIT',
  'HUB_UNAVAILABLE',
  'INVALID_BLOCK_ANSWER',
  'INVALID_PROOF_ANSWER',
  'JOURNAL_CLOSED',
  'JOURNAL_FULL',
  'LEDGER_AWAY',
  'MALFORMED_LOG',
  'MISSING_EVENT',
  'MISSING_SERVING_EVENT',
  'NODE_ANSWER',
  'NODE_BEHIND',
  'NODE_BUSY',
  'NODE_FAILURE',
  'NODE_FORBIDDEN',
  'NODE_GAS',
  'NODE_INCONSISTENT',
  'NODE_LIMIT',
  'NODE_NO_HISTORY',
  'NODE_STALE',
  'NODE_TIMEOUT',
  'NODE_UNREACHABLE',
  'NODE_UNSUPPORTED',
  'NOT_ON_NODE',
  'NO_GUARD',
  'NO_SPACE',
  'NO_WEIGHTS',
  'POOL_FULL',
  'QUERY_ANSWER',
  'QUERY_UNREACHABLE',
  'REPEATED_EVENT',
  'REQUEST_CANCELLED',
  'STALE_DEPLOYMENT',
  'STALE_VIEW',
  'TRANSACTION_TIMEOUT',
  'TRANSACTION_UNWATCHED',
  'USAGE_LOG_WRITE_FAILED',
  'USAGE_STORE_FAILED',
  'WALLET_ANSWER',
  'WALLET_DISCONNECTED',
  'WATCHERS_FULL',
  'WRONG_CHAIN',
]

describe('StemmaError', function () {
  const documented = documentedErrors()
  let classes: Map<string, ErrorClass>

  before(async function () {
    this.timeout(120_000)
    classes = await errorClasses()
  })

  it('has a page with an anchor for each code; else run node tools/error-table.ts', function () {
    const page = readFileSync(join(root, 'docs/errors.md'), 'utf8')
    expect(page).to.equal(errorPage())
    for (const { code } of documented) {
      expect(page.split(`<a id="${code.toLowerCase().replaceAll('_', '-')}"></a>`).length, code).to.equal(2)
    }
  })

  it('is documented for every class that the code exports', function () {
    const sources = documented.map(({ source }) => source.split(' ')[0])
    expect([...classes.keys()].filter((name) => !sources.includes(name))).to.deep.equal([])
    expect(classes.size).to.be.greaterThan(150)
  })

  it('has in each class the kind and the code that the page documents, and the URL of its anchor', function () {
    for (const [name, errorClass] of classes) {
      if (name === 'ContractError' || name === 'InvalidHexError') continue
      const error = instanceOf(errorClass)
      const entry = documented.find(({ code, source }) => code === error.code && source.startsWith(`${name} in `))
      expect(entry, `${name} ${error.code}`).to.not.equal(undefined)
      expect([name, error.kind]).to.deep.equal([name, entry!.kind])
      expect(error.docs).to.equal(`${ERROR_PAGE}#${error.code.toLowerCase().replaceAll('_', '-')}`)
      expect(error.name).to.equal(name)
    }
  })

  it('states a finding where a program answers with 1, undecided and unavailable where with 3, and nowhere else', function () {
    const codesOf = (kind: string): string[] =>
      [...new Set(documented.filter((entry) => entry.kind === kind).map(({ code }) => code))].toSorted()
    expect(codesOf('finding')).to.deep.equal(FINDINGS)
    expect(codesOf('undecided')).to.deep.equal(UNDECIDED)
    expect(codesOf('unavailable')).to.deep.equal(UNAVAILABLE)
    for (const { code, kind } of documented) {
      const isOpen = UNDECIDED.includes(code) || UNAVAILABLE.includes(code)
      expect([code, EXIT_OF[kind]]).to.deep.equal([code, FINDINGS.includes(code) ? 1 : isOpen ? 3 : 2])
    }
  })

  it('is documented for contracts by the sentence of the message, with names for values', function () {
    expect(sentenceOf('ModelRegistryUnknownModel')).to.equal(
      'Model {model} is not registered here. Check the id and the deployment.',
    )
    expect(sentenceOf('ReviewGateClockRunning')).to.match(/\{subject\}.*\{readyAt\}.*\{readyBlock\}/)
    expect(sentenceOf('LicenseCredentialUnknown')).to.contain('{credential}')
    expect(sentenceOf('LicenseRegistryExcessPassThrough')).to.contain('commercial is not within research')
    for (const { meaning, source } of documented) {
      if (source.startsWith('ContractError')) expect(meaning).to.not.match(/2534023008|undefined|NaN|nothing is not/)
    }
  })

  it('states refused for every error of a contract', function () {
    const kinds = documented.filter(({ source }) => source.startsWith('ContractError')).map(({ kind }) => kind)
    expect(new Set(kinds)).to.deep.equal(new Set(['refused']))
  })
})

/** The error classes that the modules export, by name. */
async function errorClasses(): Promise<Map<string, ErrorClass>> {
  const found = new Map<string, ErrorClass>()
  for (const file of globSync(['src/**/*.ts', 'packages/server/src/**/*.ts'], { cwd: root })) {
    // Programs run when they are imported, and so do workers.
    if (!/export class \w+ extends StemmaError/.test(readFileSync(join(root, file), 'utf8'))) continue
    const exports = (await import(pathToFileURL(join(root, file)).href)) as Record<string, unknown>
    for (const [name, value] of Object.entries(exports)) {
      if (typeof value === 'function' && value.prototype instanceof StemmaError) found.set(name, value as ErrorClass)
    }
  }
  return found
}

/** An error of a class, made from values that stand for anything: the kind and the code do not depend on them. */
function instanceOf(errorClass: ErrorClass): StemmaError {
  return new errorClass(ANYTHING, ANYTHING, ANYTHING, ANYTHING, ANYTHING)
}

/** A value that can be read, called, listed and printed like any other. */
const ANYTHING: unknown = new Proxy(() => {}, {
  get: (_target, key) => {
    if (key === Symbol.toPrimitive) return () => '1'
    if (key === Symbol.iterator) return () => [ANYTHING, ANYTHING][Symbol.iterator]()
    if (key === 'toJSON') return () => 'anything'
    if (key === 'length') return 1
    return ANYTHING
  },
  apply: () => ANYTHING,
})
