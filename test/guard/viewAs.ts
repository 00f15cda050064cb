/** Runs a command through a private view of a path, as a user. Usage: viewAs.ts UID PATH COMMAND … Prints "none" where there is no view. */
import { spawn } from 'node:child_process'

import { privateView } from '../../src/guard/privateView.ts'

const [uid, path, ...command] = process.argv.slice(2)
if (uid !== '0') {
  process.setgroups!([])
  process.setgid!(Number(uid))
  process.setuid!(Number(uid))
}
const { prefix } = privateView([path!])
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
