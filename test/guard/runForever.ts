/** Runs a command that says which signal ends it, until this process is killed. Usage: runForever.ts FOLDER */
import { runCommand } from '../../src/guard/runCommand.ts'

const script = 'trap "echo SIGTERM; exit 1" TERM; echo ready; while :; do sleep 0.1; done'
const running = await runCommand(['sh', '-c', script], { cwd: process.argv[2]!, env: process.env, graceSeconds: 1 })
await running.ended
