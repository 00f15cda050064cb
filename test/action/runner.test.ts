import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import { addSummary, annotation, MOST_SUMMARY, openLog, setOutput } from '../../src/action/runner.ts'
import { obeyedIn, outputsIn } from './runnerOf.ts'

describe('what the runner of GitHub reads', function () {
  let folder: string
  before(async () => void (folder = await mkdtemp(join(tmpdir(), 'stemma-runner-'))))
  after(() => rm(folder, { recursive: true }))

  it('an annotation is one command with the very text', function () {
    const message = 'a\r\n::add-mask::x %0A ##[add-mask]x'
    const properties = { file: 'a,line=9:b%2C.json', line: '3', title: 'x::y' }
    expect(obeyedIn(annotation('warning', message, properties))).to.deep.equal([
      { command: 'warning', properties, message },
    ])
  })

  it('a log is obeyed only after its end, also when the last line is open', function () {
    for (const text of ['::add-mask::x', 'a\n ::add-mask::x\n', 'b ##[add-mask]x', '::stop-commands::x\n::x::\n']) {
      let printed = ''
      const log = openLog((part) => void (printed += part))
      log.print(text)
      log.print('')
      log.end()
      expect(obeyedIn(printed)).to.deep.equal([])
      expect(obeyedIn(`${printed}::notice::z`)).to.have.length(1)
    }
    expect(obeyedIn('::add-mask::x\nb ##[add-mask]x')).to.have.length(2)
  })

  it('an output has the very value, and no other is set', async function () {
    const file = join(folder, 'output')
    const values = { one: 'a', two: 'b\none=c\nEOF\none<<EOF\nd\nEOF', three: '' }
    for (const [name, value] of Object.entries(values)) await setOutput({ GITHUB_OUTPUT: file }, name, value)
    expect(outputsIn(await readFile(file, 'utf8'))).to.deep.equal(values)
    await setOutput({}, 'none', 'x')
  })

  it('a summary is at most as long as GitHub takes, cut between two lines', async function () {
    const file = join(folder, 'summary')
    const line = `${'ü'.repeat(50)}\n`
    await addSummary({ GITHUB_STEP_SUMMARY: file }, line.repeat(20_000))
    const text = await readFile(file, 'utf8')
    expect(Buffer.byteLength(text)).to.be.within(MOST_SUMMARY - 300, MOST_SUMMARY)
    expect(text).to.not.contain('\u{fffd}')
    expect(
      text
        .split('\n')
        .slice(0, -4)
        .every((each) => `${each}\n` === line),
    ).to.equal(true)
    expect(text).to.contain('longer than a summary may be')
  })
})
