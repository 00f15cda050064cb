import { expect } from 'chai'

import { keccakText, type Address, type Hex } from '../../../../src/core/hex.ts'
import { eventTable, wantedKeys, type ReadEvent } from '../../../../packages/server/src/indexer/reduce/events.ts'
import type { Known } from '../../../../packages/server/src/indexer/reduce/rowBuilder.ts'
import { TABLE_NAMES, TABLES } from '../../../../packages/server/src/indexer/schema.ts'

const LEDGER = `0x${'1e'.repeat(20)}` as Address
const ACCOUNT = `0x${'ac'.repeat(20)}`
const word = (hex: string): Hex => `0x${hex.slice(2).padStart(64, '0')}`

/** Knows nothing yet. */
function nothing(): Known {
  const keyed = TABLE_NAMES.filter((table) => 'natural' in TABLES[table])
  return {
    keys: Object.fromEntries(keyed.map((table) => [table, new Map()])),
    last: Object.fromEntries(keyed.map((table) => [table, 0])),
    rows: {},
  } as unknown as Known
}

describe('wantedKeys', function () {
  const contracts = { ledger: LEDGER, licenseCredential: word('0x2'), lineageClaims: word('0x3') }
  const { read } = eventTable({
    contracts: { ...contracts, reviewGate: word('0x4'), usageAudit: word('0x5'), manager: word('0x6') } as never,
  })
  const log = (topics: Hex[], data: Hex): ReadEvent =>
    read({ address: LEDGER, topics, data, block: 1, index: 0, transaction: word('0x7'), time: 0 })!

  it('looks for the accounts that an event names, also where the ABI keeps only the types of ids', function () {
    const event = log(
      [keccakText('OperatorSet(address,address,uint16,uint40)'), word(ACCOUNT), word('0xb0')],
      `0x${'3'.padStart(64, '0')}${'9'.padStart(64, '0')}`,
    )
    expect(wantedKeys(nothing(), [event])).to.deep.equal(
      new Map([['accounts', new Set([ACCOUNT, `0x${'b0'.padStart(40, '0')}`])]]),
    )
  })

  it('looks for the models that an event names by their id', function () {
    const model = keccakText('a model')
    const event = log(
      [keccakText('ModelRetired(bytes32,address,string)'), model, word(ACCOUNT)],
      `0x${'20'.padStart(64, '0')}${'0'.repeat(64)}`,
    )
    const wanted = wantedKeys(nothing(), [event])
    expect(wanted.get('models')).to.deep.equal(new Set([model]))
    expect(wanted.get('accounts')).to.deep.equal(new Set([ACCOUNT]))
  })
})
