/** A command that the guard starts, for tests. Usage: node command.mjs <what> ... */
import { connect } from 'node:net'

const [what, ...rest] = process.argv.slice(2)
switch (what) {
  case 'exit':
    process.exitCode = Number(rest[0])
    break
  case 'environment':
    process.stdout.write(JSON.stringify(process.env))
    break
  case 'kill':
    process.kill(process.pid, rest[0])
    setInterval(() => {}, 1000)
    break
  case 'stay':
    // Says which signal reached it, and ends by a code of its own.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGUSR1', 'SIGHUP']) {
      process.on(signal, () => {
        process.stdout.write(`${signal}\n`)
        if (signal !== 'SIGUSR1') process.exit(42)
      })
    }
    process.stdout.write('ready\n')
    setInterval(() => {}, 1000)
    break
  case 'stubborn':
    process.on('SIGTERM', () => process.stdout.write('SIGTERM\n'))
    process.stdout.write('ready\n')
    setInterval(() => {}, 1000)
    break
  case 'load': {
    const socket = connect(process.env.STEMMA_GUARD_SOCKET)
    socket.write(`${JSON.stringify({ load: rest[0] })}\n`)
    socket.on('data', (data) => process.stdout.write(data))
    socket.on('close', () => process.exit(0))
    break
  }
}
