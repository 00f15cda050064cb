import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import { ruleDocuments } from '../../src/cli/ruleDocuments.ts'
import type { Context } from '../../src/console/context.ts'
import { sha256Text } from '../../src/core/sha256.ts'
import { descriptionDigest, parseTrainingDescription } from '../../src/documents/trainingDescription.ts'

const PROFILE = '{ "country": "CH" }'
const METHOD = parseTrainingDescription({ version: 1, origin: 'from-scratch' })

describe('the documents of rules, in a folder', function () {
  let cwd: string
  let context: Context

  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'stemma-statements-'))
    const signal = new AbortController().signal
    const fetch = async (): Promise<Response> => {
      throw new Error('no host is asked')
    }
    context = { cwd, signal, fetch, env: {} } as unknown as Context
  })
  afterEach(() => rm(cwd, { recursive: true }))

  const find = async (kind: 'profile' | 'method', digest = sha256Text(PROFILE)): Promise<string> => {
    const documents = await ruleDocuments(context, { statements: '.', methods: [], asksHosts: false })
    const found = (await documents([{ kind, digest, uris: ['https://huggingface.co/acme/one'] }])).get(digest)!
    return 'bytes' in found ? new TextDecoder().decode(found.bytes) : found.problem
  }

  it('are found by their digests, whatever they are called and however a description is written', async function () {
    await writeFile(join(cwd, 'a.bin'), PROFILE)
    await writeFile(join(cwd, 'b'), JSON.stringify(METHOD, null, 8))
    expect(await find('profile')).to.equal(PROFILE)
    expect(JSON.parse(await find('method', descriptionDigest(METHOD)))).to.deep.equal(METHOD)
    expect(await find('profile', sha256Text('other'))).to.equal('"." does not have it')
  })

  it('are not looked for in pipes, folders and large files, and what is not JSON disturbs nobody', async function () {
    execFileSync('mkfifo', [join(cwd, 'a-pipe')])
    await mkdir(join(cwd, 'b-folder'))
    await writeFile(join(cwd, 'b-folder/profile.json'), PROFILE)
    await writeFile(join(cwd, 'c-large'), '')
    await truncate(join(cwd, 'c-large'), 2 ** 40)
    await writeFile(join(cwd, 'd-binary'), Uint8Array.of(0xff, 0, 0xfe))
    await writeFile(join(cwd, 'e-deep'), '['.repeat(100_000))
    expect(await find('method', descriptionDigest(METHOD))).to.contain('does not have it')
    await writeFile(join(cwd, 'f.json'), JSON.stringify(METHOD))
    expect(await find('method', descriptionDigest(METHOD))).to.equal(JSON.stringify(METHOD))
  })

  it('are refused in a folder with too many files, or that is none', async function () {
    await Promise.all(Array.from({ length: 4_097 }, (_, index) => writeFile(join(cwd, `${index}`), '')))
    const asking = (statements: string): Promise<unknown> =>
      ruleDocuments(context, { statements, methods: [], asksHosts: false }).catch((error: unknown) => error)
    expect(((await asking('.')) as Error).message).to.contain('has 4097 files, and at most 4096 are read')
    expect(((await asking('0')) as Error).message).to.contain('it is not a folder')
    await rm(join(cwd, '0'))
    expect(await asking('.')).to.be.a('function')
  })
})
