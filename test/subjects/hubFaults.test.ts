import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RequestListener } from 'node:http'

import { expect } from 'chai'

import { openSubject } from '../../src/subjects/openSubject.ts'
import type { SubjectOptions } from '../../src/subjects/subject.ts'
import { createFolder, rejection, removeFolders } from '../artifacts/folder.ts'
import { answerError, answerJson, gitBlobId, startHubServer, type HubServer } from './hubServer.ts'
import { itInDepth } from '../fixtures/inDepth.ts'

const FILES = { 'README.md': '# Tiny', 'config.json': '{}', 'model.bin': { lfs: 'weights' } }
const REVISION = /\/revision\//
const TREE = /\/tree\//
const FILE = /resolve-cache.*README/

describe('faults of the Hub', function () {
  let hub: HubServer
  let options: SubjectOptions
  let folder: string
  let notes: string[]
  let pauses: number[]

  before(async function () {
    hub = await startHubServer()
  })
  beforeEach(function () {
    hub.mend()
    hub.asked.length = 0
    hub.hidden.clear()
    hub.publish('acme/tiny', FILES)
    folder = createFolder()
    notes = []
    pauses = []
    options = {
      env: { HF_ENDPOINT: hub.endpoint },
      cache: join(folder, 'digests.jsonl'),
      sleep: async (milliseconds) => void pauses.push(milliseconds),
      onNote: (message) => void notes.push(message),
    }
  })
  after(async function () {
    await hub.stop()
    removeFolders()
  })

  const open = (reference = 'hf:acme/tiny') => openSubject(reference, options)
  const withToken = (token = hub.token): void => {
    options = { ...options, env: { ...options.env, HF_TOKEN: token } }
  }
  const fails = async (code: string, kind: string, reference?: string): Promise<Error> => {
    const error = await rejection(open(reference))
    expect([error.code, (error as { kind?: string }).kind], error.stack).to.deep.equal([code, kind])
    expect(error.message).to.not.contain(hub.token)
    return error
  }

  describe('refusals', function () {
    it('names a model that is missing, with a token and without', async function () {
      expect((await fails('HUB_NOT_FOUND', 'input', 'hf:acme/none')).message).to.contain('set HF_TOKEN')
      withToken()
      expect((await fails('HUB_NOT_FOUND', 'input', 'hf:acme/none')).message).to.contain('does not open it')
      expect(pauses).to.deep.equal([])
    })

    it('names a model that is private, and opens it with the token', async function () {
      hub.hidden.add('acme/tiny')
      await fails('HUB_NOT_FOUND', 'input')
      withToken()
      expect((await open()).name).to.equal('acme/tiny')
    })

    it('names a revision that is missing', async function () {
      expect((await fails('HUB_REVISION', 'input', 'hf:acme/tiny@v9')).message).to.contain('"v9"')
      await fails('HUB_REVISION', 'input', `hf:acme/tiny@${'ab'.repeat(20)}`)
    })

    it('says where the terms of a gated model are accepted', async function () {
      for (const match of [REVISION, TREE, FILE]) {
        hub.fault(match, (_, response) => answerError(response, 403, 'GatedRepo', 'Access is restricted'))
        const { message } = await fails('HUB_GATED', 'refused')
        expect(message).to.contain(`${hub.endpoint}/acme/tiny`).and.contain('HF_TOKEN')
      }
    })

    const statuses: [
      status: number,
      code: string | undefined,
      message: string,
      token: string | undefined,
      expected: string,
    ][] = [
      [401, undefined, 'Unauthorized', undefined, 'HUB_NOT_FOUND'],
      [401, undefined, 'Invalid credentials in Authorization header', 'wrong', 'HUB_TOKEN'],
      [401, 'GatedRepo', 'Access is restricted', undefined, 'HUB_GATED'],
      [403, undefined, 'Access to this resource is disabled.', undefined, 'HUB_FORBIDDEN'],
      [451, undefined, 'Removed', undefined, 'HUB_FORBIDDEN'],
      [404, undefined, 'Not found', undefined, 'HUB_NOT_FOUND'],
      [404, 'EntryNotFound', 'Entry not found', undefined, 'HUB_PATH'],
    ]
    for (const [status, code, message, token, expected] of statuses) {
      it(`answers ${status} ${code ?? message} with ${expected}, at once`, async function () {
        if (token !== undefined) withToken(token)
        hub.fault(REVISION, (_, response) => answerError(response, status, code, message))
        expect(await rejection(open())).to.have.property('code', expected)
        expect(pauses).to.deep.equal([])
      })
    }

    it('keeps what a host says from the terminal', async function () {
      hub.fault(REVISION, (_, response) => answerError(response, 403, undefined, 'x'.repeat(5000)))
      expect((await fails('HUB_FORBIDDEN', 'refused')).message.length).to.be.below(600)
      hub.fault(REVISION, (_, response) => answerError(response, 418, undefined, 'a\u009b31mb'))
      expect((await fails('HUB_ANSWER', 'unavailable')).message).to.not.match(/\p{Cc}/u)
    })
  })

  describe('limits and failures', function () {
    const limited =
      (headers: Record<string, string>): RequestListener =>
      (_, response) =>
        answerJson(response, { error: 'limit' }, 429, headers)

    it('waits as long as the Hub says, and says so', async function () {
      options = { ...options, now: () => Date.UTC(2026, 0, 1) }
      hub.fault(REVISION, limited({ 'retry-after': '7' }))
      hub.fault(TREE, limited({ ratelimit: '"api";r=0;t=55', 'ratelimit-policy': '"fixed window";"api";q=500;w=300' }))
      hub.fault(FILE, limited({ 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }))
      expect((await open()).name).to.equal('acme/tiny')
      expect(pauses).to.deep.equal([7000, 55_000, 30_000])
      expect(notes.map((note) => /Waiting \d+ s/.exec(note)?.[0])).to.deep.equal([
        'Waiting 7 s',
        'Waiting 55 s',
        'Waiting 30 s',
      ])
    })

    it('does not wait longer than one window', async function () {
      hub.fault(REVISION, limited({ 'retry-after': '86400' }), 9)
      const error = await fails('HUB_RATE_LIMIT', 'unavailable')
      expect(error).to.have.property('retryAfter', 86_400)
      expect(error.message).to.contain('in 86400 s').and.contain('HF_TOKEN')
      expect(pauses).to.deep.equal([])
      hub.mend()
      hub.fault(REVISION, limited({ ratelimit: '"api";r=0;t=200' }), 9)
      await fails('HUB_RATE_LIMIT', 'unavailable')
      expect(pauses).to.deep.equal([200_000])
    })

    it('waits once for all requests that the limit holds up', async function () {
      hub.publish(
        'acme/many',
        Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`${index}.txt`, `${index}`])),
      )
      // The answers wait for each other: one that came after the pause would rightly begin another.
      const held: (() => void)[] = []
      const limit = limited({ ratelimit: '"resolvers";r=0;t=100' })
      hub.fault(
        /resolve-cache/,
        (request, response) => {
          held.push(() => limit(request, response))
          if (held.length === 6) held.forEach((answer) => answer())
        },
        6,
      )
      expect((await open('hf:acme/many')).files).to.equal(30)
      expect(pauses).to.deep.equal([100_000])
    })

    it('asks the Hub again where a storage refuses an address', async function () {
      hub.publish('acme/stored', { ...FILES, 'adapter.json': { lfs: '{"b":1}' } })
      hub.fault(/^\/lfs\//, (_, response) => response.writeHead(403).end('<Error>Request has expired</Error>'), 2)
      expect((await open('hf:acme/stored')).files).to.equal(4)
      hub.fault(/^\/lfs\//, (_, response) => response.writeHead(404).end(), 99)
      options = { ...options, cache: false }
      await fails('HUB_UNAVAILABLE', 'unavailable', 'hf:acme/stored')
    })

    for (const status of [500, 502, 503, 504]) {
      it(`tries again after ${status}`, async function () {
        hub.fault(TREE, (_, response) => response.writeHead(status).end('<html>'), 3)
        expect((await open()).name).to.equal('acme/tiny')
        expect(pauses).to.deep.equal([500, 1000, 2000])
      })
    }

    it('gives up after some attempts', async function () {
      hub.fault(TREE, (_, response) => response.writeHead(503).end(), 99)
      expect((await fails('HUB_UNAVAILABLE', 'unavailable')).message).to.contain('503')
      expect(pauses).to.deep.equal([500, 1000, 2000, 4000])
    })

    it('tries again after a connection that broke off, in an answer and before one', async function () {
      hub.fault(REVISION, (request) => request.socket.destroy())
      hub.fault(TREE, (_, response) => {
        response.writeHead(200, { 'content-length': 500 })
        response.write('[')
        setTimeout(() => response.destroy(), 5)
      })
      hub.fault(FILE, (_, response) => {
        response.writeHead(200, { 'content-length': 6 })
        response.write('# T')
        setTimeout(() => response.destroy(), 5)
      })
      expect((await open()).name).to.equal('acme/tiny')
      expect(pauses).to.have.length(3)
    })

    it('says that a host cannot be reached', async function () {
      options = { ...options, env: { HF_ENDPOINT: 'http://127.0.0.1:1' } }
      expect((await fails('HUB_UNAVAILABLE', 'unavailable')).message).to.contain('127.0.0.1:1')
    })

    it('stops when it is stopped', async function () {
      const stop = new AbortController()
      hub.fault(TREE, () => stop.abort())
      options = { ...options, signal: stop.signal }
      expect((await rejection(open())).name).to.equal('AbortError')
    })
  })

  describe('answers that are not trusted', function () {
    const entry = (path: unknown, changes: object = {}): object => ({
      type: 'file',
      oid: gitBlobId(Buffer.from('x')),
      size: 1,
      path,
      ...changes,
    })
    const trees: [what: string, tree: unknown, code: string][] = [
      ['no list', { error: 'x' }, 'HUB_ANSWER'],
      ['an entry that is not an object', ['x'], 'HUB_ANSWER'],
      ['no path', [entry(7)], 'HUB_ANSWER'],
      ['no length', [entry('a', { size: -1 })], 'HUB_ANSWER'],
      ['a length beyond what numbers hold', [entry('a', { size: 2 ** 60 })], 'HUB_ANSWER'],
      ['no id', [entry('a', { oid: 'zz' })], 'HUB_ANSWER'],
      ['no SHA-256', [entry('a', { lfs: { oid: 'zz', size: 1 } })], 'HUB_ANSWER'],
      ['two lengths', [entry('a', { lfs: { oid: 'ab'.repeat(32), size: 2 } })], 'HUB_ANSWER'],
      ['a submodule', [entry('a', { type: 'unknown' })], 'HUB_LISTING'],
      ['a name twice', [entry('a'), entry('a')], 'HUB_LISTING'],
      ['a file and a folder of one name', [entry('a/b'), entry('a')], 'HUB_LISTING'],
      ['the name of the reference program', [entry('.')], 'HUB_LISTING'],
      ['a path that leaves the folder', [entry('../a')], 'INVALID_RESOURCE'],
      ['a path that leaves the folder further down', [entry('a/../../b')], 'INVALID_RESOURCE'],
      ['an absolute path', [entry('/etc/passwd')], 'INVALID_RESOURCE'],
      ['an empty part', [entry('a//b')], 'INVALID_RESOURCE'],
      ['controls in a name', [entry('a\u001b[31m')], 'INVALID_RESOURCE'],
      ['half a surrogate pair', [entry('a\ud800')], 'INVALID_RESOURCE'],
      ['a name that is too long', [entry('a'.repeat(5000))], 'INVALID_RESOURCE'],
    ]
    for (const [what, tree, code] of trees) {
      it(`refuses a list with ${what}`, async function () {
        hub.fault(TREE, (_, response) => answerJson(response, tree))
        const error = await rejection(open())
        expect(error.code, error.message).to.equal(code)
        expect(error.message).to.not.match(/\p{Cc}/u)
        expect(hub.asked.filter(({ path }) => path.includes('resolve'))).to.deep.equal([])
      })
    }

    it('takes names that a folder can have, and warns of twins', async function () {
      hub.publish('acme/twins', { 'a\\b.txt': '1', 'README.md': '2', 'readme.md': '3', 'model.bin': { lfs: 'w' } })
      const { files, warnings } = await open('hf:acme/twins')
      expect(files).to.equal(4)
      expect(warnings.join()).to.contain('"README.md" and "readme.md"')
    })

    const bodies: [what: string, body: string, code: string][] = [
      ['a page of HTML', '<html>login</html>', 'HUB_ANSWER'],
      ['JSON with a name twice', '{"sha":"a","sha":"b"}', 'HUB_ANSWER'],
      ['deep JSON', '['.repeat(100) + ']'.repeat(100), 'HUB_ANSWER'],
      ['no commit', '{"sha":"main"}', 'HUB_ANSWER'],
      ['a list', '[]', 'HUB_ANSWER'],
      ['nothing', '', 'HUB_ANSWER'],
    ]
    for (const [what, body, code] of bodies) {
      it(`refuses ${what} for a model`, async function () {
        hub.fault(REVISION, (_, response) => response.writeHead(200).end(body))
        await fails(code, 'unavailable')
      })
    }

    it('refuses an answer that does not end', async function () {
      this.timeout(20_000)
      hub.fault(REVISION, (_, response) => {
        const chunk = Buffer.alloc(1024 * 1024, 0x20)
        response.writeHead(200)
        const write = (): void => {
          while (!response.destroyed && response.write(chunk));
          if (!response.destroyed) response.once('drain', write)
        }
        write()
      })
      await fails('HUB_TOO_LARGE', 'input')
    })

    it('refuses pages that lead elsewhere, or in a circle', async function () {
      const page =
        (link: string): RequestListener =>
        (_, response) =>
          answerJson(response, [entry('a')], 200, { link })
      hub.fault(TREE, page('<https://evil.example/api/models/acme/tiny/tree/x>; rel="next"'))
      await fails('HUB_ANSWER', 'unavailable')
      hub.fault(TREE, page(`<${hub.endpoint}/api/models/other/one/tree/x>; rel="next"`))
      await fails('HUB_ANSWER', 'unavailable')
      options = { ...options, cache: false }
      hub.fault(TREE, page('<?recursive=true&expand=false>; rel="next"'))
      await fails('HUB_ANSWER', 'unavailable')
    })

    it('reads a link to the next page as HTTP writes it, and never overlooks one', async function () {
      const commit = hub.publish('acme/tiny', FILES)
      const next = `<${hub.endpoint}/api/models/acme/tiny/tree/${commit}?recursive=true&expand=false&cursor=0>`
      const links: [link: string, isRead: boolean][] = [
        [`${next}; rel="next"`, true],
        [`${next}; rel=next`, true],
        [`${next};rel=next; title="b"`, true],
        [`${next}; title="a, b"; rel="next"`, true],
        [`${next} ; REL = "Next"`, true],
        [`<https://x.example/>; rel="prev", ${next}; rel="next"`, true],
        [`${next}; rel="next last"`, false],
        ['<<; rel="next"', false],
        ['rel="next"', false],
      ]
      for (const [link, isRead] of links) {
        options = { ...options, cache: false }
        hub.fault(TREE, (_, response) => answerJson(response, [], 200, { link }))
        if (isRead) expect((await open()).files, link).to.equal(3)
        else expect((await fails('HUB_ANSWER', 'unavailable')).message, link).to.contain('cannot be read')
      }
      hub.fault(TREE, (_, response) => answerJson(response, [entry('README.md')], 200, { link: '</next>; rel="prev"' }))
      await fails('HUB_CHANGED', 'undecided')
    })

    it("follows a mirror's page that has the address of the Hub itself", async function () {
      hub.pageSize = 2
      const commit = hub.publish('acme/tiny', FILES)
      hub.fault(TREE, (_, response) => {
        const link = `<https://huggingface.co/api/models/acme/tiny/tree/${commit}?recursive=true&expand=false&cursor=0>; rel="next"`
        answerJson(response, [], 200, { link })
      })
      expect((await open()).files).to.equal(3)
      hub.pageSize = 1000
    })

    it('refuses a large file that is not in LFS, before it is asked for', async function () {
      hub.fault(TREE, (_, response) => answerJson(response, [entry('big.bin', { size: 65 * 1024 * 1024 })]))
      expect((await fails('HUB_TOO_LARGE', 'input')).message).to.contain('big.bin')
      const many = Array.from({ length: 20 }, (_, index) => entry(`${index}.bin`, { size: 60 * 1024 * 1024 }))
      hub.fault(TREE, (_, response) => answerJson(response, many))
      options = { ...options, cache: false }
      await fails('HUB_TOO_LARGE', 'input')
      expect(hub.asked.filter(({ path }) => path.includes('resolve'))).to.deep.equal([])
    })
  })

  describe('files that change', function () {
    for (const [what, content] of [
      ['other bytes', '# TINY'],
      ['fewer bytes', '# T'],
      ['more bytes', '# Tiny and more'],
    ] as const) {
      it(`refuses a file that has ${what} than were listed`, async function () {
        hub.fault(FILE, (_, response) => response.writeHead(200, { 'content-length': content.length }).end(content))
        await fails('HUB_CHANGED', 'undecided')
        expect((await open()).name).to.equal('acme/tiny')
      })
    }

    it('refuses a file that was listed and is not there', async function () {
      hub.fault(FILE, (_, response) => answerError(response, 404, 'EntryNotFound', 'Entry not found'))
      await fails('HUB_CHANGED', 'undecided')
    })

    it('refuses a file of LFS that has other bytes, where it is read', async function () {
      hub.publish('acme/lfs', { ...FILES, 'config.json': { lfs: '{"a":1}' }, 'adapter.json': { lfs: '{"b":1}' } })
      hub.fault(/^\/lfs\//, (_, response) => response.writeHead(200).end('{"b":2}'))
      await fails('HUB_CHANGED', 'undecided', 'hf:acme/lfs')
    })

    it('refuses another commit than the one that was asked for', async function () {
      const commit = hub.publish('acme/tiny', FILES)
      hub.fault(REVISION, (_, response) => answerJson(response, { id: 'acme/tiny', sha: 'ab'.repeat(20) }))
      await fails('HUB_CHANGED', 'undecided', `hf:acme/tiny@${commit}`)
      hub.fault(FILE, (_, response) => response.writeHead(200, { 'x-repo-commit': 'ab'.repeat(20) }).end('# Tiny'))
      await fails('HUB_CHANGED', 'undecided')
    })
  })

  describe('redirects and the token', function () {
    const leads =
      (location: string, status = 302): RequestListener =>
      (_, response) =>
        response.writeHead(status, { location }).end()

    it('follows a model that has another name now, and says which', async function () {
      hub.publish('acme/renamed', FILES)
      hub.rename('acme/before', 'acme/renamed')
      const { name, warnings } = await open('hf:acme/before')
      expect(name).to.equal('acme/renamed')
      expect(warnings.join()).to.contain('"acme/before"').and.contain('"acme/renamed"')
    })

    it('refuses redirects of the API to another host, and of files to places that are not public', async function () {
      hub.fault(REVISION, leads(`${hub.storage}/x`))
      await fails('HUB_REDIRECT', 'refused')
      hub.fault(TREE, leads('https://evil.example/x', 307))
      await fails('HUB_REDIRECT', 'refused')
      for (const target of [
        'ftp://127.0.0.1/x',
        'file:///etc/passwd',
        'http://192.168.0.1/x',
        'http://me:pw@127.0.0.1/',
        'http://[',
      ]) {
        hub.fault(FILE, leads(target))
        await fails('HUB_REDIRECT', 'refused')
      }
      hub.fault(FILE, leads('/api/resolve-cache/models/README', 307), 99)
      await fails('HUB_REDIRECT', 'refused')
    })

    it('never leaves https, nor goes from the Hub into the network of who asks', async function () {
      const sent: string[] = []
      const scripted = (targets: Record<string, string>): SubjectOptions => ({
        cache: false,
        env: { HF_TOKEN: hub.token },
        fetch: async (url) => {
          sent.push(url)
          const location = Object.entries(targets).find(([part]) => url.includes(part))?.[1]
          if (location !== undefined) return new Response(null, { status: 302, headers: { location } })
          if (url.includes('/revision/')) return Response.json({ id: 'acme/tiny', sha: 'ab'.repeat(20) })
          return Response.json([{ type: 'file', path: 'a', size: 1, oid: gitBlobId(Buffer.from('x')) }])
        },
      })
      for (const targets of [
        { '/revision/': 'http://huggingface.co/x' },
        { '/resolve/': 'http://cdn.example/x' },
        { '/resolve/': 'https://169.254.169.254/latest' },
        { '/resolve/': 'https://[::1]/x' },
        { '/resolve/': 'https://localhost/x' },
        { '/resolve/': 'https://nas.local/x' },
        { '/resolve/': 'https://intranet/x' },
        { '/resolve/': 'https://intranet./x' },
        { '/resolve/': 'https://localhost./x' },
        { '/resolve/': 'https://nas.home.arpa/x' },
        { '/resolve/': 'https://me:secret@cdn.example/x' },
        { '/revision/': 'https://cdn.example/x?X-Amz-Signature=secret' },
      ]) {
        const error = await rejection(openSubject('hf:acme/tiny', scripted(targets)))
        expect(error.code, JSON.stringify(targets)).to.equal('HUB_REDIRECT')
        expect(error.message).to.not.contain('secret')
      }
      expect(sent.every((url) => url.startsWith('https://huggingface.co/'))).to.equal(true)
    })

    it('sends the token to the Hub, and not to the storage', async function () {
      withToken()
      hub.publish('acme/tiny', { ...FILES, 'adapter.json': { lfs: '{"b":1}' } })
      await open()
      const byHost = (host: string) =>
        new Set(hub.asked.filter((each) => each.host === host).map((each) => each.authorization))
      expect(byHost('hub')).to.deep.equal(new Set([`Bearer ${hub.token}`]))
      expect(byHost('storage')).to.deep.equal(new Set([undefined]))
    })

    it('does not send the token over http, nor one that is not a token', async function () {
      const sent: unknown[] = []
      const asking = (env: NodeJS.ProcessEnv): SubjectOptions => ({
        ...options,
        cache: false,
        env,
        fetch: async (_, { headers }) => {
          sent.push((headers as Record<string, string>).authorization)
          return new Response('', { status: 404, headers: { 'x-error-code': 'RepoNotFound' } })
        },
      })
      await rejection(
        openSubject('hf:acme/tiny', asking({ HF_ENDPOINT: 'http://mirror.example', HF_TOKEN: hub.token })),
      )
      await rejection(openSubject('hf:acme/tiny', asking({ HF_TOKEN: 'two\nlines' })))
      await rejection(openSubject('hf:acme/tiny', asking({ HF_TOKEN: hub.token })))
      expect(sent).to.deep.equal([undefined, undefined, `Bearer ${hub.token}`])
      expect(notes).to.have.length(2)
      expect(notes.join()).to.not.contain(hub.token)
    })
  })

  describe('what is kept', function () {
    it('is not used where other users could have written it', async function () {
      const kept = join(folder, 'hub')
      mkdirSync(kept, { mode: 0o777 })
      chmodSync(kept, 0o777)
      await fails('UNTRUSTED_CACHE', 'input')
      chmodSync(kept, 0o700)
      await open()
      const [file] = readdirSync(kept)
      chmodSync(join(kept, file!), 0o666)
      await fails('UNTRUSTED_CACHE', 'input')
      const linked = join(createFolder(), 'hub')
      symlinkSync(kept, linked)
      options = { ...options, cache: join(linked, '../digests.jsonl') }
      await fails('UNTRUSTED_CACHE', 'input')
    })

    it('is asked for again where it is damaged', async function () {
      const { digest } = await open()
      const kept = join(folder, 'hub')
      for (const file of readdirSync(kept)) writeFileSync(join(kept, file), 'damaged')
      expect((await open()).digest).to.equal(digest)
      for (const file of readdirSync(kept)) writeFileSync(join(kept, file), '')
      expect((await open()).digest).to.equal(digest)
    })

    it('is limited as what is asked for is, and forgotten where it proved wrong', async function () {
      const page = (paths: string[], link?: string): RequestListener => {
        const tree = paths.map((path) => ({ type: 'file', oid: gitBlobId(Buffer.from('x')), size: 1, path }))
        return (_, response) => answerJson(response, tree, 200, link === undefined ? {} : { link })
      }
      const names = Array.from({ length: 100_001 }, (_, index) => `${index}.txt`)
      const wrong: [what: string, listener: RequestListener, code: string][] = [
        ['too many files', page(names), 'HUB_TOO_LARGE'],
        ['a circle', page([], '<?recursive=true&expand=false>; rel="next"'), 'HUB_ANSWER'],
        ['a name twice', page(['a', 'a']), 'HUB_LISTING'],
        ['a path that leaves', page(['../a']), 'INVALID_RESOURCE'],
        ['another digest', page(['README.md']), 'HUB_CHANGED'],
      ]
      for (const [what, listener, code] of wrong) {
        const commit = hub.publish('acme/tiny', { ...FILES, 'what.txt': what })
        hub.fault(TREE, listener, 2)
        for (const reference of ['hf:acme/tiny', `hf:acme/tiny@${commit}`])
          expect(await rejection(open(reference)), what).to.include({ code })
        expect((await open()).files, what).to.equal(4)
        expect((await open(`hf:acme/tiny@${commit}`)).files, what).to.equal(4)
      }
    })

    itInDepth('does not end at the most pages of a list', async function () {
      this.timeout(20_000)
      let pages = 0
      hub.fault(
        TREE,
        (_, response) => {
          pages += 1
          answerJson(response, [], 200, { link: `<?cursor=${pages}>; rel="next"` })
        },
        5000,
      )
      const commit = hub.publish('acme/tiny', FILES)
      for (let run = 0; run < 2; run++) await fails('HUB_ANSWER', 'unavailable', `hf:acme/tiny@${commit}`)
    })

    it('is removed by its names only, when there is too much of it', async function () {
      const kept = join(folder, 'hub')
      mkdirSync(kept, { mode: 0o700 })
      const names = ['ab'.repeat(32), 'cd'.repeat(32), `${'cd'.repeat(32)}.0123456789ab.tmp`, 'mine.bin', 'ab12']
      for (const name of names) {
        writeFileSync(join(kept, name), '')
        truncateSync(join(kept, name), 600 * 1024 * 1024)
      }
      await open()
      expect(readdirSync(kept)).to.include.members(['mine.bin', 'ab12'])
      for (const name of names.slice(0, 3)) expect(existsSync(join(kept, name)), name).to.equal(false)
    })

    it('is left out, with a warning, where it cannot be written', async function () {
      writeFileSync(join(folder, 'file'), '')
      options = { ...options, cache: join(folder, 'file/digests.jsonl') }
      expect((await open()).warnings.join()).to.contain('cannot be written')
    })
  })
})
