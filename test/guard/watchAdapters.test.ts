import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import { localHolder } from '../../src/guard/localHolder.ts'
import { GuardSession } from '../../src/guard/session.ts'
import { watchAdapters, type AdapterWatch } from '../../src/guard/watchAdapters.ts'
import { writeModel } from './models.ts'

describe('watchAdapters', function () {
  let home: string
  let over: AbortController

  beforeEach(function () {
    home = realpathSync(mkdtempSync(join(tmpdir(), 'stemma-adapters-')))
    over = new AbortController()
  })

  afterEach(function () {
    over.abort()
    rmSync(home, { recursive: true, force: true })
  })

  /** What nothing may be loaded with. */
  async function watching(onJudged: (path: string) => void): Promise<AdapterWatch> {
    const env = { HOME: home }
    return {
      session: new GuardSession(),
      holder: await localHolder({ move: false, env }),
      judge: (path) => {
        onJudged(path)
        return Promise.resolve({ loadable: false, code: 'NOT_LOADABLE', message: 'Nobody reviewed it.', missing: [] })
      },
      againMilliseconds: 60_000,
      report: () => undefined,
      signal: over.signal,
      hashing: { cwd: home, env },
    }
  }

  it('follows a folder whose link is led elsewhere, and holds what is there', async function () {
    writeModel(join(home, 'first'), { 'a/adapter_model.safetensors': 'a' })
    writeModel(join(home, 'second'), { 'b/adapter_model.safetensors': 'b' })
    symlinkSync('first', join(home, 'adapters'))
    const judged: string[] = []
    let found = (): void => undefined
    const both = new Promise<void>((resolve) => (found = resolve))
    const watch = await watching((path) => void (judged.push(path) > 1 && found()))
    const { done } = await watchAdapters(['./adapters'], watch)
    expect(judged).to.deep.equal([join(home, 'first/a')])
    rmSync(join(home, 'adapters'))
    symlinkSync('second', join(home, 'adapters'))
    await both
    over.abort()
    await done
    expect(judged.at(-1)).to.equal(join(home, 'second/b'))
    expect(await watch.holder.isHeld(join(home, 'second/b'))).to.equal(true)
    expect(watch.session.roots).to.deep.equal([join(home, 'first'), join(home, 'second')])
  })

  it('begins with no folder that has more entries than it could look at', async function () {
    mkdirSync(join(home, 'adapters'))
    for (let at = 0; at <= 10_000; at++) writeFileSync(join(home, 'adapters', `${at}`), '')
    const failure = await watchAdapters(['adapters'], await watching(() => undefined)).catch((error: unknown) => error)
    expect(failure).to.include({ code: 'ADAPTER_FOLDER' })
  })
})
