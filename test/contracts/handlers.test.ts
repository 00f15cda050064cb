import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect } from 'chai'

import { ledgerAbi } from '../../src/abi/ledger.ts'
import { licenseCredentialAbi } from '../../src/abi/licenseCredential.ts'
import { lineageClaimsAbi } from '../../src/abi/lineageClaims.ts'
import { recallsAbi } from '../../src/abi/recalls.ts'
import { reviewGateAbi } from '../../src/abi/reviewGate.ts'
import { usageAuditAbi } from '../../src/abi/usageAudit.ts'

const root = join(import.meta.dirname, '../..')

type Entry = { type: string; name?: string; stateMutability?: string }

/** The contracts whose every change is played, with the names that stand for each of them in a test. */
const CONTRACTS: Readonly<Record<string, { abi: readonly Entry[]; names: readonly string[] }>> = {
  Ledger: {
    abi: ledgerAbi,
    names: ['LEDGER', 'ledger', 'IModelRegistry', 'IPublisherRegistry', 'ILicenseRegistry'],
  },
  LicenseCredential: { abi: licenseCredentialAbi, names: ['CREDENTIALS', 'ILicenseCredential', 'IERC721'] },
  LineageClaims: { abi: lineageClaimsAbi, names: ['CLAIMS', 'ILineageClaims'] },
  ReviewGate: { abi: reviewGateAbi, names: ['GATE', 'IReviewGate'] },
  UsageAudit: { abi: usageAuditAbi, names: ['audit', 'IUsageAudit'] },
  Recalls: { abi: recallsAbi, names: ['RECALLS', 'IRecalls'] },
}
/** The contract whose pauses a handler plays through the interface that several have; the last plays those of all. */
const PAUSED_BY: Readonly<Record<string, readonly string[]>> = {
  RegistryHandler: ['Ledger'],
  CredentialHandler: ['LicenseCredential'],
  LineageClaimsHandler: ['LineageClaims'],
  ReviewGateHandler: ['ReviewGate'],
  UsageAuditHandler: ['UsageAudit'],
  AuthorityHandler: Object.keys(CONTRACTS),
}

type Handler = { name: string; file: string; actions: Set<string>; bodies: Map<string, string> }

/** The handlers of the stateful tests: contracts with functions that an invariant test selects. */
function handlersOf(file: string, source: string): Handler[] {
  const selected = Array.from(source.matchAll(/selectors\[\d+\] = (\w+Handler)\.(\w+)\.selector/g))
  return [...new Set(selected.map(([, name]) => name!))].map((name) => {
    const begin = new RegExp(`^contract ${name}\\b[^{]*\\{`, 'm').exec(source)!
    const end = source.indexOf('\n}\n', begin.index)
    const parts = source
      .slice(begin.index, end)
      .split(/^ {4}function (?=\w+\()/m)
      .slice(1)
    const bodies = new Map(parts.map((part) => [/^\w+/.exec(part)![0], part] as const))
    const actions = selected.filter(([, of]) => of === name).map(([, , action]) => action!)
    return { name, file, actions: new Set(actions), bodies }
  })
}

/** The text of an action, with that of its handler's own functions that it calls. */
function textOf({ bodies }: Handler, action: string, known = new Set<string>()): string {
  if (known.has(action)) return ''
  known.add(action)
  const body = bodies.get(action) ?? ''
  const called = Array.from(body.matchAll(/(?<![.\w])(_?\w+)\(/g), ([, name]) => name!)
  return [
    body,
    ...called.filter((name) => bodies.has(name)).map((name) => textOf({ bodies } as Handler, name, known)),
  ].join('\n')
}

/** The functions of contracts that a handler calls in its actions, as `Contract.function`. */
function playedBy(handler: Handler): Set<string> {
  const text = [...handler.actions].map((action) => textOf(handler, action)).join('\n')
  const played = new Set<string>()
  for (const [contract, { abi, names }] of Object.entries(CONTRACTS)) {
    const note = (name: string): void => void (changesOf(abi).includes(name) && played.add(`${contract}.${name}`))
    for (const [, name] of text.matchAll(new RegExp(`\\b(?:${names.join('|')})\\.(\\w+)\\b`, 'g'))) note(name!)
    if (contract === 'LicenseCredential') {
      for (const [, name] of text.matchAll(/encodeWithSignature\("(\w+)\(/g)) note(name!)
    }
    if (!PAUSED_BY[handler.name]?.includes(contract)) continue
    for (const [, name] of text.matchAll(/\b(?:IWritePause|IAccessManaged)\.(\w+)\b/g)) note(name!)
  }
  return played
}

/** The functions of an ABI that change something. */
function changesOf(abi: readonly Entry[]): string[] {
  const changes = abi.filter(
    ({ type, stateMutability }) => type === 'function' && !/^(view|pure)$/.test(stateMutability!),
  )
  return [...new Set(changes.map(({ name }) => name!))]
}

const sources = globSync('test/contracts/**/*.t.sol', { cwd: root })
  .toSorted()
  .map((file) => [file, readFileSync(join(root, file), 'utf8')] as const)

describe('stateful tests of the contracts', function () {
  const handlers = sources.flatMap(([file, source]) => handlersOf(file, source))
  const players = new Map<string, string[]>()
  for (const handler of handlers) {
    for (const change of playedBy(handler)) players.set(change, [...(players.get(change) ?? []), handler.name])
  }

  for (const [contract, { abi }] of Object.entries(CONTRACTS)) {
    it(`play every function of ${contract} that changes something`, function () {
      const changes = changesOf(abi)
      expect(changes.length).to.be.greaterThan(5)
      expect(changes.filter((name) => !players.has(`${contract}.${name}`))).to.deep.equal([])
    })
  }

  it('have 25 invariants at least, each in a contract that selects the actions of a handler', function () {
    const invariants = sources.flatMap(([, source]) =>
      Array.from(source.matchAll(/^ {4}function (invariant_\w+)\(/gm), ([, name]) => name!),
    )
    expect(invariants.length).to.be.at.least(25)
    expect(new Set(invariants).size).to.equal(invariants.length)
  })

  it('leave out what no action calls, and what is named in a comment or in a view', function () {
    const source = `contract OneHandler is Test {
    function act() external {
        _send();
    }

    function view_() external view {
        LEDGER.retire(model, "");
    }

    function _send() private {
        RECALLS.recall(kind, digest, "");
    }
}

contract OneTest is Test {
    function targetSelectors() public {
        selectors[0] = OneHandler.act.selector;
    }
}
`
    const [handler] = handlersOf('one.t.sol', source)
    expect([...playedBy(handler!)]).to.deep.equal(['Recalls.recall'])
  })
})
