import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, lstatSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

const users = process.geteuid?.() === 0 ? [0, 65534] : [process.geteuid?.() ?? 0]

describe('privateView', function () {
  let root: string
  beforeEach(function () {
    root = mkdtempSync(join(tmpdir(), 'stemma view-'))
    writeFileSync(join(root, 'model.gguf'), 'weights')
  })
  afterEach(function () {
    chmodSync(root, 0o700)
    rmSync(root, { recursive: true, force: true })
  })

  const commandOf = (user: number, command: string[], path = root) => [
    '-C',
    'source',
    join(import.meta.dirname, 'viewAs.ts'),
    `${user}`,
    path,
    ...command,
  ]
  const holdFor = (user: number) => {
    for (const path of [join(root, 'model.gguf'), root]) {
      chownSync(path, user, user)
      chmodSync(path, 0)
    }
  }
  const run = (user: number, script: string) =>
    spawnSync(process.execPath, commandOf(user, ['sh', '-c', script, root]), { encoding: 'utf8' })

  for (const user of users) {
    it(`shows held files to the command alone, read-only, as user ${user}`, function () {
      holdFor(user)
      const { stdout, status } = run(user, 'cat "$0/model.gguf"; echo; id -u; exit 7')
      if (stdout === 'none\n') return
      expect([stdout, status]).to.deep.equal([`weights\n${user}\n`, 7])
      const denied = run(
        user,
        'echo x > "$0/model.gguf" || touch "$0/new" || umount "$0" || mount -o remount,bind,rw "$0"',
      )
      expect(denied.status).to.not.equal(0)
      expect(lstatSync(join(root, 'model.gguf')).mode & 0o777).to.equal(0)
    })

    it(`starts nothing when another folder is at the path, as user ${user}`, function () {
      holdFor(user)
      const args = commandOf(user, ['echo', 'started'], `${root}=1:2`)
      const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' })
      if (stdout === 'none\n') return
      expect([stdout, status]).to.deep.equal(['', 65])
      expect(stderr).to.contain('was replaced')
    })

    it(`passes signals on, as user ${user}`, async function () {
      holdFor(user)
      const child = spawn(process.execPath, commandOf(user, ['sh', '-c', 'echo ready; exec sleep 100']), {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let output = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
      await once(child.stdout, 'data')
      child.kill('SIGTERM')
      await once(child, 'close')
      if (output !== 'none\n') expect(output).to.equal('ready\nSIGTERM\n')
    })
  }
})
