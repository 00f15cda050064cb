import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import { readContractInputs } from '../../tools/contract-inputs.ts'

const root = join(import.meta.dirname, '../..')

describe('tools/contract-inputs', function () {
  let copy: string
  let before: string

  const digest = () => readContractInputs(copy).digest
  const lock = (solc: string, openzeppelin: string): void => {
    const packages = {
      'node_modules/solc': { version: solc },
      'node_modules/@openzeppelin/contracts': { version: openzeppelin },
    }
    writeFileSync(join(copy, 'package-lock.json'), JSON.stringify({ packages }))
  }

  beforeEach(function () {
    copy = mkdtempSync(join(tmpdir(), 'stemma-inputs-'))
    cpSync(join(root, 'contracts/types'), join(copy, 'contracts/types'), { recursive: true })
    cpSync(join(root, 'contracts/compiler.json'), join(copy, 'contracts/compiler.json'))
    lock('1.0.0', '2.0.0')
    before = digest()
  })

  afterEach(() => rmSync(copy, { recursive: true, force: true }))

  it('names the locked versions of the compiler and of OpenZeppelin', function () {
    const { digest: all, ...versions } = readContractInputs(copy)
    expect(versions).to.deep.equal({ solc: '1.0.0', openzeppelin: '2.0.0' })
    expect(all).to.match(/^[0-9a-f]{64}$/)
  })

  it('changes with a source, with a new or renamed source, with the settings and with a version', function () {
    const seenBefore = new Set([before])
    const change = (apply: () => void): void => {
      apply()
      expect(seenBefore.has(digest())).to.equal(false)
      seenBefore.add(digest())
    }
    change(() => writeFileSync(join(copy, 'contracts/types/Ids.sol'), '// changed'))
    change(() => writeFileSync(join(copy, 'contracts/types/New.sol'), '// new'))
    change(() => {
      rmSync(join(copy, 'contracts/types/New.sol'))
      writeFileSync(join(copy, 'contracts/types/Newer.sol'), '// new')
    })
    change(() => writeFileSync(join(copy, 'contracts/compiler.json'), '{}'))
    change(() => lock('1.0.1', '2.0.0'))
    change(() => lock('1.0.1', '2.0.1'))
  })

  it('does not change with what the compiler does not read', function () {
    mkdirSync(join(copy, 'test'))
    writeFileSync(join(copy, 'test/Other.sol'), '// of a test')
    writeFileSync(join(copy, 'contracts/README.md'), 'words')
    expect(digest()).to.equal(before)
  })
})
