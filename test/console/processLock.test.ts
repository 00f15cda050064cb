import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import { LockedError, NotWritableError, readHolder, takeLock } from '../../src/console/processLock.ts'

describe('processLock', function () {
  let folder: string

  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'stemma-lock-'))))
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const purpose = (what: string) => ({ what, ifHeld: 'Wait for it.', ifNotWritable: 'Make the folder writable.' })
  const path = () => join(folder, '.stemma/local.lock')

  it('is held by this process until it is released', function () {
    const release = takeLock(path(), purpose('a test'))
    expect(readHolder(path())).to.deep.equal({ pid: process.pid, what: 'a test' })
    release()
    expect([readHolder(path()), existsSync(path())]).to.deep.equal([undefined, false])
  })

  it('names the process that holds it, and what that process runs', function () {
    const release = takeLock(path(), purpose('npm start on port 8545'))
    expect(() => takeLock(path(), purpose('another')))
      .to.throw(LockedError)
      .with.property('message')
      .that.contains(`locked by process ${process.pid} ("npm start on port 8545"). Wait for it.`)
    release()
  })

  it('is free when its process has ended, or when its file is damaged', function () {
    const { pid } = spawnSync(process.execPath, ['--version'])
    takeLock(path(), purpose('a test'))()
    for (const content of [JSON.stringify({ pid, what: 'ended' }), '', '{', '{"pid":-1,"what":""}']) {
      writeFileSync(path(), content)
      const release = takeLock(path(), purpose('next'))
      expect(JSON.parse(readFileSync(path(), 'utf8'))).to.deep.equal({ pid: process.pid, what: 'next' })
      release()
    }
  })

  it('is not released by a process that lost it', function () {
    const release = takeLock(path(), purpose('a test'))
    const other = JSON.stringify({ pid: process.ppid, what: 'another' })
    writeFileSync(path(), other)
    release()
    expect(readFileSync(path(), 'utf8')).to.equal(other)
  })

  it('names the folder that cannot be written', function () {
    writeFileSync(join(folder, '.stemma'), 'a file, and not a folder')
    expect(() => takeLock(path(), purpose('a test')))
      .to.throw(NotWritableError)
      .with.property('message')
      .that.matches(/^Cannot write "\S+\/\.stemma\/local\.lock" \(E\w+\)\. Make the folder writable\.$/)
  })
})
