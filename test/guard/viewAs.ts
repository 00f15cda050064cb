/** Runs a command through a private view of a path, as a user. Usage: viewAs.ts UID PATH[=DEVICE:INODE] COMMAND … Prints "none" where there is no view. */
import { spawn } from 'node:child_process'
import { lstatSync } from 'node:fs'

import { privateView } from '../../src/guard/privateView.ts'

const [uid, path, ...command] = process.argv.slice(2)
if (uid !== '0') {
  process.setgroups!([])
  process.setgid!(Number(uid))
  process.setuid!(Number(uid))
}
// The path may be followed by the identity that it should have.
const [at, expected] = path!.split('=') as [string, string?]
const { dev, ino } = lstatSync(at, { bigint: true })
const { prefix } = privateView([{ path: at, identity: expected ?? `${dev}:${ino}` }])
if (prefix === null) console.log('none')
else {
  const [program, ...args] = [...prefix, ...command]
  const child = spawn(program!, args, { stdio: 'inherit' })
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('exit', (code, signal) => {
    if (signal !== null) console.log(signal)
    process.exitCode = code ?? 1
  })
}
