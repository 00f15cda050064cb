import { expect } from 'chai'

import type { Row } from '../../../packages/server/src/indexer/database.ts'
import { COLUMNS, readRow } from '../../../packages/server/src/indexer/rows.ts'
import { TABLE_NAMES, TABLES } from '../../../packages/server/src/indexer/schema.ts'

const DIGEST = 'ab'.repeat(32)
const EDGE = {
  child: 2,
  parent: 1,
  relation: 10,
  part: null,
  grade: 3,
  undisclosed: 1,
  position: -1,
  claim: null,
  block: 7,
  log: 4,
}

describe('rows', function () {
  it('reads codes as words, flags as booleans and null as null', function () {
    expect(readRow('edges', EDGE)).to.deep.equal({
      ...EDGE,
      relation: 'version',
      grade: 'adjudicated',
      undisclosed: true,
    })
  })

  it('reads bytes from a driver and from hex digits alike, and names fields in camel case', function () {
    const row = { usage_log: 1, block: 7, log: 4, size: '12', calls: '9'.repeat(30), tokens: '0' }
    for (const root of [Buffer.from(DIGEST, 'hex'), DIGEST]) {
      expect(readRow('usage_checkpoints', { ...row, root })).to.deep.equal({
        usageLog: 1,
        block: 7,
        log: 4,
        size: 12n,
        root: `0x${DIGEST}`,
        calls: 10n ** 30n - 1n,
        tokens: 0n,
      })
    }
  })

  it('refuses a value that its column cannot have', function () {
    const wrong: [Row, string][] = [
      [{ ...EDGE, relation: 11 }, 'Expected a code of finetune, adapter,'],
      [{ ...EDGE, relation: 0 }, 'Expected a code of finetune, adapter,'],
      [{ ...EDGE, part: 7 }, 'Expected a code of whole, text,'],
      [{ ...EDGE, child: null }, 'Expected a number, got object.'],
      [{ ...EDGE, child: '2' }, 'Expected a number, got string.'],
    ]
    for (const [row, message] of wrong) expect(() => readRow('edges', row)).to.throw(TypeError, message)
  })

  it('describes every table: its key and its indexes name its columns', function () {
    for (const table of TABLE_NAMES) {
      const { primaryKey, indexes = [] } = TABLES[table] as {
        primaryKey: readonly string[]
        indexes?: readonly { columns: readonly string[] }[]
      }
      for (const column of [...primaryKey, ...indexes.flatMap(({ columns }) => columns)]) {
        expect(COLUMNS[table], table).to.include(column)
      }
    }
  })
})
