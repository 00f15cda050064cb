import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect } from 'chai'
import { AbiCoder, keccak256, toBeHex } from 'ethers'

import type { Address, ModelId } from '../../src/core/hex.ts'
import { STORAGE_LAYOUT } from '../../src/core/storageLayout.ts'
import { placeOf, valueAt } from '../../src/core/storagePlace.ts'

const MODEL = `0x${'ab'.repeat(32)}` as ModelId
const PUBLISHER = `0x${'cd'.repeat(20)}` as Address

/** The slot that Solidity's documentation defines for a key of a mapping. */
function slotOf(type: string, key: string | number, base: bigint): bigint {
  return BigInt(keccak256(AbiCoder.defaultAbiCoder().encode([type, 'uint256'], [key, base])))
}

describe('placeOf', function () {
  it('follows mappings, structs and arrays as the documentation of Solidity defines them', function () {
    const records = slotOf('bytes32', MODEL, BigInt(STORAGE_LAYOUT.ledger.fields.records[0]))
    expect(placeOf('ledger', 'records', MODEL)).to.deep.equal({
      contract: 'ledger',
      slot: toBeHex(records, 32),
      offset: 0,
      bytes: 32,
    })

    const account = slotOf('address', PUBLISHER, BigInt(STORAGE_LAYOUT.ledger.fields.accounts[0]))
    const tenure = { contract: 'ledger', slot: toBeHex(account + 1n, 32) }
    expect(placeOf('ledger', 'accounts', PUBLISHER, 'tenure')).to.deep.equal({ ...tenure, offset: 0, bytes: 32 })
    const from = placeOf('ledger', 'accounts', PUBLISHER, 'tenure', 'verifiedFrom')
    expect(from).to.deep.equal({ ...tenure, offset: 20, bytes: 5 })

    const kind = slotOf('uint8', 1, BigInt(STORAGE_LAYOUT.recalls.fields.recalls[0]))
    const recall = slotOf('bytes32', MODEL, kind)
    for (const key of [1, 1n, '0x01'] as const) {
      const place = placeOf('recalls', 'recalls', key, MODEL, 'by')
      expect(place).to.deep.equal({ contract: 'recalls', slot: toBeHex(recall, 32), offset: 11, bytes: 20 })
    }

    const attested = slotOf('bytes32', MODEL, BigInt(STORAGE_LAYOUT.lineageClaims.fields.attested[0]))
    expect(placeOf('lineageClaims', 'attested', MODEL, 'models', 31).slot).to.equal(toBeHex(attested + 32n, 32))
    for (const [index, slot, offset] of [
      [0, 33n, 0],
      [3, 33n, 24],
      [4, 34n, 0],
      [30, 40n, 16],
    ] as const) {
      const place = placeOf('lineageClaims', 'attested', MODEL, 'others', index)
      expect(place).to.deep.equal({ contract: 'lineageClaims', slot: toBeHex(attested + slot, 32), offset, bytes: 8 })
    }
  })

  it('refuses an index that an array does not have', function () {
    for (const index of [-1, 8, 0.5, NaN]) {
      expect(() => placeOf('ledger', 'parents', MODEL, index)).to.throw(RangeError, 'does not have an element')
    }
    expect(() => placeOf('ledger', 'parents', MODEL, 7)).to.not.throw()
  })

  it('takes only paths that lead to a value or to a struct', function () {
    const refusedByTheCompiler = (): unknown => [
      // @ts-expect-error a variable that is not read
      placeOf('ledger', 'nothing', MODEL),
      // @ts-expect-error a mapping without its key
      placeOf('ledger', 'records'),
      // @ts-expect-error an array without an index
      placeOf('ledger', 'parents', MODEL),
      // @ts-expect-error a member that a struct does not have
      placeOf('ledger', 'accounts', PUBLISHER, 'nothing'),
      // @ts-expect-error a step beyond a value
      placeOf('ledger', 'records', MODEL, 1),
    ]
    expect(refusedByTheCompiler).to.be.a('function')
  })

  it('has the slots that the committed layouts have', function () {
    const files = {
      ledger: 'Ledger',
      recalls: 'Recalls',
      licenseCredential: 'LicenseCredential',
      lineageClaims: 'LineageClaims',
      reviewGate: 'ReviewGate',
      usageAudit: 'UsageAudit',
    }
    expect(Object.keys(STORAGE_LAYOUT)).to.have.members(Object.keys(files))
    for (const [name, { fields }] of Object.entries(STORAGE_LAYOUT)) {
      const path = `../../bench/snapshots/storage/${files[name as keyof typeof files]}.json`
      const { storage } = JSON.parse(readFileSync(join(import.meta.dirname, path), 'utf8')) as {
        storage: { label: string; slot: string; offset: number }[]
      }
      for (const [variable, [slot, offset]] of Object.entries(fields)) {
        const place = storage.find(({ label }) => label === `_${variable}`)!
        expect([variable, Number(place.slot), place.offset]).to.deep.equal([variable, slot, offset])
      }
    }
  })
})

describe('valueAt', function () {
  it('takes bytes from the lowest end of a word', function () {
    const word = BigInt(`0x${'00'.repeat(20)}112233445566778899aabbcc`)
    expect(valueAt(word, { offset: 0, bytes: 1 })).to.equal(0xccn)
    expect(valueAt(word, { offset: 2, bytes: 3 })).to.equal(0x8899aan)
    expect(valueAt(word, { offset: 12, bytes: 20 })).to.equal(0n)
    expect(valueAt(2n ** 256n - 1n, { offset: 0, bytes: 32 })).to.equal(2n ** 256n - 1n)
  })
})
