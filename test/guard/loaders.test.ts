import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { expect } from 'chai'

import { stateOf } from '../../src/artifacts/listFiles.ts'
import { parseDigest } from '../../src/core/hex.ts'
import { assertLoadable } from '../../src/guard/assertLoadable.ts'
import { GUARD_SOCKET, serveGuardSocket, type GuardSocket } from '../../src/guard/guardSocket.ts'
import { loaderEnvironment } from '../../src/guard/loaderEnvironment.ts'
import type { OpenedModel } from '../../src/guard/openGuarded.ts'
import { GuardSession, identitiesOf, type LoadAnswer } from '../../src/guard/session.ts'

/** The interpreter of the system, where there is one. */
const interpreter = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3'
const python = join(import.meta.dirname, '../../python')
const digest = parseDigest(`0x${'11'.repeat(32)}`)
const MISSING = [{ rule: 'unregistered', what: 'Nobody registered it.', remedy: 'Have it reviewed.' }] as const

describe('loaders that ask the guard', function () {
  let folder: string
  let session: GuardSession
  let socket: GuardSocket

  /** A model of one file, as it was hashed. */
  function model(name: string): OpenedModel {
    const root = join(folder, name)
    const path = join(root, 'weights.bin')
    mkdirSync(root, { recursive: true })
    writeFileSync(path, name)
    const state = stateOf(statSync(path, { bigint: true }))
    const files = [{ path, name: 'weights.bin', digest: '', state }]
    return { reference: root, isAdapter: false, root, digest, tensors: null, files, notes: [] }
  }

  beforeEach(async function () {
    folder = mkdtempSync(join(tmpdir(), 'stemma-loaders-'))
    session = new GuardSession()
    session.add(model('base'))
    const cleared = model('adapters/cleared')
    model('adapters/strange')
    session.guardFolder(join(folder, 'adapters'))
    socket = await serveGuardSocket(session, async (path): Promise<LoadAnswer> => {
      if (path !== cleared.root)
        return { loadable: false, code: 'NOT_LOADABLE', message: 'It is not.', missing: MISSING }
      session.add(cleared)
      return { loadable: true, weights: digest, files: identitiesOf(cleared) }
    })
  })
  afterEach(async () => {
    await socket.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** What the socket answers to some bytes; empty where it ends the connection. */
  function send(bytes: string): Promise<string> {
    return new Promise((resolve) => {
      let text = ''
      const client = connect(socket.path)
      client.on('data', (data) => (text += data.toString()))
      client.on('error', () => {})
      client.once('close', () => resolve(text))
      client.write(bytes)
    })
  }

  it('passes what may be loaded, and throws with what is missing', async function () {
    const { files } = await assertLoadable(join(folder, 'adapters/cleared'), { socket: socket.path })
    expect(files).to.have.length(1)
    const refused = await assertLoadable(join(folder, 'adapters/strange'), { socket: socket.path }).catch(
      (error: unknown) => error,
    )
    expect(refused).to.deep.include({ code: 'NOT_LOADABLE', missing: MISSING })
    const gone = await assertLoadable('x', { socket: join(folder, 'nothing') }).catch((error: unknown) => error)
    expect(gone).to.have.property('code', 'GUARD_SOCKET')
    const nobody = await assertLoadable('x', { socket: '' }).catch((error: unknown) => error)
    expect(nobody).to.have.property('code', 'NO_GUARD')
  })

  it('serves its owner alone, and bears any question', async function () {
    expect(statSync(dirname(socket.path)).mode & 0o777).to.equal(0o700)
    for (const line of [
      'x',
      '{',
      '[]',
      'null',
      '{"load":1}',
      '{"load":"relative"}',
      '{"load":"/a\\u0000b"}',
      '{"session":"yes"}',
    ]) {
      expect(JSON.parse(await send(`${line}\n`))).to.include({ loadable: false })
    }
    expect(await send('x'.repeat(100_000))).to.equal('')
    expect(JSON.parse(await send('{"session":true}\n')).roots).to.deep.equal([
      join(folder, 'base'),
      join(folder, 'adapters'),
    ])
  })

  it('has no patience with peers that do not ask, or lie', async function () {
    // More of them than are served at once, and none asks.
    const silent = Array.from({ length: 40 }, () => connect(socket.path).on('error', () => {}))
    for (const each of silent) each.resume()
    await Promise.all(silent.map((each) => new Promise((resolve) => each.once('close', resolve))))
    expect(JSON.parse(await send('{"session":true}\n')).files).to.have.length(1)
    for (const answer of [
      '{"loadable":true}',
      '{"loadable":true,"weights":"x","files":[1]}',
      '{"loadable":false}',
      '7',
      '',
    ]) {
      const liar = createServer((peer) =>
        peer
          .on('error', () => {})
          .resume()
          .end(`${answer}\n`),
      )
      const path = join(folder, 'liar')
      await new Promise<void>((resolve) => liar.listen(path, resolve))
      const refused = await assertLoadable('x', { socket: path }).catch((error: unknown) => error)
      expect(refused).to.have.property('code', 'GUARD_SOCKET')
      await new Promise((resolve) => liar.close(resolve))
    }
  })

  it('answers what may be loaded now while another loader waits for a judgment', async function () {
    let judge = (_: LoadAnswer): void => {}
    const slow = await serveGuardSocket(session, () => new Promise((resolve) => (judge = resolve)))
    const asked = assertLoadable('/x', { socket: slow.path }).catch((error: unknown) => error)
    const client = connect(slow.path)
    client.write('{"session":true}\n')
    const [data] = (await once(client, 'data')) as [Buffer]
    expect(JSON.parse(data.toString()).roots).to.have.length(2)
    judge({ loadable: false, code: 'NOT_LOADABLE', message: 'It is not.', missing: [] })
    expect(await asked).to.have.property('code', 'NOT_LOADABLE')
    await slow.close()
    const stale = await assertLoadable('/x', { socket: slow.path }).catch((error: unknown) => error)
    expect(stale).to.have.property('code', 'GUARD_SOCKET')
  })

  it('has a socket also where the path of temporary files is long', async function () {
    const before = process.env.TMPDIR
    process.env.TMPDIR = join(folder, 'long'.repeat(20))
    try {
      mkdirSync(process.env.TMPDIR, { recursive: true })
      const deep = await serveGuardSocket(session, () => Promise.reject(new Error('x')))
      await deep.close()
    } finally {
      if (before === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = before
    }
  })

  it('leaves variables alone that the policy names, and never passes keys on', function () {
    const { env, changes } = loaderEnvironment(
      {
        PATH: '/bin',
        STEMMA_PRIVATE_KEY: 'x',
        STEMMA_KEYSTORE_PASSWORD: 'x',
        STEMMA_KEY_PASSWORD: 'x',
        STEMMA_WEBHOOK_SECRET: 'x',
        HF_HUB_OFFLINE: '0',
        VLLM_ALLOW_RUNTIME_LORA_UPDATING: '1',
        VLLM_MODEL_REDIRECT_PATH: '/map',
        LLAMA_ARG_SPEC_DRAFT_MODEL: '/draft.gguf',
      },
      { TRANSFORMERS_OFFLINE: false },
    )
    expect(env).to.include({ PATH: '/bin', HF_HUB_OFFLINE: '1', PYTHONSAFEPATH: '1' })
    expect(env).to.not.have.any.keys(
      'STEMMA_PRIVATE_KEY',
      'STEMMA_KEYSTORE_PASSWORD',
      'STEMMA_KEY_PASSWORD',
      'STEMMA_WEBHOOK_SECRET',
      'TRANSFORMERS_OFFLINE',
      'VLLM_ALLOW_RUNTIME_LORA_UPDATING',
      'VLLM_MODEL_REDIRECT_PATH',
      'LLAMA_ARG_SPEC_DRAFT_MODEL',
    )
    expect(changes.find(({ name }) => name === 'VLLM_ALLOW_RUNTIME_LORA_UPDATING')).to.include({ value: null })
  })

  it('keeps programs, libraries and modules of the folder that a command is started in from being found', function () {
    const { env, changes } = loaderEnvironment(
      { PATH: '/usr/bin:/bin', PYTHONPATH: ':/own', LD_LIBRARY_PATH: '/a::.:lib', DYLD_LIBRARY_PATH: '' },
      {},
    )
    expect(env).to.include({ PATH: '/usr/bin:/bin', PYTHONPATH: '/own', LD_LIBRARY_PATH: '/a' })
    expect(env).to.not.have.property('DYLD_LIBRARY_PATH')
    expect(changes.map(({ name }) => name))
      .to.include.members(['PYTHONPATH', 'LD_LIBRARY_PATH'])
      .and.not.include('PATH')
    expect(loaderEnvironment({ PYTHONPATH: '.' }, { PYTHONPATH: false }).env.PYTHONPATH).to.equal('.')
  })

  describe('in Python', function () {
    this.timeout(60_000)

    /** Runs a script by the interpreter, with a library of its own that loads by open(). */
    function run(
      script: string,
      env: NodeJS.ProcessEnv = { [GUARD_SOCKET]: socket.path },
      through: readonly string[] = ['-m', 'stemma_guard'],
    ): Promise<string> {
      mkdirSync(join(folder, 'lib'), { recursive: true })
      writeFileSync(
        join(folder, 'lib/torch.py'),
        'def load(f, **named):\n    with open(f, "rb") as file:\n        return file.read()\n',
      )
      writeFileSync(join(folder, 'script.py'), script)
      const search = [python, join(folder, 'lib')].join(':')
      const args = ['-B', ...through, join(folder, 'script.py')]
      return new Promise((resolve) => {
        execFile(
          interpreter,
          args,
          { env: { PATH: process.env.PATH, PYTHONPATH: search, ...env } },
          (_, stdout, stderr) => {
            resolve(stdout + stderr)
          },
        )
      })
    }

    it('opens what was judged, and refuses other files of a guarded folder', async function () {
      const printed = await run(`
import sys
print(open(${JSON.stringify(join(folder, 'base/weights.bin'))}).read())
print(open(${JSON.stringify(join(folder, 'script.py'))}).read()[:1] == "\\n")
for path in ${JSON.stringify([join(folder, 'adapters/strange/weights.bin'), join(folder, 'adapters/../adapters/strange/weights.bin')])}:
    try:
        open(path)
        print("opened")
    except PermissionError as error:
        print(type(error).__name__)
`)
      expect(printed.split('\n')).to.deep.equal(['base', 'True', 'NotLoadableError', 'NotLoadableError', ''])
    })

    it('asks before torch.load, and lets an adapter through once it is judged', async function () {
      const printed = await run(`
import stemma_guard, torch
stemma_guard.assert_loadable(${JSON.stringify(join(folder, 'adapters/cleared'))})
print(torch.load(${JSON.stringify(join(folder, 'adapters/cleared/weights.bin'))}))
print(torch.load(f=${JSON.stringify(join(folder, 'base/weights.bin'))}))
try:
    torch.load(${JSON.stringify(join(folder, 'adapters/strange/weights.bin'))})
except stemma_guard.NotLoadableError as error:
    print(error.missing[0]["rule"])
`)
      expect(printed.split('\n')).to.deep.equal(["b'adapters/cleared'", "b'base'", 'unregistered', ''])
    })

    it('is not passed by links, other kinds of paths, or another thread that asks', async function () {
      const strange = join(folder, 'adapters/strange/weights.bin')
      writeFileSync(join(folder, 'outside.bin'), 'outside')
      symlinkSync(join(folder, 'outside.bin'), join(folder, 'adapters/strange/link.bin'))
      symlinkSync(join(folder, 'adapters'), join(folder, 'other'))
      const printed = await run(`
import io, os, pathlib, threading
import stemma_guard
path = ${JSON.stringify(strange)}
def refused(load):
    try:
        load()
        return "opened"
    except PermissionError:
        return "refused"
folder = os.path.dirname(path)
print(refused(lambda: open(os.path.join(folder, "link.bin"))))
print(refused(lambda: open(${JSON.stringify(join(folder, 'other/strange/weights.bin'))})))
print(refused(lambda: io.FileIO(pathlib.Path(path))))
print(refused(lambda: open(os.fsencode(path))))
print(refused(lambda: os.open(path, os.O_RDONLY)))
os.chdir(folder)
print(refused(lambda: open("weights.bin")))
# While one thread asks, another is still checked.
real, results = stemma_guard.socket.socket, []
class Slow(real):
    def connect(self, address):
        if not results:
            results.append(None)
            other = threading.Thread(target=lambda: results.append(refused(lambda: open(path))))
            other.start()
            other.join()
        return super().connect(address)
stemma_guard.socket.socket = Slow
try:
    stemma_guard.assert_loadable(path)
except stemma_guard.NotLoadableError:
    print(results[1])
`)
      expect(printed.trim().split('\n')).to.deep.equal(Array(7).fill('refused'))
    })

    it('loads nothing when the guard has gone, or answers nonsense', async function () {
      const gone = await run('print("started")', { [GUARD_SOCKET]: join(folder, 'gone') })
      expect(gone).to.contain('The guard does not answer').and.to.not.contain('started')
      const answers = ['', '[]', '{"roots":[]}', '{"roots":1,"files":[]}', '{"roots":[],"files":[1]}', 'x'.repeat(100)]
      const left = [...answers]
      const liar = createServer((peer) =>
        peer
          .on('error', () => {})
          .resume()
          .end(`${left.shift()}\n`),
      )
      await new Promise<void>((resolve) => liar.listen(join(folder, 'liar'), resolve))
      const script = `
import stemma_guard
for _ in range(${answers.length}):
    try:
        stemma_guard.install()
        print("installed")
    except stemma_guard.NotLoadableError:
        print("refused")
`
      const printed = await run(script, { [GUARD_SOCKET]: join(folder, 'liar') }, [])
      expect(printed.trim().split('\n')).to.deep.equal(answers.map(() => 'refused'))
      await new Promise((resolve) => liar.close(resolve))
    })

    it('loads nothing without a guard', async function () {
      expect(await run('print("started")', {}))
        .to.match(/NotLoadableError: STEMMA_GUARD_SOCKET is not set/)
        .and.to.not.contain('started\n')
    })
  })
})
