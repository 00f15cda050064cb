import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'
import { JsonRpcProvider } from 'ethers'

import { KEYS, startWorld, type World } from '../world.ts'
import { itInDepth } from '../../fixtures/inDepth.ts'

const root = join(import.meta.dirname, '../../..')
const COMMAND = [process.execPath, join(import.meta.dirname, 'command.mjs')]
const DAY = 86_400
/** What scripts/deploy.ts gives the gate by default. */
const [MARGIN, BLOCKS] = [3600, 32]

/** A guarded command as a process. */
type Guarded = { child: ChildProcess; stdout: () => string; stderr: () => string; code: Promise<number | null> }

describe('stemma guard run', function () {
  this.timeout(120_000)
  let world: World
  let provider: JsonRpcProvider
  let base: string

  const pass = async (seconds: number, blocks = 1): Promise<void> => {
    await provider.send('evm_increaseTime', [seconds])
    await provider.send('hardhat_mine', [`0x${blocks.toString(16)}`])
  }

  /** Decides, without a process: the exit code and the JSON. */
  const judge = async (args: string, options: Parameters<World['run']>[1] = {}): Promise<[number, any]> => {
    const { code, json } = await world.run(`guard run --json ${args}`, { as: null, ...options })
    return [code, json()]
  }
  const rulesOf = (answer: any): string[] =>
    answer.models.flatMap((model: any) => model.missing.map(({ rule }: any) => rule))

  function guarded(args: readonly string[], env: Record<string, string> = {}): Guarded {
    const child = spawn(process.execPath, ['-C', 'source', join(root, 'src/cli/main.ts'), 'guard', 'run', ...args], {
      cwd: world.cwd,
      env: { PATH: process.env.PATH, HOME: world.cwd, XDG_CACHE_HOME: world.cwd, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let [stdout, stderr] = ['', '']
    child.stdout!.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    const code = once(child, 'close').then(([value]) => value as number | null)
    return { child, stdout: () => stdout, stderr: () => stderr, code }
  }

  /** Waits until a stream of a command has a text. */
  async function until(child: ChildProcess, read: () => string, text: string): Promise<void> {
    await new Promise<void>((found, failed) => {
      const look = (): void => {
        const isThere = read().includes(text)
        if (!isThere && child.exitCode === null) return
        for (const stream of [child.stdout!, child.stderr!]) stream.off('data', look)
        child.off('close', look)
        if (isThere) found()
        else failed(new Error(`It ended with ${child.exitCode} before ${JSON.stringify(text)}: ${read()}`))
      }
      for (const stream of [child.stdout!, child.stderr!]) stream.on('data', look)
      child.on('close', look)
      look()
    })
  }

  before(async function () {
    world = await startWorld()
    provider = new JsonRpcProvider(world.rpcUrl, undefined, { cacheTimeout: -1, pollingInterval: 20 })
    await world.ok('terms publish MIT')
    await world.ok('terms publish research-only')
    await world.folder('acme__base', 'license: mit')
    await world.folder('acme__research', 'license: other\nlicense_name: research-only')
    await world.folder('sideloaded', 'license: mit', 'weights that nobody registered')
    base = (await world.ok('register acme__base')).model
    await world.ok('register acme__research')
    await world.file('report.txt', 'nothing was found')
    await world.file('rules.txt', 'rule 1')
    await world.file('accredited.json', { version: 1, guard: { acceptAccredited: true, uses: ['commercial'] } })
  })

  after(async () => {
    provider.destroy()
    await world.stop()
  })

  it('passes signals on, and a death by a signal', async function () {
    const args = ['--policy', 'accredited.json', '--model', './acme__base', '--', ...COMMAND]
    const run = guarded([...args, 'stay'])
    await until(run.child, run.stdout, 'ready')
    run.child.kill('SIGUSR1')
    await until(run.child, run.stdout, 'SIGUSR1')
    run.child.kill('SIGTERM')
    expect(await run.code, run.stderr()).to.equal(42)
    expect(run.stdout()).to.contain('SIGTERM')
    const killed = guarded([...args, 'kill', 'SIGKILL'])
    expect(await killed.code, killed.stderr()).to.equal(137)
  })

  it('starts what its own publisher made, in an environment without keys and without fetching', async function () {
    const env = { STEMMA_PRIVATE_KEY: KEYS.acme.privateKey, TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD: '1', KEPT: 'yes' }
    await world.file('quiet.json', { version: 1, guard: { environment: { PYTHONSAFEPATH: false } } })
    const run = guarded(['--policy', 'quiet.json', '--model', './acme__base', '--', ...COMMAND, 'environment'], env)
    expect(await run.code, run.stderr()).to.equal(0)
    expect(run.stderr()).to.contain('starts: publisher').and.to.contain('set HF_HUB_OFFLINE=1')
    const given = JSON.parse(run.stdout())
    expect(given).to.include({ HF_HUB_OFFLINE: '1', TORCH_FORCE_WEIGHTS_ONLY_LOAD: '1', KEPT: 'yes' })
    expect(given).to.not.have.any.keys('STEMMA_PRIVATE_KEY', 'TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD', 'PYTHONSAFEPATH')
    expect(given.STEMMA_GUARD_SOCKET).to.be.a('string')
  })

  it('refuses with all that is missing, and says how to have it reviewed', async function () {
    const [code, answer] = await judge('--check --model ./sideloaded')
    expect([code, answer.outcome, answer.exitCode]).to.deep.equal([75, 'held', 75])
    expect(rulesOf(answer)).to.deep.equal(['unregistered', 'review-not-requested'])
    const text = await world.run('guard run --check --model ./sideloaded', { as: null })
    expect(text.stdout).to.contain('stemma review request')
    const [strange, stranger] = await judge('--check --model ./acme__base')
    expect([strange, rulesOf(stranger)]).to.deep.equal([75, ['publisher-not-trusted', 'review-not-requested']])
    const [not, answered] = await judge('--check --use commercial --model ./acme__research --policy accredited.json')
    expect([not, rulesOf(answered)]).to.deep.equal([77, ['license-not-permitted']])
    expect((await judge('--check --use research --model ./acme__research --policy accredited.json'))[0]).to.equal(0)
  })

  it('judges the base that an adapter names, which its loader loads too', async function () {
    await world.folder('tone', 'license: mit', 'an adapter')
    await world.file('tone/adapter_config.json', '{"base_model_name_or_path":"sideloaded"}')
    const [code, answer] = await judge('--check --model ./tone')
    expect([code, answer.models.map(({ reference }: any) => reference)]).to.deep.equal([75, ['./tone', './sideloaded']])
    const [known, alone] = await judge('--check -- serve --model ./acme__base --lora-modules x=./tone')
    expect([known, alone.models.length]).to.deep.equal([75, 2])
  })

  it('finds the models in the command, and asks when it cannot', async function () {
    expect((await judge('-- vllm serve ./sideloaded --enable-lora'))[0]).to.equal(75)
    expect(await world.fails('guard run -- vllm serve acme/base', { as: null })).to.deep.equal([
      2,
      'NO_MODEL_IN_COMMAND',
    ])
    expect(await world.fails('guard run -- diff ./acme__base ./sideloaded', { as: null })).to.deep.equal([
      2,
      'AMBIGUOUS_COMMAND',
    ])
    const [code, answer] = await judge(
      '--policy accredited.json -- vllm serve ./acme__base --lora-modules tone=./sideloaded',
    )
    expect([code, answer.models.map(({ adapter, starts }: any) => [adapter, starts])]).to.deep.equal([
      75,
      [
        [false, true],
        [true, false],
      ],
    ])
    expect(await world.fails('guard run', { as: null })).to.deep.equal([2, 'USAGE'])
  })

  it('holds what may not start, and gives it back on request, not cleared', async function () {
    const path = join(world.cwd, 'sideloaded/weights.bin')
    const before = await stat(path, { bigint: true })
    const [code, answer] = await judge('-- node ./sideloaded')
    expect([code, answer.models[0].hold.by, answer.models[0].hold.place]).to.deep.equal([75, 'mode', 'own'])
    expect((await stat(path)).mode & 0o777).to.equal(0)
    const { json } = await world.run('guard held --json', { as: null })
    const [held] = json()
    expect([held.digest, held.files]).to.deep.equal([answer.models[0].weights, 2])
    // It is judged again without being read, and not released before it is cleared.
    expect((await judge('--check --model ./sideloaded'))[0]).to.equal(75)
    expect((await world.run(`guard release ${held.digest} --json`, { as: null })).code).to.equal(75)
    const { code: given } = await world.run(`guard restore ${held.digest} --json`, { as: null })
    expect(given).to.equal(0)
    const after = await stat(path, { bigint: true })
    expect([after.mode, after.ino, after.mtimeNs]).to.deep.equal([0o100644n, before.ino, before.mtimeNs])
    expect((await world.run('guard held --json', { as: null })).json()).to.deep.equal([])
    expect(await world.fails(`guard restore ${held.digest}`, { as: null })).to.deep.equal([2, 'NOT_HELD'])
  })

  itInDepth('holds once what two guards refuse at the same time', async function () {
    await world.folder('twice', 'license: mit', 'weights that two guards are asked for')
    const path = join(world.cwd, 'twice/weights.bin')
    const before = await stat(path)
    const runs = [1, 2].map(() => guarded(['--', ...COMMAND, 'exit', '0', './twice']))
    for (const run of runs) expect(await run.code, run.stderr()).to.equal(75)
    const held = (await world.run('guard held --json', { as: null })).json()
    expect(held).to.have.length(1)
    expect((await stat(path)).mode & 0o777).to.equal(0)
    expect((await world.run(`guard restore ${held[0].digest}`, { as: null })).code).to.equal(0)
    const after = await stat(path)
    expect([after.mode, after.ino]).to.deep.equal([before.mode, before.ino])
    expect(await readFile(path, 'utf8')).to.equal('weights that two guards are asked for')
  })

  it('releases what was certified, and stops it when that is withdrawn or ends', async function () {
    await world.folder('certified', 'license: mit', 'weights that are certified later')
    const path = join(world.cwd, 'certified/weights.bin')
    const [held, answer] = await judge('-- node ./certified')
    expect([held, (await stat(path)).mode & 0o777]).to.deep.equal([75, 0])
    const { weights } = answer.models[0]
    await world.ok(`review certify ${weights} --artefact --until 30d`)
    const released = await world.run(`guard release ${weights} --json`, { as: null })
    expect([released.code, released.json().released], released.stdout).to.deep.equal([0, true])
    expect((await stat(path)).mode & 0o777).to.equal(0o644)

    const stopped = async (end: () => Promise<unknown>): Promise<void> => {
      const run = guarded(['--', ...COMMAND, 'stay', './certified'])
      await until(run.child, run.stdout, 'ready')
      await end()
      expect(await run.code, run.stderr()).to.equal(77)
      expect(run.stderr()).to.contain('stopping the command (withdrawn)')
      expect(run.stdout()).to.contain('SIGTERM')
    }
    await stopped(() => world.ok(`review withdraw-certification ${weights} --artefact --reason over`))
    await world.ok(`review certify ${weights} --artefact --until 1d`)
    await stopped(() => pass(DAY))
  })

  it('touches nothing of a shared store', async function () {
    const snapshot = 'hub/models--acme--x/snapshots/0123'
    await world.folder(snapshot, 'license: mit', 'weights of a cache')
    const [code, answer] = await judge(`--model ./${snapshot} -- node x`)
    expect([code, answer.models[0].hold.by, answer.models[0].hold.place]).to.deep.equal([75, 'nothing', 'shared-store'])
    expect((await stat(join(world.cwd, snapshot, 'weights.bin'))).mode & 0o400).to.equal(0o400)
  })

  it('refuses what cannot be held, and says why', async function () {
    await world.folder('with-state', 'license: mit', 'weights beside the state of the guard')
    const state = { HOME: world.cwd, XDG_CACHE_HOME: world.cwd, XDG_STATE_HOME: join(world.cwd, 'with-state/state') }
    const [code, answer] = await judge('--ignore state -- node ./with-state', { env: state })
    expect([code, answer.models[0].hold.by]).to.deep.equal([75, 'nothing'])
    expect(answer.models[0].hold.says.join(' ')).to.contain('is in the folder of the model')
  })

  it('judges what options name beside --model, and reports a program that is missing as a shell does', async function () {
    const named = '--policy accredited.json --model ./acme__base --no-request'
    const [code, answer] = await judge(`${named} -- engine --lora-modules tone=./sideloaded ./acme__base`)
    expect([code, answer.models.map(({ reference }: any) => reference)]).to.deep.equal([
      75,
      ['./acme__base', './sideloaded'],
    ])
    const { digest } = (await world.run('guard held --json', { as: null })).json()[0]
    await world.ok(`guard restore ${digest}`, { as: null })
    await world.file('text', 'no program')
    expect((await world.run(`guard run ${named} -- no-such-program`, { as: null })).code).to.equal(127)
    expect((await world.run(`guard run ${named} -- ./text`, { as: null })).code).to.equal(126)
  })

  it('starts nothing when a file was added while the model was held', async function () {
    await world.folder('added', 'license: mit', 'weights to which something is added')
    const path = join(world.cwd, 'added')
    const [held, answer] = await judge('-- node ./added')
    const { weights } = answer.models[0]
    expect(held).to.equal(75)
    await chmod(path, 0o700)
    await writeFile(join(path, 'adapter_model.bin'), 'weights that nobody judged')
    await chmod(path, 0)
    await world.ok(`review certify ${weights} --artefact --until 1d`)
    const run = guarded(['--', ...COMMAND, 'exit', '0', './added'])
    expect(await run.code, run.stderr()).to.equal(65)
    expect(run.stderr()).to.contain('was changed while it was held')
  })

  it('goes on asking the gate after a signal that the command bears', async function () {
    await world.folder('borne', 'license: mit', 'weights that are certified for now')
    const { weights } = (await judge('--check --model ./borne'))[1].models[0]
    await world.ok(`review certify ${weights} --artefact --until 1d`)
    const run = guarded(['--grace', '1s', '--', ...COMMAND, 'stubborn', './borne'])
    await until(run.child, run.stdout, 'ready')
    run.child.kill('SIGTERM')
    await until(run.child, run.stdout, 'SIGTERM')
    await world.ok(`review withdraw-certification ${weights} --artefact --reason over`)
    expect(await run.code, run.stderr()).to.equal(77)
  })

  it('ends with the command although the node does not answer, and bears a report that nobody reads', async function () {
    const run = guarded([
      '--policy',
      'accredited.json',
      '--report',
      '/dev/full',
      '--model',
      './acme__base',
      '--',
      ...COMMAND,
      'exit',
      '0',
    ])
    // What cannot be written before the start ends it.
    expect(await run.code).to.equal(2)
    const unread = guarded(['--policy', 'accredited.json', '--model', './acme__base', '--', ...COMMAND, 'exit', '6'])
    unread.child.stderr!.destroy()
    expect(await unread.code).to.equal(6)
  })

  it('starts by a bundle while the ledger is away, and not by one that is old or of a time before a refusal', async function () {
    const { hash } = await world.ok(`export bundle ${base} --use commercial --out base.bundle`)
    const head = (await provider.getBlock(hash))!.timestamp * 1000
    const fresh = { HOME: world.cwd, XDG_CACHE_HOME: world.cwd, XDG_STATE_HOME: join(world.cwd, 'elsewhere') }
    const asked = (more: string, options: object = {}) =>
      world.run(
        `guard run --json --check --model ./acme__base --rpc http://127.0.0.1:1 --bundle base.bundle --trusted-block ${hash} ${more}`.trim(),
        { as: null, env: fresh, now: () => head + 60_000, ...options },
      )
    const started = await asked('--policy accredited.json')
    expect(started.code, started.stdout).to.equal(0)
    expect(started.json().models[0]).to.include({ starts: true, because: 'publisher', kept: true, model: base })
    expect(started.json().models[0].notes.join(' ')).to.contain('Recalls since then are not seen.')
    const unknown = await asked('')
    expect([unknown.code, rulesOf(unknown.json())]).to.deep.equal([
      75,
      ['publisher-not-trusted', 'review-not-requested'],
    ])
    const late = await asked('--policy accredited.json', { now: () => head + DAY * 1000 + 60_000 })
    expect([late.code, late.json().error.code]).to.deep.equal([69, 'GATE_UNREACHABLE'])
    // That late time was not an answer, so the clock may go on from before it.
    const other = await asked('--policy accredited.json --trusted-block 0x' + '11'.repeat(32))
    expect(other.json().error.code).to.equal('BUNDLE_UNTRUSTED_BLOCK')
    expect(
      await world.fails('guard run --check --model ./acme__base --bundle base.bundle', { as: null }),
    ).to.deep.equal([2, 'USAGE'])
    // What the ledger said later counts, as a recall would.
    await pass(10)
    const refused = await world.run('guard run --json --check --model ./acme__base', {
      as: null,
      env: { ...fresh, XDG_STATE_HOME: join(world.cwd, 'later') },
      now: () => head + 60_000,
    })
    expect(refused.code).to.equal(75)
    const later = await asked('', { env: { ...fresh, XDG_STATE_HOME: join(world.cwd, 'later') } })
    expect([later.code, later.json().error.code]).to.deep.equal([69, 'GATE_UNREACHABLE'])
  })

  it('lets an adapter through while the base runs, once it is cleared', async function () {
    await mkdir(join(world.cwd, 'tones'))
    const run = guarded(
      [
        '--no-request',
        '--policy',
        'accredited.json',
        '--adapters',
        'tones',
        '--model',
        './acme__base',
        '--',
        ...COMMAND,
        'stay',
      ],
      {},
    )
    await until(run.child, run.stdout, 'ready')
    const path = await world.folder('tones/.quiet', 'license: mit', 'an adapter that is certified later')
    await until(run.child, run.stderr, 'may not be loaded')
    const held = (await world.run('guard held --json', { as: null })).json()
    const { digest } = held.find(({ root }: any) => root.endsWith('tones/.quiet'))
    expect((await stat(join(world.cwd, 'tones/.quiet/weights.bin'))).mode & 0o777).to.equal(0)
    await world.ok(`review certify ${digest} --artefact --until 1d`)
    await until(run.child, run.stderr, '.quiet" may be loaded')
    expect((await stat(join(world.cwd, 'tones/.quiet/weights.bin'))).mode & 0o400, path).to.equal(0o400)
    run.child.kill('SIGTERM')
    expect(await run.code, run.stderr()).to.equal(42)
  })

  it('requests the review with a key, and starts once the clock and the quorum are there', async function () {
    const [code, answer] = await judge('-- node ./sideloaded', { as: 'stranger' })
    expect([code, rulesOf(answer)]).to.deep.equal([75, ['unregistered', 'review-clock', 'review-scans']])
    expect(answer.models[0].review.timeLeft).to.be.within(DAY, DAY + MARGIN)
    await world.ok('review scan ./sideloaded --verdict passed --report report.txt --ruleset rules.txt')
    await pass(DAY + MARGIN, BLOCKS)
    // It was held when its start was refused.
    expect((await stat(join(world.cwd, 'sideloaded/weights.bin'))).mode & 0o777).to.equal(0)
    const [pending, ready] = await judge('--check --model ./sideloaded')
    expect([pending, rulesOf(ready)]).to.deep.equal([75, ['unregistered', 'review-not-cleared']])
    const run = guarded(['--wait', '--', ...COMMAND, 'exit', '3', './sideloaded'], {
      STEMMA_PRIVATE_KEY: KEYS.stranger.privateKey,
    })
    expect(await run.code, run.stderr()).to.equal(3)
    expect(run.stderr()).to.contain('starts: cleared')
    expect((await judge('--check --model ./sideloaded'))[0]).to.equal(0)
    expect((await stat(join(world.cwd, 'sideloaded/weights.bin'))).mode & 0o400).to.equal(0o400)
  })

  it('starts within the age of a clearance while the ledger is away, and then is closed', async function () {
    const away = '--check --model ./sideloaded --rpc http://127.0.0.1:1'
    const head = Date.now()
    const [code, answer] = await judge(away, { now: () => head + 60_000 })
    expect([code, answer.models[0].kept]).to.deep.equal([0, true])
    expect(answer.models[0].notes.join(' ')).to.contain('Recalls since then are not seen.')
    const late = await world.run(`guard run --json ${away}`, { as: null, now: () => head + DAY * 1000 + 60_000 })
    expect([late.code, late.json().error.code]).to.deep.equal([69, 'GATE_UNREACHABLE'])
    // The clock showed later times before: one that was set back makes no clearance younger.
    await judge('--check --model ./sideloaded', { now: () => head + 120_000 })
    const back = await world.run(`guard run --json ${away}`, { as: null, now: () => head })
    expect([back.code, back.json().error.code]).to.deep.equal([69, 'GATE_UNREACHABLE'])
    // Another use was never cleared.
    const never = await world.run(`guard run --json --use host ${away}`, { as: null, now: () => head + 120_000 })
    expect(never.code).to.equal(69)
  })

  it('refuses a node that was rolled back', async function () {
    const snapshot = await provider.send('evm_snapshot', [])
    await pass(60)
    expect((await judge('--check --model ./acme__base --policy accredited.json'))[0]).to.equal(0)
    await provider.send('evm_revert', [snapshot])
    const rolled = await world.run('guard run --json --use host --check --model ./acme__base', { as: null })
    expect(rolled.code).to.equal(69)
    expect(rolled.stderr).to.contain('The node was rolled back')
    await pass(120)
  })

  it('stops the command when a file changes', async function () {
    await world.folder('changing', 'license: mit', 'weights that change')
    await world.ok('register changing')
    const run = guarded(['--policy', 'accredited.json', '--', ...COMMAND, 'stay', './changing'])
    await until(run.child, run.stdout, 'ready')
    await writeFile(join(world.cwd, 'changing/weights.bin'), 'other weights')
    expect(await run.code, run.stderr()).to.equal(65)
    expect(run.stderr()).to.contain('stopping the command (changed)')
  })

  it('stops the command after a recall, by force when it does not end', async function () {
    const run = guarded([
      '--policy',
      'accredited.json',
      '--grace',
      '1s',
      '--report',
      'events.jsonl',
      '--',
      ...COMMAND,
      'stubborn',
      './acme__base',
    ])
    await until(run.child, run.stdout, 'ready')
    await world.ok(`model recall ${base}`)
    expect(await run.code, run.stderr()).to.equal(77)
    expect(run.stdout()).to.contain('SIGTERM')
    const events = (await readFile(join(world.cwd, 'events.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(events.map(({ event }) => event)).to.deep.equal(['judged', 'environment', 'started', 'stopping', 'ended'])
    const [code, answer] = await judge('--check --model ./acme__base --policy accredited.json')
    expect([code, rulesOf(answer)[0]]).to.deep.equal([77, 'recalled'])
  })

  it('starts by an override that the policy allows, and has it in every later report', async function () {
    const weights = (await judge('--check --model ./acme__base'))[1].models[0].weights
    const override = ['--override', 'drill 7', '--model', './acme__base', '--check', '--json']
    const asked = async (policy: object, more: readonly string[]): Promise<any> => {
      await world.file('override.json', { version: 1, ...policy })
      return world.run(['guard', 'run', '--policy', 'override.json', ...override, ...more])
    }
    const prefix = ['--digest-prefix', weights.slice(2, 10)]
    const rules = ['recalled', 'license-not-permitted']
    expect((await asked({}, prefix)).json().error.code).to.equal('OVERRIDE_REFUSED')
    const guard = { overrides: { rules } }
    expect((await asked({ guard }, [])).json().error.code).to.equal('OVERRIDE_REFUSED')
    expect((await asked({ guard }, [...prefix, '--override-for', '8d'])).json().error.code).to.equal('OVERRIDE_REFUSED')
    const signed = await asked({ guard }, prefix)
    expect([signed.code, signed.json().models[0].because]).to.deep.equal([0, 'override'])
    const again = await world.run('guard run --check --json --policy override.json --model ./acme__base')
    expect(again.code, again.stdout).to.equal(0)
    // Without the rule in the policy it does not count, and stays on record.
    const [code, later] = await judge('--check --model ./acme__base')
    expect([code, later.models[0].overrides[0].reason]).to.deep.equal([77, 'drill 7'])
    await pass(DAY)
    expect((await world.run('guard run --check --policy override.json --model ./acme__base')).code).to.equal(77)
  })

  it('refuses what is quarantined, later without a node too', async function () {
    await world.folder('hostile', 'license: mit', 'weights that scanners fail')
    await world.ok('review request ./hostile')
    await world.ok('review scan ./hostile --verdict failed --report report.txt --ruleset rules.txt')
    await pass(DAY + MARGIN, BLOCKS)
    const [failed, answer] = await judge('--check --model ./hostile')
    expect([failed, rulesOf(answer)]).to.deep.equal([75, ['unregistered', 'scan-failed', 'review-scans']])
    await world.ok('review quarantine ./hostile')
    const [code, quarantined] = await judge('--check --model ./hostile')
    expect([code, rulesOf(quarantined)[0]]).to.deep.equal([77, 'quarantined'])
    expect(quarantined.models[0].missing[0].what).to.contain(`Failed by ${KEYS.acme.address.toLowerCase()}.`)
    const away = await world.run('guard run --json --check --model ./hostile --rpc http://127.0.0.1:1', { as: null })
    expect([away.code, away.json().models[0].kept]).to.deep.equal([77, true])
  })

  it('lets a cleared base load no adapter that is not cleared', async function () {
    const adapters = join(world.cwd, 'adapters')
    await mkdir(adapters)
    const env = { STEMMA_PRIVATE_KEY: KEYS.stranger.privateKey }
    const run = guarded(
      [
        '--no-request',
        '--adapters',
        'adapters',
        '--report',
        'adapters.jsonl',
        '--',
        ...COMMAND,
        'stay',
        './sideloaded',
      ],
      env,
    )
    await until(run.child, run.stdout, 'ready')
    await world.folder('adapters/tone', 'license: mit', 'an adapter of a stranger')
    await until(run.child, run.stderr, 'may not be loaded')
    run.child.kill('SIGTERM')
    expect(await run.code, run.stderr()).to.equal(42)
    await rm(adapters, { recursive: true, force: true })
    const asked = guarded(
      ['--no-request', '--model', './sideloaded', '--', ...COMMAND, 'load', join(world.cwd, 'acme__research')],
      env,
    )
    expect(await asked.code, asked.stderr()).to.equal(0)
    const answer = JSON.parse(asked.stdout())
    expect(answer).to.include({ loadable: false, code: 'NOT_LOADABLE' })
  })
})
